"""The month after relief pays what is set aside of days with a right, and hands over the rest."""

from dataclasses import replace
from datetime import date

import pytest
from household_in_relief import HOUSEHOLD

from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.policies.rules.relief import HolidayAtReliefEnd
from services.ontzorgen.run.rules.beyond_right import list_beyond_right
from services.ontzorgen.run.rules.closing import close_relief, is_after_relief
from services.ontzorgen.statement.rules.holiday import BeyondRight
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Composition, Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus, compute_statement
from shared.events.codes import HouseholdType

FIRST = date(2026, 4, 1)
HOME = Composition(FIRST, HouseholdType.COUPLE, (Adult(age=40), Adult(age=41)))


def rules_of(month: str, **choices: HolidayAtReliefEnd) -> MonthRules:
    policy = policy_in_force("gm0637", FIRST).model_copy(update=choices)
    return MonthRules.resolve(load_law(), policy, month)


def run_months(*months: str) -> list[tuple[Statement, MonthRules]]:
    """Months as they were run while the right went on, each with what was set aside before it."""
    situation, reserved_cents, run = Situation(FIRST, (HOME,), last_day=date(2026, 12, 31)), 0, []
    for month in months:
        rules = rules_of(month)
        statement = compute_statement(situation, rules, month, reserved_cents=reserved_cents)
        reserved_cents += statement.holiday_reserve_cents - statement.holiday_paid_cents
        run.append((statement, rules))
    return run


def ended(right_until: date) -> Situation:
    return Situation(FIRST, (HOME,), right_until=right_until, last_day=right_until)


@pytest.mark.parametrize(
    ("right_until", "months", "beyond"),
    [
        (date(2026, 4, 30), ("2026-04", "2026-05"), (0, 1)),
        (date(2026, 5, 31), ("2026-04", "2026-05"), (0, 0)),
        (date(2026, 4, 30), ("2026-04", "2026-05", "2026-06", "2026-07"), (0, 0, 1, 1)),
    ],
)
def test_what_stands_aside_of_months_beyond_the_right_is_theirs_that_june_did_not_pay(
    right_until: date, months: tuple[str, ...], beyond: tuple[int, ...]
) -> None:
    run = run_months(*months)
    shares = zip(beyond, run, strict=True)
    expected = tuple((month.month, month.holiday_reserve_cents) for share, (month, _) in shares if share)
    assert list_beyond_right(run, ended(right_until), 99_999) == expected


def test_no_more_is_beyond_the_right_than_stands_aside() -> None:
    run = run_months("2026-04", "2026-05", "2026-06")
    beyond = list_beyond_right(run, ended(date(2026, 4, 30)), run[1][0].holiday_reserve_cents + 7)
    assert [part.month for part in beyond] == ["2026-06"], "June paid the months before it"
    assert sum(part.cents for part in list_beyond_right(run, ended(date(2026, 4, 30)), 7)) == 7


def test_a_month_without_a_right_pays_half_to_each_and_hands_over_what_is_beyond_it() -> None:
    month = close_relief(ended(date(2026, 4, 30)), rules_of("2026-06"), 20_011, (BeyondRight("2026-05", 10_006),))
    assert (month.status, month.holiday_paid_cents, month.holiday_handed_over_cents) == (
        StatementStatus.NO_RIGHT,
        10_005,
        10_006,
    )
    assert [(payment.payee, payment.cents) for payment in month.holiday_payments] == [
        ("person", 5_003),
        ("partner", 5_002),
    ]
    assert (month.norm_cents, month.payments, month.charges) == (0, (), ())


@pytest.mark.parametrize(
    ("choice", "paid", "handed_over"), [(HolidayAtReliefEnd.HAND_OVER, 0, 900), (HolidayAtReliefEnd.PAY, 900, 0)]
)
def test_where_the_right_goes_on_the_policy_says_what_becomes_of_it_and_no_benefit_is_paid(
    choice: HolidayAtReliefEnd, paid: int, handed_over: int
) -> None:
    situation = Situation(FIRST, (HOME,), last_day=date(2026, 6, 30))
    month = close_relief(situation, rules_of("2026-08", holiday_at_relief_end=choice), 900)
    assert (month.status, month.holiday_paid_cents, month.holiday_handed_over_cents) == (
        StatementStatus.NOT_IN_RELIEF,
        paid,
        handed_over,
    )
    assert (month.norm_cents, month.available_cents, month.remainder_cents) == (0, 0, 0)
    assert month.month == "2026-08"
    payments = [(payment.payee, payment.cents) for payment in month.holiday_payments]
    assert payments == ([("person", 450), ("partner", 450)] if paid else [])


def test_it_goes_to_those_who_live_there_at_the_end_of_the_month() -> None:
    alone = replace(HOME, from_day=date(2026, 8, 31), kind=HouseholdType.SINGLE, adults=HOME.adults[:1])
    situation = Situation(FIRST, (HOME, alone), last_day=date(2026, 6, 30))
    rules = rules_of("2026-08", holiday_at_relief_end=HolidayAtReliefEnd.PAY)
    (payment,) = close_relief(situation, rules, 900).holiday_payments
    assert (payment.payee, payment.cents) == ("person", 900)


@pytest.mark.parametrize(("month", "is_after"), [("2027-02", False), ("2027-03", False), ("2027-04", True)])
def test_relief_until_in_march_is_over_from_april_on(month: str, *, is_after: bool) -> None:
    assert is_after_relief(HOUSEHOLD, month) is is_after
