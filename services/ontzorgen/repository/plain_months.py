"""Plain months booked and told by the database itself: paid in full, with nothing to correct and nobody to ask.

Nearly every month is one. Its ledger lines are those of `domain.ledger.bookings`, its fact is that of `told_of`: the
form of the fact is written once by the envelope, guard included, and the database puts ids, cents and codes of kinds
into it. What a month may hold beyond that makes it another month, which `of_part` leaves to the rules.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.ontzorgen.domain.bill import ChargeMonth
from services.ontzorgen.domain.ledger import CREDITOR_OF, Account, EntryKind
from services.ontzorgen.domain.month import LINES_MAX, KeptMonth
from services.ontzorgen.domain.run import Part, Run
from services.ontzorgen.domain.statement import Statement, StatementStatus
from services.ontzorgen.repository.months import IN_PART, READ
from shared.calendar import month_end
from shared.database import Transaction
from shared.events.codes import ChargeKind
from shared.events.envelope import WrittenEvent
from shared.messaging import outbox

AVAILABLE_CENTS_MAX: Final = 100_000_000  # of an event; no amount of a plain month is larger than what is available
_AVAILABLE: Final = "payable_cents + routed_allowances_cents + grants_cents"
_KINDS: Final = {account.value: kind for kind, account in CREDITOR_OF.items()}
_FROM: Final = f"""
FROM statement s JOIN household h ON h.municipality = s.municipality AND h.id = s.household_id
CROSS JOIN LATERAL (SELECT s.content::jsonb AS content) AS kept
WHERE {IN_PART}
"""
# Columns first: what stands in the content is looked at last.
_IS_PLAIN: Final = f"""(
    s.status = '{StatementStatus.OK}' AND s.norm_cents > 0 AND s.shortfall_cents = 0 AND s.missing_cents = 0
    AND s.correction_cents = 0 AND {_AVAILABLE} <= {AVAILABLE_CENTS_MAX}
    AND (h.right_until IS NULL OR h.right_until >= $6::date)
    AND jsonb_array_length(kept.content -> 0) <= {LINES_MAX}
    AND (
        jsonb_array_length(kept.content) = 2
        OR (kept.content -> 2 = '[]' AND (kept.content -> 3) - 'left' = '{{}}')
    )
)"""
_OTHERS: Final = f"""
SELECT {READ}, h.person_id, h.right_until, nextval('ledger_entry_number') AS entry_id
{_FROM} AND NOT {_IS_PLAIN} ORDER BY s.household_id
"""
_SUMS: Final = ", ".join(
    f"coalesce(sum({name}), 0)::bigint AS {name}"
    for name in (
        *("norm_cents", "payable_cents", "holiday_reserve_cents", "routed_allowances_cents", "grants_cents"),
        *("loans_cents", "deducted_cents", "remainder_cents"),
    )
)
# Places of the lines are those of `bookings`; a charge of a plain month is paid in full, in the order of the statement.
_BOOK: Final = f"""
WITH month AS MATERIALIZED (
    SELECT s.household_id, h.person_id, s.norm_cents, s.payable_cents, s.holiday_reserve_cents,
        s.routed_allowances_cents, s.grants_cents, s.loans_cents, s.deducted_cents, s.remainder_cents,
        kept.content -> 0 AS charges, nextval('ledger_entry_number') AS entry_id
    {_FROM} AND {_IS_PLAIN} ORDER BY s.household_id
), line AS MATERIALIZED (
    SELECT entry_id, row_number() OVER (PARTITION BY entry_id ORDER BY place) AS line_no, account, cents
    FROM month CROSS JOIN LATERAL (
        SELECT place, account, cents FROM (VALUES
            (-5, {Account.ASSISTANCE}, -norm_cents),
            (-4, {Account.HOLIDAY_RESERVE}, holiday_reserve_cents),
            (-3, {Account.ROUTED_ALLOWANCES}, -routed_allowances_cents),
            (-2, {Account.GRANT_GIFT}, loans_cents - grants_cents),
            (-1, {Account.GRANT_LOAN}, -loans_cents),
            (1000, {Account.PERSON}, remainder_cents)
        ) AS fixed (place, account, cents)
        UNION ALL
        SELECT place, (charge ->> 0)::int, (charge ->> 3)::int
        FROM jsonb_array_elements(charges) WITH ORDINALITY AS of_month (charge, place)
    ) AS of_entry WHERE cents <> 0
), entry AS (
    INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, run_id, household_id, month)
    SELECT $1, entry_id, {EntryKind.MONTH}, jsonb_array_length(charges) + num_nonnulls(
            nullif(norm_cents, 0), nullif(holiday_reserve_cents, 0), nullif(routed_allowances_cents, 0),
            nullif(grants_cents, loans_cents), nullif(loans_cents, 0), nullif(remainder_cents, 0)
        ), $7, $3, household_id, $2
    FROM month
), booked AS (
    INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
    SELECT $1, entry_id, line_no, account, cents FROM line ORDER BY entry_id, line_no
), fact AS (
    {outbox.INTO}
    SELECT id, $8, household_id::text, $9, convert_to(format(
        $10, id, household_id, household_id, person_id, norm_cents, payable_cents, holiday_reserve_cents, (
            SELECT coalesce(string_agg(
                format($11, ($12::text[])[(charge ->> 0)::int], charge ->> 3, charge ->> 3), ',' ORDER BY place
            ), '') FROM jsonb_array_elements(charges) WITH ORDINALITY AS of_month (charge, place)
        ), deducted_cents, remainder_cents, {_AVAILABLE}
    ), 'UTF8')
    FROM (
        SELECT *, overlay(gen_random_uuid()::text PLACING $13 FROM 1)::uuid AS id FROM month
    ) AS told ORDER BY household_id
), creditor AS (
    SELECT account, sum(cents)::bigint AS cents FROM line WHERE account = ANY ($14::int[]) GROUP BY account
)
SELECT (SELECT array_agg(account ORDER BY account) FROM creditor) AS accounts,
    (SELECT array_agg(cents ORDER BY account) FROM creditor) AS cents, count(*) AS households, {_SUMS}
