"""For which months the holiday allowance stood aside that a month pays or hands over."""

from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.run.rules.holiday_months import ReliefDays, name_months
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_start
from shared.events import HolidayAllowanceHandedOver, HolidayAllowancePaid

ID = UUID(int=1)
OK, AFTER, OVER = StatementStatus.OK, StatementStatus.NOT_IN_RELIEF, StatementStatus.NO_RIGHT


@pytest.mark.parametrize(
    ("month", "status", "right", "last_day", "paid", "handed_over"),
    [
        ("2026-06", OK, ("2026-02-01", None), "2026-07-31", ("2026-02", "2026-05"), None),
        ("2027-06", OK, ("2026-02-01", None), "2027-07-31", ("2026-06", "2027-05"), None),
        ("2026-07", OK, ("2026-02-01", None), "2026-07-31", None, ("2026-06", "2026-07")),
        ("2026-07", OK, ("2026-02-01", None), "2026-07-31", ("2026-06", "2026-07"), None),
        ("2026-06", OK, ("2026-02-01", None), "2026-06-30", ("2026-02", "2026-05"), ("2026-06", "2026-06")),
        ("2026-06", OK, ("2026-02-01", None), "2026-06-30", ("2026-02", "2026-06"), None),
        ("2026-06", OK, ("2026-02-01", "2026-06-10"), "2026-07-31", ("2026-02", "2026-06"), None),
        ("2026-03", OK, ("2026-03-05", "2026-03-20"), "2026-09-04", ("2026-03", "2026-03"), None),
        ("2026-05", OVER, ("2026-02-01", "2026-03-20"), "2026-07-31", ("2026-02", "2026-03"), None),
        ("2026-10", AFTER, ("2026-02-01", "2026-09-20"), "2026-07-31", ("2026-06", "2026-07"), None),
    ],
)
def test_an_event_says_from_which_month_until_which(
    month: str,
    status: StatementStatus,
    right: tuple[str, str | None],
    last_day: str,
    paid: tuple[str, str] | None,
    handed_over: tuple[str, str] | None,
) -> None:
    statement = Statement(
        month,
        status,
        holiday_paid_cents=100 if paid else 0,
        holiday_handed_over_cents=100 if handed_over else 0,
        holiday_payments=(Payment(month_start(month), "person", 100),) if paid else (),
    )
    household_month = HouseholdMonth(ID, statement)
    right_from, right_until = right
    days = ReliefDays(
        date.fromisoformat(right_from),
        date.fromisoformat(right_until) if right_until else None,
        date.fromisoformat(last_day),
    )
    events = events_for(household_month, ID, ID, month_start(month))
    named = {
        type(fact): (fact.first_month, fact.last_month)
        for fact in name_months(events, household_month, days)
        if isinstance(fact, HolidayAllowancePaid | HolidayAllowanceHandedOver)
    }
    expected = {HolidayAllowancePaid: paid, HolidayAllowanceHandedOver: handed_over}
    assert named == {event: months for event, months in expected.items() if months}
