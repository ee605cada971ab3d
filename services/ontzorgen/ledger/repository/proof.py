"""The proof of a municipality's ledger: every entry sums to zero and has its lines, every total is its lines' sum.

Lines, headers and totals are read once, from one snapshot, and each of them is reduced to one number. The entry that a
line belongs to and the total that it went into are weighed by factors drawn from a secret of that moment: a proof
misses a wrong ledger once in five hundred million times, and the next proof uses another secret. Only if the numbers
differ are all entries and totals added up one by one, to say what is wrong. What is set aside for households is
compared with its account in all; if that differs, household by household.
"""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.ontzorgen.ledger.rules import Account, LedgerProof

BLOCK_BITS: Final = 10  # a total is of the entries whose numbers differ in these last bits only: migration 0009
PROOF_SECONDS_MAX: Final = 3_600.0
WRONG_NAMED_MAX: Final = 20
WEIGHT_MAX: Final = 2**30 - 1  # ones only, as bits

# $2 is the secret, $3 the highest weight. A place is a block and an account: what a total is of, but for its run.
_OF_ENTRY: Final = "(hashint8extended({entry}, $2) & $3::bigint)"
_OF_PLACE: Final = "(hashint8extended({block}, hashint2extended(account, $2)) & $3::bigint)"
_OF_RUN: Final = "(hashint8extended({block}, coalesce(uuid_hash_extended(run_id, $2), $2)) & $3::bigint)"
# A line weighs in with its cents and the secret $4 besides, so that one number is about cents and about how many.
_OF_LINE: Final = f"{_OF_ENTRY.format(entry='entry_id')} + {_OF_PLACE.format(block=f'entry_id >> {BLOCK_BITS}')}"
_LINES: Final = f"""
SELECT count(*) AS lines, sum((amount_cents + $4::bigint) * ({_OF_LINE})) AS weighed
FROM ledger_line WHERE municipality = $1
"""  # noqa: S608 - our own text
_LINES_OF_LARGE_AMOUNTS: Final = _LINES.replace("amount_cents", "amount_cents::numeric")
_HEADS: Final = f"""
SELECT count(*) AS entries, $4::bigint * sum(line_count * {_OF_ENTRY.format(entry="id")}) AS weighed,
    sum(line_count * {_OF_RUN.format(block=f"id >> {BLOCK_BITS}")}) AS of_runs
FROM ledger_entry WHERE municipality = $1
"""  # noqa: S608 - our own text
_TOTALS: Final = f"""
SELECT sum((amount_cents + $4::numeric * lines) * {_OF_PLACE.format(block="block")}) AS weighed,
    sum(lines::numeric * {_OF_RUN.format(block="block")}) AS of_runs
FROM ledger_total WHERE municipality = $1
"""  # noqa: S608 - our own text
# Where a block holds entries of several runs, or of a run and of none, lines are added up by the run of their header.
_TOTALS_OF_MIXED: Final = """
SELECT block, run_id, account, sum(amount_cents) AS cents, sum(lines) AS lines FROM ledger_total
WHERE municipality = $1 AND block IN (
    SELECT block FROM ledger_total WHERE municipality = $1
    GROUP BY block HAVING count(DISTINCT run_id) + bool_or(run_id IS NULL)::int > 1
)
GROUP BY block, run_id, account
"""
_IN_BLOCK: Final = (
    f"municipality = $1 AND {{entry}} >= $2::bigint << {BLOCK_BITS} AND {{entry}} < ($2::bigint + 1) << {BLOCK_BITS}"
)
_LINES_OF_MIXED: Final = f"""
SELECT $2::bigint AS block, head.run_id, line.account, sum(line.amount_cents) AS cents, count(*) AS lines
FROM (SELECT * FROM ledger_line WHERE {_IN_BLOCK.format(entry="entry_id")}) AS line
JOIN (SELECT id, run_id FROM ledger_entry WHERE {_IN_BLOCK.format(entry="id")}) AS head ON head.id = line.entry_id
GROUP BY 2, 3
"""  # noqa: S608 - our own text

