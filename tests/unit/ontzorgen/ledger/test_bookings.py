"""What a month books, line by line: each amount on its own account and with its own sign."""

from uuid import UUID

import pytest

from services.ontzorgen.ledger.rules import Account, Booking, EntryColumns, EntryKind, Line, build_bookings
from services.ontzorgen.statement.rules.attachments import AttachmentMonth
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.situation import AttachmentKind
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


def test_what_is_withheld_set_off_or_set_aside_is_booked_where_it_lies() -> None:
    """The holiday allowance leaves the reserve to the person and to whoever paid too much of it."""
    june = MONTH._replace(
        income_cents=20_000,
        reduction_cents=4_000,
        attachments=(
            AttachmentMonth("bailiff/3", AttachmentKind.ATTACHMENT, "flanderijn", 5_000),
            AttachmentMonth("debt/4", AttachmentKind.SET_OFF, "gemeente", 3_000),
        ),
        corrections=(),
        routed_allowances_cents=0,
        grants_cents=0,
        remainder_cents=41_000,
        holiday_paid_cents=30_000,
        holiday_handed_over_cents=2_000,
    )
    (month,) = build_bookings(june)
    assert month.lines == [
        Line(Account.ASSISTANCE, -116_000),
        Line(Account.HOLIDAY_RESERVE, 7_000),
        Line(Account.ATTACHMENT, 5_000),
        Line(Account.SET_OFF, 3_000),
        Line(Account.CREDITOR_RENT, 60_000),
        Line(Account.PERSON, 41_000),
        Line(Account.HOLIDAY_RESERVE, -32_000),
        Line(Account.PERSON, 30_000),
        Line(Account.BENEFIT_ADMINISTRATION, 2_000),
    ]
    assert sum(line.amount_cents for line in month.lines) == 0


def test_entries_are_written_column_by_column_each_line_with_its_entry_and_its_place() -> None:
    columns, household = EntryColumns(), UUID(int=1)
    month, correction = build_bookings(MONTH._replace(routed_allowances_cents=0, grants_cents=0))
    columns.add(8, correction, household, "2026-09")
    columns.add(9, Booking(EntryKind.BANK, [Line(Account.PERSON, -5), Line(Account.BANK, 5)]), None, "2026-08")
    assert columns == EntryColumns(
        ids=[8, 9],
        kinds=[EntryKind.CORRECTION, EntryKind.BANK],
        line_counts=[2, 2],
        household_ids=[household, None],
        months=["2026-09", "2026-08"],
        entry_ids=[8, 8, 9, 9],
        line_nos=[1, 2, 1, 2],
        accounts=[Account.CORRECTIONS, Account.CREDITOR_ENERGY, Account.PERSON, Account.BANK],
        amounts_cents=[-1_500, 1_500, -5, 5],
    )
    assert month.kind is EntryKind.MONTH


@pytest.mark.parametrize("status", [StatementStatus.NO_RIGHT, StatementStatus.OK])
def test_a_month_of_nothing_books_nothing(status: StatementStatus) -> None:
    assert build_bookings(Statement(month="2026-09", status=status)) == []
