"""Intake and what it hears: candidates come and go, days pass. And who may see what."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from services.intake import handlers, metrics
from services.intake.app import SUBSCRIPTIONS
from shared.events import CandidateRecruited, CandidateWithdrawn, DayStarted, DeadlineMissed, FileOpened
from shared.events.codes import OutreachChannel, TargetGroup
from shared.identity import Role
from shared.testing.delivering import deliver, on_the_wire, work_off
from shared.testing.golden import golden
from shared.testing.running import RunningService

Service = Callable[..., Awaitable[RunningService]]
DUE_ON = date(2026, 6, 10)


@pytest.fixture
async def intake(client_for: Service) -> RunningService:
    return await client_for("intake", Role.CASE_MANAGER)


def recruited(person: UUID, group: TargetGroup = TargetGroup.VOLUNTARY) -> CandidateRecruited:
    return CandidateRecruited(
        person_id=person,
        channel=OutreachChannel.MARKET,
        neighbourhood="meerzicht",
        ambassador_ids=(),
        language="ti",
        target_group=group,
        recruited_on=date(2026, 3, 2),
        consent_on=date(2026, 3, 2),
    )


def withdrawn(person: UUID) -> CandidateWithdrawn:
    return CandidateWithdrawn(person_id=person, withdrawn_on=date(2026, 3, 20))


def day(on: date, municipality: str = "gm0637") -> list[bytes]:
    return on_the_wire(DayStarted(municipality=municipality, date=on), municipality=municipality)


async def obligated(service: RunningService, **known: str) -> str:
    """Someone whose plan is due on 10 June 2026."""
    body = {
        "target_group": "family_migrant",
        "language": "ar",
        "opened_on": "2026-03-02",
        "registered_on": "2026-04-01",
        "obligation_notified_on": "2026-03-09",
        **known,
    }
    answer = await service.post("/newcomers", json=body)
    assert answer.json()["pip_due_on"] == DUE_ON.isoformat()
    return answer.json()["id"]


async def missed(service: RunningService) -> list[tuple[str, date]]:
    facts = [told.data for told in await service.told()]
    return [(str(fact.person_id), fact.due_on) for fact in facts if isinstance(fact, DeadlineMissed)]


class TestCandidates:
    async def test_a_recruited_candidate_gets_a_file_once(self, intake: RunningService) -> None:
        person = uuid4()
        first = on_the_wire(recruited(person))
        for payloads in (first, [*first, *first], on_the_wire(recruited(person))):
            assert await deliver(intake, SUBSCRIPTIONS, payloads) == 0
        (told,) = await intake.told()
        assert isinstance(told.data, FileOpened)
        assert (told.data.person_id, told.data.opened_on) == (person, date(2026, 3, 2))
        assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["state"] == "opened"

    async def test_a_person_with_a_file_keeps_it(self, intake: RunningService) -> None:
        person = await obligated(intake)
        before = (await intake.get("/newcomers")).json()
        assert await deliver(intake, SUBSCRIPTIONS, on_the_wire(recruited(UUID(person)))) == 0
        assert (await intake.get("/newcomers")).json() == before
        assert len(await intake.told()) == 1

    async def test_a_withdrawal_closes_a_file_that_rests_on_consent(self, intake: RunningService) -> None:
        person = uuid4()
        await deliver(intake, SUBSCRIPTIONS, on_the_wire(recruited(person), withdrawn(person)))
        newcomer = (await intake.get(f"/newcomers/{person}")).json()["newcomer"]
        assert (newcomer["state"], newcomer["closed_on"]) == ("closed", "2026-03-20")
        answer = await intake.post(f"/newcomers/{person}/intakes", json={"planned_on": "2026-03-21"})
        assert answer.status_code == 409

    async def test_a_withdrawal_leaves_a_file_that_rests_on_the_law(self, intake: RunningService) -> None:
        person = await obligated(intake)
        await deliver(intake, SUBSCRIPTIONS, on_the_wire(withdrawn(UUID(person))))
        assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["state"] == "opened"

    async def test_a_withdrawal_that_comes_early_waits_for_the_candidate(self, intake: RunningService) -> None:
        person = uuid4()
        assert await deliver(intake, SUBSCRIPTIONS, on_the_wire(withdrawn(person))) == 1
        async with intake.database.transaction(None) as tx:
            held = await (await tx.driver()).fetchrow("SELECT state, reason FROM messaging.held")
        assert (held["state"], held["reason"]) == ("retrying", "not_yet_known")
        assert await deliver(intake, SUBSCRIPTIONS, on_the_wire(recruited(person))) == 1
        assert await work_off(intake, SUBSCRIPTIONS)
        assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["closed_on"] == "2026-03-20"

    async def test_what_recruitment_promised_is_understood(self, intake: RunningService) -> None:
        promised = [golden(name, "intake") for name in ("CandidateRecruited", "CandidateWithdrawn", "DayStarted")]
        assert await deliver(intake, SUBSCRIPTIONS, promised) == 0
        (newcomer,) = (await intake.get("/newcomers")).json()["items"]
        assert newcomer["state"] == "closed"


class TestDays:
    async def test_a_late_plan_is_told_once_from_the_day_after(self, intake: RunningService) -> None:
        person = await obligated(intake)
        for offset, told in ((0, 0), (1, 1), (1, 1), (2, 1), (-30, 1), (400, 1)):
            await deliver(intake, SUBSCRIPTIONS, day(DUE_ON + timedelta(days=offset)))
            assert await missed(intake) == [(person, DUE_ON)] * told
        assert (await intake.get("/figures")).json()["deadlines_missed"] == 1

    async def test_a_service_that_was_down_tells_it_when_it_catches_up(self, intake: RunningService) -> None:
        person = await obligated(intake)
        days = [payload for offset in range(-2, 30) for payload in day(DUE_ON + timedelta(days=offset))]
        await deliver(intake, SUBSCRIPTIONS, days)
        assert await missed(intake) == [(person, DUE_ON)]

    async def test_a_day_is_a_day_of_one_municipality(self, intake: RunningService) -> None:
        await obligated(intake)
        await deliver(intake, SUBSCRIPTIONS, day(DUE_ON + timedelta(days=1), "gm0080"))
        assert await missed(intake) == []

    async def test_volunteers_closed_files_and_clocks_that_have_not_begun_are_never_late(
        self, intake: RunningService
    ) -> None:
        person = uuid4()
        group = TargetGroup.OTHER_MIGRANT
        await deliver(
            intake,
            SUBSCRIPTIONS,
            on_the_wire(recruited(uuid4()), recruited(uuid4(), group), recruited(person, group), withdrawn(person)),
        )
        await deliver(intake, SUBSCRIPTIONS, day(date(2030, 1, 1)))
        assert await missed(intake) == []

    async def test_many_late_files_are_told_in_chunks_each_once(
        self, intake: RunningService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handlers, "LATE_FILES_CHUNK_MAX", 3)
        everyone = {await obligated(intake) for _ in range(8)}
        await deliver(intake, SUBSCRIPTIONS, day(DUE_ON + timedelta(days=1)))
        told = await missed(intake)
        assert ({person for person, _ in told}, len(told)) == (everyone, 8)

    async def test_a_notice_that_comes_late_is_told_on_the_next_day(self, intake: RunningService) -> None:
        person = uuid4()
        await deliver(intake, SUBSCRIPTIONS, on_the_wire(recruited(person, TargetGroup.OTHER_MIGRANT)))
        await deliver(intake, SUBSCRIPTIONS, day(date(2026, 12, 1)))
        days = {"registered_on": "2026-04-01", "obligation_notified_on": "2026-03-09"}
        await intake.post(f"/newcomers/{person}/obligation-notices", json=days)
        await deliver(intake, SUBSCRIPTIONS, day(date(2026, 12, 2)))
        assert await missed(intake) == [(str(person), DUE_ON)]


class TestCounting:
    async def test_what_is_counted_was_committed_once(self, intake: RunningService) -> None:
        def opened() -> float:
            return metrics.REGISTRY.get_sample_value("meedoen_files_opened_total", {"target_group": "voluntary"}) or 0

        before, early, person = opened(), uuid4(), uuid4()
        batch = on_the_wire(withdrawn(early), recruited(person))

        assert await deliver(intake, SUBSCRIPTIONS, batch) == 1
        await deliver(intake, SUBSCRIPTIONS, batch)
        body = {"id": str(person), "target_group": "voluntary", "language": "ti", "opened_on": "2026-03-02"}
        await intake.post("/newcomers", json=body)

        assert opened() - before == 1
        assert (
            'meedoen_files_opened_total{target_group="voluntary"}' in (await intake.get("http://service/metrics")).text
        )


class TestAtTheSameMoment:
    async def test_one_of_many_requests_for_the_same_file_opens_it(self, intake: RunningService) -> None:
        person = uuid4()
        body = {"id": str(person), "target_group": "voluntary", "language": "ti", "opened_on": "2026-03-02"}
        answers = await asyncio.gather(*(intake.post("/newcomers", json=body) for _ in range(6)))
        await deliver(intake, SUBSCRIPTIONS, on_the_wire(recruited(person)))
        assert {answer.status_code for answer in answers} == {201}
        assert len(await intake.told()) == 1

    async def test_talks_planned_at_once_are_told_as_often_as_the_day_changed(self, intake: RunningService) -> None:
        person = await obligated(intake)
        path = f"/newcomers/{person}/intakes"
        await asyncio.gather(*(intake.post(path, json={"planned_on": "2026-03-20"}) for _ in range(6)))
        assert len(await intake.told()) == 2


class TestWhoMaySeeWhat:
    async def test_another_municipality_sees_nothing(self, intake: RunningService, token: Callable[..., str]) -> None:
        person = await obligated(intake)
        elsewhere = {"Authorization": f"Bearer {token(Role.CASE_MANAGER, 'gm0080')}"}
        assert (await intake.get("/newcomers", headers=elsewhere)).json()["items"] == []
        assert (await intake.get("/figures", headers=elsewhere)).json()["files"] == 0
        talk = {"planned_on": "2026-03-20"}
        answers = [
            await intake.get(f"/newcomers/{person}", headers=elsewhere),
            await intake.post(f"/newcomers/{person}/intakes", json=talk, headers=elsewhere),
        ]
        assert {answer.status_code for answer in answers} == {404}

    async def test_an_operator_sees_clocks_and_figures_but_no_file(
        self, intake: RunningService, token: Callable[..., str]
    ) -> None:
        person = await obligated(intake)
        operator = {"Authorization": f"Bearer {token(Role.OPERATOR)}"}
        assert (await intake.get("/newcomers", headers=operator)).status_code == 200
        assert (await intake.get(f"/newcomers/{person}", headers=operator)).status_code == 403
        coordinator = {"Authorization": f"Bearer {token(Role.AMBASSADOR_COORDINATOR)}"}
        assert (await intake.get("/newcomers", headers=coordinator)).status_code == 403

    async def test_reading_a_file_leaves_a_line(self, intake: RunningService) -> None:
        person = await obligated(intake)
        await intake.get(f"/newcomers/{person}")
        async with intake.database.transaction("gm0637") as tx:
            lines = await (await tx.driver()).fetch("SELECT person_id, subject, roles FROM access_log")
        assert [tuple(map(str, line.values())) for line in lines] == [(person, "test-user", "['case_manager']")]
