"""A letter waits for the name and the address of its reader, and staff see the letters that waited too long."""

from collections.abc import Callable
from pathlib import Path

import pytest
from notifications_desk import ADDRESS, PERSON, build_recruited, deliver_fact, list_messages

from services.notifications.delivery.rules import Outgoing
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.printing.handlers import open_due_batch
from services.notifications.printing.worker import PrintWorker
from services.notifications.settings import Settings
from shared.events import DeliveryParked
from shared.events.codes import MessageChannel
from shared.testing.running_service import RunningService

pytestmark = pytest.mark.usefixtures("idle_worker")
CONTACT = f"/people/{PERSON}/contact"
WITHOUT_ADDRESS = {"language": "nl", "channel": "letter", "name": "Lezer"}
COMPLETE = {**WITHOUT_ADDRESS, "address": ADDRESS}


class Outlet:
    """An adapter that records what passed."""

    def __init__(self) -> None:
        self.passed: list[Outgoing] = []

    async def deliver(self, message: Outgoing) -> None:
        self.passed.append(message)


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@pytest.fixture
def settings(service: RunningService, settings_for: Callable[..., Settings], tmp_path: Path) -> Settings:
    leaving = {"letters_leave": "at_once", "spool_folder": tmp_path / "spool"}
    return settings_for("notifications", database_url=service.database.url, **leaving)


@pytest.fixture
def worker(service: RunningService, settings: Settings, outlet: Outlet) -> DeliveryWorker:
    return DeliveryWorker(service.database, settings, {MessageChannel.EMAIL: outlet})


@pytest.fixture
def printer(service: RunningService, settings: Settings) -> PrintWorker:
    return PrintWorker(service.database, settings)


async def queue_days_ago(service: RunningService, days: int) -> None:
    """Let every message have waited for so many days."""
    async with service.database.transaction("gm0637") as tx:
        driver = await tx.driver()
        await driver.execute("UPDATE message SET queued_at = now() - make_interval(days => $1)", days)


async def look_again(worker: DeliveryWorker, printer: PrintWorker) -> int:
    """Deliver and print, and look for incomplete contacts although that was done a moment ago."""
    worker._incomplete_at = 0.0
    return await worker.deliver_due() + await printer.print_due()


@pytest.mark.parametrize("contact", [None, WITHOUT_ADDRESS, {**COMPLETE, "name": None}])
async def test_no_letter_leaves_before_there_is_a_name_and_an_address(
    service: RunningService, worker: DeliveryWorker, printer: PrintWorker, contact: dict[str, object] | None
) -> None:
    if contact is not None:
        await service.put(CONTACT, json=contact)
    await deliver_fact(service, build_recruited("nl"), with_address=False)
    await queue_days_ago(service, 13)
    assert await look_again(worker, printer) == 0
    (message,) = await list_messages(service)
    assert (message["state"], message["problem"], message["attempts"]) == ("queued", "contact_incomplete", 0)
    await service.put(CONTACT, json=COMPLETE)
    assert await look_again(worker, printer) == 1
    (message,) = await list_messages(service)
    assert (message["state"], message["problem"]) == ("sent", None)


async def test_what_waits_leaves_by_the_channel_that_is_entered(
    service: RunningService, worker: DeliveryWorker, printer: PrintWorker, outlet: Outlet
) -> None:
    await deliver_fact(service, build_recruited("nl"), with_address=False)
    assert await look_again(worker, printer) == 0
    await service.put(CONTACT, json={"language": "nl", "channel": "email", "email": "lezer@people.example"})
    assert await look_again(worker, printer) == 1
    assert [(mail.channel, mail.recipient) for mail in outlet.passed] == [("email", "lezer@people.example")]


async def test_a_contact_that_changes_while_a_message_is_under_way_sends_it_no_second_time(
    service: RunningService, worker: DeliveryWorker, printer: PrintWorker
) -> None:
    await service.put(CONTACT, json=COMPLETE)
    await deliver_fact(service, build_recruited("nl"))
    async with service.database.transaction("gm0637") as tx:
        await open_due_batch(tx, None)
    await service.put(CONTACT, json={"language": "nl", "channel": "email", "email": "lezer@people.example"})
    assert await worker.deliver_due() == 0, "it is in a batch for the printer"
    (message,) = await list_messages(service)
    assert (message["state"], message["channel"]) == ("queued", "letter")


async def test_after_the_days_of_the_policy_it_is_parked_and_released_once_the_contact_is_complete(
    service: RunningService, worker: DeliveryWorker, printer: PrintWorker
) -> None:
    await deliver_fact(service, build_recruited("nl"), with_address=False)
    await queue_days_ago(service, 15)
    await look_again(worker, printer)
    (message,) = await list_messages(service)
    assert (message["state"], message["problem"]) == ("parked", "contact_incomplete")
    parked = [fact.data for fact in await service.list_published() if isinstance(fact.data, DeliveryParked)]
    assert [(str(fact.message_id), fact.problem) for fact in parked] == [(message["id"], "address_refused")]
    refusal = await service.post(f"/messages/{message['id']}/releases")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "contact_incomplete")
    await service.put(CONTACT, json=COMPLETE)
    assert await look_again(worker, printer) == 0, "a person decides whether it may still leave"
    assert (await service.post(f"/messages/{message['id']}/releases")).status_code == 201
    assert await look_again(worker, printer) == 1
