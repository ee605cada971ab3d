"""What becomes of candidates in intake: their files are opened once, and closed when nothing else keeps them open."""

from datetime import date
from uuid import UUID, uuid4

from intake_desk import build_recruited, build_withdrawn, open_due_file

from services.intake import metrics
from services.intake.app import SUBSCRIPTIONS
from shared.events import FileOpened
from shared.testing.delivery import deliver, encode_events, retry_held
from shared.testing.golden import golden
from shared.testing.running_service import RunningService, fetch_as_operator


async def test_a_recruited_candidate_gets_a_file_once(intake: RunningService) -> None:
    person = uuid4()
    first = encode_events(build_recruited(person))
    for payloads in (first, [*first, *first], encode_events(build_recruited(person))):
        assert await deliver(intake, SUBSCRIPTIONS, payloads) == 0
    (fact,) = await intake.list_published()
    assert isinstance(fact.data, FileOpened)
    assert (fact.data.person_id, fact.data.opened_on) == (person, date(2026, 3, 2))
    assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["state"] == "opened"


async def test_a_person_with_a_file_keeps_it(intake: RunningService) -> None:
    person = await open_due_file(intake)
    before = (await intake.get("/newcomers")).json()
    assert await deliver(intake, SUBSCRIPTIONS, encode_events(build_recruited(UUID(person)))) == 0
    assert (await intake.get("/newcomers")).json() == before
    assert len(await intake.list_published()) == 1


async def test_a_withdrawal_closes_a_file_that_rests_on_consent(intake: RunningService) -> None:
    person = uuid4()
    await deliver(intake, SUBSCRIPTIONS, encode_events(build_recruited(person), build_withdrawn(person)))
    newcomer = (await intake.get(f"/newcomers/{person}")).json()["newcomer"]
    assert (newcomer["state"], newcomer["closed_on"]) == ("closed", "2026-03-20")
    answer = await intake.post(f"/newcomers/{person}/intakes", json={"planned_on": "2026-03-21"})
    assert answer.status_code == 409


async def test_a_withdrawal_leaves_a_file_that_rests_on_the_law(intake: RunningService) -> None:
    person = await open_due_file(intake)
    await deliver(intake, SUBSCRIPTIONS, encode_events(build_withdrawn(UUID(person))))
    assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["state"] == "opened"


async def test_a_withdrawal_that_comes_early_waits_for_the_candidate(intake: RunningService) -> None:
    person = uuid4()
    assert await deliver(intake, SUBSCRIPTIONS, encode_events(build_withdrawn(person))) == 1
    held = await fetch_as_operator(intake.database, "SELECT state, reason FROM messaging.held")
    assert held == [("retrying", "not_yet_known")]
    assert await deliver(intake, SUBSCRIPTIONS, encode_events(build_recruited(person))) == 1
    assert await retry_held(intake, SUBSCRIPTIONS)
    assert (await intake.get(f"/newcomers/{person}")).json()["newcomer"]["closed_on"] == "2026-03-20"


async def test_what_recruitment_promised_is_understood(intake: RunningService) -> None:
    promised = [golden(name, "intake") for name in ("CandidateRecruited", "CandidateWithdrawn", "DayStarted")]
    assert await deliver(intake, SUBSCRIPTIONS, promised) == 0
    (newcomer,) = (await intake.get("/newcomers")).json()["items"]
    assert newcomer["state"] == "closed"


async def test_what_is_counted_was_committed_once(intake: RunningService) -> None:
    async def count_opened() -> float:
        await intake.get("http://service/metrics")
        return metrics.REGISTRY.get_sample_value("meedoen_files_opened", {"target_group": "voluntary"}) or 0

    before, early, person = await count_opened(), uuid4(), uuid4()
    batch = encode_events(build_withdrawn(early), build_recruited(person))

    assert await deliver(intake, SUBSCRIPTIONS, batch) == 1
    await deliver(intake, SUBSCRIPTIONS, batch)
    body = {"id": str(person), "target_group": "voluntary", "language": "ti", "opened_on": "2026-03-02"}
    await intake.post("/newcomers", json=body)

    assert await count_opened() - before == 1
