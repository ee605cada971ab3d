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

BLOCK_BITS_MIN: Final = 10
BLOCKS_BITS_MAX: Final = 11
PROOF_SECONDS_MAX: Final = 3_600.0
WRONG_ENTRIES_NAMED_MAX: Final = 20
WEIGHT_MAX: Final = 2**31 - 1
WEIGHT_MAX_OF_GREAT_AMOUNTS: Final = 2**16 - 1

_HIGHEST: Final = "SELECT coalesce(max(id), 0) AS id FROM ledger_entry WHERE municipality = $1"
_WEIGHT: Final = "(hashint8extended({entry}, $2) & $3::bigint)"
# One sum tells both whether the entries' cents are zero and whether each has its number of lines: every line weighs in
# with its cents and the secret $4 besides, every header with that secret times its number of lines.
_LINES: Final = f"""
SELECT place >> 16 AS block, (place & 65535)::int AS account, sum(amount_cents)::bigint AS cents, count(*) AS lines,
    sum((amount_cents + $4::bigint) * {_WEIGHT.format(entry="entry_id")}) AS weighed
FROM (
    SELECT (entry_id >> $5::int << 16) + account AS place, entry_id, amount_cents
    FROM ledger_line WHERE municipality = $1
) AS line GROUP BY place
"""  # noqa: S608 - our own text
_HEADS: Final = f"""
SELECT id >> $5::int AS block, run_id, count(*) AS entries,
    $4::bigint * sum(line_count * {_WEIGHT.format(entry="id")}) AS weighed
FROM ledger_entry WHERE municipality = $1 GROUP BY 1, 2
"""  # noqa: S608 - our own text
_TOTALS: Final = """
SELECT run_id, account, sum(amount_cents)::bigint AS cents, sum(lines)::bigint AS lines
FROM ledger_total WHERE municipality = $1 GROUP BY run_id, account
"""
_IN_BLOCK: Final = """
municipality = $1 AND {entry} >= $2::bigint << $3::int AND {entry} < ($2::bigint + 1) << $3::int
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
WHERE cents <> 0 OR lines IS DISTINCT FROM line_count ORDER BY 1 LIMIT $4
"""  # noqa: S608 - our own text

Sums = Counter[tuple[UUID | None, int]]


@dataclass(frozen=True)
class LedgerProof:
    """What was read, and what is wrong with it: nothing, in a ledger as it should be.

    `wrong_entries` are the first entries that do not sum to zero or have not their lines; `wrong_totals` are runs (None
    outside one) and accounts whose total is not the sum of their lines.
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
    except asyncpg.NumericValueOutOfRangeError:  # some line is of more than twenty million euros
        return await _prove(connection, municipality, WEIGHT_MAX_OF_GREAT_AMOUNTS)


async def _prove(connection: asyncpg.Connection, municipality: str, weight_max: int) -> LedgerProof:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)

        async def read(query: str, *arguments: Any) -> list[asyncpg.Record]:
            return list(await connection.fetch(query, municipality, *arguments, timeout=PROOF_SECONDS_MAX))

        highest = (await read(_HIGHEST))[0]["id"]
        bits = max(BLOCK_BITS_MIN, highest.bit_length() - BLOCKS_BITS_MAX)
        weighing = (secrets.randbits(62), weight_max, secrets.randbelow(weight_max) + 1, bits)
        lines, heads, totals = await read(_LINES, *weighing), await read(_HEADS, *weighing), await read(_TOTALS)
        run_of = _runs_of(heads)
        cents, counts = Sums(), Sums()
        one_run = ((run_of[row["block"]], row) for row in lines if row["block"] in run_of)
        _add(one_run, cents, counts)
        for block in sorted({row["block"] for row in lines} - run_of.keys()):
            _add(((row["run_id"], row) for row in await read(_MIXED, block, bits)), cents, counts)
        wrong: list[int] = []
        for block in sorted(_wrong_blocks(lines, heads)):
            wrong += [row["entry"] for row in await read(_WRONG, block, bits, WRONG_ENTRIES_NAMED_MAX)]
            if len(wrong) >= WRONG_ENTRIES_NAMED_MAX:
                break
    _add(((row["run_id"], row) for row in totals), cents, counts, sign=-1)
    return LedgerProof(
        municipality,
        sum(row["entries"] for row in heads),
        sum(row["lines"] for row in lines),
        tuple(wrong[:WRONG_ENTRIES_NAMED_MAX]),
        tuple(sorted({place for place in {*cents, *counts} if cents[place] or counts[place]}, key=str)),
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
    left: Counter[int] = Counter()
    for row in lines:
        left[row["block"]] += row["weighed"]
    for row in heads:
        left[row["block"]] -= row["weighed"]
    return {block for block, difference in left.items() if difference}
