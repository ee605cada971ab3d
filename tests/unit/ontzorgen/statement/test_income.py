"""Income beside the benefit: counted by the day, exempt as far as the law lets, taken off the norm first."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import plain_statement as plain
import pytest
from statement_cases import FIRST, POLICY, household, run

from services.ontzorgen import policies
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.repository.law import read_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Composition, IncomeKind, IncomeTerms, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statement
from services.ontzorgen.statement.rules.wording import explain_income
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType

NORMS = Path(str(policies.__file__)).with_name("law") / "norms.toml"
EARNINGS = IncomeTerms(IncomeKind.EARNINGS, 60_000, FIRST, exempt_percent=25)


def with_income(*income: IncomeTerms, **changes: object) -> Situation:
    return household(income=income, **changes)


def amounts(statement: Statement) -> tuple[int, int, int]:
    return statement.income_cents, statement.income_exempt_cents, statement.payable_cents


def home(*adults: Adult, from_day: date = FIRST) -> Composition:
    kind = HouseholdType.COUPLE if len(adults) > 1 else HouseholdType.SINGLE
    return Composition(from_day, kind, adults)


def test_three_quarters_of_earnings_are_taken_off_the_norm_before_the_holiday_allowance_is() -> None:
    july = run(with_income(EARNINGS))
    assert amounts(july) == (45_000, 15_000, 92_099)  # 95 % of 1,419.46 - 450.00
    assert (july.norm_cents, july.holiday_reserve_cents, july.available_cents) == (141_946, 4_847, 92_099)


@pytest.mark.parametrize(("percent", "cents"), [(0, 0), (10, 6_000), (25, 15_000), (40, 15_000)])
def test_the_municipality_says_how_much_is_exempt_within_the_law(percent: int, cents: int) -> None:
    assert run(with_income(replace(EARNINGS, exempt_percent=percent))).income_exempt_cents == cents


def test_the_exemption_ends_at_the_amount_of_the_law_for_all_jobs_together() -> None:
    two_jobs = (replace(EARNINGS, amount_cents=80_000), replace(EARNINGS, amount_cents=40_000))
    assert amounts(run(with_income(*two_jobs)))[:2] == (91_500, 28_500)


def test_each_of_a_couple_has_an_exemption() -> None:
    couple = (home(Adult(age=30), Adult(age=30)),)
    both = (replace(EARNINGS, amount_cents=120_000), replace(EARNINGS, amount_cents=100_000, payee="partner"))
    assert amounts(run(with_income(*both, compositions=couple)))[1] == 28_500 + 25_000


def test_only_earnings_are_exempt() -> None:
    others = [replace(EARNINGS, kind=kind) for kind in IncomeKind if kind is not IncomeKind.EARNINGS]
    assert amounts(run(with_income(*others)))[:2] == (120_000, 0)


def test_earnings_are_exempt_from_the_twenty_seventh_birthday_on() -> None:
    turns_27 = (home(Adult(born_on=date(1999, 7, 16))),)
    assert amounts(run(with_income(EARNINGS, compositions=turns_27)))[1] == 7_742  # 16 of 31 days
    assert amounts(run(with_income(EARNINGS, compositions=(home(Adult(age=26)),))))[1] == 0


def test_it_counts_by_the_day_within_the_right() -> None:
    half = replace(EARNINGS, amount_cents=31_000, from_day=date(2026, 7, 10), until_day=date(2026, 7, 19))
    assert amounts(run(with_income(half)))[:2] == (7_500, 2_500)
    since_june = replace(EARNINGS, amount_cents=31_000, from_day=date(2026, 6, 1), exempt_percent=0)
    assert amounts(run(with_income(since_june, right_from=date(2026, 7, 27))))[0] == 5_000


def test_less_than_half_a_cent_is_not_exempt() -> None:
    day = date(2026, 7, 15)
    one_day = replace(EARNINGS, from_day=day, until_day=day, exempt_percent=1)
    assert run(with_income(replace(one_day, amount_cents=1_549))).income_exempt_cents == 0  # 15.49 / 31
    assert run(with_income(replace(one_day, amount_cents=1_550))).income_exempt_cents == 1


def test_six_months_in_all_are_exempt_from_the_right_on_and_months_without_earnings_do_not_count() -> None:
    since_may = replace(EARNINGS, from_day=date(2026, 5, 1))
    months = [*(f"2026-{month:02}" for month in range(7, 13)), "2027-01", "2027-02", "2027-03"]
    exempt = [run(with_income(since_may), month).income_exempt_cents for month in months]
    assert exempt == [15_000] * 6 + [0] * 3
    two_jobs = replace(EARNINGS, until_day=date(2026, 8, 31)), replace(EARNINGS, from_day=date(2026, 11, 1))
    exempt = [run(with_income(*two_jobs), month).income_exempt_cents for month in months]
    assert exempt == [15_000, 15_000, 0, 0, 15_000, 15_000, 15_000, 15_000, 0]


def test_six_months_that_begin_within_a_month_end_within_one() -> None:
    situation = with_income(replace(EARNINGS, from_day=date(2026, 5, 1)), right_from=date(2026, 9, 16))
    exempt = [run(situation, month).income_exempt_cents for month in ("2026-09", "2027-03", "2027-04")]
    assert exempt == [7_500, 7_258, 0]  # 15 of 30 days, 15 of 31, and no more


def test_a_partner_earns_only_while_there_is_one_with_a_right() -> None:
    partners = replace(EARNINGS, amount_cents=31_000, payee="partner", exempt_percent=0)
    assert run(with_income(partners)).income_cents == 0
    parted = (home(Adult(age=30), Adult(age=30)), home(Adult(age=30), from_day=date(2026, 7, 11)))
    assert run(with_income(partners, compositions=parted)).income_cents == 10_000
    exempt = with_income(replace(partners, exempt_percent=25), compositions=parted)
    assert run(exempt).income_exempt_cents == 2_500
    without_right = (home(Adult(age=30), Adult(age=30, has_right=False)),)
    assert run(with_income(partners, compositions=without_right)).income_cents == 0


def test_income_above_the_norm_leaves_nothing_and_is_stated() -> None:
    situation = with_income(replace(EARNINGS, amount_cents=200_000))
    july = run(situation)
    assert amounts(july) == (141_946, 28_500, 0)
    lines = explain_income(july, situation, MonthRules.resolve(load_law(), POLICY, "2026-07"))
    assert [(line.cents, line.basis.partition(",")[0]) for line in lines] == [
        (141_946, "Participatiewet art. 21(a)"),
        (-200_000, "Participatiewet art. 31(1) and 32"),
        (28_500, "Participatiewet art. 31(2)(n)"),
        (29_554, "Participatiewet art. 19(2)"),
    ]


def test_exempt_earnings_before_the_first_known_amount_are_refused() -> None:
    earlier = replace(EARNINGS, from_day=date(2025, 12, 1))
    with pytest.raises(WrongInputError, match="no work exemption for 2025-12-01: enter the table from before 2026-01"):
        run(with_income(earlier, right_from=date(2025, 12, 1)), "2025-12")
    assert run(with_income(replace(earlier, exempt_percent=0), right_from=date(2025, 12, 1)), "2025-12").income_cents


def test_a_back_payment_counts_in_the_months_it_is_for_and_not_in_the_one_in_which_it_came() -> None:
    """What came in October for 16 July until 10 September: each month has the days that are its own."""
    back_pay = IncomeTerms(IncomeKind.OTHER, 31_000, date(2026, 7, 16), date(2026, 9, 10))
    months = ["2026-07", "2026-08", "2026-09", "2026-10"]
    situation = with_income(back_pay)
    assert [run(situation, month).income_cents for month in months] == [16_000, 31_000, 10_333, 0]
    plainly = plain.life(situation, plain.CHOICES, months)
    assert [plainly[month]["income"] for month in months] == [16_000, 31_000, 10_333, 0]


def test_a_day_has_the_highest_exemption_of_its_own_row_of_the_table() -> None:
    later = "[[work_exemption]]\nvalid_from = 2027-01-01\narticle = 'art.'\nsource = 'a test'\npercent_max = 25\n"
    text = NORMS.read_text(encoding="utf-8") + later + "cents_max = 300_00\nmonths_max = 6\nyears_min = 27\n"
    law, situation = read_law(text), with_income(replace(EARNINGS, amount_cents=130_000, from_day=date(2026, 12, 1)))
    exempt = [
        compute_statement(situation, MonthRules.resolve(law, POLICY, month), month).income_exempt_cents
        for month in ("2026-12", "2027-01")
    ]
    assert exempt == [28_500, 30_000]
