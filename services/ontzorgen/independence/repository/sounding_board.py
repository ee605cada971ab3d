"""The queries of the sounding board's meetings."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.sounding_board import SoundingBoardMeeting
from services.ontzorgen.independence.tables.sounding_board import SoundingBoardRow
from shared.database.transactions import Transaction


async def add_meeting(tx: Transaction, meeting: SoundingBoardMeeting) -> bool:
    """Add a meeting; False when its id is in use."""
    return await records.add(tx, SoundingBoardRow, meeting)


async def find_meeting(tx: Transaction, meeting_id: UUID) -> SoundingBoardMeeting | None:
    """Return the meeting; None if there is no such meeting."""
    return await records.find(tx, SoundingBoardRow, SoundingBoardMeeting, meeting_id)


async def list_meetings(
    tx: Transaction, after: UUID | None, limit: int
) -> tuple[list[SoundingBoardMeeting], UUID | None]:
    """Return meetings by id, and the id to continue after."""
    return await records.list_page(tx, SoundingBoardRow, SoundingBoardMeeting, after, limit)
