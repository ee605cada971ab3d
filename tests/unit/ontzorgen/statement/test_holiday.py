"""Holiday allowance that is set aside: paid in June and at the end of the right, else as the policy says; to zero."""

from dataclasses import replace
from datetime import date

import pytest
from statement_cases import FIRST, POLICY, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import HolidayAtReliefEnd
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Composition, IncomeKind, IncomeTerms, PayOut, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statement, compute_statements
from services.ontzorgen.statement.rules.wording import explain_income
from shared.calendar import months_between
from shared.events.codes import HouseholdType

OWN = 7_097  # 5 % of 1,419.46
PAYS = POLICY.model_copy(update={"holiday_at_relief_end": HolidayAtReliefEnd.PAY})
SINCE_FEBRUARY = household(right_from=date(2026, 2, 1))


def moved(statement: Statement) -> tuple[int, int]:
    return statement.holiday_paid_cents, statement.holiday_handed_over_cents


class TestJune:
    def test_june_pays_what_was_set_aside_before_it_and_keeps_its_own(self) -> None:
        june = run(SINCE_FEBRUARY, "2026-06")
        assert (june.payable_cents, moved(june)) == (133_143, (28_028, 0))
        assert june.holiday_payments == ((date(2026, 6, 5), "person", 28_028),)
        assert (june.remainder_cents, june.available_cents) == (133_143, 133_143), "beside the month, no part of it"

    def test_the_next_june_pays_from_june_on(self) -> None:
        a_year_later = household(right_from=date(2026, 4, 1), last_day=date(2027, 9, 30))
        assert moved(run(a_year_later, "2026-06")) == (2 * 7_007, 0)
        assert moved(run(a_year_later, "2027-06")) == (7_007 + 11 * OWN, 0)

    def test_a_month_without_a_june_or_an_end_pays_nothing(self) -> None:
        assert [moved(run(SINCE_FEBRUARY, f"2026-{month:02}")) for month in (2, 3, 4, 5)] == [(0, 0)] * 4

    def test_a_right_that_begins_in_june_has_nothing_to_pay(self) -> None:
        assert moved(run(household(right_from=date(2026, 6, 16)), "2026-06")) == (0, 0)


class TestEnds:
    def test_the_month_in_which_the_right_ends_pays_everything(self) -> None:
        ends = household(right_until=date(2026, 9, 15))
        september = run(ends, "2026-09")
        assert moved(september) == (2 * OWN + september.holiday_reserve_cents, 0)
        assert september.holiday_reserve_cents == 3_549  # 15 of 30 days
        assert moved(run(ends, "2026-10")) == (0, 0)
        assert moved(run(ends, "2026-10", PAYS)) == (0, 0)

    @pytest.mark.parametrize(("policy", "expected"), [(POLICY, (0, 6 * OWN)), (PAYS, (6 * OWN, 0))])
    def test_where_only_relief_ends_the_policy_says_what_happens(
        self, policy: object, expected: tuple[int, int]
    ) -> None:
        december = run(household(), "2026-12", policy)
        assert moved(december) == expected
        assert moved(run(household(), "2027-01", policy)) == (0, 0), "the benefit administration sets it aside now"

    def test_the_policy_in_force_in_the_last_month_says_it(self) -> None:
        for policy_of_december, expected in ((PAYS, (6 * OWN, 0)), (POLICY, (0, 6 * OWN))):
            in_force = dict.fromkeys(months_between("2026-07", "2026-11"), PAYS) | {"2026-12": policy_of_december}
            *_, december = compute_statements(household(), load_law(), in_force.__getitem__, in_force)
            assert moved(december) == expected

    def test_the_end_of_the_right_goes_before_that_of_relief(self) -> None:
        assert moved(run(household(right_until=date(2026, 12, 31)), "2026-12")) == (6 * OWN, 0)

    def test_relief_that_ends_in_june_pays_the_months_before_and_hands_over_june(self) -> None:
        until_june = replace(SINCE_FEBRUARY, last_day=date(2026, 6, 20))
        assert moved(run(until_june, "2026-06")) == (28_028, 7_007)
        assert moved(run(until_june, "2026-06", PAYS)) == (28_028 + 7_007, 0)

    def test_less_is_granted_so_less_is_set_aside(self) -> None:
        earns = household(income=(IncomeTerms(IncomeKind.OTHER, 41_946, FIRST),), right_until=date(2026, 8, 31))
        assert moved(run(earns, "2026-08")) == (2 * 5_000, 0)

    def test_without_anything_set_aside_before_the_end_pays_the_months_own(self) -> None:
        rules = MonthRules.resolve(load_law(), POLICY, "2026-07")
        assert moved(compute_statement(household(right_until=date(2026, 7, 31)), rules, "2026-07")) == (OWN, 0)


