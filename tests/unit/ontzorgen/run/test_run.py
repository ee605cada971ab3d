"""The run's steps: who may take them, in which order, and what each refusal says; every month booked to zero."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.ledger.rules import Account, EntryKind, build_bookings
from services.ontzorgen.run.rules import run as rules
from services.ontzorgen.run.rules.month import KeptMonth, tasks_of, told_of
from services.ontzorgen.run.rules.run import Run, RunState, Totals
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from services.ontzorgen.tasks.rules import TaskKind
from shared.errors.refusals import ConflictError
from shared.events import FixedChargesDeducted, ShortfallFound
from shared.events.codes import ChargeKind, RunStep

ON = date(2026, 7, 1)
HASH = "a" * 64
TOTALS = Totals(households=3, norm_cents=300, deducted_cents=200, remainder_cents=90, payments=5)
PROPOSING = rules.propose("gm0637", "2026-07", [], "anna", ON, 1)
PROPOSED = rules.proposed(PROPOSING, TOTALS, 1)[0]
APPROVED = rules.approve(PROPOSED, [], "bert")[0]
SEALED = rules.seal(APPROVED, HASH, ON)[0]
RELEASING = rules.release(SEALED, HASH, ON)
RELEASED = rules.released(RELEASING)[0]
WITHDRAWN = rules.withdraw(PROPOSED, ON)
ALL = (PROPOSING, PROPOSED, APPROVED, SEALED, RELEASING, RELEASED, WITHDRAWN)
STEPS: dict[str, Callable[[Run], object]] = {
    "approve": lambda run: rules.approve(run, [], "bert"),
    "seal": lambda run: rules.seal(run, HASH, ON),
    "release": lambda run: rules.release(run, HASH, ON),
    "released": rules.released,
    "withdraw": lambda run: rules.withdraw(run, ON),
}
ALLOWED = {
    "approve": {RunState.PROPOSED},
    "seal": {RunState.APPROVED},
    "release": {RunState.SEALED},
    "released": {RunState.RELEASING},
    "withdraw": {RunState.PROPOSING, RunState.PROPOSED, RunState.APPROVED},
}


class TestSteps:
    def test_each_step_follows_the_one_before_it(self) -> None:
        assert [run.state for run in ALL] == list(RunState)
        assert SEALED.content_sha256 == HASH
        assert RELEASED.total_cents == 290

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("run", ALL, ids=lambda run: str(run.state))
    def test_a_step_out_of_order_is_refused_in_a_sentence(self, step: str, run: Run) -> None:
        if run.state in ALLOWED[step]:
            STEPS[step](run)
            return
        with pytest.raises(ConflictError) as refused:
            STEPS[step](run)
        assert str(refused.value).count(":") == 1, "what is wrong, and how to go on"

    def test_the_proposer_does_not_approve(self) -> None:
        with pytest.raises(ConflictError, match="proposed this run yourself"):
            rules.approve(PROPOSED, [], "anna")

    def test_nobody_counts_for_two_pairs_of_eyes(self) -> None:
        two = rules.proposed(PROPOSING, TOTALS, 2)[0]
        once, told = rules.approve(two, [], "bert")
        assert (once.state, told.eyes, told.eyes_needed) == (RunState.PROPOSED, 1, 2)
        with pytest.raises(ConflictError, match="approved this run already"):
            rules.approve(once, ["bert"], "bert")
        assert rules.approve(once, ["bert"], "cees")[0].state is RunState.APPROVED

    def test_a_policy_that_asks_for_no_eyes_needs_none(self) -> None:
        assert rules.proposed(PROPOSING, TOTALS, 0)[0].state is RunState.APPROVED

    def test_a_month_has_one_open_run_and_a_later_one_another_number(self) -> None:
        with pytest.raises(ConflictError, match="There is a run of 2026-07 already and it is sealed"):
            rules.propose("gm0637", "2026-07", [SEALED], "anna", ON, 1)
        anew = rules.propose("gm0637", "2026-07", [WITHDRAWN], "anna", ON, 1)
        assert (anew.number, anew.id != WITHDRAWN.id) == (2, True)
        assert PROPOSING.id == rules.propose("gm0637", "2026-07", [], "cees", ON, 9).id

    def test_months_that_are_not_those_that_were_sealed_are_not_paid(self) -> None:
        with pytest.raises(ConflictError, match="pay nothing"):
            rules.release(SEALED, "b" * 64, ON)

    @given(st.lists(st.uuids(), unique=True, max_size=20), st.uuids())
    def test_every_household_is_in_exactly_one_part(self, bounds: list[UUID], household: UUID) -> None:
        parts = rules.parts_of(PROPOSING, RunStep.PROPOSE, sorted(bounds))
        within = [
            part
            for part in parts
            if (part.from_id is None or part.from_id <= household)
            and (part.until_id is None or household < part.until_id)
        ]
        assert len(within) == 1

    @given(st.integers(1, 200), st.integers(1, 40))
    def test_parts_are_as_large_as_they_may_be_and_the_last_ones_are_small(self, due: int, per_part: int) -> None:
        households, pieces = rules.pieces_of(per_part)
        ids = [UUID(int=number) for number in range(due)]
        first = [one.int for one in rules.first_of_parts(ids[::households], pieces)]
        sizes = [after - before for before, after in pairwise([*first, due])]
        rest = (due - 1) % households + 1
        whole = max(-(-due // households) // pieces - 1, 0)
        small = len(sizes) - whole - 1
        assert sizes == [households * pieces] * whole + [households] * small + [rest]
        assert (sum(sizes), max(sizes) <= per_part, small < 2 * pieces) == (due, True, True)


def statement(**changes: object) -> Statement:
    made = Statement(
        month="2026-07",
        status=StatementStatus.OK,
        norm_cents=100_000,
        payable_cents=95_000,
        holiday_reserve_cents=5_000,
        available_cents=95_000,
        charges=(ChargeMonth("woonstad/rent/1", ChargeKind.RENT, "woonstad", "2026-07", 60_000, 60_000, 0),),
        charges_total_cents=60_000,
        remainder_cents=35_000,
    )
    return replace(made, **changes)


class TestBookings:
    def test_a_month_is_one_entry_that_sums_to_zero(self) -> None:
        (entry,) = build_bookings(statement())
        assert (entry.kind, sum(line.amount_cents for line in entry.lines)) == (EntryKind.MONTH, 0)
        assert dict(entry.lines)[Account.CREDITOR_RENT] == 60_000

    def test_a_correction_passes_through_an_account_of_its_own_and_reverses_nothing(self) -> None:
        late = Correction("woonstad/rent/1", ChargeKind.RENT, "woonstad", "2026-06", -4_000, -4_000)
        corrected = statement(corrections=(late,), correction_cents=-4_000, remainder_cents=39_000)
        month, correction = build_bookings(corrected)
        assert (month.kind, correction.kind) == (EntryKind.MONTH, EntryKind.CORRECTION)
        assert [sum(line.amount_cents for line in entry.lines) for entry in (month, correction)] == [0, 0]
        of_corrections = [line for entry in (month, correction) for line in entry.lines if line.account == 70]
        assert sum(line.amount_cents for line in of_corrections) == 0

    def test_gifts_and_loans_have_accounts_of_their_own(self) -> None:
        granted = statement(grants_cents=30_000, available_cents=125_000, remainder_cents=65_000)
        (entry,) = build_bookings(granted, loans_cents=10_000)
        booked = dict(entry.lines)
        assert (booked[Account.GRANT_GIFT], booked[Account.GRANT_LOAN]) == (-20_000, -10_000)
        assert sum(line.amount_cents for line in entry.lines) == 0

    def test_a_month_without_a_right_books_and_tells_nothing(self) -> None:
        nothing = Statement(month="2026-07", status=StatementStatus.NO_RIGHT)
        assert build_bookings(nothing) == []
        kept = KeptMonth(uuid4(), nothing)
        assert (list(told_of(kept, uuid4(), uuid4())), list(tasks_of(kept))) == ([], [])


class TestTold:
    def test_a_shortfall_is_told_with_what_may_solve_it_and_left_as_a_task(self) -> None:
        short = statement(
            status=StatementStatus.SHORTFALL,
            charges=(ChargeMonth("woonstad/rent/1", ChargeKind.RENT, "woonstad", "2026-07", 99_000, 95_000, 4_000),),
            remainder_cents=0,
            shortfall_cents=4_000,
            task_for="case_manager",
        )
        kept = KeptMonth(uuid4(), short)
        deducted, found = told_of(kept, uuid4(), uuid4())
        assert isinstance(deducted, FixedChargesDeducted)
        assert isinstance(found, ShortfallFound)
        assert (deducted.deducted_cents, found.shortfall_cents) == (95_000, 4_000)
        assert [task.kind for task in tasks_of(kept)] == [TaskKind.SHORTFALL]

    def test_more_charges_than_an_event_holds_are_told_by_kind(self) -> None:
        many = tuple(
            ChargeMonth(f"a/rent/{number}", ChargeKind.RENT, "a", "2026-07", 1_000, 1_000, 0) for number in range(60)
        )
        (deducted,) = told_of(KeptMonth(uuid4(), statement(charges=many)), uuid4(), uuid4())
        assert isinstance(deducted, FixedChargesDeducted)
        assert [line.due_cents for line in deducted.charges] == [60_000]

    def test_what_has_no_mandate_or_no_charges_at_all_is_left_to_the_budget_manager(self) -> None:
        kept = KeptMonth(uuid4(), statement(), missing_cents=2_500, has_charges=False)
        assert [(task.kind, task.amount_cents) for task in tasks_of(kept)] == [
            (TaskKind.MANDATE_MISSING, 2_500),
            (TaskKind.CHARGES_MISSING, 0),
        ]
