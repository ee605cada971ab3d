"""The access log: who read whose file, and when. Its table `access_log` is in the database of every service.

The application's role may insert and select there, never update or delete, so no line can be taken back.
"""

from collections.abc import Set as AbstractSet
from typing import Protocol
from uuid import UUID

from shared.database.transactions import Transaction
from shared.identity import new_id

_INSERT = "INSERT INTO access_log (municipality, id, person_id, subject, roles) VALUES ($1, $2, $3, $4, $5)"


class Reader(Protocol):
    """Who reads: the caller of a route, as `shared.http.requests.Caller` describes one."""

    @property
    def subject(self) -> str: ...

    @property
    def roles(self) -> AbstractSet[str]: ...


async def log_reading(tx: Transaction, reader: Reader, person_id: UUID) -> None:
    """Record in this transaction that `reader` reads the file of a person; the database adds the moment."""
    driver = await tx.driver()
    await driver.execute(_INSERT, tx.municipality, new_id(), person_id, reader.subject, sorted(reader.roles))
