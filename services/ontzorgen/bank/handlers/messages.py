"""Files that the bank gave: each is taken whole or not at all, and once."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from services.ontzorgen.bank.formats.xml_pieces import PIECE_BYTES
from services.ontzorgen.bank.repository import messages
from services.ontzorgen.bank.rules.messages import Counts
from shared.database.transactions import Transaction

Part = TypeVar("Part")


@dataclass(frozen=True)
class BankFile:
    """A file that someone sent, and who."""

    content: BinaryIO
    sha256: str
    subject: str

    def read_pieces(self) -> Iterator[bytes]:
        self.content.seek(0)
        return iter(partial(self.content.read, PIECE_BYTES), b"")


async def find_earlier_counts(file: BankFile, tx: Transaction) -> Counts | None:
    """Return what came of the same file before; None if it is new, and then no other is taken meanwhile."""
    await messages.take_turns(tx)
    return await messages.find_counts(tx, file.sha256)


async def record_message(file: BankFile, kind: str, message_id: str, counts: Counts, tx: Transaction) -> None:
    """Record that a file was taken and what came of it."""
    await messages.add_message(tx, file.sha256, kind, message_id, file.subject, counts)


async def read_ahead(parts: Iterator[Part]) -> AsyncGenerator[Part, None]:
    """Yield parts of a file that are read in a thread of their own, the next one while the last is worked on.

    Close it (`contextlib.aclosing`): the thread ends before the file does.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="bank-file") as thread:
        read_next = partial(asyncio.get_running_loop().run_in_executor, thread, next, parts, None)
        upcoming = read_next()
        try:
            while (part := await upcoming) is not None:
                upcoming = read_next()
                yield part
        finally:
            await asyncio.gather(upcoming, return_exceptions=True)
