"""Files that the bank gave: each is taken whole or not at all, and once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from services.ontzorgen.bank.formats.xml_pieces import PIECE_BYTES
from services.ontzorgen.bank.repository import messages
from services.ontzorgen.bank.rules.messages import Counts
from shared.database.transactions import Transaction


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
