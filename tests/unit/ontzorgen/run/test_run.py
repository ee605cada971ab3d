"""The run's steps: who may take them, in which order, and what each refusal says; every month booked to zero."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.ledger.rules import Account, EntryKind, build_bookings
from services.ontzorgen.run.rules import run as run_rules
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for, overpayment_task, tasks_for
from services.ontzorgen.run.rules.run import CALENDAR, Run, RunState, Totals
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from services.ontzorgen.tasks.rules import TaskKind
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events import FixedChargesDeducted, ShortfallFound
from shared.events.codes import ChargeKind, Payee, RunStep

ON = date(2026, 7, 1)
HASH = "a" * 64
TOTALS = Totals(households=3, norm_cents=300, deducted_cents=200, remainder_cents=90, payments=5)
PROPOSING = run_rules.propose_run("gm0637", "2026-07", [], "anna", ON, 1)
PROPOSED = run_rules.complete_proposal(PROPOSING, TOTALS, 1)[0]
APPROVED = run_rules.approve_run(PROPOSED, [], "bert", ())[0]
SEALED = run_rules.seal_run(APPROVED, HASH, ON)[0]
RELEASING = run_rules.release_run(SEALED, HASH, ON, ["bert"], "anna")
RELEASED = run_rules.complete_release(RELEASING)[0]
WITHDRAWN = run_rules.withdraw_run(PROPOSED, ON)
ALL = (PROPOSING, PROPOSED, APPROVED, SEALED, RELEASING, RELEASED, WITHDRAWN)
STEPS: dict[str, Callable[[Run], object]] = {
    "approve": lambda run: run_rules.approve_run(run, [], "bert", ()),
    "seal": lambda run: run_rules.seal_run(run, HASH, ON),
    "release": lambda run: run_rules.release_run(run, HASH, ON, ["bert"], "anna"),
    "complete_release": run_rules.complete_release,
    "withdraw": lambda run: run_rules.withdraw_run(run, ON),
}
ALLOWED = {
    "approve": {RunState.PROPOSED},
    "seal": {RunState.APPROVED},
    "release": {RunState.SEALED},
    "complete_release": {RunState.RELEASING},
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
            run_rules.approve_run(PROPOSED, [], "anna", ())

    def test_nobody_counts_as_two_approvers(self) -> None:
        of_two = run_rules.complete_proposal(PROPOSING, TOTALS, 2)[0]
        once, event = run_rules.approve_run(of_two, [], "bert", ())
        assert (once.state, event.eyes, event.eyes_needed) == (RunState.PROPOSED, 1, 2)
        with pytest.raises(ConflictError, match="approved this run already"):
            run_rules.approve_run(once, ["bert"], "bert", ())
        assert run_rules.approve_run(once, ["bert"], "cees", ())[0].state is RunState.APPROVED

    @pytest.mark.parametrize("authors", [{"bert"}, {"cees"}, {"bert", "dirk"}])
    def test_one_of_the_approvers_changed_nothing_in_what_the_run_pays(self, authors: set[str]) -> None:
        of_two = run_rules.complete_proposal(PROPOSING, TOTALS, 2)[0]
        once, _ = run_rules.approve_run(of_two, [], "bert", authors & {"bert"})
        assert run_rules.approve_run(once, ["bert"], "cees", authors)[0].state is RunState.APPROVED
        with pytest.raises(ConflictError, match="who changed nothing in it"):
            run_rules.approve_run(once, ["bert"], "dirk", {"bert", "dirk"})
        with pytest.raises(ConflictError, match="who changed nothing in it"):
            run_rules.approve_run(PROPOSED, [], "bert", {"bert"})

    def test_whoever_approved_does_not_release(self) -> None:
        for approvers in (["bert"], ["cees", "bert"]):
            with pytest.raises(ConflictError, match="approved this run yourself"):
                run_rules.release_run(SEALED, HASH, ON, approvers, "bert")

    def test_a_month_has_one_open_run_and_a_later_one_another_number(self) -> None:
        with pytest.raises(ConflictError, match="There is a run of 2026-07 already and it is sealed"):
            run_rules.propose_run("gm0637", "2026-07", [SEALED], "anna", ON, 1)
        anew = run_rules.propose_run("gm0637", "2026-07", [WITHDRAWN], "anna", ON, 1)
        assert (anew.number, anew.id != WITHDRAWN.id) == (2, True)
        assert PROPOSING.id == run_rules.propose_run("gm0637", "2026-07", [], "cees", ON, 9).id

    def test_months_that_are_not_those_that_were_sealed_are_not_paid(self) -> None:
        with pytest.raises(ConflictError, match="pay nothing"):
            run_rules.release_run(SEALED, "b" * 64, ON, ["bert"], "anna")

    @pytest.mark.parametrize(
        ("proposer", "proposed_on", "takes_only_ended"),
        [
            (CALENDAR, date(2026, 7, 4), True),
            (CALENDAR, date(2026, 7, 5), False),
            (CALENDAR, date(2026, 8, 1), False),
            ("anna", date(2026, 7, 4), False),
        ],
    )
    def test_before_the_run_day_the_calendar_takes_only_households_whose_relief_is_over(
        self, proposer: str, proposed_on: date, *, takes_only_ended: bool
    ) -> None:
        run = run_rules.propose_run("gm0637", "2026-07", [], proposer, proposed_on, 1)
        assert run_rules.takes_only_ended(run, 5) is takes_only_ended

    def test_what_cannot_be_run_is_refused(self) -> None:
        run_rules.refuse_future_month("2026-07", ON)
        with pytest.raises(WrongInputError, match="has not begun"):
            run_rules.refuse_future_month("2026-08", ON)
        with pytest.raises(ConflictError, match="No household waits for 2026-07"):
            run_rules.refuse_empty_run("2026-07", [])
        with pytest.raises(ConflictError, match="look at their run"):
            run_rules.refuse_second_proposal("2026-07", is_new=False)

    @given(st.lists(st.uuids(), unique=True, max_size=20), st.uuids())
    def test_every_household_is_in_exactly_one_part(self, bounds: list[UUID], household: UUID) -> None:
        parts = run_rules.divide_into_parts(PROPOSING, RunStep.PROPOSE, sorted(bounds))
        containing = [
            part
            for part in parts
            if (part.from_id is None or part.from_id <= household)
            and (part.until_id is None or household < part.until_id)
        ]
        assert len(containing) == 1

    @given(st.integers(1, 200), st.integers(1, 40))
    def test_parts_are_as_large_as_they_may_be_and_the_last_ones_are_small(self, due: int, per_part: int) -> None:
        households, pieces = run_rules.size_pieces(per_part)
        ids = [UUID(int=number) for number in range(due)]
        starts = [start.int for start in run_rules.choose_part_starts(ids[::households], pieces)]
        sizes = [after - before for before, after in pairwise([*starts, due])]
        rest = (due - 1) % households + 1
        full = max(-(-due // households) // pieces - 1, 0)
        small = len(sizes) - full - 1
        assert sizes == [households * pieces] * full + [households] * small + [rest]
        assert (sum(sizes), max(sizes) <= per_part, small < 2 * pieces) == (due, True, True)


def statement(**changes: object) -> Statement:
    month = Statement(
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
    return month._replace(**changes)


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

    def test_a_month_without_a_right_books_and_publishes_nothing(self) -> None:
        nothing = Statement(month="2026-07", status=StatementStatus.NO_RIGHT)
        assert build_bookings(nothing) == []
        month = HouseholdMonth(uuid4(), nothing)
        assert (list(events_for(month, uuid4(), uuid4(), ON)), list(tasks_for(month))) == ([], [])


class TestEventsAndTasks:
    def test_a_shortfall_is_published_with_what_may_solve_it_and_left_as_a_task(self) -> None:
        short = statement(
            status=StatementStatus.SHORTFALL,
            charges=(ChargeMonth("woonstad/rent/1", ChargeKind.RENT, "woonstad", "2026-07", 99_000, 95_000, 4_000),),
            remainder_cents=0,
            shortfall_cents=4_000,
            task_for="case_manager",
        )
        month = HouseholdMonth(uuid4(), short)
        deducted, shortfall = events_for(month, uuid4(), uuid4(), ON)
        assert isinstance(deducted, FixedChargesDeducted)
        assert isinstance(shortfall, ShortfallFound)
        assert (deducted.deducted_cents, shortfall.shortfall_cents) == (95_000, 4_000)
        assert [task.kind for task in tasks_for(month)] == [TaskKind.SHORTFALL]

    def test_the_money_is_published_with_the_days_on_which_the_bank_pays_it(self) -> None:
        weekly = tuple(Payment(date(2026, 7, day), who, 8_750) for day in (3, 10) for who in ("person", "partner"))
        for booked_on, days in ((ON, (3, 10)), (date(2026, 7, 4), (6, 10)), (date(2026, 7, 11), (13, 13))):
            month = HouseholdMonth(uuid4(), statement(payments=weekly))
            (deducted,) = events_for(month, uuid4(), uuid4(), booked_on)
            assert isinstance(deducted, FixedChargesDeducted)
            assert [(line.on.day, line.payee, line.cents) for line in deducted.payments or ()] == [
                (day, who, 8_750) for day in days for who in Payee
            ]

    def test_more_charges_than_an_event_may_have_are_published_by_kind(self) -> None:
        many = tuple(
            ChargeMonth(f"a/rent/{number}", ChargeKind.RENT, "a", "2026-07", 1_000, 1_000, 0) for number in range(60)
        )
        (deducted,) = events_for(HouseholdMonth(uuid4(), statement(charges=many)), uuid4(), uuid4(), ON)
        assert isinstance(deducted, FixedChargesDeducted)
        assert [line.due_cents for line in deducted.charges] == [60_000]

    def test_what_has_no_mandate_or_no_charges_at_all_is_left_to_the_budget_manager(self) -> None:
        month = HouseholdMonth(uuid4(), statement(), missing_cents=2_500, has_charges=False)
        assert [(task.kind, task.amount_cents) for task in tasks_for(month)] == [
            (TaskKind.MANDATE_MISSING, 2_500),
            (TaskKind.CHARGES_MISSING, 0),
        ]

    @pytest.mark.parametrize(
        ("right_until", "is_computed_beyond"), [(None, False), (date(2026, 7, 31), False), (date(2026, 7, 30), True)]
    )
    def test_a_month_that_ends_after_the_right_is_looked_at_again(
        self, right_until: date | None, *, is_computed_beyond: bool
    ) -> None:
        assert HouseholdMonth(uuid4(), statement()).ends_after(right_until) is is_computed_beyond
        without_right = Statement(month="2026-07", status=StatementStatus.NO_RIGHT)
        assert not HouseholdMonth(uuid4(), without_right).ends_after(right_until)

    def test_money_beyond_a_right_that_ended_is_a_task_of_the_difference(self) -> None:
        month = HouseholdMonth(uuid4(), statement())
        assert overpayment_task(month, month.statement.available_cents) is None
        task = overpayment_task(month, month.statement.available_cents - 1_000)
        assert task is not None
        assert (task.kind, task.amount_cents, task.month) == (TaskKind.PAID_WITHOUT_RIGHT, 1_000, "2026-07")
