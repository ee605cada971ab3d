"""The rules of recruitment: who may be an ambassador, how they work, who counts for whose target.

Every rule takes the state and a fact and gives the new state and the events to tell, or refuses with a
sentence that says how to mend it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any
from shared.events import (
    AmbassadorAppointed,
    AmbassadorCredited,
    CandidateRecruited,
    CandidateWithdrawn,
    OutreachHeld,
)
from shared.events.codes import OutreachChannel, TargetGroup


class DutchLevel(StrEnum):
    """Levels of Dutch by the Common European Framework, lowest first."""

    A0 = "a0"
    PRE_A1 = "pre_a1"
    A1 = "a1"
    A1_PLUS = "a1_plus"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"

    def reaches(self, least: "DutchLevel") -> bool:
        ladder = list(DutchLevel)
        return ladder.index(self) >= ladder.index(least)


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood and how many of its people need Dutch, counted by the municipality."""

    code: str
    name: str
    needs_but_not_obligated: int
    obligated: int


@dataclass(frozen=True)
class Ambassador:
    """A former participant who recruits in the neighbourhood. Known by id; name and pass are kept elsewhere."""

    id: UUID
    neighbourhood: str
    appointed_on: date
    dutch_level: DutchLevel
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
class Outreach:
    """One time that ambassadors went to a place and talked with people."""

    id: UUID
    channel: OutreachChannel
    neighbourhood: str
    ambassador_ids: tuple[UUID, ...]
    people_reached: int
    held_on: date


@dataclass(frozen=True)
class Candidate:
    """Someone who was recruited and consented to being registered."""

    id: UUID
    target_group: TargetGroup
    language: str
    channel: OutreachChannel
    neighbourhood: str
    ambassador_ids: tuple[UUID, ...]
    recruited_on: date
    consent_on: date
    withdrawn_on: date | None = None
    plan_signed_on: date | None = None


@dataclass(frozen=True)
class Known:
    """What the municipality has on record of the ambassadors and the neighbourhood that were named."""

    neighbourhood: bool
    ambassadors: Collection[UUID] = ()


def appoint(
    ambassador: Ambassador, known: Known, *, dutch_level_min: DutchLevel, own_trajectory_required: bool
) -> tuple[Ambassador, AmbassadorAppointed]:
    """Appoint a former participant; the conditions are the programme's (Zoetermeer, profile of an ambassador)."""
    faults = _neighbourhood_faults(known)
    if own_trajectory_required and not ambassador.own_trajectory_completed:
        sentence = "An ambassador has completed an own trajectory: appoint someone who has, or wait until it is done."
        faults.append(Fault("own_trajectory_completed", "condition_not_met", sentence))
    if not ambassador.dutch_level.reaches(dutch_level_min):
        sentence = f"An ambassador has Dutch at {dutch_level_min} or higher: first reach that level."
        faults.append(Fault("dutch_level", "condition_not_met", sentence))
    refuse_if_any(faults)
    return ambassador, AmbassadorAppointed(
        ambassador_id=ambassador.id, neighbourhood=ambassador.neighbourhood, appointed_on=ambassador.appointed_on
    )


def form_pair(pair: Pair, members: Sequence[Ambassador], *, size_min: int, size_max: int) -> tuple[Ambassador, ...]:
    """Put ambassadors together; each is in one pair at a time. The usual size is two, three when numbers are odd."""
    faults = _ambassador_faults(pair.ambassador_ids, [member.id for member in members])
    if not size_min <= len(pair.ambassador_ids) <= size_max:
        sentence = f"Name {size_min} to {size_max} ambassadors: that is how large a pair is here."
        faults.append(Fault("ambassador_ids", "wrong_size", sentence))
    refuse_if_any(faults)
    if any(member.pair_id not in (None, pair.id) for member in members):
        raise ConflictError("One of these ambassadors is in another pair already: name ambassadors without a pair.")
    return tuple(replace(member, pair_id=pair.id) for member in members)


