"""A household's month once it is released: the whole event of it, who it is left to, and which guarantee it breaks."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.rules.month import (
    HouseholdMonth,
    events_for,
    is_guarantee_broken,
    overpayment_task,
    refused_task,
    shortfall_event,
    tasks_for,
    without_mandate_cents,
)
from services.ontzorgen.statement.rules.attachments import AttachmentMonth
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction, CreditorCredit
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import AttachmentKind, ChargeTerms, DiscountTerms, Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from services.ontzorgen.tasks.rules import Task, TaskKind, TaskPriority, derive_task_id
from shared.events import ChargeLine, FixedChargesDeducted, HolidayAllowancePaid, PaymentLine, ShortfallFound
from shared.events.codes import ChargeKind, Payee, ShortfallSolution
from shared.events.ontzorgen import CHARGE_LINES_MAX
from shared.identity import Role

HOUSEHOLD, PERSON, RUN = UUID(int=1), UUID(int=2), UUID(int=3)
RENT, CARE, ENERGY = ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY
BOOKED_ON = date(2026, 6, 8)
JUNE = Statement(
    month="2026-06",
    status=StatementStatus.OK,
    norm_cents=140_000,
    payable_cents=110_000,
    holiday_reserve_cents=6_000,
    grants_cents=2_000,
    available_cents=105_000,
    charges=(ChargeMonth("rent/1", RENT, "woonstad", "2026-06", 60_000, 60_000, 0),),
    corrections=(Correction("care/2", CARE, "zilver", "2026-05", 1_500, 1_500),),
    charges_total_cents=60_000,
    correction_cents=1_500,
    remainder_cents=43_500,
    payments=(Payment(date(2026, 6, 5), "person", 22_000), Payment(date(2026, 6, 20), "partner", 21_500)),
    income_cents=20_000,
    reduction_cents=4_000,
    attachments=(
        AttachmentMonth("bailiff/3", AttachmentKind.ATTACHMENT, "flanderijn", 4_000),
        AttachmentMonth("debt/4", AttachmentKind.SET_OFF, "gemeente", 3_000),
    ),
    attachment_cents=7_000,
    holiday_paid_cents=30_000,
    holiday_payments=(Payment(date(2026, 6, 20), "person", 30_000),),
)
SHORT = JUNE._replace(
    status=StatementStatus.SHORTFALL,
    charges=(
        ChargeMonth("rent/1", RENT, "woonstad", "2026-06", 60_000, 60_000, 0),
        ChargeMonth("care/2", CARE, "zilver", "2026-06", 15_000, 14_000, 1_000),
        ChargeMonth("energy/3", ENERGY, "vattenfall", "2026-06", 9_000, 0, 9_000),
    ),
    corrections=(),
    remainder_cents=0,
    shortfall_cents=10_000,
    solutions=(ShortfallSolution.ROUTED_ALLOWANCES, ShortfallSolution.BRIDGING_MONEY),
    task_for="case_manager",
)
ONLY_CORRECTIONS = SHORT._replace(
    charges=JUNE.charges,
    corrections=(
        Correction("rent/1", RENT, "woonstad", "2026-05", 2_000, 2_000),
        Correction("care/2", CARE, "zilver", "2026-05", 2_000, 500),
    ),
    shortfall_cents=1_500,
)


def month_of_household(statement: Statement) -> HouseholdMonth:
    return HouseholdMonth(HOUSEHOLD, statement)


class TestEvents:
    def test_a_month_is_published_with_all_its_money_and_the_days_on_which_the_bank_pays_it(self) -> None:
        monday, after_weekend = BOOKED_ON, date(2026, 6, 22)
        holiday = (PaymentLine(on=after_weekend, payee=Payee.PERSON, cents=30_000),)
        assert list(events_for(month_of_household(JUNE), PERSON, RUN, BOOKED_ON)) == [
            FixedChargesDeducted(
                household_id=HOUSEHOLD,
                person_id=PERSON,
                run_id=RUN,
                month="2026-06",
                norm_cents=140_000,
                payable_cents=110_000,
                holiday_reserve_cents=6_000,
                charges=(ChargeLine(kind=RENT, due_cents=60_000, paid_cents=60_000, creditor="woonstad"),),
                deducted_cents=61_500,
                remainder_cents=43_500,
                available_cents=105_000,
                correction_cents=1_500,
                income_cents=20_000,
                reduction_cents=4_000,
                attachment_cents=7_000,
                set_off_cents=3_000,
                holiday_paid_cents=30_000,
                payments=(
                    PaymentLine(on=monday, payee=Payee.PERSON, cents=22_000),
                    PaymentLine(on=after_weekend, payee=Payee.PARTNER, cents=21_500),
                ),
                holiday_payments=holiday,
            ),
            HolidayAllowancePaid(
                household_id=HOUSEHOLD,
                person_id=PERSON,
                month="2026-06",
                amount_cents=30_000,
                paid_on=after_weekend,
                payments=holiday,
                run_id=RUN,
            ),
        ]

    def test_what_a_month_does_not_have_is_left_out_of_its_event(self) -> None:
        plain = JUNE._replace(
            corrections=(),
            correction_cents=0,
            income_cents=0,
            reduction_cents=0,
            attachments=(),
            attachment_cents=0,
            holiday_paid_cents=0,
            holiday_payments=(),
        )
        (event,) = events_for(month_of_household(plain), PERSON, RUN, BOOKED_ON)
        assert {name for name, value in event if value is None} == {
            "correction_cents",
            "income_cents",
            "reduction_cents",
            "attachment_cents",
            "set_off_cents",
            "holiday_paid_cents",
            "holiday_payments",
        }

    def test_a_shortfall_names_first_what_was_guaranteed_and_what_may_solve_it(self) -> None:
        month, guaranteed = month_of_household(SHORT), {("vattenfall", ENERGY)}
        care = ChargeLine(kind=CARE, due_cents=15_000, paid_cents=14_000, creditor="zilver")
        energy = ChargeLine(kind=ENERGY, due_cents=9_000, paid_cents=0, creditor="vattenfall")
        by_guarantee = {frozenset[tuple[str, ChargeKind]](): (care, energy), frozenset(guaranteed): (energy, care)}
        for known, unpaid in by_guarantee.items():
            shortfall = ShortfallFound(
                household_id=HOUSEHOLD,
                person_id=PERSON,
                month="2026-06",
                shortfall_cents=10_000,
                unpaid=unpaid,
                solutions=SHORT.solutions,
            )
            assert list(events_for(month, PERSON, RUN, BOOKED_ON, known))[1] == shortfall

    def test_if_every_charge_was_paid_the_corrections_that_were_not_are_what_is_unpaid(self) -> None:
        event = shortfall_event(month_of_household(ONLY_CORRECTIONS), PERSON)
        assert event.unpaid == (
            ChargeLine(kind=CARE, due_cents=2_000, paid_cents=500, for_month="2026-05", creditor="zilver"),
        )

    def test_a_charge_that_is_for_another_month_says_so(self) -> None:
        charges = tuple(ChargeMonth("a", RENT, "a", month, 100, 90, 10) for month in ("2026-06", "2026-07"))
        month = month_of_household(JUNE._replace(charges=charges, shortfall_cents=20))
        deducted, short, *_ = events_for(month, PERSON, RUN, BOOKED_ON)
        assert isinstance(deducted, FixedChargesDeducted)
        assert isinstance(short, ShortfallFound)
        assert [line.for_month for line in deducted.charges] == [None, "2026-07"]
        assert [line.for_month for line in short.unpaid] == [None, "2026-07"]

    @pytest.mark.parametrize(("charges", "lines"), [(CHARGE_LINES_MAX, CHARGE_LINES_MAX), (CHARGE_LINES_MAX + 1, 2)])
    def test_as_many_charges_as_an_event_may_have_are_a_line_each_and_more_are_one_for_each_kind(
        self, charges: int, lines: int
    ) -> None:
        kinds = [RENT, *[CARE] * (charges - 1)]
        many = tuple(ChargeMonth(f"{at}", kind, "a", "2026-06", 100, 90, 10) for at, kind in enumerate(kinds))
        event = next(events_for(month_of_household(JUNE._replace(charges=many)), PERSON, RUN, BOOKED_ON))
        assert isinstance(event, FixedChargesDeducted)
        assert len(event.charges) == lines
        of_care = [line for line in event.charges if line.kind is CARE]
        assert sum(line.due_cents for line in of_care) == 100 * (charges - 1)
        assert sum(line.paid_cents for line in of_care) == 90 * (charges - 1)


def build_task(kind: TaskKind, role: Role, cents: int, priority: TaskPriority = TaskPriority.NORMAL) -> Task:
    return Task(derive_task_id(HOUSEHOLD, kind, "2026-06"), kind, "2026-06", role, cents, priority=priority)


class TestTasks:
    def test_a_shortfall_is_the_case_managers_and_comes_first_only_where_payment_was_guaranteed(self) -> None:
        month = month_of_household(SHORT)
        for guaranteed, priority in (
            (set(), TaskPriority.NORMAL),
            ({("woonstad", RENT)}, TaskPriority.NORMAL),
            ({("zilver", CARE)}, TaskPriority.FIRST),
        ):
            expected = build_task(TaskKind.SHORTFALL, Role.CASE_MANAGER, 10_000, priority)
            assert list(tasks_for(month, guaranteed)) == [expected]

    def test_what_is_left_to_the_budget_manager_never_comes_first(self) -> None:
        missing = replace(month_of_household(SHORT), missing_cents=1, has_charges=False)
        guaranteed = {("zilver", CARE)}
        assert [(task.kind, task.priority) for task in tasks_for(missing, guaranteed)] == [
            (TaskKind.SHORTFALL, TaskPriority.FIRST),
            (TaskKind.MANDATE_MISSING, TaskPriority.NORMAL),
            (TaskKind.CHARGES_MISSING, TaskPriority.NORMAL),
        ]

    def test_each_thing_that_is_left_goes_to_the_role_that_solves_it_from_one_cent_on(self) -> None:
        credit = CreditorCredit("rent/1", RENT, "woonstad", "2026-05", 1)
        left = JUNE._replace(task_for="case_manager", creditor_credits=(credit,), norm_outdated=True)
        assert list(tasks_for(replace(month_of_household(left), missing_cents=1, has_charges=False))) == [
            build_task(TaskKind.PARENTS_PENDING, Role.CASE_MANAGER, 0),
            build_task(TaskKind.MANDATE_MISSING, Role.BUDGET_MANAGER, 1),
            build_task(TaskKind.CREDITOR_OWES, Role.BUDGET_MANAGER, 1),
            build_task(TaskKind.CHARGES_MISSING, Role.BUDGET_MANAGER, 0),
            build_task(TaskKind.NORM_OUTDATED, Role.BUDGET_MANAGER, 140_000),
        ]
        one_cent = month_of_household(SHORT._replace(shortfall_cents=1))
        assert list(tasks_for(one_cent)) == [build_task(TaskKind.SHORTFALL, Role.CASE_MANAGER, 1)]

    def test_a_cent_beyond_the_right_and_a_refused_month_are_the_budget_managers(self) -> None:
        month = month_of_household(JUNE)
        assert overpayment_task(month, 105_000) is None
        assert overpayment_task(month, 104_999) == build_task(TaskKind.PAID_WITHOUT_RIGHT, Role.BUDGET_MANAGER, 1)
        assert refused_task(HOUSEHOLD, "2026-06") == build_task(TaskKind.MONTH_REFUSED, Role.BUDGET_MANAGER, 0)


@pytest.mark.parametrize(
    ("statement", "guaranteed", "is_broken"),
    [
        (SHORT, {("zilver", CARE)}, True),
        (SHORT, {("zilver", ENERGY), ("vattenfall", CARE)}, False),
        (SHORT, {("woonstad", RENT)}, False),
        (ONLY_CORRECTIONS, {("zilver", CARE)}, True),
        (ONLY_CORRECTIONS, {("woonstad", RENT)}, False),
        (SHORT._replace(corrections=ONLY_CORRECTIONS.corrections), {("vattenfall", ENERGY)}, True),
        (JUNE, {("woonstad", RENT), ("zilver", CARE)}, False),
        (SHORT, set(), False),
    ],
)
def test_a_guarantee_is_broken_by_what_is_left_unpaid_to_that_creditor_for_that_kind(
    statement: Statement, guaranteed: set[tuple[str, ChargeKind]], *, is_broken: bool
) -> None:
    assert is_guarantee_broken(month_of_household(statement), guaranteed) is is_broken


def test_what_lacks_a_mandate_is_the_sum_of_the_month_of_the_kinds_that_are_withheld() -> None:
    first = date(2026, 6, 1)
    rules = MonthRules.resolve(load_law(), policy_in_force("gm0637", first), "2026-06")
    left = next(kind for kind in ChargeKind if kind not in rules.kinds[None])
    charges = (
        ChargeTerms("rent", RENT, "woonstad", 60_000, first),
        ChargeTerms("care", CARE, "zilver", 15_000, first),
        ChargeTerms("energy", ENERGY, "vattenfall", 9_000, date(2026, 7, 1)),
        ChargeTerms("left", left, "anyone", 5_000, first),
    )
    file = MonthsInput(Situation(first, ()), charges, has_charges=True)
    assert without_mandate_cents(file, rules) == 75_000
    agreed = (DiscountTerms("woonstad", 10, first, kind=RENT), DiscountTerms("woonstad", 90, first, known_on=date.max))
    assert without_mandate_cents(replace(file, situation=Situation(first, (), discounts=agreed)), rules) == 69_000
