"""The broad intake: its statutory parts, and the learning route that follows from them by rules.

Parts are kept as codes. Of the personal circumstances, health among them, only is kept that they were talked about.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from uuid import UUID

from services.intake.domain.codes import (
    ChildEducation,
    LanguageLevel,
    Learnability,
    Literacy,
    Part,
    Schooling,
    SelfReliance,
    Wish,
    WorkOption,
)
from services.intake.domain.file import Newcomer, refuse_before, refuse_if_closed
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import IntakeCompleted
from shared.events.codes import LearningRoute, RouteReason

FIELDS_OF = MappingProxyType(
    {
        Part.LEARNABILITY_TEST: ("learnability_test",),
        Part.EDUCATION_AND_WORK_HISTORY: ("schooling", "literacy", "work_years"),
        Part.PERSONAL_CIRCUMSTANCES: ("personal_circumstances_discussed",),
        Part.CHILD_EDUCATION: ("child_education",),
        Part.LANGUAGE_LEVEL: ("language_level",),
        Part.WORK_OPTIONS: ("work_option", "wish"),
        Part.SELF_RELIANCE: ("self_reliance",),
        Part.RIGHT_TO_TALK_ALONE: ("right_to_talk_alone_told",),
    }
)
"""Which fields make up a part: Wi 14(3) for the first four, Bi 5.2(1) and 5.2(2) for the others."""


@dataclass(frozen=True)
class BroadIntake:
    """What the talks brought, and the route that was advised by rule and decided by the case manager."""

    person_id: UUID
    recorded_on: date | None = None
    learnability_test: Learnability | None = None
    schooling: Schooling | None = None
    literacy: Literacy | None = None
    work_years: int | None = None
    personal_circumstances_discussed: bool | None = None
    child_education: ChildEducation | None = None
    language_level: LanguageLevel | None = None
    work_option: WorkOption | None = None
    wish: Wish | None = None
    self_reliance: SelfReliance | None = None
    right_to_talk_alone_told: bool | None = None
    advised_route: LearningRoute | None = None
    decided_route: LearningRoute | None = None
    deviation_reason: str | None = None
    reasons: tuple[RouteReason, ...] = ()

    def recorded(self, part: Part) -> bool:
        return all(getattr(self, field) is not None for field in FIELDS_OF[part])


@dataclass(frozen=True)
class Completion:
    """That the intake is complete; with a deviation, the case manager's own route and the reason for it."""

    completed_on: date
    deviating_route: LearningRoute | None = None
    deviation_reason: str | None = None


def record_parts(newcomer: Newcomer, intake: BroadIntake, given: BroadIntake) -> BroadIntake:
    """Take over every field that is given; what was recorded earlier and is not given now stays."""
    refuse_if_closed(newcomer)
    if newcomer.intake_completed_on is not None:
        raise ConflictError(f"The intake was completed on {newcomer.intake_completed_on}: its parts are final.")
    named = {field.name: getattr(given, field.name) for field in fields(given)}
    return replace(intake, **{name: value for name, value in named.items() if value not in (None, ())})


def missing_parts(newcomer: Newcomer, intake: BroadIntake, voluntary_parts: Collection[Part]) -> tuple[Part, ...]:
    """Parts still to be recorded: all of them are statutory for the obligated, the policy says which for volunteers."""
    asked = tuple(Part) if newcomer.is_obligated else voluntary_parts
    return tuple(part for part in Part if part in asked and not intake.recorded(part))


def advise(intake: BroadIntake, *, education_schooling_min: Schooling) -> tuple[LearningRoute, tuple[RouteReason, ...]]:
    """The learning route and why, best-founded reason first.

    The learnability test leads (Wi 14(5)); without one (exempted, or a volunteer) schooling and literacy decide.
    """
    schooled = intake.schooling is not None and intake.schooling.reaches(education_schooling_min)
    literacy_first = (RouteReason.LITERACY_FIRST,) if intake.literacy is Literacy.ILLITERATE else ()
    if intake.learnability_test is Learnability.BELOW_B1:
        return LearningRoute.Z_ROUTE, (RouteReason.LEARNABILITY_BELOW_B1, *literacy_first)
    tested = (RouteReason.LEARNABILITY_EXPECTS_B1,) if intake.learnability_test is Learnability.EXPECTS_B1 else ()
    if schooled and not literacy_first and intake.wish is Wish.EDUCATION:
        why = (RouteReason.WISH_AND_CHANCE_OF_EDUCATION, RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN)
        return LearningRoute.EDUCATION_ROUTE, (*why, *tested)
    if tested:
        return LearningRoute.B1_ROUTE, (*tested, *literacy_first)
    if literacy_first or not schooled:
        return LearningRoute.Z_ROUTE, literacy_first or (RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN,)
    return LearningRoute.B1_ROUTE, (RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN,)


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
        return _completed_before(newcomer, intake, completion)
    if missing := missing_parts(newcomer, intake, voluntary_parts):
        sentence = f"Not every part of the intake is recorded: first record {', '.join(missing)}."
        raise ConflictError(sentence, missing=missing)
    refuse_before(completion.completed_on, intake.recorded_on or newcomer.opened_on, "completed_on", "parts came in")
    advised, reasons = advise(intake, education_schooling_min=education_schooling_min)
    if completion.deviating_route is advised:
        sentence = "This is the route that the rules advise: leave the deviation out."
        raise WrongInputError(Fault("deviation.route", "no_deviation", sentence))
    if completion.deviating_route is not None:
        reasons = (RouteReason.CASE_MANAGER_DEVIATES,)
    done = replace(
        intake,
        advised_route=advised,
        decided_route=completion.deviating_route or advised,
        deviation_reason=completion.deviation_reason,
        reasons=reasons,
    )
    return replace(newcomer, intake_completed_on=completion.completed_on), done, (_told(done, completion),)


def _told(done: BroadIntake, completion: Completion) -> IntakeCompleted:
    assert done.decided_route is not None  # noqa: S101 - set by the only caller
    return IntakeCompleted(
        person_id=done.person_id,
        completed_on=completion.completed_on,
        advised_route=done.decided_route,
        reasons=done.reasons,
    )


def _completed_before(
    newcomer: Newcomer, intake: BroadIntake, completion: Completion
) -> tuple[Newcomer, BroadIntake, tuple[IntakeCompleted, ...]]:
    on_record = (newcomer.intake_completed_on, intake.deviation_reason)
    same_route = completion.deviating_route in (None, intake.decided_route)
    if on_record != (completion.completed_on, completion.deviation_reason) or not same_route:
        raise ConflictError(
            f"The intake was completed on {newcomer.intake_completed_on} already: its route is decided."
        )
    return newcomer, intake, ()
