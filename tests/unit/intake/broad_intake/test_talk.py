"""Planning the talk of the intake, as statements."""

from datetime import date

import pytest
from intake_states import build_newcomer

from services.intake.broad_intake.rules.talk import schedule_talk
from services.intake.file.rules import FileState
from shared.errors.refusals import ConflictError, WrongInputError


def test_planning_the_talk_again_on_the_same_day_publishes_nothing_new() -> None:
    planned, first = schedule_talk(build_newcomer(), date(2026, 3, 20))
    again, nothing = schedule_talk(planned, date(2026, 3, 20))
    moved, second = schedule_talk(again, date(2026, 3, 27))
    assert (len(first), nothing, len(second)) == (1, (), 1)
    assert moved.state is FileState.INTAKE_PLANNED


def test_no_talk_is_planned_before_the_file_opened_or_after_the_intake_was_completed() -> None:
    with pytest.raises(WrongInputError):
        schedule_talk(build_newcomer(), date(2026, 3, 1))
    with pytest.raises(ConflictError):
        schedule_talk(build_newcomer(intake_completed_on=date(2026, 4, 1)), date(2026, 4, 2))


def test_no_talk_is_planned_in_a_closed_file() -> None:
    with pytest.raises(ConflictError, match="closed"):
        schedule_talk(build_newcomer(closed_on=date(2026, 4, 2)), date(2026, 4, 3))