def hold_outreach(outreach: Outreach, known: Known, *, ambassadors_min: int) -> tuple[Outreach, OutreachHeld]:
    """Put an outreach on record; where the policy says so, nobody goes alone."""
    faults = _neighbourhood_faults(known)
    faults += _ambassador_faults(outreach.ambassador_ids, known.ambassadors)
    if len(outreach.ambassador_ids) < ambassadors_min:
        sentence = f"Ambassadors work in pairs here: name at least {ambassadors_min} who went."
        faults.append(Fault("ambassador_ids", "works_in_pairs", sentence))
    refuse_if_any(faults)
    return outreach, OutreachHeld(
        outreach_id=outreach.id,
        channel=outreach.channel,
        neighbourhood=outreach.neighbourhood,
        ambassador_ids=outreach.ambassador_ids,
        people_reached=outreach.people_reached,
        held_on=outreach.held_on,
    )


def register(candidate: Candidate, known: Known) -> tuple[Candidate, CandidateRecruited]:
    """Register a candidate; consent comes before registration, never after it."""
    faults = _neighbourhood_faults(known)
    faults += _ambassador_faults(candidate.ambassador_ids, known.ambassadors)
    if candidate.consent_on > candidate.recruited_on:
        sentence = "The consent is of a later day than the registration: register on the day of consent or after it."
        faults.append(Fault("consent_on", "consent_after_registration", sentence))
    refuse_if_any(faults)
    return candidate, CandidateRecruited(
        person_id=candidate.id,
        channel=candidate.channel,
        neighbourhood=candidate.neighbourhood,
        ambassador_ids=candidate.ambassador_ids,
        language=candidate.language,
        target_group=candidate.target_group,
        recruited_on=candidate.recruited_on,
        consent_on=candidate.consent_on,
    )


def withdraw(candidate: Candidate, withdrawn_on: date) -> tuple[Candidate, tuple[CandidateWithdrawn, ...]]:
    """Close a registration on the person's word; asking twice with the same day changes nothing."""
    if candidate.withdrawn_on == withdrawn_on:
        return candidate, ()
    if candidate.withdrawn_on is not None:
        raise ConflictError(f"The candidate withdrew on {candidate.withdrawn_on}: there is nothing left to withdraw.")
    if withdrawn_on < candidate.recruited_on:
        sentence = f"The candidate was registered on {candidate.recruited_on}: give that day or a later one."
        raise WrongInputError(Fault("withdrawn_on", "before_registration", sentence))
    told = CandidateWithdrawn(person_id=candidate.id, withdrawn_on=withdrawn_on)
    return replace(candidate, withdrawn_on=withdrawn_on), (told,)


def credit(candidate: Candidate, signed_on: date) -> tuple[Candidate, tuple[AmbassadorCredited, ...]]:
    """Count a signed plan for each ambassador who brought the person: the first plan, and no later one."""
    if candidate.plan_signed_on is not None:
        return candidate, ()
    return replace(candidate, plan_signed_on=signed_on), tuple(
        AmbassadorCredited(ambassador_id=ambassador, person_id=candidate.id, credited_on=signed_on)
        for ambassador in candidate.ambassador_ids
    )


def personal_targets(group_target: int, ambassadors: Sequence[UUID]) -> dict[UUID, int]:
    """Share the group's target out as evenly as whole plans allow; who was appointed first takes the odd ones."""
    if not ambassadors:
        return {}
    share, odd = divmod(group_target, len(ambassadors))
    return {ambassador: share + (place < odd) for place, ambassador in enumerate(ambassadors)}


def _neighbourhood_faults(known: Known) -> list[Fault]:
    if known.neighbourhood:
        return []
    sentence = "This neighbourhood is not on record: put it there first, or correct the code."
    return [Fault("neighbourhood", "unknown", sentence)]


def _ambassador_faults(named: Sequence[UUID], known: Collection[UUID]) -> list[Fault]:
    faults = []
    if len(set(named)) < len(named):
        faults.append(Fault("ambassador_ids", "twice", "An ambassador is named twice: name each of them once."))
    if unknown := set(named) - set(known):
        sentence = f"Of these, {len(unknown)} are not appointed here: appoint them first, or correct the ids."
        faults.append(Fault("ambassador_ids", "unknown", sentence))
    return faults
