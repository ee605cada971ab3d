"""On which days the remainder is paid, and that every cent of it comes on one of them."""

from dataclasses import replace
from datetime import date

import pytest
from statement_cases import FIRST, POLICY, household

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.payouts import list_pay_dates, split_cents

JULY = MonthRules.resolve(load_law(), POLICY, "2026-07")
WEEKS = tuple(date(2026, 7, day) for day in (3, 10, 17))
MONTHLY = replace(JULY, weekly_on=WEEKS, weekly_classes=frozenset())
WEEKLY = replace(MONTHLY, weekly_classes=frozenset({None}))
JUNE, MIDDLE = date(2026, 6, 1), date(2026, 7, 15)


def test_cents_that_cannot_be_divided_come_on_the_first_day() -> None:
    (composition,) = household().compositions
    payments = split_cents(1_001, composition, WEEKS[:2])
    assert [(payment.on, payment.cents) for payment in payments] == [(WEEKS[0], 501), (WEEKS[1], 500)]


def test_a_date_on_the_last_day_of_the_month_is_one_of_the_month() -> None:
    dates = (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 1))
    assert list_pay_dates(household(payment_dates=dates), JULY) == [date(2026, 7, 31)]


def test_weekly_money_begins_on_the_first_day_of_the_right() -> None:
    assert list_pay_dates(household(right_from=WEEKS[1]), WEEKLY) == list(WEEKS[1:])


@pytest.mark.parametrize(
    ("decisions", "is_weekly"),
    [
        ([(FIRST, True)], True),
        ([(JUNE, True), (FIRST, False)], False),
        ([(JUNE, True), (date(2026, 6, 2), True), (date(2026, 6, 3), False)], False),
        ([(JUNE, False), (date(2026, 6, 2), False), (date(2026, 6, 3), True)], True),
        ([(MIDDLE, True)], False),
    ],
)
def test_the_last_decision_that_held_when_the_month_began_says_whether_money_is_weekly(
    decisions: list[tuple[date, bool]], *, is_weekly: bool
) -> None:
    dates = list_pay_dates(household(right_from=JUNE, weekly=tuple(decisions)), MONTHLY)
    assert (list(dates) == list(WEEKS)) is is_weekly


def test_a_decision_of_the_first_day_of_the_right_holds_for_its_month() -> None:
    begin = WEEKS[1]
    assert list_pay_dates(household(right_from=begin, weekly=((begin, True),)), MONTHLY) == list(WEEKS[1:])
