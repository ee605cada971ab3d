"""Candidates: registered with consent, withdrawn on their word, and the day on which their first plan was signed.

Every rule takes the state and a fact and returns the new state and the events to publish, or refuses with a sentence
that says how to fix it.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.recruitment.ambassadors.rules import OnRecord, reference_faults
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any
from shared.events import CandidateRecruited, CandidateWithdrawn
from shared.events.codes import OutreachChannel, TargetGroup


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


def register_candidate(candidate: Candidate, on_record: OnRecord) -> CandidateRecruited:
    """Register a candidate; consent comes before registration, never after it."""
    faults = reference_faults(candidate.ambassador_ids, on_record)
    if candidate.consent_on > candidate.recruited_on:
        sentence = "The consent is of a later day than the registration: register on the day of consent or after it."
        faults.append(Fault("consent_on", "consent_after_registration", sentence))
    refuse_if_any(faults)
    return CandidateRecruited(
        person_id=candidate.id,
        channel=candidate.channel,
        neighbourhood=candidate.neighbourhood,
        ambassador_ids=candidate.ambassador_ids,
        language=candidate.language,
        target_group=candidate.target_group,
        recruited_on=candidate.recruited_on,
        consent_on=candidate.consent_on,
    )


def withdraw_candidate(candidate: Candidate, withdrawn_on: date) -> tuple[Candidate, tuple[CandidateWithdrawn, ...]]:
    """Close a registration on the person's word; asking twice with the same day changes nothing."""
    if candidate.withdrawn_on == withdrawn_on:
        return candidate, ()
    if candidate.withdrawn_on is not None:
        raise ConflictError(
            "candidate_already_withdrawn",
            f"The candidate withdrew on {candidate.withdrawn_on}: there is nothing left to withdraw.",
        )
    if withdrawn_on < candidate.recruited_on:
        sentence = f"The candidate was registered on {candidate.recruited_on}: give that day or a later one."
        raise WrongInputError(Fault("withdrawn_on", "before_registration", sentence))
    withdrawn = CandidateWithdrawn(person_id=candidate.id, withdrawn_on=withdrawn_on)
    return replace(candidate, withdrawn_on=withdrawn_on), (withdrawn,)


def record_signed_plan(candidate: Candidate, signed_on: date) -> Candidate | None:
    """Return the candidate with a signed plan; None if an earlier plan is on record: the first counts, no later one."""
    if candidate.plan_signed_on is not None:
        return None
    return replace(candidate, plan_signed_on=signed_on)
