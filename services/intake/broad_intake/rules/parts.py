"""The broad intake and its parts, recorded one by one until none is missing.

Parts are stored as codes. Of the personal circumstances, health among them, only that they were discussed is recorded.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.intake.file.rules import Newcomer, refuse_if_closed
from services.intake.policies.rules import Part, Schooling
from shared.errors.refusals import ConflictError
from shared.events.codes import LanguageLevel, LearningRoute, RouteReason


class Learnability(StrEnum):
    """Outcome of the learnability test (Wi 14(3)), or that the person was exempted (14(6)), not why."""

    EXPECTS_B1 = "expects_b1"
    BELOW_B1 = "below_b1"
    EXEMPT = "exempt"


class Literacy(StrEnum):
    """In which script the person reads and writes, if in any."""

    ILLITERATE = "illiterate"
    OTHER_SCRIPT = "other_script"
    LATIN = "latin"


class WorkOption(StrEnum):
    """What work the person could take part in now."""

    PAID_WORK = "paid_work"
    SUPPORTED_WORK = "supported_work"
    UNPAID_WORK = "unpaid_work"
    NONE_YET = "none_yet"


class Wish(StrEnum):
    """Where the person wants to go."""

    EDUCATION = "education"
    WORK = "work"
    PARTICIPATION = "participation"


class SelfReliance(StrEnum):
    """How far the person manages alone."""

    NOT_YET = "not_yet"
    LIMITED = "limited"
    SELF_RELIANT = "self_reliant"


class ChildEducation(StrEnum):
    """Pre-school and early-school education of a child: talked about, or there is no such child."""

    NOT_APPLICABLE = "not_applicable"
    DISCUSSED = "discussed"


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

    def has_part(self, part: Part) -> bool:
        """Return whether every field of a part is recorded."""
        return all(getattr(self, field) is not None for field in FIELDS_OF[part])


def record_parts(newcomer: Newcomer, intake: BroadIntake, update: BroadIntake) -> BroadIntake:
    """Take over every field of the update that has a value; what was recorded earlier stays where it has none."""
    refuse_if_closed(newcomer)
    if newcomer.intake_completed_on is not None:
        raise ConflictError(
            "intake_already_completed",
            f"The intake was completed on {newcomer.intake_completed_on}: its parts are final.",
        )
    values = {field.name: getattr(update, field.name) for field in fields(update)}
    return replace(intake, **{name: value for name, value in values.items() if value not in (None, ())})


def missing_parts(newcomer: Newcomer, intake: BroadIntake, voluntary_parts: Collection[Part]) -> tuple[Part, ...]:
    """Return the parts still to be recorded.

    All of them are statutory for those with an obligation; the policy says which a volunteer is asked for.
    """
    required = tuple(Part) if newcomer.is_obligated else voluntary_parts
    return tuple(part for part in Part if part in required and not intake.has_part(part))
