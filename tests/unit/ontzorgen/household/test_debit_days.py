"""When a creditor must be paid to have its money on the day on which it collects."""

from datetime import date
from uuid import uuid4

import pytest

from services.ontzorgen.household.rules.creditors import Creditor, CreditorKind, changes_discount, find_version
from services.ontzorgen.household.rules.debit_days import find_pay_by, list_debit_days


def register(debit_day: int | None = None, from_day: date = date(2026, 1, 1), percent: int | None = None) -> Creditor:
    return Creditor(
        uuid4(),
        "stroom",
        "Stroom BV",
        CreditorKind.ENERGY,
        "NL91ABNA0417164300",
        from_day,
        discount_percent=percent,
        debit_day=debit_day,
    )


@pytest.mark.parametrize(
    ("collected_on", "pay_by"),
    [
        (date(2026, 9, 10), date(2026, 9, 9)),
        (date(2026, 9, 7), date(2026, 9, 4)),  # a Monday
        (date(2026, 12, 28), date(2026, 12, 24)),  # Christmas, then a weekend
    ],
)
def test_it_is_paid_by_the_last_day_before_on_which_banks_settle(collected_on: date, pay_by: date) -> None:
    assert find_pay_by(collected_on) == pay_by


def test_it_is_time_to_pay_from_the_last_day_on_and_for_nobody_without_a_day() -> None:
    assert [day.month for day in list_debit_days([register(10), register()], date(2026, 9, 8))] == ["2026-08"]
    assert [day.month for day in list_debit_days([register(10)], date(2026, 9, 9))] == ["2026-08", "2026-09"]
    assert [day.month for day in list_debit_days([register(1)], date(2026, 9, 30))] == ["2026-08", "2026-09", "2026-10"]


def test_a_version_holds_from_its_first_day_whenever_it_was_recorded() -> None:
    now, later = register(10), register(12, date(2026, 10, 1))
    assert find_version([now, later], date(2026, 9, 30)) == now
    assert find_version([now, later], date(2026, 10, 1)) == find_version([now, later]) == later
    assert find_version([now, later], date(2025, 1, 1)) == now
    assert find_version([], date(2026, 9, 1)) is None


def test_a_version_changes_the_discount_by_what_held_before_it() -> None:
    with_discount = register(percent=5)
    assert changes_discount([], with_discount)
    assert not changes_discount([], register())
    assert not changes_discount([with_discount], register(from_day=date(2026, 10, 1), percent=5))
    assert changes_discount([with_discount], register(from_day=date(2026, 10, 1)))
