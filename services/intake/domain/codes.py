"""The closed code lists of an intake. Lists with an order begin at the lowest."""

from enum import StrEnum


class FileState(StrEnum):
    """How far the person is."""

    OPENED = "opened"
    INTAKE_PLANNED = "intake_planned"
    INTAKE_COMPLETED = "intake_completed"
    PLAN_SIGNED = "plan_signed"
    CLOSED = "closed"


class Learnability(StrEnum):
    """Outcome of the learnability test (Wi 14(3)), or that the person was exempted (14(6)), not why."""

    EXPECTS_B1 = "expects_b1"
    BELOW_B1 = "below_b1"
    EXEMPT = "exempt"


class Schooling(StrEnum):
    """Highest schooling in the country of origin, lowest first."""

    NONE = "none"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    HIGHER = "higher"

    def reaches(self, least: "Schooling") -> bool:
        ladder = list(Schooling)
        return ladder.index(self) >= ladder.index(least)


class Literacy(StrEnum):
    """In which script the person reads and writes, if in any."""

    ILLITERATE = "illiterate"
    OTHER_SCRIPT = "other_script"
    LATIN = "latin"


class LanguageLevel(StrEnum):
    """Level of Dutch by the Common European Framework, lowest first."""

    A0 = "a0"
    PRE_A1 = "pre_a1"
    A1 = "a1"
    A1_PLUS = "a1_plus"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"


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


class Support(StrEnum):
    """Support and guidance in the plan (Wi 15(1))."""

    SOCIAL_GUIDE = "social_guide"
    LANGUAGE_BUDDY = "language_buddy"
    BUDGET_COACH = "budget_coach"
    PARTICIPATION_COACH = "participation_coach"
    INTERPRETER = "interpreter"
    CHILD_CARE = "child_care"


class Part(StrEnum):
    """A part of the broad intake; the statutory ones are all of them (Wi 14(3), Bi 5.2)."""

    LEARNABILITY_TEST = "learnability_test"
    EDUCATION_AND_WORK_HISTORY = "education_and_work_history"
    PERSONAL_CIRCUMSTANCES = "personal_circumstances"
    CHILD_EDUCATION = "child_education"
    LANGUAGE_LEVEL = "language_level"
    WORK_OPTIONS = "work_options"
    SELF_RELIANCE = "self_reliance"
    RIGHT_TO_TALK_ALONE = "right_to_talk_alone"
