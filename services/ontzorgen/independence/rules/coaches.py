"""Budget coaches by a random id, with the people they coach and the most they can coach at one time."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError


@dataclass(frozen=True)
class Coach:
    """A coach, often a trained volunteer of a provider of guidance. `until_day` None: goes on."""

    id: UUID
    caseload_max: int
    from_day: date
    until_day: date | None = None
    provider: str | None = None


def require_same_coach(existing: Coach | None, coach: Coach) -> Coach:
    """Return what is on record under this id; ConflictError for another coach than that.

    How many people the coach can have, and until when, may change.
    """
    if existing is None or (existing.from_day, existing.provider) != (coach.from_day, coach.provider):
        raise ConflictError("This id is in use for a coach with other content: send the same content, or a new id.")
    return existing


def check_assignment(coach: Coach, caseload: int, on: date) -> None:
    """Refuse a coach who has as many people as is agreed, and one who does not coach on the day."""
    if not coach.from_day <= on <= (coach.until_day or date.max):
        until = coach.until_day or "further notice"
        sentence = f"This coach coaches from {coach.from_day} until {until}: choose another coach, or another day."
        raise WrongInputError(Fault("coach_id", "not_coaching_then", sentence))
    if caseload >= coach.caseload_max:
        raise ConflictError(
            f"This coach has {caseload} of {coach.caseload_max} people: choose another coach, hand someone over first, "
            "or agree on more people with the coach."
        )
