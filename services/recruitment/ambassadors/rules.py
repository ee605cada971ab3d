"""Ambassadors: who may be one, in which pairs they work, and whether those who are named are on record.

Every rule takes the state and a fact and returns the new state and the events to publish, or refuses with a sentence
that says how to fix it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.recruitment.neighbourhoods.rules import neighbourhood_faults
from shared.errors.refusals import ConflictError, Fault, refuse_if_any
from shared.events import AmbassadorAppointed
from shared.events.codes import LanguageLevel


@dataclass(frozen=True)
class Ambassador:
    """A former participant who recruits in the neighbourhood. Known by id; name and pass are kept elsewhere."""

    id: UUID
    neighbourhood: str
    appointed_on: date
    dutch_level: LanguageLevel
    own_trajectory_completed: bool
    languages: tuple[str, ...]
    pair_id: UUID | None = None


@dataclass(frozen=True)
class Pair:
    """Ambassadors who go out together."""

    id: UUID
    ambassador_ids: tuple[UUID, ...]
    formed_on: date


@dataclass(frozen=True)
class OnRecord:
    """Whether a neighbourhood that was named is on record, and which of the ambassadors that were named are."""

    neighbourhood: bool
    ambassador_ids: Collection[UUID] = ()


def appoint_ambassador(
    ambassador: Ambassador,
    *,
    is_neighbourhood_on_record: bool,
    dutch_level_min: LanguageLevel,
    own_trajectory_required: bool,
) -> AmbassadorAppointed:
    """Appoint a former participant; the conditions are the programme's (Zoetermeer, profile of an ambassador)."""
    faults = neighbourhood_faults(is_on_record=is_neighbourhood_on_record)
    if own_trajectory_required and not ambassador.own_trajectory_completed:
        sentence = "An ambassador has completed an own trajectory: appoint someone who has, or wait until it is done."
        faults.append(Fault("own_trajectory_completed", "condition_not_met", sentence))
    if not ambassador.dutch_level.reaches(dutch_level_min):
        sentence = f"An ambassador has Dutch at {dutch_level_min} or higher: first reach that level."
        faults.append(Fault("dutch_level", "condition_not_met", sentence))
    refuse_if_any(faults)
    return AmbassadorAppointed(
        ambassador_id=ambassador.id, neighbourhood=ambassador.neighbourhood, appointed_on=ambassador.appointed_on
    )


def form_pair(pair: Pair, members: Sequence[Ambassador], *, size_min: int, size_max: int) -> tuple[Ambassador, ...]:
    """Put ambassadors together; each is in one pair at a time. The usual size is two, three when numbers are odd."""
    faults = ambassador_faults(pair.ambassador_ids, [member.id for member in members])
    if not size_min <= len(pair.ambassador_ids) <= size_max:
        sentence = f"Name {size_min} to {size_max} ambassadors: that is how large a pair is here."
        faults.append(Fault("ambassador_ids", "wrong_size", sentence))
    refuse_if_any(faults)
    if any(member.pair_id not in (None, pair.id) for member in members):
        raise ConflictError(
            "ambassador_in_pair",
            "One of these ambassadors is in another pair already: name ambassadors without a pair.",
        )
    return tuple(replace(member, pair_id=pair.id) for member in members)


def reference_faults(ambassador_ids: Sequence[UUID], on_record: OnRecord) -> list[Fault]:
    """Return what is wrong with the neighbourhood and the ambassadors that an outreach or a candidate names."""
    return [
        *neighbourhood_faults(is_on_record=on_record.neighbourhood),
        *ambassador_faults(ambassador_ids, on_record.ambassador_ids),
    ]


def ambassador_faults(ambassador_ids: Sequence[UUID], on_record: Collection[UUID]) -> list[Fault]:
    """Return what is wrong with the ambassadors that were named: twice the same, or not on record."""
    faults = []
    if len(set(ambassador_ids)) < len(ambassador_ids):
        faults.append(Fault("ambassador_ids", "twice", "An ambassador is named twice: name each of them once."))
    if unknown := set(ambassador_ids) - set(on_record):
        sentence = f"Of these, {len(unknown)} are not appointed here: appoint them first, or correct the ids."
        faults.append(Fault("ambassador_ids", "unknown", sentence))
    return faults
