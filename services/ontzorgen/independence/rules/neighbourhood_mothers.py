"""Neighbourhood mothers (buurtmoeders): paid guides, by random ids, with what they did and for how long."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, refuse_if_any


class Engagement(StrEnum):
    """What a neighbourhood mother (buurtmoeder) is paid for."""

    INTAKE = "intake"
    TRAINING = "training"
    GUIDING = "guiding"
    RECRUITING = "recruiting"


@dataclass(frozen=True)
class NeighbourhoodMother:
    """A paid guide by a random id, with the languages she speaks."""

    id: UUID
    languages: tuple[str, ...]
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True)
class MotherEngagement:
    """What she did on a day, for how long, and for which household or volunteer, by random ids."""

    id: UUID
    mother_id: UUID
    engagement: Engagement
    on_day: date
    minutes: int
    household_id: UUID | None = None
    volunteer_id: UUID | None = None


def require_same_mother(existing: NeighbourhoodMother | None, mother: NeighbourhoodMother) -> NeighbourhoodMother:
    """Return what is on record under this id; ConflictError for another guide than that, but for her last day."""
    if existing is None or (existing.languages, existing.from_day) != (mother.languages, mother.from_day):
        raise ConflictError(
            "id_in_use", "This id is in use for a guide with other content: send the same content, or a new id."
        )
    return existing


def check_engagement(mother: NeighbourhoodMother, engagement: MotherEngagement) -> None:
    """Refuse guiding without a household, recruiting without a volunteer, other work with one, and unpaid days."""
    faults = []
    if (engagement.engagement is Engagement.GUIDING) != (engagement.household_id is not None):
        faults.append(Fault("household_id", "household_of_guiding", "Name a household for guiding, and only then."))
    if (engagement.engagement is Engagement.RECRUITING) != (engagement.volunteer_id is not None):
        faults.append(Fault("volunteer_id", "volunteer_of_recruiting", "Name a volunteer for recruiting, only then."))
    if not mother.from_day <= engagement.on_day <= (mother.until_day or date.max):
        until = mother.until_day or "further notice"
        sentence = f"She works from {mother.from_day} until {until}: correct the day."
        faults.append(Fault("on_day", "not_paid_then", sentence))
    refuse_if_any(faults)
