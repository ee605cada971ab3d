"""What a month asks: what is left to the person, paid ahead, or owed by a creditor that is due nothing."""

from datetime import date

import pytest
from statement_cases import POLICY, charge, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.due import Due
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import CreditorCredit, MonthlyCharges, pay_charges
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.events.codes import ChargeKind

RENT = ChargeKind.RENT


@pytest.mark.parametrize(
    ("first", "until_day", "is_named"),
    [
        (date(2026, 7, 31), None, True),
        (date(2026, 8, 1), None, False),
        (date(2026, 6, 1), date(2026, 7, 1), True),
        (date(2026, 6, 1), date(2026, 6, 30), False),
    ],
)
def test_what_is_left_to_the_person_is_named_in_a_month_in_which_it_holds_on_some_day(
    first: date, until_day: date | None, *, is_named: bool
) -> None:
    july = run(household(charge(ChargeKind.TV, 900, first, until_day=until_day)))
    assert july.left_to_person == ((ChargeKind.TV,) if is_named else ())


def test_what_a_creditor_owes_is_stated_under_its_charge_for_each_month() -> None:
    ended = charge(RENT, 0, date(2026, 8, 1), known_on=date(2026, 9, 10))
    october = run(household(charge(RENT, 60_000), ended), "2026-10")
    assert october.creditor_credits == tuple(
        CreditorCredit(ended.key, RENT, ended.creditor, month, 60_000) for month in ("2026-08", "2026-09")
    )


def test_a_month_paid_ahead_was_run_in_the_month_before_it() -> None:
    rules = MonthRules.resolve(load_law(), POLICY, "2026-09")
    known_in_july = household(charge(RENT, 60_000, known_on=date(2026, 7, 20)), prepay=True)
    september = compute_statement(known_in_july, rules, "2026-09", {})
    assert [(line.for_month, line.cents) for line in september.corrections] == [
        ("2026-07", 60_000),
        ("2026-08", 60_000),
    ]
    assert [line.for_month for line in september.charges] == ["2026-10"]


def due(month: str, key: str, cents: int) -> Due:
    return Due(1, month, "woonstad", key, RENT, cents)


def test_a_correction_of_one_cent_is_paid_before_the_charge_of_its_month_whatever_their_keys() -> None:
    charges = [due("2026-08", "a", 500)]
    for correction in (due("2026-08", "b", 1), due("2026-07", "b", 1)):
        paid, corrections = pay_charges(MonthlyCharges(charges, [correction], ()), 1)
        assert [line.paid_cents for line in paid] == [0]
        assert [(line.for_month, line.cents, line.paid_cents) for line in corrections] == [(correction.for_month, 1, 1)]


def test_corrections_are_listed_by_month() -> None:
    later, earlier, owed = due("2026-08", "a", 5), due("2026-07", "c", 5), due("2026-06", "b", -3)
    _, corrections = pay_charges(MonthlyCharges([], [later, earlier, owed], ()), 100)
    assert [line.for_month for line in corrections] == ["2026-06", "2026-07", "2026-08"]
