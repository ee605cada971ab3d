"""The months of households: many at once into the database, and back as they were computed.

A month is one row: its amounts as columns, so that the database can check and add them up, and its lines as one compact
JSON text (see `month_content`). Amounts that few months have are empty where a month has none.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.run.repository.month_content import SELDOM, encode_content, list_seldom_cents, read_month
from services.ontzorgen.run.rules.holiday_months import ReserveMonth
from services.ontzorgen.run.rules.month import HouseholdMonth, RunMonth
from services.ontzorgen.run.rules.run import Part, Run
from services.ontzorgen.run.rules.totals import Totals
from shared.calendar import month_of, months_between
from shared.database.transactions import Transaction

_COLUMNS: Final = (
    "norm_cents",
    "payable_cents",
    "holiday_reserve_cents",
    "routed_allowances_cents",
    "grants_cents",
    "loans_cents",
    "charges_total_cents",
    "missing_cents",
    "correction_cents",
    "deducted_cents",
    "remainder_cents",
    "shortfall_cents",
)
_AMOUNTS: Final = (*_COLUMNS, *SELDOM)
_AFTER_AMOUNTS: Final = 6 + len(_AMOUNTS)
INSERT_MONTHS: Final = f"""
INSERT INTO statement (municipality, month, run_id, household_id, status, {", ".join(_AMOUNTS)}, payments, content)
SELECT $1, $2, $3, new.* FROM unnest(
    $4::uuid[], $5::text[], {", ".join(f"${number}::int[]" for number in range(6, _AFTER_AMOUNTS))},
    ${_AFTER_AMOUNTS}::smallint[], ${_AFTER_AMOUNTS + 1}::text[]
) AS new
"""  # noqa: S608 - names of our own columns
# A recurring month has only its payments as content: what comes before and after them is in its stored charges.
MONTH_COLUMNS: Final = f"""
s.household_id, s.month, s.status, {", ".join(f"s.{name}" for name in _AMOUNTS)},
CASE WHEN s.bill_id IS NULL THEN s.content ELSE '[' || b.charges || ',' || s.content || b.more || ']' END AS content
"""
MONTH_TABLES: Final = """
statement s LEFT JOIN steady_bill b
ON b.municipality = s.municipality AND b.household_id = s.household_id AND b.id = s.bill_id
"""
IN_PART: Final = """
s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND s.household_id BETWEEN $4::uuid AND $5::uuid
"""
_OF_HOUSEHOLD: Final = f"""
SELECT {MONTH_COLUMNS}, s.run_id, r.proposed_on AS run_on FROM {MONTH_TABLES}
JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id
WHERE s.municipality = $1 AND s.household_id = $2 AND s.month = ANY($3::text[]) ORDER BY s.month
"""  # noqa: S608 - names of our own columns
_BEFORE: Final = f"""
SELECT {MONTH_COLUMNS} FROM {MONTH_TABLES}
WHERE s.municipality = $1 AND s.household_id = ANY($2::uuid[]) AND s.month = ANY($3::text[])
ORDER BY s.household_id, s.month
"""  # noqa: S608 - names of our own columns
_RESERVES: Final = """
SELECT household_id, month, holiday_reserve_cents,
    coalesce(holiday_paid_cents, 0) + coalesce(holiday_handed_over_cents, 0) AS left_cents
FROM statement WHERE municipality = $1 AND household_id = ANY($2::uuid[]) AND month = ANY($3::text[])
ORDER BY household_id, month
"""
_TOTALS: Final = """
SELECT count(*) AS households, coalesce(sum(norm_cents), 0) AS norm_cents,
    coalesce(sum(deducted_cents), 0) AS deducted_cents, coalesce(sum(remainder_cents), 0) AS remainder_cents,
    coalesce(sum(shortfall_cents), 0) AS shortfall_cents, coalesce(sum(correction_cents), 0) AS correction_cents,
    coalesce(sum(attachment_cents), 0) - coalesce(sum(set_off_cents), 0) AS attachment_cents,
    coalesce(sum(set_off_cents), 0) AS set_off_cents, coalesce(sum(holiday_paid_cents), 0) AS holiday_paid_cents,
    coalesce(sum(holiday_handed_over_cents), 0) AS holiday_handed_over_cents,
    coalesce(sum(payments), 0) AS payments
FROM statement WHERE municipality = $1 AND month = $2 AND run_id = $3
"""
# Each month is hashed as one line of its columns and its content. A bill's id is the hash of its content. Amounts that
# few months have are named, so that a line is the same as before where there is none.
_CONTENT: Final = f"""
SELECT string_agg(concat_ws('|', s.household_id, s.status, {", ".join(f"s.{name}" for name in _COLUMNS)}, s.content,
    s.bill_id, nullif(concat_ws('|', {", ".join(f"'{name} ' || s.{name}" for name in SELDOM)}), ''))
    || E'\\n', '' ORDER BY s.household_id)