class TestEndsKnownLate:
    """The month after: the run had not known that it was over, so the allowance is still set aside."""

    def august(self, policy: object = POLICY, **changes: object) -> Statement:
        rules = MonthRules.resolve(load_law(), policy, "2026-08")
        return compute_statement(household(**changes), rules, "2026-08", reserved_cents=OWN)

    def test_a_month_without_a_right_only_pays_it(self) -> None:
        august = self.august(right_until=date(2026, 7, 15))
        payments = ((date(2026, 8, 5), "person", OWN),)
        assert august == Statement(
            month="2026-08", status=august.status, holiday_paid_cents=OWN, holiday_payments=payments
        )
        assert august.status == "no_right"
        lines = explain_income(august, household(), MonthRules.resolve(load_law(), POLICY, "2026-08"))
        assert [(line.text, line.cents) for line in lines] == [
            ("Holiday allowance of EUR 70.97 that was set aside, paid on 2026-08-05", 0)
        ]

    def test_it_goes_to_who_lived_there_on_the_last_day_of_the_right(self) -> None:
        alone = Composition(FIRST, HouseholdType.SINGLE, (Adult(age=30),))
        couple = Composition(date(2026, 7, 16), HouseholdType.COUPLE, (Adult(age=30), Adult(age=30)))
        for last_day, payees in ((15, ["person"]), (16, ["person", "partner"])):
            august = self.august(compositions=(alone, couple), right_until=date(2026, 7, last_day))
            assert [payment.payee for payment in august.holiday_payments] == payees

    def test_a_month_after_relief_hands_over_or_pays_it_and_keeps_its_own_elsewhere(self) -> None:
        ended = {"last_day": date(2026, 7, 15)}
        assert moved(self.august(**ended)) == (0, OWN)
        assert moved(self.august(PAYS, **ended)) == (OWN, 0)
        assert moved(self.august(last_day=date(2026, 7, 15), right_until=date(2026, 8, 15))) == (OWN, 0)

    def test_nothing_is_paid_before_the_right_begins(self) -> None:
        rules = MonthRules.resolve(load_law(), POLICY, "2026-06")
        for situation in (household(), household(right_until=date(2026, 9, 30))):
            assert moved(compute_statement(situation, rules, "2026-06", reserved_cents=OWN)) == (0, 0)


class TestPayments:
    def couple(self, pay_out: PayOut) -> Situation:
        both = Composition(FIRST, HouseholdType.COUPLE, (Adult(age=30), Adult(age=30)), pay_out=pay_out)
        weekly = (date(2026, 7, 3), date(2026, 7, 10))
        return household(compositions=(both,), right_until=date(2026, 7, 31), payment_dates=weekly)

    def test_a_couple_has_half_each_in_one_sum_on_the_policys_day(self) -> None:
        july = run(self.couple(PayOut.HALF_EACH))
        assert july.holiday_payments == ((date(2026, 7, 5), "person", 5_070), (date(2026, 7, 5), "partner", 5_069))
        assert run(self.couple(PayOut.JOINT)).holiday_payments == ((date(2026, 7, 5), "person", 10_139),)

    def test_it_is_not_paid_before_the_right(self) -> None:
        ends = household(right_from=date(2026, 7, 16), right_until=date(2026, 7, 20))
        assert run(ends).holiday_payments[0].on == date(2026, 7, 16)


def test_what_leaves_the_reserve_is_stated_with_its_ground_and_is_no_part_of_what_was_available() -> None:
    for situation, month, basis in (
        (SINCE_FEBRUARY, "2026-06", "Participatiewet art. 45(1)"),
        (household(), "2026-12", "policy gm0637 2007-01-01: holiday_at_relief_end"),
    ):
        statement, rules = run(situation, month), MonthRules.resolve(load_law(), POLICY, month)
        lines = explain_income(statement, situation, rules)
        assert (lines[-1].cents, lines[-1].basis) == (0, basis)
        assert sum(line.cents for line in lines) == statement.available_cents
