"""The parts of the broad intake, as statements."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_states import FULL_INTAKE, PERSON, build_newcomer

from services.intake.broad_intake.rules.parts import FIELDS_OF, BroadIntake, Wish, missing_parts, record_parts
from services.intake.policies.rules import Part
from shared.errors.refusals import ConflictError
from shared.events.codes import TargetGroup


@given(st.sets(st.sampled_from(Part)))
def test_for_the_obligated_exactly_the_parts_that_lack_a_field_are_missing(left_out: set[Part]) -> None:
    unknown = {field: None for part in left_out for field in FIELDS_OF[part]}
    assert set(missing_parts(build_newcomer(), replace(FULL_INTAKE, **unknown), ())) == left_out


def test_a_volunteer_is_asked_what_the_policy_says() -> None:
    volunteer = build_newcomer(target_group=TargetGroup.VOLUNTARY)
    assert missing_parts(volunteer, BroadIntake(PERSON), (Part.LANGUAGE_LEVEL,)) == (Part.LANGUAGE_LEVEL,)


def test_parts_may_come_one_by_one_and_in_any_order() -> None:
    intake = BroadIntake(PERSON)
    for field in reversed(fields(FULL_INTAKE)):
        values = {field.name: getattr(FULL_INTAKE, field.name)} if field.name != "person_id" else {}
        intake = record_parts(build_newcomer(), intake, BroadIntake(PERSON, **values))
    assert intake == FULL_INTAKE


def test_zero_years_of_work_is_an_answer() -> None:
    assert FULL_INTAKE.work_years == 0
    assert FULL_INTAKE.has_part(Part.EDUCATION_AND_WORK_HISTORY)


def test_after_completion_the_parts_are_final() -> None:
    newcomer = build_newcomer(intake_completed_on=FULL_INTAKE.recorded_on)
    with pytest.raises(ConflictError, match="final"):
        record_parts(newcomer, FULL_INTAKE, BroadIntake(PERSON, wish=Wish.EDUCATION))
