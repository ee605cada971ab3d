"""The whole ledger of a municipality proven: every entry sums to zero and has its lines, every total is its lines' sum.

Lines, headers and totals are read once, from one snapshot, and each of them becomes one number. Which entry a line is
of, and which total it went into, weigh in by factors drawn from a secret of that moment: a ledger that is wrong goes
unseen once in five hundred million proofs, and were it so, not in the next. Only where the numbers differ is everything
added up entry by entry and total by total, to say what is wrong.
"""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import asyncpg

BLOCK_BITS: Final = 10  # a total is of the entries whose numbers differ in these last bits only: migration 0009
PROOF_SECONDS_MAX: Final = 3_600.0
WRONG_ENTRIES_NAMED_MAX: Final = 20
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
_LINES_OF_GREAT_AMOUNTS: Final = _LINES.replace("amount_cents", "amount_cents::numeric")
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
# Where a block holds entries of several runs, or of one and of none, lines are added up by the run of their header.
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

Read = Callable[..., Awaitable[list[asyncpg.Record]]]


@dataclass(frozen=True)
class LedgerProof:
    """What was read, and what is wrong with it: nothing, in a ledger as it should be.

    `wrong_entries` are the first entries that do not sum to zero or have not their lines; `wrong_totals` are runs (None
    outside one) and accounts of which a total is not the sum of its lines. Lines without an entry are of no run.
    """

    municipality: str
    entries: int
    lines: int
    wrong_entries: tuple[int, ...] = ()
    wrong_totals: tuple[tuple[UUID | None, int], ...] = ()

    @property
    def holds(self) -> bool:
        return not (self.wrong_entries or self.wrong_totals)


async def prove(connection: asyncpg.Connection, municipality: str) -> LedgerProof:
    """Read the ledger of a municipality once and say what is wrong with it; changes nothing, locks nothing."""
    try:
        return await _proof(connection, municipality, _LINES)
    except asyncpg.NumericValueOutOfRangeError:  # a line of some thirty million euros is too great to be weighed fast
        return await _proof(connection, municipality, _LINES_OF_GREAT_AMOUNTS)


@asynccontextmanager
async def _snapshot(connection: asyncpg.Connection, municipality: str) -> AsyncIterator[Read]:
    """What the municipality's ledger is at this moment: whatever is asked within is about the same ledger."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)

        async def read(query: str, *arguments: Any) -> list[asyncpg.Record]:
            return list(await connection.fetch(query, municipality, *arguments, timeout=PROOF_SECONDS_MAX))

        yield read


async def _proof(connection: asyncpg.Connection, municipality: str, weighed_lines: str) -> LedgerProof:
    weighing = (secrets.randbits(62), WEIGHT_MAX, secrets.randbelow(WEIGHT_MAX) + 1)
    async with _snapshot(connection, municipality) as read:
        lines, heads, totals = [(await read(query, *weighing))[0] for query in (weighed_lines, _HEADS, _TOTALS)]
        found = LedgerProof(municipality, heads["entries"], lines["lines"])
        is_whole = (lines["weighed"] or 0) == (heads["weighed"] or 0) + (totals["weighed"] or 0)
        if is_whole and heads["of_runs"] == totals["of_runs"] and await _mixed_are_whole(read):
            return found
        return await _one_by_one(read, found)


async def _mixed_are_whole(read: Read) -> bool:
    """Whether in blocks of several runs each run's totals are the sums of that run's own lines."""
    mixed = await read(_TOTALS_OF_MIXED)
    lines = [row for block in sorted({row["block"] for row in mixed}) for row in await read(_LINES_OF_MIXED, block)]
    return _sums(lines) == _sums(mixed)


def _sums(rows: Iterable[asyncpg.Record]) -> Counter[tuple[int, UUID | None, int, str]]:
    sums: Counter[tuple[int, UUID | None, int, str]] = Counter()
    for row in rows:
        for what in ("cents", "lines"):
            sums[row["block"], row["run_id"], row["account"], what] += row[what]
    return sums


async def _one_by_one(read: Read, found: LedgerProof) -> LedgerProof:
    """Everything added up entry by entry and total by total, however long it takes."""
    entries = await read(_WRONG_ENTRIES, WRONG_ENTRIES_NAMED_MAX)
    totals = [(row["run_id"], row["account"]) for row in await read(_WRONG_TOTALS)]
    return replace(
        found,
        wrong_entries=tuple(row["entry"] for row in entries),
        wrong_totals=tuple(sorted(totals, key=str)),
    )