FROM month
"""  # noqa: S608 - names of our own columns
_VALUES: Final = (
    *("id", "subject", "household_id", "person_id", "norm_cents", "payable_cents", "holiday_reserve_cents"),
    *("charges", "deducted_cents", "remainder_cents", "available_cents"),
)
_CHARGE_VALUES: Final = ("kind", "due_cents", "paid_cents")


@dataclass(frozen=True, slots=True)
class Plain:
    """All plain months of a part together: how many, and their sums as one statement."""

    households: int
    statement: Statement
    loans_cents: int
    deducted_cents: int


@dataclass(frozen=True, slots=True)
class Form:
    """A fact with places for its values, and a charge in it, both for PostgreSQL's `format`."""

    fact: str
    charge: str


def example(run: Run) -> KeptMonth:
    """A month whose fact has everything that a plain month's has."""
    charge = ChargeMonth("", ChargeKind.RENT, "", run.month, 1, 1, 0)
    return KeptMonth(UUID(int=0), Statement(run.month, StatementStatus.OK, charges=(charge,)))


def form_of(told: WrittenEvent) -> Form:
    """The form of a written fact; ValueError when it lacks a value of a plain month."""
    text = told.payload.decode().replace("%", "%%")
    charge = re.search(r'"charges":\[(\{[^\]]*\})\]', text)
    if charge is None:
        raise ValueError("The example of a fact has no charge: no form can be made of it.")
    text = text.replace(charge[1], "", 1)
    for place, name in enumerate(_VALUES, 1):
        text = _with_place(text, name, place)
    line = charge[1]
    for place, name in enumerate(_CHARGE_VALUES, 1):
        line = _with_place(line, name, place)
    return Form(text, line)


def _with_place(text: str, name: str, place: int) -> str:
    value = r"\[\]" if name == "charges" else r'"[^"]*"|[0-9]+'
    found = re.findall(rf'"{name}":({value})', text)
    if len(found) != 1:
        raise ValueError(
            f"The example of a fact has {name} {len(found)} times and not once: no form can be made of it."
        )
    open_, close = {'"': ('"', '"'), "[": ("[", "]")}.get(found[0][0], ("", ""))
    return text.replace(f'"{name}":{found[0]}', f'"{name}":{open_}%{place}$s{close}')


async def others(tx: Transaction, run: Run, part: Part) -> list[asyncpg.Record]:
    """The months of a part that are not plain (for `month_of_row`), with person, right's end and a ledger number."""
    return await (await tx.driver()).fetch(_OTHERS, *_in_part(tx, run, part))


async def book(tx: Transaction, run: Run, part: Part, booked_on: date, told: WrittenEvent) -> Plain:
    """Book and tell every plain month of a part; `told` is the fact of `example`, written in this transaction."""
    form = form_of(told)
    arguments = (
        *(*_in_part(tx, run, part), booked_on, told.topic, told.trace, form.fact, form.charge),
        *([_KINDS.get(number) for number in range(1, max(_KINDS) + 1)], f"{str(told.event_id)[:14]}7", list(_KINDS)),
    )
    row = await (await tx.driver()).fetchrow(_BOOK, *arguments)
    assert row is not None  # noqa: S101 - an aggregate without groups is one row
    made = Statement(
        run.month,
        StatementStatus.OK,
        norm_cents=row["norm_cents"],
        payable_cents=row["payable_cents"],
        holiday_reserve_cents=row["holiday_reserve_cents"],
        routed_allowances_cents=row["routed_allowances_cents"],
        grants_cents=row["grants_cents"],
        charges=tuple(
            ChargeMonth("", _KINDS[account], "", run.month, cents, cents, 0)
            for account, cents in zip(row["accounts"] or (), row["cents"] or (), strict=True)
        ),
        remainder_cents=row["remainder_cents"],
    )
    return Plain(row["households"], made, row["loans_cents"], row["deducted_cents"])


def _in_part(tx: Transaction, run: Run, part: Part) -> tuple[str, str, UUID, UUID | None, UUID | None, date]:
    return tx.municipality, run.month, run.id, part.from_id, part.until_id, month_end(run.month)
