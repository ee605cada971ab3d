"""What a month books, line by line: each amount on its own account and with its own sign."""

import pytest

from services.ontzorgen.ledger.rules import Account, Booking, EntryKind, Line, build_bookings
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.events.codes import ChargeKind

MONTH = Statement(
    month="2026-09",
    status=StatementStatus.OK,
    norm_cents=140_000,
    payable_cents=133_000,
    holiday_reserve_cents=7_000,
    routed_allowances_cents=12_900,
    grants_cents=50_000,
    available_cents=195_900,
    charges=(ChargeMonth("woonstad/rent/1", ChargeKind.RENT, "woonstad", "2026-09", 60_000, 60_000, 0),),
    corrections=(Correction("nuts/energy/2", ChargeKind.ENERGY, "nuts", "2026-08", 1_500, 1_500),),
    charges_total_cents=60_000,
    correction_cents=1_500,
    remainder_cents=134_400,
)


def test_a_month_is_booked_on_the_account_of_each_amount_and_sums_to_zero() -> None:
    month, correction = build_bookings(MONTH, loans_cents=20_000)
    assert month == Booking(
        EntryKind.MONTH,
        [
            Line(Account.ASSISTANCE, -140_000),
            Line(Account.HOLIDAY_RESERVE, 7_000),
            Line(Account.ROUTED_ALLOWANCES, -12_900),
            Line(Account.GRANT_GIFT, -30_000),
            Line(Account.GRANT_LOAN, -20_000),
            Line(Account.CREDITOR_RENT, 60_000),
            Line(Account.CORRECTIONS, 1_500),
            Line(Account.PERSON, 134_400),
        ],
    )
    assert correction == Booking(
        EntryKind.CORRECTION, [Line(Account.CORRECTIONS, -1_500), Line(Account.CREDITOR_ENERGY, 1_500)]
    )
    assert [sum(line.amount_cents for line in booking.lines) for booking in (month, correction)] == [0, 0]


@pytest.mark.parametrize("status", [StatementStatus.NO_RIGHT, StatementStatus.OK])
def test_a_month_of_nothing_books_nothing(status: StatementStatus) -> None:
    assert build_bookings(Statement(month="2026-09", status=status)) == []
