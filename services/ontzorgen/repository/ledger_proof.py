"""The whole ledger of a municipality proven: every entry sums to zero and has its lines, every total is its lines' sum.

Lines and headers are read once, from one snapshot, and added up per block of entry numbers. Which entry a line is of
weighs in by a factor drawn from a secret of that moment: lines that do not sum to zero per entry go unseen once in two
thousand million proofs, and were it so, not in the next. Where a block is wrong its entries are added up one by one.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

BLOCK_BITS: Final = 14
PROOF_SECONDS_MAX: Final = 3_600.0
WRONG_ENTRIES_NAMED_MAX: Final = 20
WEIGHT_MAX: Final = 2**31 - 1
WEIGHT_MAX_OF_GREAT_AMOUNTS: Final = 2**16 - 1

_WEIGHT: Final = "(hashint8extended({entry}, $2) & $3::bigint)"
_LINES: Final = f"""
SELECT block, account, sum(cents)::bigint AS cents, sum(cents * weight) AS weighed, count(*) AS lines,
    sum(weight) AS counted
FROM (
    SELECT entry_id >> {BLOCK_BITS} AS block, account, amount_cents AS cents,
        {_WEIGHT.format(entry="entry_id")} AS weight
    FROM ledger_line WHERE municipality = $1 OFFSET 0
) AS line GROUP BY block, account
"""  # noqa: S608 - our own text
_HEADS: Final = f"""
SELECT block, run_id, count(*) AS entries, sum(line_count * weight) AS counted
FROM (
    SELECT id >> {BLOCK_BITS} AS block, run_id, line_count, {_WEIGHT.format(entry="id")} AS weight
    FROM ledger_entry WHERE municipality = $1 OFFSET 0
) AS head GROUP BY block, run_id
"""  # noqa: S608 - our own text
_TOTALS: Final = """
SELECT run_id, account, sum(amount_cents)::bigint AS cents, sum(lines)::bigint AS lines
FROM ledger_total WHERE municipality = $1 GROUP BY run_id, account
"""
_IN_BLOCK: Final = f"""
municipality = $1 AND {{entry}} >= $2::bigint << {BLOCK_BITS} AND {{entry}} < ($2::bigint + 1) << {BLOCK_BITS}
"""
# Where one block holds entries of several runs, or of none, its lines are added up by the run of their header.
_MIXED: Final = f"""
SELECT head.run_id, line.account, sum(line.amount_cents)::bigint AS cents, count(*) AS lines
FROM (SELECT * FROM ledger_line WHERE {_IN_BLOCK.format(entry="entry_id")}) AS line
JOIN (SELECT id, run_id FROM ledger_entry WHERE {_IN_BLOCK.format(entry="id")}) AS head ON head.id = line.entry_id
GROUP BY 1, 2
"""  # noqa: S608 - our own text
_WRONG: Final = f"""
SELECT coalesce(entry_id, id) AS entry FROM (
    SELECT entry_id, sum(amount_cents) AS cents, count(*) AS lines
    FROM ledger_line WHERE {_IN_BLOCK.format(entry="entry_id")} GROUP BY entry_id
) AS line
FULL JOIN (SELECT id, line_count FROM ledger_entry WHERE {_IN_BLOCK.format(entry="id")}) AS head ON id = entry_id
WHERE cents <> 0 OR lines IS DISTINCT FROM line_count ORDER BY 1 LIMIT $3
"""  # noqa: S608 - our own text

Sums = Counter[tuple[UUID | None, int]]


@dataclass(frozen=True)
class LedgerProof:
    """What was read, and what is wrong with it: nothing, in a ledger as it should be.

    `wrong_entries` are the first entries that do not sum to zero or have not their lines; `wrong_totals` the runs (None:
    booked outside a run) and accounts whose total is not the sum of their lines.
    """

    municipality: str
    entries: int
    lines: int
    wrong_entries: tuple[int, ...]
    wrong_totals: tuple[tuple[UUID | None, int], ...]

    @property
    def holds(self) -> bool:
        return not (self.wrong_entries or self.wrong_totals)


async def prove(connection: asyncpg.Connection, municipality: str) -> LedgerProof:
    """Read the ledger of a municipality once and say what is wrong with it; changes nothing, locks nothing."""
    try:
        return await _prove(connection, municipality, WEIGHT_MAX)
    except asyncpg.NumericValueOutOfRangeError:  # some line is of more than forty million euros
        return await _prove(connection, municipality, WEIGHT_MAX_OF_GREAT_AMOUNTS)


async def _prove(connection: asyncpg.Connection, municipality: str, weight_max: int) -> LedgerProof:
    weighing = (secrets.randbits(62), weight_max)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)

        async def read(query: str, *arguments: Any) -> list[asyncpg.Record]:
            return list(await connection.fetch(query, municipality, *arguments, timeout=PROOF_SECONDS_MAX))

        lines, heads, totals = await read(_LINES, *weighing), await read(_HEADS, *weighing), await read(_TOTALS)
        run_of = _runs_of(heads)
        cents, counts = Sums(), Sums()
        one_run = ((run_of[row["block"]], row) for row in lines if row["block"] in run_of)
        _add(one_run, cents, counts)
        for block in sorted({row["block"] for row in lines} - run_of.keys()):
            _add(((row["run_id"], row) for row in await read(_MIXED, block)), cents, counts)
        wrong: list[int] = []
        for block in sorted(_wrong_blocks(lines, heads)):
            wrong += [row["entry"] for row in await read(_WRONG, block, WRONG_ENTRIES_NAMED_MAX)]
            if len(wrong) >= WRONG_ENTRIES_NAMED_MAX:
                break
    _add(((row["run_id"], row) for row in totals), cents, counts, sign=-1)
    return LedgerProof(
        municipality,
        sum(row["entries"] for row in heads),
        sum(row["lines"] for row in lines),
        tuple(wrong[:WRONG_ENTRIES_NAMED_MAX]),
        tuple(sorted({place for place in cents | counts if cents[place] or counts[place]}, key=str)),
    )


def _runs_of(heads: Sequence[asyncpg.Record]) -> dict[int, UUID | None]:
    """The run of each block whose entries are all of one, or all of none."""
    runs = Counter(row["block"] for row in heads)
    return {row["block"]: row["run_id"] for row in heads if runs[row["block"]] == 1}


def _add(found: Iterable[tuple[UUID | None, asyncpg.Record]], cents: Sums, counts: Sums, *, sign: int = 1) -> None:
    for run_id, row in found:
        cents[run_id, row["account"]] += sign * row["cents"]
        counts[run_id, row["account"]] += sign * row["lines"]


def _wrong_blocks(lines: Iterable[asyncpg.Record], heads: Iterable[asyncpg.Record]) -> set[int]:
    """The blocks in which some entry does not sum to zero or has not the lines that its header says."""
    left: Counter[tuple[int, str]] = Counter()
    for row in lines:
        left[row["block"], "cents"] += row["cents"]
        left[row["block"], "weighed"] += row["weighed"]
        left[row["block"], "counted"] += row["counted"]
    for row in heads:
        left[row["block"], "counted"] -= row["counted"]
    return {block for (block, _), difference in left.items() if difference}
