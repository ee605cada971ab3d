"""Completing the broad intake, as statements."""

from dataclasses import replace
from datetime import date

import pytest
from intake_states import FULL_INTAKE, PERSON, build_newcomer

from services.intake.broad_intake.rules.completion import Completion, complete_intake
from services.intake.policies.rules import Part, Schooling
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import LearningRoute, RouteReason

COMPLETED_ON = date(2026, 4, 20)
POLICY = {"voluntary_parts": (Part.LANGUAGE_LEVEL,), "education_schooling_min": Schooling.SECONDARY}


def test_an_incomplete_intake_names_what_is_missing() -> None:
    with pytest.raises(ConflictError, match="self_reliance") as refusal:
        complete_intake(
            build_newcomer(PERSON), replace(FULL_INTAKE, self_reliance=None), Completion(COMPLETED_ON), **POLICY
        )
    assert refusal.value.members == {"missing": (Part.SELF_RELIANCE,)}


def test_a_complete_intake_ends_in_the_advised_route() -> None:
    newcomer, intake, (completed,) = complete_intake(
        build_newcomer(PERSON), FULL_INTAKE, Completion(COMPLETED_ON), **POLICY
    )
    assert (newcomer.intake_completed_on, intake.decided_route) == (COMPLETED_ON, LearningRoute.B1_ROUTE)
    assert (completed.advised_route, completed.reasons) == (
        LearningRoute.B1_ROUTE,
        (RouteReason.LEARNABILITY_EXPECTS_B1,),
    )


def test_a_case_manager_who_deviates_gives_the_reason_and_the_advice_is_kept() -> None:
    deviation = Completion(COMPLETED_ON, LearningRoute.Z_ROUTE, "Care for a child leaves few hours.")
    _, intake, (completed,) = complete_intake(build_newcomer(PERSON), FULL_INTAKE, deviation, **POLICY)
    assert (intake.advised_route, intake.decided_route) == (LearningRoute.B1_ROUTE, LearningRoute.Z_ROUTE)
    assert intake.deviation_reason == "Care for a child leaves few hours."
    assert (completed.advised_route, completed.reasons) == (LearningRoute.Z_ROUTE, (RouteReason.CASE_MANAGER_DEVIATES,))
    assert "Care" not in completed.model_dump_json()


def test_the_advised_route_is_no_deviation() -> None:
    with pytest.raises(WrongInputError, match="leave the deviation out"):
        complete_intake(
            build_newcomer(PERSON),
            FULL_INTAKE,
            Completion(COMPLETED_ON, LearningRoute.B1_ROUTE, "Because I say so."),
            **POLICY,
        )


def test_an_intake_is_not_completed_before_its_last_part_came_in() -> None:
    with pytest.raises(WrongInputError):
        complete_intake(build_newcomer(PERSON), FULL_INTAKE, Completion(date(2026, 3, 31)), **POLICY)


def test_completing_again_publishes_nothing_and_another_outcome_is_refused() -> None:
    newcomer, intake, _ = complete_intake(build_newcomer(PERSON), FULL_INTAKE, Completion(COMPLETED_ON), **POLICY)
    assert complete_intake(newcomer, intake, Completion(COMPLETED_ON), **POLICY) == (newcomer, intake, ())
    for other in (Completion(date(2026, 4, 21)), Completion(COMPLETED_ON, LearningRoute.Z_ROUTE, "On second thought.")):
        with pytest.raises(ConflictError, match="2026-04-20"):
            complete_intake(newcomer, intake, other, **POLICY)
