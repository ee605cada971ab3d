"""From a fact to a delivery on a real PostgreSQL: once each, in the person's language, and nothing stuck or lost."""

from collections.abc import Awaitable, Callable
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications import domain, handlers, repository
from services.notifications.delivery.port import AddressRefusedError, NotReachedError, Outgoing
from services.notifications.delivery.spool import SpoolFolder
from services.notifications.delivery.worker import Attempt, DeliveryWorker
from services.notifications.domain import Audience, Contact
from services.notifications.settings import Settings
from shared.events import (
    CandidateRecruited,
    DayStarted,
    DeliveryParked,
    EventData,
    FileOpened,
    IntakeScheduled,
    NotificationSent,
    ShortfallFound,
)
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.events.envelope import CONTENT_TYPE, read_data, read_event
from shared.identity import Role
from shared.messaging import DONE, HoldReason, Outcome, Received, Retry
from shared.testing import eventually
from shared.testing.golden import golden
from shared.testing.running import RunningService
from shared.testing.samples import sample

LOGGED_AT = "2026-07-01T09:30:00Z"
PERSON = sample(CandidateRecruited).key
Services = Callable[..., Awaitable[RunningService]]


@pytest.fixture
async def service(client_for: Services, tmp_path: Path) -> RunningService:
    return await client_for("notifications", Role.CASE_MANAGER, spool_folder=tmp_path / "spool")


@pytest.fixture
async def quiet(client_for: Services, tmp_path: Path) -> RunningService:
    """A service whose worker looks for work too seldom to matter, and is not woken by this test."""
    return await client_for("notifications", Role.CASE_MANAGER, spool_folder=tmp_path / "none")


async def deliver(
    service: RunningService, fact: EventData, event_id: UUID | None = None, municipality: str = "gm0637"
) -> Outcome:
    """Give one fact to the handler; tests/component/notifications/messages/test_batches.py gives it many."""
    received = Received(fact, event_id or uuid4(), municipality, LOGGED_AT)
    async with service.database.transaction(municipality) as tx:
        return (await handlers.on_facts([received], tx)).get(received.event_id, DONE)


def recruited(language: str, **changes: Any) -> CandidateRecruited:
    return CandidateRecruited.model_validate(sample(CandidateRecruited).model_dump() | {"language": language} | changes)


async def sent(service: RunningService, count: int) -> list[NotificationSent]:
    async def told() -> list[NotificationSent]:
        found = [one.data for one in await service.told() if isinstance(one.data, NotificationSent)]
        return found if len(found) >= count else []

    return await eventually(told)


async def messages(service: RunningService) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await service.get("/messages")).json()["items"]
    return items


class TestFacts:
    @pytest.mark.parametrize(("language", "written_in"), [("ti", "ti"), ("ar", "ar"), ("pl", "mul")])
    async def test_a_fact_becomes_a_letter_in_the_language_of_the_person(
        self, service: RunningService, tmp_path: Path, language: str, written_in: str
    ) -> None:
        assert await deliver(service, recruited(language)) == DONE
        (told,) = await sent(service, 1)
        assert (told.template, told.language, told.channel) == ("welcome", written_in, MessageChannel.LETTER)
        page = (tmp_path / "spool" / "gm0637" / f"{told.message_id}.html").read_text(encoding="utf-8")
        assert f'<html lang="{"nl" if language == "pl" else language}"' in page

    async def test_a_fact_delivered_twice_is_one_message(self, service: RunningService, tmp_path: Path) -> None:
        event_id = uuid4()
        for _ in range(3):
            assert await deliver(service, recruited("nl"), event_id) == DONE
        await sent(service, 1)
        assert (await service.get("/message-totals")).json()["total"] == 1
        assert len(list((tmp_path / "spool").rglob("*.html"))) == 1

    async def test_a_fact_about_someone_unknown_waits_until_the_language_is_known(
        self, service: RunningService
    ) -> None:
        scheduled = sample(IntakeScheduled)
        assert await deliver(service, scheduled) == Retry(HoldReason.NOT_YET_KNOWN)
        assert await deliver(service, sample(FileOpened).model_copy(update={"language": "en"})) == DONE
        assert await deliver(service, scheduled) == DONE
        (told,) = await sent(service, 1)
        assert (told.template, told.language) == ("intake_scheduled", "en")

    async def test_a_fact_that_nobody_is_written_about_changes_nothing(self, service: RunningService) -> None:
        assert await deliver(service, DayStarted(municipality="gm0637", date=date(2026, 7, 1))) == DONE
        assert await messages(service) == []

    async def test_a_shortfall_goes_to_the_person_and_in_dutch_to_the_case_manager(
        self, service: RunningService, tmp_path: Path
    ) -> None:
        await deliver(service, recruited("ar"))
        assert await deliver(service, sample(ShortfallFound)) == DONE
        told = {one.template: one for one in await sent(service, 3)}
        assert told["shortfall_found"].language == "ar"
        staff = told["shortfall_found_staff"]
        assert (staff.language, staff.channel) == ("nl", MessageChannel.EMAIL)
        path = tmp_path / "spool" / "gm0637" / f"{staff.message_id}.eml"
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert mail["To"] == "klantmanagers@zoetermeer.example"

    async def test_what_staff_entered_is_not_overwritten_by_an_event(self, service: RunningService) -> None:
        await service.put(f"/people/{PERSON}/contact", json={"language": "en", "channel": "letter"})
        await deliver(service, recruited("ti"))
        assert [one.language for one in await sent(service, 1)] == ["en"]


