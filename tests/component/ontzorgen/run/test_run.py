"""The run on a real PostgreSQL: each month once, whatever comes twice or late, and a ledger that cannot be tipped."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from month_desk import take_on_proposed

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers import households as handlers
from services.ontzorgen.household.handlers.creditors import confirm_account
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.policies.rules.relief import BY_LAW, ReliefPolicy
from services.ontzorgen.run.handlers import pipeline
from shared.events import (
    DayStarted,
    EventData,
    FixedChargesDeducted,
    MonthRunProposed,
    PIPSigned,
    ReliefEnded,
    ReliefStarted,
)
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, LearningRoute
from shared.events.envelope import CONTENT_TYPE, read_data, read_event
from shared.identity import Role, new_id
from shared.messaging import DONE, HoldReason, Outcome, Park, Received
from shared.testing.golden import golden
from shared.testing.running_service import RunningService

IBAN = "NL91ABNA0417164300"
PAIR = """
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
SELECT municipality, id, unnest('{90, 91}'::int[]), 50, unnest('{1, -1}'::int[]) FROM ledger_entry
"""
TIPPED = """
WITH ledger_line AS (
    SELECT municipality, entry_id, account, amount_cents + CASE line_no WHEN 1 THEN 1 ELSE 0 END AS amount_cents
    FROM public.ledger_line
), run_total AS (
    SELECT municipality, run_id, account, CASE account WHEN 50 THEN 5 ELSE amount_cents END AS amount_cents
    FROM public.run_total
)
"""
RUNBOOK = Path(__file__).parents[4] / "docs" / "operations.md"
HANDLERS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    PIPSigned: handlers.on_pip_signed,
    DayStarted: on_day_started,
}


@pytest.fixture
async def service(
    client_for: Callable[..., Awaitable[RunningService]], monkeypatch: pytest.MonkeyPatch
) -> RunningService:
    """A municipality that asks for one approval, which whoever is at the desk gives on the day of the proposal."""
    monkeypatch.setattr(ReliefPolicy, "count_approvers_required", lambda _policy, _total_cents: 1)
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


async def deliver(service: RunningService, fact: EventData, municipality: str = "gm0637") -> Outcome:
    async with service.database.transaction(municipality) as tx:
        return await HANDLERS[type(fact)](Received(fact, uuid4(), municipality, None), tx)


async def day(service: RunningService, on: date, municipality: str = "gm0637") -> Outcome:
    """A day starts, and the desk takes what the calendar proposed through every step."""
    outcome = await deliver(service, DayStarted(municipality=municipality, date=on), municipality)
    await take_on_proposed(service, on, municipality)
    return outcome


def signed(assistance_from: date, household_id: UUID | None = None, **changes: Any) -> PIPSigned:
    fields: dict[str, Any] = {
        "person_id": uuid4(),
        "signed_on": assistance_from,
        "route": LearningRoute.B1_ROUTE,
        "relief_agreed": True,
        "household_id": household_id or new_id(),
        "household_type": HouseholdType.SINGLE,
        "age_band": AgeBand.FROM_21,
        "has_children": False,
        "assistance_from": assistance_from,
    }
    return PIPSigned.model_validate(fields | changes)


async def in_relief(
    service: RunningService, from_day: date, rent_cents: int = 60_000, municipality: str = "gm0637", **changes: Any
) -> UUID:
    """A household in relief whose rent is under mandate."""
    plan = signed(from_day, **changes)
    assert await deliver(service, plan, municipality) == DONE
    household_id = plan.household_id
    assert household_id is not None
    async with service.database.transaction(municipality) as tx:
        charge = Charge(new_id(), ChargeKind.RENT, "woonstad", IBAN, "huur", rent_cents, from_day, None)
        await handlers.add_charge(household_id, charge, tx)
        await confirm_account(
            BroughtBy(PaidItem.CHARGE, charge.id), household_id, from_day, tx, Recorder("budget_manager", "colleague")
        )
        await handlers.add_mandate(household_id, Mandate(new_id(), ChargeKind.RENT, "woonstad", from_day), tx)
    return household_id


async def months(service: RunningService) -> list[str]:
    return [
        event.data.month for event in await service.list_published() if isinstance(event.data, FixedChargesDeducted)
    ]


async def totals(service: RunningService) -> dict[str, Any]:
    answer: dict[str, Any] = (await service.get("/ledger-totals")).json()
    return answer


async def metrics(service: RunningService) -> dict[str, float]:
    lines = (await service.get("http://service/metrics")).text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


class TestReliefStarts:
    async def test_a_signed_plan_starts_relief_once_per_household(self, service: RunningService) -> None:
        plan = signed(date(2026, 9, 16))
        partner = plan.model_copy(update={"person_id": uuid4()})
        assert [await deliver(service, event) for event in (plan, plan, partner)] == [DONE] * 3
        started = [event.data for event in await service.list_published()]
        assert [type(event) for event in started] == [ReliefStarted]
        assert isinstance(started[0], ReliefStarted)
        assert started[0].person_id == plan.person_id
        assert started[0].kinds == BY_LAW, "Zoetermeer pays what the law names"

    async def test_the_start_names_what_the_own_municipality_pays(self, service: RunningService) -> None:
        assert await deliver(service, signed(date(2026, 9, 16)), "gm0518") == DONE
        (started,) = [event.data for event in await service.list_published()]
        assert isinstance(started, ReliefStarted)
        assert {ChargeKind.LIABILITY_INSURANCE, ChargeKind.TELEPHONE, *BY_LAW} < set(started.kinds or ())

    async def test_a_plan_without_relief_changes_nothing(self, service: RunningService) -> None:
        plan = signed(date(2026, 9, 16), relief_agreed=False)
        assert await deliver(service, plan) == DONE
        assert await service.list_published() == []

    async def test_a_plan_that_does_not_say_from_when_is_parked_with_a_sentence(self, service: RunningService) -> None:
        outcome = await deliver(service, signed(date(2026, 9, 16), has_children=None))
        assert isinstance(outcome, Park)
        assert outcome.reason is HoldReason.REFUSED
        assert "amend the plan" in outcome.sentence

    async def test_the_plan_and_the_day_as_they_stand_on_the_wire_are_understood(self, service: RunningService) -> None:
        for event in (PIPSigned, DayStarted):
            envelope = read_event(golden(event.__name__, "ontzorgen"), {"content-type": CONTENT_TYPE})
            assert await deliver(service, read_data(envelope)) == DONE
        assert [type(event.data) for event in await service.list_published()][:2] == [
            ReliefStarted,
            MonthRunProposed,
        ]


class TestRun:
    async def test_six_months_are_run_day_by_day_and_relief_ends(self, service: RunningService) -> None:
        await in_relief(service, date(2026, 9, 16))
        on = date(2026, 9, 16)
        while on <= date(2027, 3, 20):
            await day(service, on)
            on += timedelta(days=1)
        assert await months(service) == ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]
        ended = [event.data for event in await service.list_published() if isinstance(event.data, ReliefEnded)]
        assert [(event.ended_on, event.months_run, event.kinds) for event in ended] == [
            (date(2027, 3, 15), 7, (ChargeKind.RENT,))
        ]
        assert (await totals(service))["households_in_relief"] == 0

    async def test_a_day_that_comes_twice_or_late_runs_nothing_again(self, service: RunningService) -> None:
        await in_relief(service, date(2026, 9, 1))
        for on in (date(2026, 9, 2), date(2026, 9, 2), date(2026, 10, 1), date(2026, 9, 30), date(2026, 10, 1)):
            await day(service, on)
        assert await months(service) == ["2026-09", "2026-10"]

    async def test_months_missed_while_the_service_was_down_are_each_run_once(self, service: RunningService) -> None:
        await in_relief(service, date(2026, 7, 1))
        await day(service, date(2027, 1, 5))
        await day(service, date(2027, 1, 6))
        assert await months(service) == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]

    async def test_many_households_are_run_in_chunks(
        self, service: RunningService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipeline, "CHUNK_HOUSEHOLDS", 2)
        ids = [await in_relief(service, date(2026, 9, 1)) for _ in range(5)]
        await day(service, date(2026, 9, 1))
        run = [event.data for event in await service.list_published() if isinstance(event.data, FixedChargesDeducted)]
        assert sorted(event.household_id for event in run) == sorted(ids)
        assert (await totals(service))["deducted_cents"] == 5 * 60_000

    async def test_a_month_that_ran_is_refused_by_the_database_itself(self, service: RunningService) -> None:
        household_id = await in_relief(service, date(2026, 9, 1))
        await day(service, date(2026, 9, 1))
        async with service.database.transaction("gm0637") as tx:
            with pytest.raises(asyncpg.UniqueViolationError):
                await (await tx.driver()).execute(
                    "INSERT INTO statement SELECT * FROM statement WHERE household_id = $1", household_id
                )
            await tx.session.rollback()

    async def test_a_shortfall_is_published_and_never_silent(self, service: RunningService) -> None:
        household_id = await in_relief(service, date(2026, 9, 1), rent_cents=50_000, age_band=AgeBand.FROM_18_TO_20)
        await day(service, date(2026, 9, 1))
        (task,) = (await service.get("/tasks", params={"forRole": "case_manager"})).json()["items"]
        assert (task["household_id"], task["kind"], task["amount_cents"]) == (str(household_id), "shortfall", 16_710)
        (month,) = (await service.get(f"/households/{household_id}/statements")).json()["items"]
        assert (month["deducted_cents"], month["remainder_cents"], month["shortfall_cents"]) == (33_290, 0, 16_710)

    async def test_another_municipality_is_not_run(self, service: RunningService) -> None:
        await in_relief(service, date(2026, 9, 1), municipality="gm0080")
        await day(service, date(2026, 9, 1))
        assert await months(service) == []
        await day(service, date(2026, 9, 1), "gm0080")
        assert await months(service) == ["2026-09"]
        assert (await totals(service))["months_run"] == 0, "nor is it counted for this one"

    async def test_progress_and_the_ledgers_sum_can_be_watched(self, service: RunningService) -> None:
        await in_relief(service, date(2026, 9, 1))
        before = await metrics(service)
        await day(service, date(2026, 10, 1))
        after = await metrics(service)
        assert after["meedoen_months_run"] - before["meedoen_months_run"] == 2
        assert [after[name] - before[name] for name in ('meedoen_released_cents{to="creditors"}',)] == [120_000]
        assert after["meedoen_ledger_sum_cents"] == 0


class TestLedger:
    async def test_every_entry_and_the_whole_sum_to_zero(self, service: RunningService) -> None:
        household_id = await in_relief(service, date(2026, 9, 16))
        await day(service, date(2027, 4, 1))
        entries = (await service.get(f"/households/{household_id}/ledger-entries")).json()["items"]
        assert [sum(line["amount_cents"] for line in entry["lines"]) for entry in entries] == [0] * 7
        sums = await totals(service)
        assert sums["sum_cents"] == 0
        assert sums["cents_by_account"]["creditor_rent"] == sums["deducted_cents"] > 0
        accounts = ("benefit_administration", "creditor_rent", "person")
        assert -sums["cents_by_account"]["assistance"] == sum(sums["cents_by_account"][account] for account in accounts)
        assert sums["cents_by_account"]["holiday_reserve"] == sums["holiday_reserve_cents"] == 0
        assert sums["cents_by_account"]["benefit_administration"] == sums["holiday_handed_over_cents"] > 0

    @pytest.mark.parametrize(
        ("statement", "refusal"),
        [
            ("INSERT INTO ledger_line SELECT entry_id, 1, 9, 50, municipality FROM ledger_line LIMIT 1", "sum to zero"),
            ("INSERT INTO ledger_line SELECT * FROM ledger_line", "ledger_entry_has_lines_once"),
            (PAIR, "has not the lines"),
            ("DELETE FROM statement", "sealed month is never changed"),
            ("UPDATE statement SET remainder_cents = 0", "permission denied"),
            ("UPDATE ledger_line SET amount_cents = amount_cents + 1", "permission denied"),
            ("DELETE FROM ledger_entry", "permission denied"),
            ("UPDATE steady_bill SET told = ''", "permission denied"),
        ],
    )
    async def test_the_ledger_cannot_be_tipped_or_changed(
        self, service: RunningService, statement: str, refusal: str
    ) -> None:
        await in_relief(service, date(2026, 9, 1))
        await day(service, date(2026, 9, 1))
        async with service.database.transaction("gm0637") as tx:
            with pytest.raises(asyncpg.PostgresError, match=refusal):
                await (await tx.driver()).execute(statement)
            await tx.session.rollback()
        assert (await totals(service))["sum_cents"] == 0

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger_entry SET month = month",
            "TRUNCATE ledger_line",
            "UPDATE steady_bill SET told = told",
            "TRUNCATE steady_bill CASCADE",
        ],
    )
    async def test_not_even_the_owner_of_the_tables_changes_the_ledger_or_stored_charges(
        self, service_database: Callable[[str], Any], statement: str
    ) -> None:
        connection = await asyncpg.connect(service_database("ontzorgen").owner_url)
        try:
            with pytest.raises(asyncpg.RestrictViolationError, match=r"correcting entry|another name"):
                await connection.execute(statement)
        finally:
            await connection.close()

    async def test_the_runbooks_proof_passes_a_whole_ledger_and_finds_a_tipped_one(
        self, service: RunningService
    ) -> None:
        await in_relief(service, date(2026, 9, 1))
        await day(service, date(2026, 9, 1))
        section = RUNBOOK.read_text("utf-8").partition("### Proving the ledger")[2].partition("\n## ")[0]
        text = "\n".join(re.findall(r"^    (.+)$", section, re.MULTILINE))
        proof = [query for query in text.split(";") if query.strip()]
        async with service.database.transaction("gm0637") as tx:
            driver = await tx.driver()
            assert [len(await driver.fetch(query)) for query in proof] == [0, 0, 0]
            assert [len(await driver.fetch(TIPPED + query)) for query in proof] == [1, 1, 1]
