"""The sounding board (klankbordgroep): participants judge whether relief helps. Counts, nobody's words."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.errors.refusals import ConflictError, Fault, WrongInputError


@dataclass(frozen=True)
class SoundingBoardMeeting:
    """A meeting of participants who judge whether relief helps."""

    id: UUID
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int


def check_meeting(meeting: SoundingBoardMeeting, policy: IndependencePolicy) -> None:
    """Refuse a meeting where the policy has no sounding board, and more judgements than participants."""
    if not policy.sounding_board:
        raise ConflictError("The policy of this municipality has no sounding board: enter it there first.")
    if meeting.found_it_helps + meeting.found_it_does_not > meeting.participants:
        sentence = "More judged than took part: correct the counts; leave out who did not say."
        raise WrongInputError(Fault("participants", "more_than_took_part", sentence))
