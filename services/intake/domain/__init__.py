"""The rules of intake: the file, the legal clock, the broad intake, the advice on a route, and the plan (PIP).

Every rule takes the state and a fact and gives the new state and the events to tell, or refuses with a
sentence that says how to mend it.
"""

from services.intake.domain.broad_intake import (
    FIELDS_OF,
    BroadIntake,
    Completion,
    advise,
    complete_intake,
    missing_parts,
    record_parts,
)
from services.intake.domain.codes import (
    ChildEducation,
    FileState,
    LanguageLevel,
    Learnability,
    Literacy,
    Part,
    Schooling,
    SelfReliance,
    Support,
    Wish,
    WorkOption,
)
from services.intake.domain.file import (
    PIP_WEEKS_MAX,
    Newcomer,
    close_after_withdrawal,
    file_for,
    miss_deadline,
    notify,
    open_file,
    schedule_talk,
)
from services.intake.domain.plan import Plan, draft_plan, sign_plan

__all__ = [
    "FIELDS_OF",
    "PIP_WEEKS_MAX",
    "BroadIntake",
    "ChildEducation",
    "Completion",
    "FileState",
    "LanguageLevel",
    "Learnability",
    "Literacy",
    "Newcomer",
    "Part",
    "Plan",
    "Schooling",
    "SelfReliance",
    "Support",
    "Wish",
    "WorkOption",
    "advise",
    "close_after_withdrawal",
    "complete_intake",
    "draft_plan",
    "file_for",
    "miss_deadline",
    "missing_parts",
    "notify",
    "open_file",
    "record_parts",
    "schedule_talk",
    "sign_plan",
]
