"""Newcomers, intakes and plans of intake, for tests of its rules."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from services.intake.broad_intake.rules.parts import (
    BroadIntake,
    ChildEducation,
    Learnability,
    Literacy,
    SelfReliance,
    Wish,
    WorkOption,
)
from services.intake.file.rules import Newcomer
from services.intake.policies.rules import Schooling
from shared.events.codes import LanguageLevel, TargetGroup

OPENED = date(2026, 3, 2)
NOTIFIED = date(2026, 3, 9)
REGISTERED = date(2026, 4, 1)
PERSON = uuid4()
FULL_INTAKE = BroadIntake(
    PERSON,
    recorded_on=date(2026, 4, 1),
    learnability_test=Learnability.EXPECTS_B1,
    schooling=Schooling.SECONDARY,
    literacy=Literacy.OTHER_SCRIPT,
    work_years=0,
    personal_circumstances_discussed=True,
    child_education=ChildEducation.NOT_APPLICABLE,
    language_level=LanguageLevel.A1,
    work_option=WorkOption.NONE_YET,
    wish=Wish.WORK,
    self_reliance=SelfReliance.LIMITED,
    right_to_talk_alone_told=True,
)


def build_newcomer(person_id: UUID | None = None, **changes: object) -> Newcomer:
    newcomer = Newcomer(person_id or uuid4(), TargetGroup.ASYLUM_STATUS_HOLDER, "ti", OPENED)
    return replace(newcomer, **changes)