_WRONG_ENTRIES: Final = """
SELECT coalesce(entry_id, id) AS entry FROM (
    SELECT entry_id, sum(amount_cents) AS cents, count(*) AS lines
    FROM ledger_line WHERE municipality = $1 GROUP BY entry_id
) AS line
FULL JOIN (SELECT id, line_count FROM ledger_entry WHERE municipality = $1) AS head ON id = entry_id
WHERE cents <> 0 OR lines IS DISTINCT FROM line_count ORDER BY 1 LIMIT $2
"""
_WRONG_TOTALS: Final = f"""
SELECT DISTINCT run_id, account FROM (
    SELECT head.run_id, entry_id >> {BLOCK_BITS} AS block, account, amount_cents, 1 AS lines
    FROM (SELECT * FROM ledger_line WHERE municipality = $1) AS line
    LEFT JOIN (SELECT id, run_id FROM ledger_entry WHERE municipality = $1) AS head ON head.id = line.entry_id
    UNION ALL
    SELECT run_id, block, account, -amount_cents, -lines FROM ledger_total WHERE municipality = $1
) AS both_sides
GROUP BY run_id, block, account HAVING sum(amount_cents) <> 0 OR sum(lines) <> 0
"""  # noqa: S608 - our own text
_RESERVE_DIFFERENCE: Final = f"""
SELECT (SELECT coalesce(sum(holiday_reserve_cents), 0) FROM household WHERE municipality = $1)
    - (SELECT coalesce(sum(amount_cents), 0) FROM ledger_total
        WHERE municipality = $1 AND account = {Account.HOLIDAY_RESERVE}) AS cents
"""  # noqa: S608 - our own text
_WRONG_RESERVES: Final = f"""
SELECT coalesce(household.id, booked.household_id) AS household_id FROM (
    SELECT head.household_id, sum(line.amount_cents) AS cents
    FROM (SELECT entry_id, amount_cents FROM ledger_line
        WHERE municipality = $1 AND account = {Account.HOLIDAY_RESERVE}) AS line
    JOIN (SELECT id, household_id FROM ledger_entry WHERE municipality = $1) AS head ON head.id = line.entry_id
    GROUP BY head.household_id
) AS booked
FULL JOIN (SELECT id, holiday_reserve_cents FROM household WHERE municipality = $1) AS household
    ON household.id = booked.household_id
WHERE coalesce(household.holiday_reserve_cents, 0) <> coalesce(booked.cents, 0) ORDER BY 1 LIMIT $2
"""  # noqa: S608 - our own text

Read = Callable[..., Awaitable[list[asyncpg.Record]]]


async def prove(connection: asyncpg.Connection, municipality: str) -> LedgerProof:
    """Read the ledger of a municipality once and return what is wrong with it; change nothing, lock nothing."""
    try:
        return await _compare_weights(connection, municipality, _LINES)
    except asyncpg.NumericValueOutOfRangeError:  # a line of some thirty million euros overflows the fast weighing
        return await _compare_weights(connection, municipality, _LINES_OF_LARGE_AMOUNTS)


@asynccontextmanager
async def _snapshot(connection: asyncpg.Connection, municipality: str) -> AsyncIterator[Read]:
    """Open a snapshot of the municipality's ledger; yield a function that reads from it."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)

        async def read(query: str, *arguments: Any) -> list[asyncpg.Record]:
            return list(await connection.fetch(query, municipality, *arguments, timeout=PROOF_SECONDS_MAX))

        yield read


async def _compare_weights(connection: asyncpg.Connection, municipality: str, weighed_lines: str) -> LedgerProof:
    weighing = (secrets.randbits(62), WEIGHT_MAX, secrets.randbelow(WEIGHT_MAX) + 1)
    async with _snapshot(connection, municipality) as read:
        lines, heads, totals = [(await read(query, *weighing))[0] for query in (weighed_lines, _HEADS, _TOTALS)]
        proof = LedgerProof(municipality, heads["entries"], lines["lines"])
        if (await read(_RESERVE_DIFFERENCE))[0]["cents"]:
            reserves = await read(_WRONG_RESERVES, WRONG_NAMED_MAX)
            proof = replace(proof, wrong_reserves=tuple(row["household_id"] for row in reserves))
        is_balanced = (lines["weighed"] or 0) == (heads["weighed"] or 0) + (totals["weighed"] or 0)
        if is_balanced and heads["of_runs"] == totals["of_runs"] and await _mixed_blocks_hold(read):
            return proof
        return await _add_up_one_by_one(read, proof)


async def _mixed_blocks_hold(read: Read) -> bool:
    """Return whether in blocks of several runs each run's totals are the sums of that run's own lines."""
    mixed = await read(_TOTALS_OF_MIXED)
    lines = [row for block in sorted({row["block"] for row in mixed}) for row in await read(_LINES_OF_MIXED, block)]
    return _sum_by_account(lines) == _sum_by_account(mixed)


def _sum_by_account(rows: Iterable[asyncpg.Record]) -> Counter[tuple[int, UUID | None, int, str]]:
    sums: Counter[tuple[int, UUID | None, int, str]] = Counter()
    for row in rows:
        for column in ("cents", "lines"):
            sums[row["block"], row["run_id"], row["account"], column] += row[column]
    return sums


async def _add_up_one_by_one(read: Read, proof: LedgerProof) -> LedgerProof:
    """Add up every entry and every total, however long it takes; return the proof with those that are wrong."""
    entries = await read(_WRONG_ENTRIES, WRONG_NAMED_MAX)
    totals = [(row["run_id"], row["account"]) for row in await read(_WRONG_TOTALS)]
    return replace(
        proof,
        wrong_entries=tuple(row["entry"] for row in entries),
        wrong_totals=tuple(sorted(totals, key=str)),
    )
