"""The queries of creditors' messages about arrears."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.arrears_signals import RecordedMessage
from services.ontzorgen.independence.tables.arrears_signals import ArrearsMessageRow
from shared.database.transactions import Transaction


async def add_message(tx: Transaction, message: RecordedMessage) -> None:
    await records.add(tx, ArrearsMessageRow, message)


async def find_message(tx: Transaction, message_id: UUID) -> RecordedMessage | None:
    """Return the message; None if this news is not here yet."""
    return await records.find(tx, ArrearsMessageRow, RecordedMessage, message_id)
