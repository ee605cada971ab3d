"""A month of a household, to the cent: what is due, who is paid first, and that no cent appears or vanishes."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.domain import (
    Charge,
    Conventions,
    Household,
    HouseholdFile,
    Mandate,
    Statement,
    TaskKind,
    bookings,
    run_months,
    statement,
)
from services.ontzorgen.policies import policy_of
from services.ontzorgen.policies.law import the_law
from shared.calendar import days_in_month, month_of, months_between, period_end
from shared.events import FixedChargesDeducted, ReliefEnded, ShortfallFound
from shared.events.codes import AgeBand, ChargeKind, HouseholdType
from shared.identity import Role

RENT, HEALTH, ENERGY, WATER = ChargeKind
CONVENTIONS = policy_of("gm0637", date(2026, 7, 1)).conventions


def household(first_day: date = date(2026, 7, 1), **changes: object) -> Household:
    built = Household(
        id=UUID(int=1),
        person_id=UUID(int=2),
        household_type=HouseholdType.SINGLE,
        age_band=AgeBand.FROM_21,
        has_children=False,
        first_day=first_day,
        last_day=period_end(first_day, 6),
        right_from=first_day,
        right_until=None,
        next_month=month_of(first_day),
        months_run=0,
        ended_on=None,
    )
    return replace(built, **changes)


def charge(kind: ChargeKind, amount_cents: int, from_day: date = date(2026, 1, 1), until: date | None = None) -> Charge:
    return Charge(uuid4(), kind, f"creditor-{kind}", "NL00BANK0000000000", "ref", amount_cents, from_day, until)


def file_of(home: Household, *charges: Charge, mandated: bool = True) -> HouseholdFile:
    mandates = [Mandate(uuid4(), one.kind, one.creditor, home.first_day) for one in charges if mandated]
    return HouseholdFile(home, charges, tuple(mandates))


def run(file: HouseholdFile, month: str, conventions: Conventions = CONVENTIONS) -> Statement:
    return statement(file, the_law(), month, conventions)


def dues(month: Statement) -> dict[ChargeKind, int]:
    return {line.kind: line.due_cents for line in month.lines}


class TestNorm:
    @pytest.mark.parametrize(
        ("kind", "ages", "children", "norm_cents"),
        [
            (HouseholdType.SINGLE, AgeBand.FROM_21, False, 141_946),
            (HouseholdType.SINGLE_PARENT, AgeBand.FROM_21, True, 141_946),
            (HouseholdType.SINGLE, AgeBand.FROM_18_TO_20, False, 35_042),
            (HouseholdType.COUPLE, AgeBand.FROM_21, True, 202_779),
            (HouseholdType.COUPLE, AgeBand.FROM_18_TO_20, False, 70_084),
            (HouseholdType.COUPLE, AgeBand.FROM_18_TO_20, True, 110_640),
            (HouseholdType.COUPLE, AgeBand.MIXED, False, 136_432),
            (HouseholdType.COUPLE, AgeBand.MIXED, True, 176_988),
        ],
    )
    def test_each_household_has_its_norm_of_july_2026(
        self, kind: HouseholdType, ages: AgeBand, *, children: bool, norm_cents: int
    ) -> None:
        home = household(household_type=kind, age_band=ages, has_children=children)
        assert run(file_of(home), "2026-07").norm_cents == norm_cents

    def test_the_norm_follows_the_dated_table(self) -> None:
        file = file_of(household(date(2025, 10, 1)))
        norms = {month: run(file, month).norm_cents for month in ("2025-12", "2026-01", "2026-03")}
        assert norms == {"2025-12": 136_906, "2026-01": 140_150, "2026-03": 140_150}

    def test_a_month_after_the_expected_change_says_that_its_norm_is_outdated(self) -> None:
        file = file_of(household(date(2026, 9, 16)))
        assert not run(file, "2026-12").norm_outdated
        assert run(file, "2027-01").norm_outdated
        assert run(file, "2027-01").norm_cents == 141_946

    def test_five_percent_is_set_aside_for_june(self) -> None:
        july = run(file_of(household()), "2026-07")
        assert (july.payable_cents, july.holiday_reserve_cents) == (134_849, 7_097)

    def test_the_first_month_is_cut_to_the_days_with_a_right(self) -> None:
        assert run(file_of(household(date(2026, 9, 16))), "2026-09").norm_cents == 70_973  # 15 of 30 days


class TestDue:
    def test_rent_and_health_insurance_are_due_by_the_day_of_relief(self) -> None:
        file = file_of(household(date(2026, 9, 16)), charge(RENT, 60_000), charge(HEALTH, 15_900))
        assert dues(run(file, "2026-09")) == {RENT: 30_000, HEALTH: 7_950}
        assert dues(run(file, "2027-03")) == {RENT: 29_032, HEALTH: 7_694}  # 15 of 31 days

    def test_rent_is_due_by_the_day_from_the_contract_on(self) -> None:
        file = file_of(household(), charge(RENT, 62_000, date(2026, 7, 11)))
        assert dues(run(file, "2026-07")) == {RENT: 42_000}

    def test_energy_and_water_are_due_in_full_from_the_first_full_month(self) -> None:
        file = file_of(household(date(2026, 9, 16)), charge(ENERGY, 17_200), charge(WATER, 2_000))
        months = months_between("2026-09", "2027-03")
        assert [sum(dues(run(file, month)).values()) for month in months] == [0, *[19_200] * 6]

    def test_a_charge_is_due_only_between_its_own_days(self) -> None:
        file = file_of(household(), charge(RENT, 31_000, date(2026, 8, 1), date(2026, 8, 10)))
        assert [dues(run(file, month)) for month in ("2026-07", "2026-08", "2026-09")] == [{}, {RENT: 10_000}, {}]


class TestShortfall:
    def test_creditors_are_paid_in_the_order_of_the_policy_and_the_last_one_in_part(self) -> None:
        home = household(age_band=AgeBand.FROM_18_TO_20)
        july = run(file_of(home, charge(WATER, 2_000), charge(HEALTH, 15_900), charge(RENT, 25_000)), "2026-07")
        assert [(line.kind, line.paid_cents) for line in july.lines] == [(RENT, 25_000), (HEALTH, 8_290), (WATER, 0)]
        assert (july.shortfall_cents, july.remainder_cents) == (9_610, 0)

    def test_another_priority_pays_another_creditor_first(self) -> None:
        home = household(age_band=AgeBand.FROM_18_TO_20)
        health_first = Conventions((HEALTH, RENT, ENERGY, WATER), CONVENTIONS.whole_month_kinds)
        july = run(file_of(home, charge(RENT, 40_000), charge(HEALTH, 15_900)), "2026-07", health_first)
        assert [(line.kind, line.paid_cents) for line in july.lines] == [(HEALTH, 15_900), (RENT, 17_390)]

    def test_a_shortfall_is_told_and_becomes_a_task_for_the_case_manager(self) -> None:
        home = household(age_band=AgeBand.FROM_18_TO_20)
        done = run_months(file_of(home, charge(RENT, 40_000)), date(2026, 7, 2), the_law(), 1, CONVENTIONS)
        deducted, short = done.told
        assert isinstance(deducted, FixedChargesDeducted)
        assert isinstance(short, ShortfallFound)
        assert short.shortfall_cents == short.unpaid[0].due_cents - short.unpaid[0].paid_cents == 6_710
        assert [(task.kind, task.for_role, task.amount_cents) for task in done.tasks] == [
            (TaskKind.SHORTFALL, Role.CASE_MANAGER, 6_710)
        ]


class TestMandates:
    def test_a_charge_without_mandate_is_not_withheld_and_becomes_a_task(self) -> None:
        file = file_of(household(), charge(RENT, 60_000), mandated=False)
        done = run_months(file, date(2026, 7, 2), the_law(), 1, CONVENTIONS)
        assert done.statements[0].deducted_cents == 0
        assert [(task.kind, task.for_role, task.amount_cents) for task in done.tasks] == [
            (TaskKind.MANDATE_MISSING, Role.BUDGET_MANAGER, 60_000)
        ]

    def test_a_mandate_holds_until_the_day_it_is_revoked(self) -> None:
        rent = charge(RENT, 60_000)
        mandate = Mandate(uuid4(), RENT, rent.creditor, date(2026, 8, 31), revoked_on=date(2026, 10, 1))
        file = HouseholdFile(household(), (rent,), (mandate,))
        paid = [run(file, month).deducted_cents for month in ("2026-07", "2026-08", "2026-09", "2026-10")]
        assert paid == [0, 60_000, 60_000, 0]

    def test_a_mandate_for_another_creditor_covers_nothing(self) -> None:
        mandate = Mandate(uuid4(), RENT, "another", date(2026, 7, 1))
        assert run(HouseholdFile(household(), (charge(RENT, 60_000),), (mandate,)), "2026-07").deducted_cents == 0


class TestEveryCent:
    @given(
        first_day=st.dates(date(2025, 7, 1), date(2027, 6, 30)),
        ages=st.sampled_from([AgeBand.FROM_21, AgeBand.FROM_18_TO_20]),
        amounts=st.lists(st.tuples(st.sampled_from(ChargeKind), st.integers(1, 150_000)), max_size=8),
        offset_days=st.integers(-40, 200),
    )
    def test_what_comes_in_goes_out_in_every_month(
        self, first_day: date, ages: AgeBand, amounts: list[tuple[ChargeKind, int]], offset_days: int
    ) -> None:
        begin = date.fromordinal(first_day.toordinal() + offset_days)
        charges = [charge(kind, cents, begin) for kind, cents in amounts]
        file = file_of(household(first_day, age_band=ages), *charges)
        for month in months_between(month_of(first_day), month_of(file.household.last_day)):
            month_statement = run(file, month)
            assert month_statement.norm_cents == month_statement.payable_cents + month_statement.holiday_reserve_cents
            assert month_statement.payable_cents == month_statement.deducted_cents + month_statement.remainder_cents
            assert month_statement.remainder_cents >= 0
            assert month_statement.shortfall_cents == 0 or month_statement.remainder_cents == 0
            assert all(0 <= line.paid_cents <= line.due_cents for line in month_statement.lines)
            assert sum(cents for _, cents in bookings(month_statement)) == 0

    @given(st.dates(date(2025, 7, 1), date(2030, 12, 31)), st.integers(1, 200_000))
    def test_rent_over_the_whole_relief_is_six_months_within_the_difference_of_month_lengths(
        self, first_day: date, rent_cents: int
    ) -> None:
        file = file_of(household(first_day, household_type=HouseholdType.COUPLE), charge(RENT, rent_cents, first_day))
        months = list(months_between(month_of(first_day), month_of(file.household.last_day)))
        total = sum(line.due_cents for month in months for line in run(file, month).lines)
        shortest = min(days_in_month(month) for month in months)
        assert abs(total - 6 * rent_cents) <= rent_cents * 3 / shortest + 1


class TestEndOfRelief:
    def test_relief_ends_once_with_every_month_counted(self) -> None:
        file = file_of(household(date(2026, 9, 16)), charge(RENT, 60_000))
        over = run_months(file, date(2027, 3, 16), the_law(), 1, CONVENTIONS)
        ended = over.told[-1]
        assert isinstance(ended, ReliefEnded)
        assert (ended.ended_on, ended.months_run) == (date(2027, 3, 15), 7)
        again = run_months(replace(file, household=over.household), date(2027, 4, 1), the_law(), 1, CONVENTIONS)
        assert (again.statements, again.told) == ((), ())

    def test_relief_does_not_end_on_its_last_day(self) -> None:
        file = file_of(household(date(2026, 9, 16)))
        last_day = run_months(file, date(2027, 3, 15), the_law(), 1, CONVENTIONS)
        assert last_day.household.ended_on is None
        assert last_day.household.months_run == 7
