"""Recurring months booked and published by the database itself, from their stored charges.

Their ledger lines are those of `build_bookings`, their event is that of `events_for`: the text around its values
is a template that the envelope writes once, guard included, and the database puts ids, cents and the stored charges'
own text between them. A recurring month whose household has lost its right since is left to the rules, as all other
months are.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.ontzorgen.ledger.rules import CREDITOR_OF, Account, EntryKind
from services.ontzorgen.run.repository.months import IN_PART, MONTH_COLUMNS, MONTH_TABLES
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for, find_bank_day
from services.ontzorgen.run.rules.run import Part, Run
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_end, month_start, next_month
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind
from shared.events.template import EventTemplate
from shared.messaging import outbox

# What differs between the events, in the order of their template: the column, and the JSON characters around its text.
_VALUES: Final = {
    "id": ("event_id", '""'),
    "subject": ("household", '""'),
    "household_id": ("household", '""'),
    "person_id": ("person_id", '""'),
    "norm_cents": ("norm_cents", ""),
    "payable_cents": ("payable_cents", ""),
    "holiday_reserve_cents": ("holiday_reserve_cents", ""),
    "charges": ("told", "[]"),
    "deducted_cents": ("deducted_cents", ""),
    "remainder_cents": ("remainder_cents", ""),
    "available_cents": ("payable_cents", ""),
    "payments": ("paid", "[]"),
}
_FIELDS: Final = tuple(_VALUES)[2:]
_PIECE: Final = "($10::text[])[{}]"
# The payments of a recurring month, [[day, payee, cents], ...] and all on one day, as the lines of the event: the whole
# remainder, or the halves that were proposed. The text of one amount is cheaper than taking all others apart.
_PAY_ON: Final = """'{"on":"' || ($13::text[])[pay_day::int]"""
_PAID: Final = f"""
CASE WHEN content = '[]' THEN ''
WHEN content NOT LIKE '%partner%' THEN {_PAY_ON} || '","payee":"person","cents":' || remainder_cents || '}}'
ELSE {_PAY_ON} || '","payee":"person","cents":' || remainder_cents - remainder_cents / 2 || '}},'
    || {_PAY_ON} || '","payee":"partner","cents":' || remainder_cents / 2 || '}}' END
"""
_EVENT: Final = " || ".join(
    [
        *(f"{_PIECE.format(number)} || {column}" for number, (column, _) in enumerate(_VALUES.values(), 1)),
        _PIECE.format(len(_VALUES) + 1),
    ]
)
_KINDS: Final = {account.value: kind for kind, account in CREDITOR_OF.items()}
_IS_BOOKED_HERE: Final = "(s.bill_id IS NOT NULL AND (h.right_until IS NULL OR h.right_until >= $6::date))"
_OTHERS: Final = f"""
SELECT {MONTH_COLUMNS}, h.person_id, h.first_day, h.right_until, nextval('ledger_entry_number') AS entry_id
FROM {MONTH_TABLES} JOIN household h ON h.municipality = s.municipality AND h.id = s.household_id
WHERE {IN_PART} AND NOT {_IS_BOOKED_HERE} ORDER BY s.household_id
"""  # noqa: S608 - names of our own columns
_SUMS: Final = ", ".join(
    f"coalesce(sum({name}), 0)::bigint AS {name}"
    for name in ("norm_cents", "payable_cents", "holiday_reserve_cents", "deducted_cents", "remainder_cents")
)
# The lines are in the order of `build_bookings`; only the last one, the person's, may be of zero cents and left out.
_BOOK: Final = f"""
WITH moved AS (
    UPDATE household h SET next_month = $12, months_run = h.months_run + 1,
        holiday_reserve_cents = h.holiday_reserve_cents + s.holiday_reserve_cents
            - coalesce(s.holiday_paid_cents, 0) - coalesce(s.holiday_handed_over_cents, 0)
    FROM statement s
    WHERE {IN_PART} AND h.municipality = $1 AND h.id = s.household_id AND h.id BETWEEN $4::uuid AND $5::uuid
    RETURNING s.household_id, h.person_id, s.norm_cents, s.payable_cents, s.holiday_reserve_cents, s.deducted_cents,
        s.remainder_cents, s.content, s.bill_id, {_IS_BOOKED_HERE} AS is_booked_here
), month AS MATERIALIZED (
    SELECT s.household_id, s.household_id::text AS household, s.person_id, s.norm_cents, s.payable_cents,
        s.holiday_reserve_cents, s.deducted_cents, s.remainder_cents, b.accounts, b.cents, b.told,
        s.content, substr(s.content, 3, greatest(position(',' IN s.content) - 3, 0)) AS pay_day,
        nextval('ledger_entry_number') AS entry_id
    FROM moved s JOIN steady_bill b ON b.municipality = $1 AND b.household_id = s.household_id AND b.id = s.bill_id
    WHERE s.is_booked_here AND b.household_id BETWEEN $4::uuid AND $5::uuid ORDER BY s.household_id
), entry AS (
    INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, run_id, household_id, month)
    SELECT $1, entry_id, {EntryKind.MONTH}, 2 + cardinality(accounts) + (remainder_cents > 0)::int, $7, $3,
        household_id, $2
    FROM month
), booked AS (
    INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
    SELECT $1, entry_id, line_no, account, amount_cents FROM (
        SELECT entry_id, generate_series(1, 3 + cardinality(accounts)) AS line_no,
            unnest('{{{Account.ASSISTANCE},{Account.HOLIDAY_RESERVE}}}'::smallint[] || accounts
                || {Account.PERSON}::smallint) AS account,
            unnest(ARRAY[-norm_cents, holiday_reserve_cents] || cents || remainder_cents) AS amount_cents
        FROM month
    ) AS line WHERE amount_cents <> 0
), event AS (
    {outbox.INTO}
    SELECT event_id::uuid, $8, household, $9, convert_to({_EVENT}, 'UTF8') FROM (
        SELECT *, {_PAID} AS paid, $11 || lpad(to_hex(entry_id % 4294967296), 8, '0') AS event_id
        FROM month ORDER BY household_id
    ) AS numbered
), creditor AS (
    SELECT account, sum(amount_cents)::bigint AS cents
    FROM (SELECT unnest(accounts) AS account, unnest(cents) AS amount_cents FROM month) AS due GROUP BY account
)
SELECT (SELECT array_agg(account ORDER BY account) FROM creditor) AS accounts,
    (SELECT array_agg(cents ORDER BY account) FROM creditor) AS cents, (SELECT count(*) FROM moved) AS moved,
    count(*) AS households, {_SUMS}
