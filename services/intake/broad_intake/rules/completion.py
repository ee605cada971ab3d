"""The completion of an intake: every part is recorded, and a learning route is decided."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from services.intake.broad_intake.rules.parts import BroadIntake, missing_parts
from services.intake.broad_intake.rules.route import advise_route
from services.intake.file.rules import Newcomer, refuse_before, refuse_if_closed
from services.intake.policies.rules import Part, Schooling
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import IntakeCompleted
from shared.events.codes import LearningRoute, RouteReason


@dataclass(frozen=True)
class Completion:
    """That the intake is complete; with a deviation, the case manager's own route and the reason for it."""

    completed_on: date
    deviating_route: LearningRoute | None = None
    deviation_reason: str | None = None


def complete_intake(
    newcomer: Newcomer,
    intake: BroadIntake,
    completion: Completion,
    *,
    voluntary_parts: Collection[Part],
    education_schooling_min: Schooling,
) -> tuple[Newcomer, BroadIntake, tuple[IntakeCompleted, ...]]:
    """Close the intake with a route: the advised one, or the case manager's with a reason (Wi 14(5))."""
    refuse_if_closed(newcomer)
    if newcomer.intake_completed_on is not None:
        _refuse_other_completion(newcomer, intake, completion)
        return newcomer, intake, ()
    if missing := missing_parts(newcomer, intake, voluntary_parts):
        sentence = f"Not every part of the intake is recorded: first record {', '.join(missing)}."
        raise ConflictError("intake_incomplete", sentence, missing=missing)
    refuse_before(completion.completed_on, intake.recorded_on or newcomer.opened_on, "completed_on", "parts came in")
    advised, reasons = advise_route(intake, education_schooling_min=education_schooling_min)
    if completion.deviating_route is advised:
        sentence = "This is the route that the rules advise: leave the deviation out."
        raise WrongInputError(Fault("deviation.route", "no_deviation", sentence))
    if completion.deviating_route is not None:
        reasons = (RouteReason.CASE_MANAGER_DEVIATES,)
    decided = completion.deviating_route or advised
    completed_intake = replace(
        intake,
        advised_route=advised,
        decided_route=decided,
        deviation_reason=completion.deviation_reason,
        reasons=reasons,
    )
    completed = IntakeCompleted(
        person_id=intake.person_id, completed_on=completion.completed_on, advised_route=decided, reasons=reasons
    )
    return replace(newcomer, intake_completed_on=completion.completed_on), completed_intake, (completed,)


def _refuse_other_completion(newcomer: Newcomer, intake: BroadIntake, completion: Completion) -> None:
    """Raise ConflictError if a completion sent again does not say what is on record."""
    on_record = (newcomer.intake_completed_on, intake.deviation_reason)
    is_same_route = completion.deviating_route in (None, intake.decided_route)
    if on_record != (completion.completed_on, completion.deviation_reason) or not is_same_route:
        raise ConflictError(
            "intake_already_completed",
            f"The intake was completed on {newcomer.intake_completed_on} already: its route is decided.",
        )
