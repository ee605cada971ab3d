"""Growing independent over HTTP and by the day: a household from its first measurement until after its relief."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from independence_desk import DONGEMOND, ask
from sqlalchemy import text

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.household.rules.file import LoadedHousehold
from services.ontzorgen.independence.handlers.days import raise_due
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.events import (
    ArrearsSignalled,
    DayStarted,
    EvaluationOpened,
    PhaseOutStarted,
    PhaseOutStepTaken,
    ReliefEnded,
    ReliefExtended,
    SelfRelianceMeasured,
)
from shared.events.base import EventData
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

DRECHTSTEDEN, CAPELLE, DEN_HAAG, ZOETERMEER = "gm0531", "gm0502", "gm0518", "gm0637"
FIRST = date(2026, 9, 1)
Ask = Callable[..., Awaitable[Any]]


async def household_in(service: RunningService, municipality: str, first_day: date = FIRST) -> UUID:
    household_id = new_id()
    plan = signed_plan(first_day, household_id=household_id)
    async with service.database.transaction(municipality) as tx:
        await on_pip_signed(Received(plan, uuid4(), municipality, None), tx)
    return household_id


async def day(service: RunningService, municipality: str, on: date) -> None:
    async with service.database.transaction(municipality) as tx:
        await raise_due(on, tx)


async def end_due(service: RunningService, municipality: str, on: date) -> None:
    async with service.database.transaction(municipality) as tx:
        await on_day_started(Received(DayStarted(municipality=municipality, date=on), uuid4(), municipality, None), tx)


async def find_events(service: RunningService, *kinds: type[EventData]) -> list[Any]:
    return [fact.data for fact in await service.list_published() if isinstance(fact.data, kinds)]


async def tasks(service: RunningService) -> list[tuple[str, str]]:
    return sorted(
        (task["kind"], task["for_role"]) for task in (await service.get("/tasks")).raise_for_status().json()["items"]
    )


async def with_charges(service: RunningService, municipality: str, household_id: UUID) -> None:
    """A rent and an energy contract under mandate, put on record as such; accounts play no part here."""
    charge = (
        "INSERT INTO charge (municipality, id, household_id, kind, creditor, reference, amount_cents, from_day) "
        "VALUES (:municipality, :id, :household, :kind, :creditor, 'KENMERK', 60000, '2026-09-01')"
    )
    mandate = (
        "INSERT INTO mandate (municipality, id, household_id, kind, creditor, granted_on) "
        "VALUES (:municipality, :id, :household, :kind, :creditor, '2026-09-01')"
    )
    async with service.database.transaction(municipality) as tx:
        for kind, creditor in (("rent", "woonstad"), ("energy", "stroom")):
            values = {"municipality": municipality, "household": household_id, "kind": kind, "creditor": creditor}
            for add in (charge, mandate):
                await tx.session.execute(text(add), values | {"id": uuid4()})


async def end_relief(service: RunningService, municipality: str, household_id: UUID, on: date) -> None:
    async with service.database.transaction(municipality) as tx:
        await tx.session.execute(
            text("UPDATE household SET ended_on = :on WHERE id = :id"), {"on": on, "id": household_id}
        )


@pytest.fixture
def service_in(client_for: Callable[..., Awaitable[RunningService]]) -> Callable[..., Awaitable[RunningService]]:
    """A service of one municipality, asked by its budget manager."""

    async def make(municipality: str) -> RunningService:
        return await client_for("ontzorgen", Role.BUDGET_MANAGER, municipality, municipalities=(municipality, "gm0080"))

    return make


def measurement(**changes: Any) -> dict[str, Any]:
    return {
        "outcome": "not_self_reliant",
        "moment": "start",
        "measured_on": "2026-09-01",
        "measured_by": "budget_coach",
        "instrument": "zrm-2017",
    } | changes


@pytest.mark.row("self-reliance-categories")
@pytest.mark.row("budget-management")
async def test_a_household_is_measured_and_three_decide_on_its_money(service_in: Ask) -> None:
    service = await service_in(DRECHTSTEDEN)
    household_id = await household_in(service, DRECHTSTEDEN)
    household = f"/households/{household_id}"
    body = measurement(id=str(uuid4()))
    (own,) = (await service.get(f"{household}/people")).json()["items"]
    assert await ask(service, f"{household}/measurements", **body) == body | {"person_id": own["person_id"]}
    await ask(service, f"{household}/measurements", **body)
    assert [event.outcome for event in await find_events(service, SelfRelianceMeasured)] == ["not_self_reliant"]
    money = {"rhythm": "monthly", "decided_on": "2026-12-01", "from_day": "2027-01-01"}
    refused = await ask(service, f"{household}/money-decisions", 400, parties=["budget_manager", "person"], **money)
    assert "not yet by budget coach" in refused
    parties = ["budget_manager", "budget_coach", "person"]
    await ask(service, f"{household}/money-decisions", parties=parties, **money)
    views = [
        (await service.get(f"{household}/independence", params={"on": on})).json()
        for on in ("2026-12-31", "2027-01-01")
    ]
    assert [view["rhythm"] for view in views] == ["weekly", "monthly"]
    async with service.database.transaction(DRECHTSTEDEN) as tx:
        (loaded,) = await load_situations([household_id], tx)
    for month, dates in (("2026-12", 4), ("2027-01", 1)):
        rules = MonthRules.resolve(load_law(), policy_in_force(DRECHTSTEDEN, date(2026, 12, 1)), month)
        assert len(compute_statement(loaded.situation, rules, month).payments) == dates, "on four Fridays, then at once"
    assert views[0]["self_reliance"] == "not_self_reliant"


@pytest.mark.row("art57-extension")
async def test_the_evaluation_opens_four_weeks_before_the_end_once_and_an_extension_moves_the_end(
    service_in: Ask,
) -> None:
    service = await service_in(CAPELLE)
    household_id = await household_in(service, CAPELLE)
    household = f"/households/{household_id}"
    await day(service, CAPELLE, date(2027, 1, 30))
    assert await find_events(service, EvaluationOpened) == []
    for on in (date(2027, 1, 31), date(2027, 1, 31), date(2027, 2, 1)):
        await day(service, CAPELLE, on)
    assert [event.last_day for event in await find_events(service, EvaluationOpened)] == [date(2027, 2, 28)]
    assert ("evaluation_due", "budget_manager") in await tasks(service)
    decision = {"outcome": "extend", "decided_on": "2027-02-10", "months": 6, "grounds": ["not_self_reliant_at_retest"]}
    assert "measured again" in await ask(service, f"{household}/decisions", 409, **decision)
    retest = measurement(moment="six_months", measured_on="2027-02-05")
    await ask(service, f"{household}/measurements", **retest)
    decided = await ask(service, f"{household}/decisions", **decision)
    assert (decided["last_day"], decided["review_on"]) == ("2027-08-31", "2027-08-10")
    assert [event.last_day for event in await find_events(service, ReliefExtended)] == [date(2027, 8, 31)]
    assert (await service.get(household)).json()["household"]["last_day"] == "2027-08-31"
    assert "evaluation_due" not in dict(await tasks(service))
    for on in (date(2027, 8, 9), date(2027, 8, 10), date(2027, 8, 11)):
        await day(service, CAPELLE, on)
    open_tasks = await tasks(service)
    assert open_tasks.count(("review_due", "case_manager")) == 1
    assert open_tasks.count(("evaluation_due", "budget_manager")) == 1, "of the new last day"


@pytest.mark.row("art57-extension")
async def test_letting_go_begins_with_the_creditors_and_ends_with_what_the_person_pays_alone(service_in: Ask) -> None:
    service = await service_in(CAPELLE)
    household_id = await household_in(service, CAPELLE)
    household = f"/households/{household_id}"
    await with_charges(service, CAPELLE, household_id)
    alone = {"step": "pays_alone", "taken_on": "2027-01-20", "kind": "rent"}
    assert "has not begun" in await ask(service, f"{household}/phase-out-steps", 409, **alone)
    await ask(service, f"{household}/decisions", outcome="phase_out", decided_on="2027-01-10")
    assert [event.steps[0] for event in await find_events(service, PhaseOutStarted)] == ["creditors_informed"]
    informed = {"step": "creditors_informed", "taken_on": "2027-01-12"}
    assert "stroom, woonstad" in await ask(service, f"{household}/phase-out-steps", 409, **informed)
    for creditor in ("woonstad", "stroom", "stroom"):
        await ask(service, f"{household}/creditors-told", creditor=creditor, told_on="2027-01-12")
    assert "of this creditor" in await ask(
        service, f"{household}/creditors-told", 400, creditor="other", told_on="2027-01-12"
    )
    debit = {"creditor": "woonstad", "kind": "rent", "day_of_month": 6, "agreed_on": "2027-01-12"}
    await ask(service, f"{household}/direct-debits", **debit)
    listed = (await service.get(f"{household}/creditors-to-tell", params={"on": "2027-01-12"})).json()["items"]
    assert [(row["creditor"], row["is_told"], row["agreed_debit_day"]) for row in listed] == [
        ("stroom", True, None),
        ("woonstad", True, 6),
    ]
    assert {row["suggested_debit_day"] for row in listed} == {6}, "the benefit is paid on the fifth"
    together = {"step": "pays_together", "taken_on": "2027-01-15", "kind": "rent"}
    for step in (informed, together, together, alone):
        await ask(service, f"{household}/phase-out-steps", **step)
    assert len(await find_events(service, PhaseOutStepTaken)) == 3
    months = ("2027-01-31", "2027-02-01")
    views = [(await service.get(f"{household}/independence", params={"on": on})).json() for on in months]
    assert [view["kinds_let_go"] for view in views] == [[], ["rent"]]


async def test_a_week_before_the_end_untold_creditors_are_a_task_and_the_end_waits_for_them(service_in: Ask) -> None:
    service = await service_in(CAPELLE)
    household_id = await household_in(service, CAPELLE)
    await with_charges(service, CAPELLE, household_id)
    for on in (date(2027, 2, 20), date(2027, 2, 21), date(2027, 2, 22)):
        await day(service, CAPELLE, on)
    assert (await tasks(service)).count(("creditors_to_tell", "budget_manager")) == 1
    end = {"outcome": "end", "decided_on": "2027-02-22"}
    assert "informed before relief ends" in await ask(service, f"/households/{household_id}/decisions", 409, **end)
    for creditor in ("woonstad", "stroom"):
        await ask(service, f"/households/{household_id}/creditors-told", creditor=creditor, told_on="2027-02-22")
    assert ("creditors_to_tell", "budget_manager") not in await tasks(service)
    assert (await ask(service, f"/households/{household_id}/decisions", **end))["reason"] == "period_over"


@pytest.mark.parametrize(("reason", "ends_on"), [("assistance_stopped", "2026-12-15"), ("moved_away", "2027-01-31")])
async def test_relief_that_ends_early_ends_on_its_day_and_says_why(service_in: Ask, reason: str, ends_on: str) -> None:
    service = await service_in(ZOETERMEER)
    household_id = await household_in(service, ZOETERMEER)
    end = {"outcome": "end", "decided_on": "2026-12-10", "reason": reason, "last_day": ends_on}
    await ask(service, f"/households/{household_id}/decisions", **end)
    async with service.database.transaction(ZOETERMEER) as tx:
        await tx.session.execute(text("UPDATE household SET next_month = '2027-02'"))  # as if its months were released
    await end_due(service, ZOETERMEER, date.fromisoformat(ends_on))
    assert await find_events(service, ReliefEnded) == []
    await end_due(service, ZOETERMEER, date.fromisoformat(ends_on) + timedelta(days=1))
    assert [(event.ended_on.isoformat(), event.reason) for event in await find_events(service, ReliefEnded)] == [
        (ends_on, reason)
    ]
    again = {"outcome": "phase_out", "decided_on": ends_on}
    assert "takes a new application" in await ask(service, f"/households/{household_id}/decisions", 409, **again)


@pytest.mark.row("budget-coaching")
async def test_coaching_is_counted_against_the_allotment_and_handed_on_at_its_end(service_in: Ask) -> None:
    service = await service_in(DEN_HAAG)
    household = f"/households/{await household_in(service, DEN_HAAG)}"
    talk = {"held_on": "2026-10-05", "minutes": 60, "ladder": "do_together"}
    assert "has not begun" in await ask(service, f"{household}/coaching-sessions", 409, **talk)
    started = await ask(service, f"{household}/coaching", started_on="2026-09-10")
    assert started["last_day"] == "2027-03-09"
    appointment = await ask(service, f"{household}/coaching-appointments", planned_on="2026-10-05", minutes=90)
    assert "0 of 90 minutes left" in await ask(
        service, f"{household}/coaching-appointments", 409, planned_on="2026-10-06", minutes=15
    )
    await ask(service, f"{household}/coaching-sessions", appointment_id=appointment["id"], **talk)
    coaching = (await service.get(f"{household}/coaching", params={"month": "2026-10"})).json()
    assert (
        coaching["month"]["held_minutes"],
        coaching["month"]["planned_minutes"],
        coaching["month"]["left_minutes"],
    ) == (
        60,
        0,
        30,
    )
    await day(service, DEN_HAAG, date(2027, 3, 9))
    assert ("coach_to_hand_on", "budget_manager") in await tasks(service)
    handed = {"handed_on": "2027-03-09", "handed_to": "neighbourhood_team"}
    for _ in range(2):
        assert (await ask(service, f"{household}/coaching-hand-overs", **handed))["handed_to"] == "neighbourhood_team"
    assert "coach_to_hand_on" not in dict(await tasks(service))


@pytest.mark.row("finance-courses")
async def test_an_obligatory_course_that_was_not_attended_is_a_task_until_its_last_lesson(service_in: Ask) -> None:
    service = await service_in(CAPELLE)
    household = f"/households/{await household_in(service, CAPELLE)}"
    enrolment = await ask(service, f"{household}/enrolments", course="geldwijzer", enrolled_on="2026-10-01", lessons=2)
    lessons = f"{household}/enrolments/{enrolment['id']}/lessons"
    for number, is_attended in ((1, True), (2, False)):
        await ask(service, lessons, lesson_no=number, given_on=f"2026-10-0{number}", is_attended=is_attended)
    async with service.database.transaction(CAPELLE) as tx:
        await tx.session.execute(text("UPDATE household SET last_day = '2027-08-31'"))
    for on in (date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 2)):
        await day(service, CAPELLE, on)
    assert (await tasks(service)).count(("course_not_attended", "case_manager")) == 1
    done = await ask(service, lessons, lesson_no=2, given_on="2027-03-03", is_attended=True)
    assert done["completed_on"] == "2027-03-03"
    assert "course_not_attended" not in dict(await tasks(service))


async def test_providers_are_compared_by_counts_and_never_below_five_households(service_in: Ask) -> None:
    service = await service_in(ZOETERMEER)
    for provider, households in (("piezo", 5), ("plangroep", 4)):
        for _ in range(households):
            household = f"/households/{await household_in(service, ZOETERMEER)}"
            await ask(service, f"{household}/measurements", **measurement())
            await ask(service, f"{household}/guidance-providers", provider=provider, from_day="2026-09-02")
            enrolment = await ask(
                service, f"{household}/enrolments", course="eurowijzer", enrolled_on="2026-10-01", lessons=3
            )
            lessons = f"{household}/enrolments/{enrolment['id']}/lessons"
            await ask(service, lessons, lesson_no=1, given_on="2026-10-01", is_attended=True)
            await ask(
                service,
                f"{household}/measurements",
                **measurement(moment="on_request", measured_on="2026-12-01", outcome="limited"),
            )
    figures = (await service.get("/guidance-providers")).json()["items"]
    assert [
        (row["provider"], row["households"], row["measured_better"], row["lessons_attended"]) for row in figures
    ] == [
        ("piezo", 5, 5, 5),
        ("plangroep", None, None, None),
    ]
    assert "has these providers" in await ask(
        service, f"{household}/guidance-providers", 400, provider="unheard-of", from_day="2026-09-02"
    )


@pytest.mark.row("early-signal-agreements")
async def test_arrears_are_signalled_after_the_end_once_and_during_relief_the_creditor_calls(service_in: Ask) -> None:
    service = await service_in(DONGEMOND)
    household_id = await household_in(service, DONGEMOND)
    path = f"/households/{household_id}/arrears-messages"
    message = {"creditor": "woonstad", "kind": "rent", "months_in_arrears": 2, "signalled_on": "2026-11-01"}
    assert (await ask(service, path, **message))["recorded_as"] == "contact"
    assert (await find_events(service, ArrearsSignalled), await tasks(service)) == (
        [],
        [("creditor_contact", "budget_manager")],
    )
    await end_relief(service, DONGEMOND, household_id, date(2027, 2, 28))
    for on in ("2027-04-01", "2027-04-20"):
        assert (await ask(service, path, **message | {"signalled_on": on}))["signalled_on"] == "2027-04-01"
    assert [event.months_in_arrears for event in await find_events(service, ArrearsSignalled)] == [2]
    assert (await tasks(service)).count(("arrears_signalled", "case_manager")) == 1
    late = await ask(service, path, 409, **message | {"signalled_on": "2027-08-29"})
    assert "agreed until 2027-08-28" in late


async def test_another_municipality_sees_and_changes_nothing(
    service_in: Ask, client_for: Ask, token: Callable[..., str]
) -> None:
    service = await service_in(DONGEMOND)
    household = f"/households/{await household_in(service, DONGEMOND)}"
    await ask(service, f"{household}/measurements", **measurement())
    service.headers["Authorization"] = f"Bearer {token(Role.BUDGET_MANAGER, 'gm0080')}"
    await ask(service, f"{household}/measurements", 404, **measurement())
    assert (await service.get(f"{household}/independence", params={"on": "2026-09-01"})).status_code == 404
    await day(service, "gm0080", date(2027, 2, 20))
    assert await find_events(service, EvaluationOpened) == []


@pytest.mark.row("art57-extension")
async def test_the_class_and_what_is_paid_alone_reach_the_next_months_statement(service_in: Ask) -> None:
    service = await service_in(CAPELLE)
    household_id = await household_in(service, CAPELLE)
    household = f"/households/{household_id}"
    await with_charges(service, CAPELLE, household_id)

    async def situation() -> LoadedHousehold:
        async with service.database.transaction(CAPELLE) as tx:
            return (await load_situations([household_id], tx))[0]

    assert (await situation()).situation.self_reliance is None
    await ask(service, f"{household}/measurements", **measurement())
    assert (await situation()).situation.self_reliance == "not_self_reliant"
    await ask(service, f"{household}/decisions", outcome="phase_out", decided_on="2027-01-10")
    for creditor in ("woonstad", "stroom"):
        await ask(service, f"{household}/creditors-told", creditor=creditor, told_on="2027-01-12")
    for step in ("creditors_informed", "pays_together", "pays_alone"):
        kind = {} if step == "creditors_informed" else {"kind": "rent"}
        await ask(service, f"{household}/phase-out-steps", step=step, taken_on="2027-01-12", **kind)
    loaded = await situation()
    assert [(charge.kind, charge.until_day) for charge in loaded.situation.charges] == [
        ("rent", date(2027, 1, 31)),
        ("energy", None),
    ]
    assert loaded.months.without_mandate == (), "what the person pays alone lacks no mandate"