FROM month
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class BookedMonths:
    """All recurring months of a part: how many, and their sums as one statement; `others` are still to be booked."""

    households: int
    others: int
    total: Statement
    deducted_cents: int


def _event_template(tx: Transaction, run: Run) -> EventTemplate:
    """Return the template of the events of a run's recurring months."""
    charge = ChargeMonth("", ChargeKind.RENT, "", run.month, 1, 1, 0)
    month = HouseholdMonth(UUID(int=0), Statement(run.month, StatementStatus.OK, charges=(charge,)))
    (example,) = events_for(month, UUID(int=0), run.id, month_start(run.month))
    return tx.write_template(example, _FIELDS)


def _pieces(template: EventTemplate) -> list[str]:
    """Return the template's pieces with the JSON characters around each value, so that the database adds none."""
    around = [characters for _, characters in _VALUES.values()]
    opening = [*(characters[:1] for characters in around), ""]
    closing = ["", *(characters[1:] for characters in around)]
    return [end + piece + start for end, piece, start in zip(closing, template.pieces, opening, strict=True)]


def _bank_days(month: str, booked_on: date) -> list[str]:
    """Return, for each day of a month, the day on which the bank pays what is due on it."""
    first = month_start(month)
    return [find_bank_day(first.replace(day=day), booked_on).isoformat() for day in range(1, month_end(month).day + 1)]


async def book_recurring_months(tx: Transaction, run: Run, part: Part, booked_on: date) -> BookedMonths:
    """Book and publish the recurring months of a part, and move all its households to their next month.

    The events have the id of the template but for the last 32 bits, which count (RFC 9562, 6.2). A change of a
    household in another transaction is waited for and seen.
    """
    template = _event_template(tx, run)
    event_ids = str(template.event_id)[:-8]
    arguments = (
        *(booked_on, template.topic, template.trace, _pieces(template), event_ids, next_month(run.month)),
        _bank_days(run.month, booked_on),
    )
    row = await (await tx.driver()).fetchrow(_BOOK, *_part_arguments(tx, run, part), *arguments)
    assert row is not None  # noqa: S101 - an aggregate without groups is one row
    total = Statement(
        run.month,
        StatementStatus.OK,
        norm_cents=row["norm_cents"],
        payable_cents=row["payable_cents"],
        holiday_reserve_cents=row["holiday_reserve_cents"],
        charges=tuple(
            ChargeMonth("", _KINDS[account], "", run.month, cents, cents, 0)
            for account, cents in zip(row["accounts"] or (), row["cents"] or (), strict=True)
        ),
        remainder_cents=row["remainder_cents"],
    )
    households = row["households"]
    return BookedMonths(households, row["moved"] - households, total, row["deducted_cents"])


async def list_other_months(tx: Transaction, run: Run, part: Part) -> list[asyncpg.Record]:
    """Return the other months of a part (for `read_month`), with person, the right's end and a ledger entry's id."""
    return await (await tx.driver()).fetch(_OTHERS, *_part_arguments(tx, run, part))


def _part_arguments(tx: Transaction, run: Run, part: Part) -> tuple[str, str, UUID, UUID, UUID, date]:
    return tx.municipality, run.month, run.id, *part.bounds, month_end(run.month)
