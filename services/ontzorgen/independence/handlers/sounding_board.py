"""Meetings of the sounding board, recorded in counts."""

from uuid import UUID

from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import sounding_board
from services.ontzorgen.independence.rules.sounding_board import SoundingBoardMeeting, check_meeting
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content


async def hold_meeting(meeting: SoundingBoardMeeting, tx: Transaction) -> SoundingBoardMeeting:
    """Record a meeting. The same twice is recorded once."""
    check_meeting(meeting, find_policy(meeting.held_on, tx))
    if await sounding_board.add_meeting(tx, meeting):
        return meeting
    earlier = await sounding_board.find_meeting(tx, meeting.id)
    return require_same_content(earlier, meeting) if earlier else meeting


async def list_meetings(
    after: UUID | None, limit: int, tx: Transaction
) -> tuple[list[SoundingBoardMeeting], UUID | None]:
    """Return meetings by id, and the id to continue after."""
    return await sounding_board.list_meetings(tx, after, limit)
