"""Proof of the access log: every hash is computed again here, not by functions in the database that is looked at.

A line that was changed, put in or taken out is named. Whoever may change everything in a database can write a whole
chain anew: so note the end that a proof returns elsewhere, and give it to the next one.
"""

import hashlib
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

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"


@dataclass(frozen=True)
class ChainProof:
    """What a look at every line found: how many lines, where the chain ends, and each fault in a sentence."""

    lines: int
    end: ChainEnd
    faults: tuple[str, ...]


async def prove_chain(connection: asyncpg.Connection, *, noted: ChainEnd | None = None) -> ChainProof:
    """Prove the access log over a connection that sees all of it; `noted` is an end that an earlier proof returned."""
    faults: list[str] = []
    position, previous, lines, is_noted_there = 0, b"", 0, noted is None or noted.position == 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stored = await connection.fetchrow(_END)
        async for line in _read_lines(connection):
            lines += 1
            if line["position"] != position + 1:
                faults.append(_name_gap(position + 1, line["position"] - 1))
            elif compute_hash(previous, dict(line)) != line["hash"]:
                faults.append(f"Line {line['position']} was changed, or does not follow the line before it.")
            position, previous = line["position"], line["hash"]
            if noted is not None and noted.position == position:
                is_noted_there = noted.hash == previous.hex()
    if stored is None or (stored["position"], stored["hash"]) != (position, previous):
        faults.append(_name_end(position, stored))
    if noted is not None and not is_noted_there:
        faults.append(f"Line {noted.position} is not the one that was noted: the chain was written anew.")
    return ChainProof(lines, ChainEnd(position, previous.hex()), tuple(faults))


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


def _name_gap(first: int, last: int) -> str:
    if last < first:
        return f"Line {last + 1} was put in: the chain begins at 1."
    which = f"Line {first} is" if first == last else f"Lines {first} to {last} are"
    return f"{which} missing: removed."


def _name_end(position: int, stored: asyncpg.Record | None) -> str:
    if stored is None:
        return "The end of the chain is missing: removed."
    if stored["position"] > position:
        return _name_gap(position + 1, stored["position"])
    if stored["position"] < position:
        return f"What comes after line {stored['position']} was put in: the chain ended there."
    return f"The hash of line {position} is not the one at which the chain ended."
