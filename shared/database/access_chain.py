"""Proof of the access log: every hash is computed again here, not by functions in the database that is looked at.

A line that was changed, put in or taken out is named. Lines go after their term: the chain then begins at a checkpoint,
which a line of the chain itself seals. Whoever may change everything in a database can write a whole
chain anew: so note the end that a proof returns elsewhere, and give it to the next one.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

LINES_PER_PAGE = 5_000
# The moment as a number: a day that Python does not know was put in by somebody, and must not end the proof.
_PAGE = """
SELECT position, trunc(extract(epoch FROM at) * 1000000)::text AS micros, municipality, reader, roles, operation,
    about, hash
FROM audit.access_line WHERE position > $1 ORDER BY position LIMIT $2
"""
_END = "SELECT position, hash FROM audit.chain_end"
_START = "SELECT position, hash FROM audit.chain_start"
_NO_MUNICIPALITY = ""  # of seals: what removes old lines writes them, nothing else can
_SEAL = re.compile(r"removed up to (?P<end>[0-9]+:[0-9a-f]{64}) after [0-9]+ days")


@dataclass(frozen=True)
class ChainEnd:
    """The last line of a chain: its position and its hash, in hexadecimal digits. Position 0 is before the first."""

    position: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "ChainEnd":
        """Return the end that was noted as POSITION:HASH."""
        position, _, digest = text.strip().partition(":")
        if not position.isdecimal() or len(digest) != hashlib.sha256().digest_size * 2:
            raise ValueError("This is no end of a chain: write POSITION:HASH, as an earlier proof printed it.")
        return cls(int(position), digest.lower())

    @classmethod
    def of(cls, row: asyncpg.Record | None) -> "ChainEnd":
        """Return the end that a row keeps; that before the first line if there is no row."""
        return cls(0, "") if row is None else cls(row["position"], row["hash"].hex())

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"


@dataclass(frozen=True)
class ChainProof:
    """What a look at every line found: how many lines, where the chain ends, and each fault in a sentence.

    `start` is the last line that was removed after its term, position 0 if none was.
    """

    lines: int
    end: ChainEnd
    faults: tuple[str, ...]
    start: ChainEnd = ChainEnd(0, "")


async def prove_chain(connection: asyncpg.Connection, *, noted: ChainEnd | None = None) -> ChainProof:
    """Prove the access log over a connection that sees all of it; `noted` is an end that an earlier proof returned."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        start, end = await connection.fetchrow(_START), await connection.fetchrow(_END)
        walk = _Walk(ChainEnd.of(start), noted)
        async for line in _read_lines(connection):
            walk.take(line)
    if start is None:
        walk.faults.append("The beginning of the chain is missing: removed.")
    return walk.conclude(end)


class _Walk:
    """A walk over every line of a chain, in order."""

    def __init__(self, start: ChainEnd, noted: ChainEnd | None) -> None:
        self.faults: list[str] = []
        self._start, self._noted = start, noted
        self._position, self._hash = start.position, bytes.fromhex(start.hash)
        self._lines = 0
        self._sealed = ChainEnd(0, "")
        self._is_noted_there = noted is None or noted in (ChainEnd(0, ""), start)

    def take(self, line: asyncpg.Record) -> None:
        """Look at the next line."""
        self._lines += 1
        if line["position"] != self._position + 1:
            self.faults.append(self._name_gap(self._position + 1, line["position"] - 1))
        elif compute_hash(self._hash, dict(line)) != line["hash"]:
            self.faults.append(f"Line {line['position']} was changed, or does not follow the line before it.")
        self._position, self._hash = line["position"], line["hash"]
        if line["municipality"] == _NO_MUNICIPALITY:
            seal = _SEAL.fullmatch(line["operation"])
            self._sealed = ChainEnd.parse(seal["end"]) if seal else ChainEnd(self._position, "")
        if self._noted is not None and self._noted.position == self._position:
            self._is_noted_there = self._noted.hash == self._hash.hex()

    def conclude(self, end: asyncpg.Record | None) -> ChainProof:
        """Return what the walk found, with where the chain should begin and end by what is kept beside it."""
        if self._sealed != self._start:
            self.faults.append(
                f"The chain begins after line {self._start.position}, and what it sealed says after line "
                f"{self._sealed.position}: lines were removed before their term, or the checkpoint was changed."
            )
        if end is None or (end["position"], end["hash"]) != (self._position, self._hash):
            self.faults.append(self._name_end(end))
        if self._noted is not None and not self._is_noted_there:
            self.faults.append(self._name_noted(self._noted.position))
        found = ChainEnd(self._position, self._hash.hex())
        return ChainProof(self._lines, found, tuple(self.faults), self._start)

    def _name_noted(self, position: int) -> str:
        if position < self._start.position:
            return (
                f"Line {position} was noted and is removed: unless you noted it longer ago than lines are kept, lines "
                "were removed before their term."
            )
        return f"Line {position} is not the one that was noted: the chain was written anew."

    def _name_gap(self, first: int, last: int) -> str:
        if last < first:
            return f"Line {last + 1} was put in: the chain begins at {self._start.position + 1}."
        which = f"Line {first} is" if first == last else f"Lines {first} to {last} are"
        return f"{which} missing: removed."

    def _name_end(self, end: asyncpg.Record | None) -> str:
        if end is None:
            return "The end of the chain is missing: removed."
        if end["position"] > self._position:
            return self._name_gap(self._position + 1, end["position"])
        if end["position"] < self._position:
            return f"What comes after line {end['position']} was put in: the chain ended there."
        return f"The hash of line {self._position} is not the one at which the chain ended."


def compute_hash(previous: bytes, line: Mapping[str, Any]) -> bytes:
    """Return the hash of a line, over the hash before it and each of its fields with their lengths."""
    fields = (
        str(line["position"]),
        line["micros"],
        line["municipality"],
        line["reader"],
        ",".join(line["roles"]),
        line["operation"],
        ",".join(map(str, line["about"])),
    )
    text = "".join(f"{len(field)}:{field}" for field in fields)
    return hashlib.sha256(previous + text.encode()).digest()


async def _read_lines(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Record]:
    position = -(2**63)
    while page := await connection.fetch(_PAGE, position, LINES_PER_PAGE):
        for line in page:
            yield line
        position = page[-1]["position"]
