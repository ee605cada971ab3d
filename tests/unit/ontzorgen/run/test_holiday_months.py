"""For which months the holiday allowance was set aside that a month pays or hands over."""

from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.run.rules.holiday_months import ReserveMonth, list_reserve_months, name_months
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_start, months_between
from shared.events import HolidayAllowanceHandedOver, HolidayAllowancePaid

ID = UUID(int=1)
OK, AFTER, OVER = StatementStatus.OK, StatementStatus.NOT_IN_RELIEF, StatementStatus.NO_RIGHT
OF_A_MONTH = 70
Months = tuple[str, str] | None


def run_months(first: str, last: str, **left_cents: int) -> list[ReserveMonth]:
    """Months that each set the same aside; of some, named m2026_06, something left the reserve."""
    months = months_between(first, last)
    return [ReserveMonth(month, OF_A_MONTH, left_cents.get(f"m{month.replace('-', '_')}", 0)) for month in months]


BEFORE_JUNE = run_months("2026-02", "2026-05")
WITH_JUNE = run_months("2026-02", "2026-06", m2026_06=4 * OF_A_MONTH)


@pytest.mark.parametrize(
    ("month", "status", "before", "right_until", "paid", "handed_over"),
    [
        ("2026-06", OK, BEFORE_JUNE, None, ("2026-02", "2026-05"), None),
        ("2026-07", OK, WITH_JUNE, None, None, ("2026-06", "2026-07")),
        ("2026-07", OK, WITH_JUNE, None, ("2026-06", "2026-07"), None),
        ("2026-06", OK, BEFORE_JUNE, None, ("2026-02", "2026-05"), ("2026-06", "2026-06")),
        ("2026-06", OK, BEFORE_JUNE, None, ("2026-02", "2026-06"), None),
        ("2026-03", OK, [], "2026-03-20", ("2026-03", "2026-03"), None),
        ("2026-10", OK, run_months("2026-02", "2026-09", m2026_07=6 * OF_A_MONTH), None, ("2026-08", "2026-10"), None),
        ("2026-06", OK, run_months("2025-02", "2026-05"), None, ("2025-02", "2026-05"), None),
        ("2026-08", AFTER, WITH_JUNE, None, None, ("2026-06", "2026-06")),
        ("2026-06", OVER, BEFORE_JUNE, "2026-03-20", ("2026-02", "2026-03"), ("2026-03", "2026-05")),
        ("2026-06", OVER, BEFORE_JUNE, "2026-03-30", ("2026-02", "2026-03"), ("2026-03", "2026-05")),
        ("2026-06", OVER, BEFORE_JUNE, "2026-03-31", ("2026-02", "2026-03"), ("2026-04", "2026-05")),
        ("2026-04", OVER, BEFORE_JUNE[:2], "2026-02-28", ("2026-02", "2026-02"), ("2026-03", "2026-03")),
        ("2026-07", OVER, WITH_JUNE, "2026-05-10", None, ("2026-06", "2026-06")),
    ],
)
def test_an_event_says_from_which_month_until_which(
    month: str,
    status: StatementStatus,
    before: list[ReserveMonth],
    right_until: str | None,
    paid: Months,
    handed_over: Months,
) -> None:
    def sum_cents(months: Months) -> int:
        return OF_A_MONTH * len(list(months_between(*months))) if months else 0

    statement = Statement(
        month,
        status,
        holiday_reserve_cents=OF_A_MONTH if status is OK else 0,
        holiday_paid_cents=sum_cents(paid),
        holiday_handed_over_cents=sum_cents(handed_over),
        holiday_payments=(Payment(month_start(month), "person", sum_cents(paid)),) if paid else (),
    )
    household_month, until = HouseholdMonth(ID, statement), date.fromisoformat(right_until) if right_until else None
    events = [*events_for(household_month, ID, ID, month_start(month))]
    facts = [*name_months(events, household_month, list_reserve_months(before), until)]
    holiday = [fact for fact in facts if isinstance(fact, HolidayAllowancePaid | HolidayAllowanceHandedOver)]
    others = zip(facts[: -len(holiday)], events[: -len(holiday)], strict=True)
    assert all(fact is event for fact, event in others), "nothing else is said of the month"
    expected = {HolidayAllowancePaid: paid, HolidayAllowanceHandedOver: handed_over}
    named = {type(fact): (fact.first_month, fact.last_month) for fact in holiday}
    assert named == {event: months for event, months in expected.items() if months}
    beyond = [fact.beyond_right for fact in holiday if isinstance(fact, HolidayAllowanceHandedOver)]
    assert beyond == ([True if status is OVER else None] if handed_over else [])


def test_a_month_is_still_set_aside_as_long_as_a_cent_of_it_is() -> None:
    cent, nothing = ReserveMonth("2026-03", 1, 0), ReserveMonth("2026-04", 0, 0)
    assert list_reserve_months([BEFORE_JUNE[0], cent, nothing]) == [BEFORE_JUNE[0], cent]
    all_left, all_but_a_cent = ReserveMonth("2026-05", 70, 141), ReserveMonth("2026-05", 70, 140)
    assert list_reserve_months([BEFORE_JUNE[0], cent, all_left]) == []
    assert list_reserve_months([BEFORE_JUNE[0], cent, all_but_a_cent]) == [all_but_a_cent]
