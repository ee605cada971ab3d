"""What a municipality chooses about the intake, and the code lists that it chooses from.

The statutory parts and the ten weeks for the plan are law and no choice.
"""

from enum import StrEnum

from pydantic import Field

from shared.events.codes import Ladder
from shared.policies import DayPolicy


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


class Schooling(Ladder):
    """Highest schooling in the country of origin, lowest first."""

    NONE = "none"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    HIGHER = "higher"


class IntakePolicy(DayPolicy):
    """How a municipality does the intake, from a first day on."""

    voluntary_parts: tuple[Part, ...] = Field(
        min_length=1, max_length=len(Part), description="Parts of the intake that a volunteer is asked for"
    )
    education_schooling_min: Schooling = Field(
        description="Least schooling in the country of origin for a large chance in the education route (Wi 8)"
    )
