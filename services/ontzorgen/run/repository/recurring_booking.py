"""Steady months booked and told by the database itself: what they ask stands ready in their bills.

Their ledger lines are those of `build_bookings`, their fact is that of `told_of`: the text around its values is
written once by the envelope, guard included, and the database puts ids, cents and the bill's own text between them. A
steady month whose household has lost its right since is left to the rules, as all other months are.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.ontzorgen.ledger.rules import CREDITOR_OF, Account, EntryKind
from services.ontzorgen.run.repository.months import IN_PART, MONTHS, READ
from services.ontzorgen.run.rules.month import KeptMonth
from services.ontzorgen.run.rules.run import Part, Run
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_end, next_month
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind
from shared.events.envelope import WrittenEvent
from shared.messaging import outbox

# The values of a fact in the order in which they stand in it, and the columns that they come from.
_VALUES: Final = {
    "id": "event_id",
    "subject": "household",
    "household_id": "household",
    "person_id": "person_id",
    "norm_cents": "norm_cents",
    "payable_cents": "payable_cents",
    "holiday_reserve_cents": "holiday_reserve_cents",
    "charges": "told",
    "deducted_cents": "deducted_cents",
    "remainder_cents": "remainder_cents",
    "available_cents": "payable_cents",
}
_PIECE: Final = "($10::text[])[{}]"
_FACT: Final = " || ".join(
    [
        *(f"{_PIECE.format(place)} || {column}" for place, column in enumerate(_VALUES.values(), 1)),
        _PIECE.format(len(_VALUES) + 1),
    ]
)
_KINDS: Final = {account.value: kind for kind, account in CREDITOR_OF.items()}
_IS_BOOKED_HERE: Final = "(s.bill_id IS NOT NULL AND (h.right_until IS NULL OR h.right_until >= $6::date))"
_OTHERS: Final = f"""
SELECT {READ}, h.person_id, h.right_until, nextval('ledger_entry_number') AS entry_id
FROM {MONTHS} JOIN household h ON h.municipality = s.municipality AND h.id = s.household_id
WHERE {IN_PART} AND NOT {_IS_BOOKED_HERE} ORDER BY s.household_id
"""  # noqa: S608 - names of our own columns
_SUMS: Final = ", ".join(
    f"coalesce(sum({name}), 0)::bigint AS {name}"
    for name in ("norm_cents", "payable_cents", "holiday_reserve_cents", "deducted_cents", "remainder_cents")
)
# The order of the lines is that of `build_bookings`; none is of zero cents but what is left, and that comes last.
_BOOK: Final = f"""
WITH moved AS (
    UPDATE household h SET next_month = $12, months_run = h.months_run + 1 FROM statement s
    WHERE {IN_PART} AND h.municipality = $1 AND h.id = s.household_id AND h.id BETWEEN $4::uuid AND $5::uuid
    RETURNING s.household_id, h.person_id, s.norm_cents, s.payable_cents, s.holiday_reserve_cents, s.deducted_cents,
        s.remainder_cents, s.bill_id, {_IS_BOOKED_HERE} AS is_booked_here
), month AS MATERIALIZED (
    SELECT s.household_id, s.household_id::text AS household, s.person_id, s.norm_cents, s.payable_cents,
        s.holiday_reserve_cents, s.deducted_cents, s.remainder_cents, b.accounts, b.cents, b.told,
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
), fact AS (
    {outbox.INTO}
    SELECT event_id::uuid, $8, household, $9, convert_to({_FACT}, 'UTF8') FROM (
        SELECT *, $11 || lpad(to_hex(entry_id % 4294967296), 8, '0') AS event_id FROM month ORDER BY household_id
    ) AS named
), creditor AS (
    SELECT account, sum(amount_cents)::bigint AS cents
    FROM (SELECT unnest(accounts) AS account, unnest(cents) AS amount_cents FROM month) AS asked GROUP BY account
)
SELECT (SELECT array_agg(account ORDER BY account) FROM creditor) AS accounts,
    (SELECT array_agg(cents ORDER BY account) FROM creditor) AS cents, (SELECT count(*) FROM moved) AS moved,
    count(*) AS households, {_SUMS}
FROM month
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class Booked:
    """All steady months of a part together: how many, and their sums as one statement; `others` are still to do."""

    households: int
    others: int
    statement: Statement
    deducted_cents: int


def example(run: Run) -> KeptMonth:
    """A month whose fact has everything that a steady month's has."""
    charge = ChargeMonth("", ChargeKind.RENT, "", run.month, 1, 1, 0)
    return KeptMonth(UUID(int=0), Statement(run.month, StatementStatus.OK, charges=(charge,)))


def pieces_of(told: WrittenEvent) -> list[str]:
    """What stands before, between and after the values of a written fact; ValueError when one of them is missing."""
    left, pieces = told.payload.decode(), []
    for name in _VALUES:
        value = r"\[[^\]]*\]" if name == "charges" else r'"[^"]*"|[0-9]+'
        found = list(re.finditer(rf'"{name}":({value})', left))
        if len(found) != 1:
            raise ValueError(
                f"The example of a fact has {name} {len(found)} times, and not once where it is looked for: "
                "put the values of a steady month's fact in the order in which it has them."
            )
        bare = 0 if found[0][1].isdigit() else 1
        pieces.append(left[: found[0].start(1) + bare])
        left = left[found[0].end(1) - bare :]
    return [*pieces, left]


async def others(tx: Transaction, run: Run, part: Part) -> list[asyncpg.Record]:
    """The other months of a part (for `month_of_row`), with person, right's end and a number in the ledger."""
    return await (await tx.driver()).fetch(_OTHERS, *_in_part(tx, run, part))


async def book(tx: Transaction, run: Run, part: Part, booked_on: date, told: WrittenEvent) -> Booked:
    """Book and tell the steady months of a part, and let all its households wait for their next month.

    `told` is the fact of `example`, written in this transaction; the facts have its id but for the last 32 bits, which
    count (RFC 9562, 6.2). A change of a household that is under way comes first and is seen.
    """
    event_ids = str(told.event_id)[:-8]
    arguments = (booked_on, told.topic, told.trace, pieces_of(told), event_ids, next_month(run.month))
    row = await (await tx.driver()).fetchrow(_BOOK, *_in_part(tx, run, part), *arguments)
    assert row is not None  # noqa: S101 - an aggregate without groups is one row
    made = Statement(
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
    return Booked(households, row["moved"] - households, made, row["deducted_cents"])


def _in_part(tx: Transaction, run: Run, part: Part) -> tuple[str, str, UUID, UUID, UUID, date]:
    return tx.municipality, run.month, run.id, *part.bounds, month_end(run.month)
