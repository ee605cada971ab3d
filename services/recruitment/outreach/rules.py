"""Outreach: ambassadors went to a place and talked with people there."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.recruitment.ambassadors.rules import OnRecord, reference_faults
from shared.errors.refusals import Fault, refuse_if_any
from shared.events import OutreachHeld
from shared.events.codes import OutreachChannel


@dataclass(frozen=True)
class Outreach:
    """One time that ambassadors went to a place and talked with people."""

    id: UUID
    channel: OutreachChannel
    neighbourhood: str
    ambassador_ids: tuple[UUID, ...]
    people_reached: int
    held_on: date


def hold_outreach(outreach: Outreach, on_record: OnRecord, *, ambassadors_min: int) -> OutreachHeld:
    """Put an outreach on record; where the policy says so, nobody goes alone."""
    faults = reference_faults(outreach.ambassador_ids, on_record)
    if len(outreach.ambassador_ids) < ambassadors_min:
        sentence = f"Ambassadors work in pairs here: name at least {ambassadors_min} who went."
        faults.append(Fault("ambassador_ids", "works_in_pairs", sentence))
    refuse_if_any(faults)
    return OutreachHeld(
        outreach_id=outreach.id,
        channel=outreach.channel,
        neighbourhood=outreach.neighbourhood,
        ambassador_ids=outreach.ambassador_ids,
        people_reached=outreach.people_reached,
        held_on=outreach.held_on,
    )
