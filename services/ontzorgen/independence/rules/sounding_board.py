"""The sounding board (klankbordgroep): participants judge relief by three questions, and hear what was done about it.

The questions are those that Dongemond asks: is this programme felt as help, does it relieve, do we do it well? Counts
and codes, nobody's words. What a meeting asks for is an action with a day, done, and then reported back to the board.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any


class BoardQuestion(StrEnum):
    """What the board is asked."""

    HELPS = "helps"
    RELIEVES = "relieves"
    DONE_WELL = "done_well"


@dataclass(frozen=True)
class SoundingBoardMeeting:
    """A meeting of participants who judge relief. A question that was not asked has no counts."""

    id: UUID
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int
    feels_relieved: int | None = None
    feels_not_relieved: int | None = None
    done_well: int | None = None
    not_done_well: int | None = None

    def count_answers(self, question: BoardQuestion) -> tuple[int, int]:
        """Return how many said yes and no."""
        yes, no = {
            BoardQuestion.HELPS: (self.found_it_helps, self.found_it_does_not),
            BoardQuestion.RELIEVES: (self.feels_relieved, self.feels_not_relieved),
            BoardQuestion.DONE_WELL: (self.done_well, self.not_done_well),
        }[question]
        return yes or 0, no or 0


@dataclass(frozen=True)
class BoardAction:
    """What is done about the answers to one question. It is finished when it was reported back to the board."""

    id: UUID
    meeting_id: UUID
    question: BoardQuestion
    action: str
    decided_on: date
    due_on: date
    done_on: date | None = None
    reported_on: date | None = None


@dataclass(frozen=True)
class QuestionTotal:
    """One question over all meetings: the answers, and what was done about them."""

    question: BoardQuestion
    yes: int
    no: int
    actions: int
    actions_done: int
    actions_reported: int


def check_meeting(meeting: SoundingBoardMeeting, policy: IndependencePolicy) -> None:
    """Refuse a meeting where the policy has no sounding board, and more judgements than participants."""
    if not policy.sounding_board:
        raise ConflictError(
            "sounding_board_not_in_policy",
            "The policy of this municipality has no sounding board: enter it there first.",
        )
    sentence = "More judged than took part: correct the counts; leave out who did not say."
    refuse_if_any(
        [
            Fault("participants", "more_than_took_part", sentence)
            for question in BoardQuestion
            if sum(meeting.count_answers(question)) > meeting.participants
        ][:1]
    )


def check_action(meeting: SoundingBoardMeeting, action: BoardAction) -> None:
    """Refuse an action about a question that nobody answered there, and days before the meeting."""
    faults = []
    if not sum(meeting.count_answers(action.question)):
        sentence = "Nobody answered this question at this meeting: give the question that the action is about."
        faults.append(Fault("question", "question_not_answered", sentence))
    if not meeting.held_on <= action.decided_on <= action.due_on:
        sentence = f"The meeting was on {meeting.held_on}: decide on that day or later, and have it done after that."
        faults.append(Fault("due_on", "before_the_meeting", sentence))
    refuse_if_any(faults)


def finish_action(action: BoardAction, done_on: date, reported_on: date | None) -> BoardAction:
    """Return the action as done, and as reported back if it was; the same again changes nothing."""
    if action.done_on not in (None, done_on) or action.reported_on not in (None, reported_on):
        raise ConflictError(
            "action_already_done", f"This action was done on {action.done_on} already: nothing is left to record of it."
        )
    if done_on < action.decided_on or (reported_on is not None and reported_on < done_on):
        sentence = f"It was decided on {action.decided_on}, then done, then reported back: correct the days."
        raise WrongInputError(Fault("done_on", "days_in_order", sentence))
    return replace(action, done_on=done_on, reported_on=reported_on)


def sum_questions(
    meetings: Iterable[SoundingBoardMeeting], actions: Iterable[BoardAction]
) -> tuple[QuestionTotal, ...]:
    """Return each question over all meetings."""
    meetings, actions = tuple(meetings), tuple(actions)
    return tuple(_sum_question(question, meetings, actions) for question in BoardQuestion)


def _sum_question(
    question: BoardQuestion, meetings: tuple[SoundingBoardMeeting, ...], actions: tuple[BoardAction, ...]
) -> QuestionTotal:
    answers = [meeting.count_answers(question) for meeting in meetings]
    about = [action for action in actions if action.question is question]
    return QuestionTotal(
        question,
        yes=sum(yes for yes, _ in answers),
        no=sum(no for _, no in answers),
        actions=len(about),
        actions_done=sum(action.done_on is not None for action in about),
        actions_reported=sum(action.reported_on is not None for action in about),
    )
