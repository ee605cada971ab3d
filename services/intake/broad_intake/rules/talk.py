"""The talk of the intake: the person is invited for a day."""

from dataclasses import replace
from datetime import date

from services.intake.file.rules import Newcomer, refuse_before, refuse_if_closed
from shared.errors.refusals import ConflictError
from shared.events import IntakeScheduled


def schedule_talk(newcomer: Newcomer, planned_on: date) -> tuple[Newcomer, tuple[IntakeScheduled, ...]]:
    """Plan the talk, or another day for it; planning the same day again publishes nothing new."""
    refuse_if_closed(newcomer)
    if newcomer.talk_planned_on == planned_on:
        return newcomer, ()
    if newcomer.intake_completed_on is not None:
        raise ConflictError(
            "intake_already_completed",
            f"The intake was completed on {newcomer.intake_completed_on}: no talk is left to plan.",
        )
    refuse_before(planned_on, newcomer.opened_on, "planned_on", "the file was opened")
    scheduled = IntakeScheduled(person_id=newcomer.id, planned_on=planned_on)
    return replace(newcomer, talk_planned_on=planned_on), (scheduled,)