class TestContract:
    async def test_every_fact_as_it_stands_on_the_wire_becomes_its_messages(self, service: RunningService) -> None:
        known_first = sorted(domain.NOTICES, key=lambda event: domain.language_told(sample(event)) is None)
        for event in known_first:
            envelope = read_event(golden(event.__name__, "notifications"), {"content-type": CONTENT_TYPE})
            fact = read_data(envelope)
            for person in {getattr(fact, "person_id", None)} - {None}:
                async with service.database.transaction("gm0637") as tx:
                    await repository.learn(tx, [Contact(person, "nl")])
            assert await deliver(service, fact) == DONE
        counted = (await service.get("/message-totals")).json()["by_template"]
        assert counted == {notice.template: 1 for notices in domain.NOTICES.values() for notice in notices}


class Outlet:
    """A way out that fails as it is told to, and remembers what passed."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.passed: list[Outgoing] = []

    async def deliver(self, message: Outgoing) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.passed.append(message)


class TestWorker:
    """With workers of the test's own: the service's worker is stopped from taking their messages by not waking it."""

    @pytest.fixture
    def settings(self, quiet: RunningService, settings_for: Callable[..., Settings]) -> Settings:
        return settings_for(
            "notifications",
            database_url=quiet.database.url,
            delivery_delay_seconds_first=0.01,
            delivery_delay_seconds_max=0.01,
            delivery_attempts_max=3,
        )

    @pytest.fixture(autouse=True)
    async def _alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def nothing(_: DeliveryWorker) -> int:
            return 0

        monkeypatch.setattr(DeliveryWorker, "_run", nothing)

    def worker(self, service: RunningService, settings: Settings, outlet: Outlet) -> DeliveryWorker:
        return DeliveryWorker(service.database, settings, dict.fromkeys(MessageChannel, outlet))

    async def test_a_delivery_that_fails_is_tried_again(self, quiet: RunningService, settings: Settings) -> None:
        await deliver(quiet, recruited("nl"))
        outlet = Outlet(NotReachedError(), NotReachedError())
        worker = self.worker(quiet, settings, outlet)

        async def passed() -> bool:
            await worker.deliver_due()
            return bool(outlet.passed)

        await eventually(passed)
        (message,) = await messages(quiet)
        assert (message["state"], message["attempts"], message["problem"]) == ("sent", 3, None)
        assert len(await sent(quiet, 1)) == 1

    async def test_after_the_last_attempt_it_is_parked_told_and_can_be_released(
        self, quiet: RunningService, settings: Settings
    ) -> None:
        await deliver(quiet, recruited("nl"))
        outlet = Outlet(*[NotReachedError() for _ in range(3)])
        worker = self.worker(quiet, settings, outlet)

        async def parked() -> list[dict[str, Any]]:
            await worker.deliver_due()
            return [one for one in await messages(quiet) if one["state"] == "parked"]

        (message,) = await eventually(parked)
        told = [one.data for one in await quiet.told() if isinstance(one.data, DeliveryParked)]
        assert [(one.problem, str(one.message_id)) for one in told] == [("unreachable", message["id"])]
        released = await quiet.post(f"/messages/{message['id']}/releases")
        assert (released.status_code, released.json()["state"]) == (201, "queued")
        await worker.deliver_due()
        assert len(outlet.passed) == 1
        assert (await quiet.post(f"/messages/{message['id']}/releases")).status_code == 409

    async def test_a_refused_address_is_parked_at_once_and_mended_by_a_new_one(
        self, quiet: RunningService, settings: Settings
    ) -> None:
        contact = f"/people/{PERSON}/contact"
        await quiet.put(contact, json={"language": "nl", "channel": "email", "email": "oud@people.example"})
        await deliver(quiet, recruited("nl"))
        outlet = Outlet(AddressRefusedError())
        worker = self.worker(quiet, settings, outlet)
        await worker.deliver_due()
        (message,) = await messages(quiet)
        assert (message["state"], message["problem"]) == ("parked", "address_refused")
        await quiet.put(contact, json={"language": "nl", "channel": "email", "email": "nieuw@people.example"})
        await quiet.post(f"/messages/{message['id']}/releases")
        await worker.deliver_due()
        assert [one.recipient for one in outlet.passed] == ["nieuw@people.example"]

    async def test_two_workers_that_claim_at_once_share_the_messages(self, quiet: RunningService) -> None:
        for _ in range(5):
            await deliver(quiet, recruited("nl"))
        async with quiet.database.transaction("gm0637") as one, quiet.database.transaction("gm0637") as other:
            claims = [await repository.claim(tx, limit, 60) for tx, limit in ((one, 3), (other, 10))]
        assert [len(claim) for claim in claims] == [3, 2]
        async with quiet.database.transaction("gm0637") as tx:
            assert await repository.claim(tx, 10, 60) == [], "they are leased"

    async def test_a_delivery_that_outlived_its_lease_is_told_once(
        self, quiet: RunningService, settings: Settings
    ) -> None:
        await deliver(quiet, recruited("nl"))
        worker = self.worker(quiet, settings, Outlet())
        (claimed,) = await worker._claim()
        for problem in (None, None, DeliveryProblem.ADDRESS_REFUSED):
            await worker._settle([Attempt(claimed, problem)])
        assert [type(one.data) for one in await quiet.told()] == [NotificationSent]

    async def test_a_worker_that_dies_after_handing_over_doubles_nothing_in_the_folder(
        self, quiet: RunningService, settings: Settings, settings_for: Callable[..., Settings], tmp_path: Path
    ) -> None:
        await deliver(quiet, recruited("nl"))
        short = settings_for("notifications", database_url=quiet.database.url, delivery_lease_seconds=0.1)
        spool = SpoolFolder(tmp_path / "own")
        dying = DeliveryWorker(quiet.database, short, dict.fromkeys(MessageChannel, spool))
        for message in await dying._claim():
            await spool.deliver(message.outgoing)
        before = [path.read_bytes() for path in (tmp_path / "own").rglob("*.html")]
        another = DeliveryWorker(quiet.database, settings, dict.fromkeys(MessageChannel, spool))
        await eventually(another.deliver_due)
        assert [path.read_bytes() for path in (tmp_path / "own").rglob("*.html")] == before
        assert len(await sent(quiet, 1)) == 1

    async def test_messages_of_every_municipality_leave(self, quiet: RunningService, settings: Settings) -> None:
        for municipality in settings.municipalities:
            await deliver(quiet, recruited("nl"), municipality=municipality)
        outlet = Outlet()
        await self.worker(quiet, settings, outlet).deliver_due()
        assert {one.municipality for one in outlet.passed} == set(settings.municipalities)


class TestApi:
    async def test_a_contact_is_kept_and_read(self, service: RunningService) -> None:
        body = {"name": "Voorbeeld", "email": "lezer@people.example", "language": "ti", "channel": "email"}
        answer = await service.put(f"/people/{PERSON}/contact", json=body)
        assert answer.status_code == 200
        assert (await service.get(f"/people/{PERSON}/contact")).json() == {**body, "person_id": PERSON}

    @pytest.mark.parametrize(
        "changes",
        [
            {"channel": "email"},
            {"channel": "email", "email": "no address"},
            {"name": "Voor\nbeeld"},
            {"language": "Nederlands"},
            {"channel": "pigeon"},
        ],
    )
    async def test_a_contact_that_can_not_be_used_is_refused(
        self, service: RunningService, changes: dict[str, str]
    ) -> None:
        body = {"language": "nl", "channel": "letter"} | changes
        assert (await service.put(f"/people/{PERSON}/contact", json=body)).status_code == 400

    async def test_a_message_is_read_by_a_case_manager_on_record_and_by_nobody_else(
        self, service: RunningService, token: Callable[..., str]
    ) -> None:
        event_id = uuid4()
        await deliver(service, recruited("nl"), event_id)
        path = f"/messages/{domain.message_id(event_id, Audience.PERSON)}"
        assert "Welkom" in (await service.get(path)).json()["subject"]
        assert "Goedendag" in (await service.get(path)).json()["text"]
        for role, municipality, status in ((Role.OPERATOR, "gm0637", 403), (Role.CASE_MANAGER, "gm0080", 404)):
            headers = {"Authorization": f"Bearer {token(role, municipality)}"}
            assert (await service.get(path, headers=headers)).status_code == status
        async with service.database.transaction("gm0637") as tx:
            assert await (await tx.driver()).fetchval("SELECT count(*) FROM access_log") == 2

    async def test_totals_are_counted_from_the_messages(self, service: RunningService) -> None:
        for language in ("ti", "ti", "ar"):
            await deliver(service, recruited(language, person_id=uuid4()))
        await sent(service, 3)
        assert (await service.get("/message-totals")).json() == {
            "total": 3,
            "by_language": {"ar": 1, "ti": 2},
            "by_template": {"welcome": 3},
            "by_state": {"sent": 3},
            "by_channel": {"letter": 3},
        }
        found = (await service.get("/messages", params={"personId": str(uuid4())})).json()
        assert found == {"items": [], "next_cursor": None}
