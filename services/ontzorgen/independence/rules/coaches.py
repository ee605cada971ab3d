"""Budget coaches by a random id, with the people they coach and the most they can coach at one time."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class CoachAssignment:
    """That a coach coaches a person from a day on."""

    id: UUID
    household_id: UUID
    person_id: UUID
    coach_id: UUID
    from_day: date


@dataclass(frozen=True)
class CoachTerm:
    """Whom a coach coached from which day until which, both included: until another coach, a hand-over or the end."""

    household_id: UUID
    person_id: UUID
    coach_id: UUID
    from_day: date
    until_day: date

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day <= self.until_day


def count_caseload(terms: Iterable[CoachTerm], day: date) -> int:
    """Return how many people are coached on a day."""
    return sum(term.holds_on(day) for term in terms)


def find_highest_caseload(terms: Sequence[CoachTerm], from_day: date, until_day: date) -> int:
    """Return the most people that are coached on any one of these days: it rises only where a term begins."""
    begins = [term.from_day for term in terms if from_day < term.from_day <= until_day]
    return max(count_caseload(terms, day) for day in (from_day, *begins))


def check_order(terms: Sequence[CoachTerm], on: date) -> None:
    """Refuse another coach from a day before the one on which the last coach began: what was is not rewritten."""
    if terms and on < terms[-1].from_day:
        sentence = f"The coach of this person began on {terms[-1].from_day}: give that day or a later one."
        raise WrongInputError(Fault("from_day", "before_the_coach", sentence))


def require_same_coach(existing: Coach | None, coach: Coach) -> Coach:
    """Return what is on record under this id; ConflictError for another coach than that.

    How many people the coach can have, and until when, may change.
    """
    if existing is None or (existing.from_day, existing.provider) != (coach.from_day, coach.provider):
        raise ConflictError(
            "id_in_use", "This id is in use for a coach with other content: send the same content, or a new id."
        )
    return existing


def check_assignment(coach: Coach, caseload: int, on: date) -> None:
    """Refuse a coach who has as many people as is agreed, and one who does not coach on the day."""
    if not coach.from_day <= on <= (coach.until_day or date.max):
        until = coach.until_day or "further notice"
        sentence = f"This coach coaches from {coach.from_day} until {until}: choose another coach, or another day."
        raise WrongInputError(Fault("coach_id", "not_coaching_then", sentence))
    if caseload >= coach.caseload_max:
        raise ConflictError(
            "coach_full",
            f"This coach has {caseload} of {coach.caseload_max} people: choose another coach, hand someone over first, "
            "or agree on more people with the coach.",
        )
