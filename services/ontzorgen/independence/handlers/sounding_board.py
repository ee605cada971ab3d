"""Meetings of the sounding board, recorded in counts, and what is done about them until it is reported back."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import sounding_board
from services.ontzorgen.independence.repository.days import derive_task_id
from services.ontzorgen.independence.rules.sounding_board import (
    BoardAction,
    QuestionTotal,
    SoundingBoardMeeting,
    check_action,
    check_meeting,
    finish_action,
    sum_questions,
)
from services.ontzorgen.tasks.handlers import complete_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import require_found


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


async def record_action(action: BoardAction, tx: Transaction) -> BoardAction:
    """Record what is done about an answer. The same twice is recorded once."""
    check_action(require_found(await sounding_board.find_meeting(tx, action.meeting_id), "meeting"), action)
    if await sounding_board.add_action(tx, action):
        return action
    earlier = await sounding_board.lock_action(tx, action.id)
    return require_same_content(earlier, action) if earlier else action


async def record_outcome(action_id: UUID, done_on: date, reported_on: date | None, tx: Transaction) -> BoardAction:
    """Record that an action was done, and when it was reported back, which completes its task."""
    action = require_found(await sounding_board.lock_action(tx, action_id), "action")
    finished = finish_action(action, done_on, reported_on)
    await sounding_board.save_action(tx, finished)
    if reported_on is not None:
        task_id = derive_task_id(TaskKind.SOUNDING_BOARD_ACTION_DUE, str(action_id))
        await complete_tasks([task_id], reported_on, tx)
    return finished


async def list_actions(meeting_id: UUID, tx: Transaction) -> list[BoardAction]:
    """Return what is done about the answers of a meeting."""
    require_found(await sounding_board.find_meeting(tx, meeting_id), "meeting")
    return await sounding_board.list_actions(tx, meeting_id=meeting_id)


async def sum_answers(tx: Transaction) -> Sequence[QuestionTotal]:
    """Return the three questions over all meetings, with what was done about them."""
    return sum_questions(await sounding_board.list_all_meetings(tx), await sounding_board.list_actions(tx))
