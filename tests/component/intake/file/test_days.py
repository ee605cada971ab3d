"""What a new day brings: plans that are late are published, each once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from intake_desk import DUE_ON, build_recruited, build_withdrawn, open_due_file

from services.intake.app import SUBSCRIPTIONS
from services.intake.file import handlers
from shared.events import DayStarted, DeadlineMissed
from shared.events.codes import TargetGroup
from shared.testing.delivery import deliver, encode_events
from shared.testing.running_service import RunningService


def start_day(day: date, municipality: str = "gm0637") -> list[bytes]:
    return encode_events(DayStarted(municipality=municipality, date=day), municipality=municipality)


async def list_missed(service: RunningService) -> list[tuple[str, date]]:
    """Return the person and the last day of every deadline whose miss was published."""
    facts = [fact.data for fact in await service.list_published()]
    return [(str(fact.person_id), fact.due_on) for fact in facts if isinstance(fact, DeadlineMissed)]


async def test_a_late_plan_is_published_once_from_the_day_after(intake: RunningService) -> None:
    person = await open_due_file(intake)
    for offset, count in ((0, 0), (1, 1), (1, 1), (2, 1), (-30, 1), (400, 1)):
        await deliver(intake, SUBSCRIPTIONS, start_day(DUE_ON + timedelta(days=offset)))
        assert await list_missed(intake) == [(person, DUE_ON)] * count
    assert (await intake.get("/figures")).json()["deadlines_missed"] == 1


async def test_a_service_that_was_down_publishes_it_when_it_catches_up(intake: RunningService) -> None:
    person = await open_due_file(intake)
    days = [payload for offset in range(-2, 30) for payload in start_day(DUE_ON + timedelta(days=offset))]
    await deliver(intake, SUBSCRIPTIONS, days)
    assert await list_missed(intake) == [(person, DUE_ON)]


async def test_a_day_is_a_day_of_one_municipality(intake: RunningService) -> None:
    await open_due_file(intake)
    await deliver(intake, SUBSCRIPTIONS, start_day(DUE_ON + timedelta(days=1), "gm0080"))
    assert await list_missed(intake) == []


async def test_volunteers_closed_files_and_clocks_that_have_not_begun_are_never_late(intake: RunningService) -> None:
    person = uuid4()
    group = TargetGroup.OTHER_MIGRANT
    await deliver(
        intake,
        SUBSCRIPTIONS,
        encode_events(
            build_recruited(uuid4()),
            build_recruited(uuid4(), group),
            build_recruited(person, group),
            build_withdrawn(person),
        ),
    )
    await deliver(intake, SUBSCRIPTIONS, start_day(date(2030, 1, 1)))
    assert await list_missed(intake) == []


async def test_many_late_files_are_published_in_chunks_each_once(
    intake: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "LATE_FILES_CHUNK_MAX", 3)
    persons = {await open_due_file(intake) for _ in range(8)}
    await deliver(intake, SUBSCRIPTIONS, start_day(DUE_ON + timedelta(days=1)))
    missed = await list_missed(intake)
    assert ({person for person, _ in missed}, len(missed)) == (persons, 8)


async def test_a_notice_that_comes_late_is_published_on_the_next_day(intake: RunningService) -> None:
    person = uuid4()
    await deliver(intake, SUBSCRIPTIONS, encode_events(build_recruited(person, TargetGroup.OTHER_MIGRANT)))
    await deliver(intake, SUBSCRIPTIONS, start_day(date(2026, 12, 1)))
    days = {"registered_on": "2026-04-01", "obligation_notified_on": "2026-03-09"}
    await intake.post(f"/newcomers/{person}/obligation-notices", json=days)
    await deliver(intake, SUBSCRIPTIONS, start_day(date(2026, 12, 2)))
    assert await list_missed(intake) == [(str(person), DUE_ON)]
