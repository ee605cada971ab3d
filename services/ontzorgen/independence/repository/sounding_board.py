"""The queries of the sounding board's meetings, and of what is done about them."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.sounding_board import BoardAction, SoundingBoardMeeting
from services.ontzorgen.independence.tables.sounding_board import BoardActionRow, SoundingBoardRow
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


async def list_all_meetings(tx: Transaction) -> list[SoundingBoardMeeting]:
    return await records.list_states(tx, SoundingBoardRow, SoundingBoardMeeting)


async def add_action(tx: Transaction, action: BoardAction) -> bool:
    """Add an action; False when its id is in use."""
    return await records.add(tx, BoardActionRow, action)


async def lock_action(tx: Transaction, action_id: UUID) -> BoardAction | None:
    """Return the action, locked; None if there is no such action."""
    return await records.find(tx, BoardActionRow, BoardAction, action_id, lock=True)


async def save_action(tx: Transaction, action: BoardAction) -> None:
    """Write back an action that this transaction has locked."""
    await records.save(tx, BoardActionRow, action, action.id)


async def list_actions(tx: Transaction, **values: UUID) -> list[BoardAction]:
    """Return all actions, or those of one meeting."""
    return await records.list_states(tx, BoardActionRow, BoardAction, **values)