FROM statement s WHERE {IN_PART}
"""  # noqa: S608 - names of our own columns
_PERIOD: Final = "SELECT first_day, last_day, next_month FROM household WHERE municipality = $1 AND id = $2"
_LOANS: Final = """
SELECT g.household_id, sum(g.amount_cents) AS cents FROM relief_grant g
WHERE g.municipality = $1 AND g.month = $2 AND g.household_id = ANY($3::uuid[]) AND g.form = 'loan' AND g.is_routed
AND NOT EXISTS (SELECT FROM relief_grant n WHERE n.municipality = $1 AND n.replaces = g.id) GROUP BY g.household_id
"""
_DELETE: Final = "DELETE FROM statement WHERE municipality = $1 AND month = $2 AND run_id = $3"


def insert_arguments(run: Run, municipality: str, months: Sequence[HouseholdMonth]) -> list[Any]:
    """Return the arguments of `INSERT_MONTHS` for these months."""
    columns: list[list[Any]] = [[] for _ in range(4 + len(_AMOUNTS))]
    for month in months:
        statement = month.statement
        values = (
            month.household_id,
            statement.status.value,
            statement.norm_cents,
            statement.payable_cents,
            statement.holiday_reserve_cents,
            statement.routed_allowances_cents,
            statement.grants_cents,
            month.loans_cents,
            statement.charges_total_cents,
            month.missing_cents,
            statement.correction_cents,
            month.deducted_cents,
            statement.remainder_cents,
            statement.shortfall_cents,
            *list_seldom_cents(month),
            month.payments,
            encode_content(month),
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return [municipality, run.month, run.id, *columns]


async def sum_months(tx: Transaction, run: Run) -> Totals:
    """Return the sums of the months of a run, as the database adds them up."""
    row = await (await tx.driver()).fetchrow(_TOTALS, tx.municipality, run.month, run.id)
    return Totals(**{name: int(value) for name, value in (row or {}).items()})


async def hash_content(tx: Transaction, run: Run, parts: Iterable[Part]) -> str:
    """Return the hash over every month of a run, in order of the household's id; the parts make no difference."""
    driver, digest = await tx.driver(), sha256()
    for part in parts:
        text = await driver.fetchval(_CONTENT, tx.municipality, run.month, run.id, *part.bounds)
        digest.update((text or "").encode())
    return digest.hexdigest()


async def list_months(tx: Transaction, household_id: UUID) -> list[RunMonth]:
    """Return a household's months, oldest first."""
    await tx.flush()
    driver = await tx.driver()
    period = await driver.fetchrow(_PERIOD, tx.municipality, household_id)
    if period is None:
        return []
    last = max(month_of(period["last_day"]), period["next_month"])  # what was left is paid in a month after relief
    names = list(months_between(month_of(period["first_day"]), last))
    rows = await driver.fetch(_OF_HOUSEHOLD, tx.municipality, household_id, names)
    return [RunMonth(row["run_id"], row["run_on"], read_month(row)) for row in rows]


async def list_months_before(tx: Transaction, month: str, households: Sequence[Household]) -> list[HouseholdMonth]:
    """Return the months of these households before a month, by household and oldest first."""
    if not households:
        return []
    await tx.flush()
    first_month = month_of(min(household.first_day for household in households))
    earlier, ids = list(months_between(first_month, month))[:-1], [household.id for household in households]
    rows = await (await tx.driver()).fetch(_BEFORE, tx.municipality, ids, earlier)
    return [read_month(row) for row in rows]


async def list_reserves(
    tx: Transaction, run: Run, released: Sequence[asyncpg.Record]
) -> dict[UUID, list[ReserveMonth]]:
    """Return what the earlier months of these households set aside, oldest first, if this month takes from it."""
    taking = [row for row in released if row["holiday_paid_cents"] or row["holiday_handed_over_cents"]]
    if not taking:
        return {}
    first_month, ids = month_of(min(row["first_day"] for row in taking)), [row["household_id"] for row in taking]
    earlier = list(months_between(first_month, run.month))[:-1]
    reserves: dict[UUID, list[ReserveMonth]] = {}
    for household_id, *values in await (await tx.driver()).fetch(_RESERVES, tx.municipality, ids, earlier):
        reserves.setdefault(household_id, []).append(ReserveMonth(*values))
    return reserves


async def find_month(tx: Transaction, household_id: UUID, month: str) -> HouseholdMonth | None:
    """Return one month of a household; None if it was not run."""
    row = await (await tx.driver()).fetchrow(_OF_HOUSEHOLD, tx.municipality, household_id, [month])
    return read_month(row) if row else None


async def sum_loans(tx: Transaction, month: str, household_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return which part of these households' grants of a month is lent."""
    if not household_ids:
        return {}
    rows = await (await tx.driver()).fetch(_LOANS, tx.municipality, month, list(household_ids))
    return {row["household_id"]: int(row["cents"]) for row in rows}


async def delete_months(tx: Transaction, run: Run) -> None:
    """Delete the months of a withdrawn proposal; the database refuses it for a run that was sealed."""
    await (await tx.driver()).execute(_DELETE, tx.municipality, run.month, run.id)
