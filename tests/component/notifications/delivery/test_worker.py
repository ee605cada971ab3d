"""The delivery worker on a real PostgreSQL: each message leaves once, and nothing is stuck or lost.

The workers are the test's own: the service's worker claims nothing.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.dates import format_date
from notifications_desk import PERSON, build_recruited, deliver_fact, list_messages, wait_for_sent

from services.notifications.delivery import repository
from services.notifications.delivery.adapters.port import AddressRefusedError, NotReachedError
from services.notifications.delivery.adapters.spool import SpoolFolder
from services.notifications.delivery.handlers import claim_messages
from services.notifications.delivery.rules import Attempt, Outgoing
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.messages.rules.decisions import find_objection_end
from services.notifications.settings import Settings
from shared.events import DeliveryParked, NotificationSent, ReliefStarted
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.testing import eventually
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

pytestmark = pytest.mark.usefixtures("idle_worker")


class Outlet:
    """An adapter that fails with these errors first, and records what passed."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.passed: list[Outgoing] = []

    async def deliver(self, message: Outgoing) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.passed.append(message)


@pytest.fixture
def settings(service: RunningService, settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(
        "notifications",
        database_url=service.database.url,
        delivery_delay_seconds_first=0.01,
        delivery_delay_seconds_max=0.01,
        delivery_attempts_max=3,
    )


def build_worker(service: RunningService, settings: Settings, outlet: Outlet) -> DeliveryWorker:
    return DeliveryWorker(service.database, settings, dict.fromkeys(MessageChannel, outlet))


async def test_a_delivery_that_fails_is_tried_again(service: RunningService, settings: Settings) -> None:
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    outlet = Outlet(NotReachedError(), NotReachedError())
    worker = build_worker(service, settings, outlet)

    async def has_passed() -> bool:
        await worker.deliver_due()
        return bool(outlet.passed)

    await eventually(has_passed)
    (message,) = await list_messages(service)
    assert (message["state"], message["attempts"], message["problem"]) == ("sent", 3, None)
    assert len(await wait_for_sent(service, 1)) == 1


async def test_a_decision_holds_the_day_on_which_it_leaves_and_not_that_of_an_attempt_that_failed(
    service: RunningService, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The term of objection begins once it is sent."""
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    await deliver_fact(service, sample(ReliefStarted), by_mail=True)
    outlet = Outlet(NotReachedError(), NotReachedError())
    worker = build_worker(service, settings, outlet)
    with monkeypatch.context() as days_before:
        due = repository._DUE.replace("now())::date", "now() - '9 days'::interval)::date")
        days_before.setattr(repository, "_DUE", due)
        assert await worker.deliver_due() == 2
    waiting = {message["template"]: message for message in await list_messages(service)}
    assert waiting.keys() == {"welcome", "relief_started"}

    async def has_passed() -> bool:
        await worker.deliver_due()
        return len(outlet.passed) == len(waiting)

    await eventually(has_passed)
    sent = (await service.get(f"/messages/{waiting['relief_started']['id']}")).json()
    (letter,) = [message for message in outlet.passed if str(message.id) == sent["id"]]
    today = date.fromisoformat(sent["sent_on"])
    assert letter.text == sent["text"]
    text = re.sub("[\u2066\u2069]", "", letter.text)
    for day in (today, find_objection_end(today)):
        assert format_date(day, "d MMMM y", locale="nl_NL") in text
    assert format_date(today - timedelta(days=9), "d MMMM y", locale="nl_NL") not in text


async def test_after_the_last_attempt_it_is_parked_and_published_and_can_be_released(
    service: RunningService, settings: Settings
) -> None:
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    outlet = Outlet(*[NotReachedError() for _ in range(3)])
    worker = build_worker(service, settings, outlet)

    async def list_parked() -> list[dict[str, Any]]:
        await worker.deliver_due()
        return [message for message in await list_messages(service) if message["state"] == "parked"]

    (message,) = await eventually(list_parked)
    facts = [fact.data for fact in await service.list_published() if isinstance(fact.data, DeliveryParked)]
    assert [(fact.problem, str(fact.message_id)) for fact in facts] == [("unreachable", message["id"])]
    released = await service.post(f"/messages/{message['id']}/releases")
    assert (released.status_code, released.json()["state"]) == (201, "queued")
    await worker.deliver_due()
    assert len(outlet.passed) == 1
    assert (await service.post(f"/messages/{message['id']}/releases")).status_code == 409


async def test_a_refused_address_is_parked_at_once_and_corrected_by_a_new_one(
    service: RunningService, settings: Settings
) -> None:
    contact = f"/people/{PERSON}/contact"
    await service.put(contact, json={"language": "nl", "channel": "email", "email": "oud@people.example"})
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    outlet = Outlet(AddressRefusedError())
    worker = build_worker(service, settings, outlet)
    await worker.deliver_due()
    (message,) = await list_messages(service)
    assert (message["state"], message["problem"]) == ("parked", "address_refused")
    await service.put(contact, json={"language": "nl", "channel": "email", "email": "nieuw@people.example"})
    await service.post(f"/messages/{message['id']}/releases")
    await worker.deliver_due()
    assert [message.recipient for message in outlet.passed] == ["nieuw@people.example"]


async def test_two_workers_that_claim_at_once_share_the_messages(service: RunningService) -> None:
    for _ in range(5):
        await deliver_fact(service, build_recruited("nl"), by_mail=True)
    async with service.database.transaction("gm0637") as first, service.database.transaction("gm0637") as second:
        claims = [await claim_messages(tx, limit, 60) for tx, limit in ((first, 3), (second, 10))]
    assert [len(claim) for claim in claims] == [3, 2]
    async with service.database.transaction("gm0637") as tx:
        assert await claim_messages(tx, 10, 60) == [], "they are leased"


async def test_a_delivery_that_outlived_its_lease_is_published_once(
    service: RunningService, settings: Settings
) -> None:
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    worker = build_worker(service, settings, Outlet())
    (claimed,) = await worker._claim()
    for problem in (None, None, DeliveryProblem.ADDRESS_REFUSED):
        await worker._settle([Attempt(claimed, problem)])
    assert [type(fact.data) for fact in await service.list_published()] == [NotificationSent]


async def test_a_worker_that_dies_after_handing_over_doubles_nothing_in_the_folder(
    service: RunningService, settings: Settings, settings_for: Callable[..., Settings], tmp_path: Path
) -> None:
    await deliver_fact(service, build_recruited("nl"), by_mail=True)
    short = settings_for("notifications", database_url=service.database.url, delivery_lease_seconds=0.1)
    spool = SpoolFolder(tmp_path / "own")
    dying = DeliveryWorker(service.database, short, dict.fromkeys(MessageChannel, spool))
    for message in await dying._claim():
        await spool.deliver(message.outgoing)
    before = [path.read_bytes() for path in (tmp_path / "own").rglob("*.eml")]
    another = DeliveryWorker(service.database, settings, dict.fromkeys(MessageChannel, spool))
    await eventually(another.deliver_due)
    assert [path.read_bytes() for path in (tmp_path / "own").rglob("*.eml")] == before
    assert len(await wait_for_sent(service, 1)) == 1


async def test_messages_of_every_municipality_leave(service: RunningService, settings: Settings) -> None:
    for municipality in settings.municipalities:
        await deliver_fact(service, build_recruited("nl"), municipality=municipality, by_mail=True)
    outlet = Outlet()
    await build_worker(service, settings, outlet).deliver_due()
    assert {message.municipality for message in outlet.passed} == set(settings.municipalities)
