"""The rules of the plan, as statements."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from intake_states import build_newcomer
from rule_refusals import list_faults

from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.file.rules import FileState, Newcomer
from services.intake.plan.rules import Plan, draft_plan, require_new_id, sign_plan
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import AgeBand, HouseholdType, LearningRoute, TargetGroup

RELIEF = {
    "relief_agreed": True,
    "household_id": uuid4(),
    "household_type": HouseholdType.COUPLE,
    "age_band": AgeBand.FROM_21,
    "has_children": True,
    "assistance_from": date(2026, 4, 1),
}


def build_plan(newcomer: Newcomer, **changes: object) -> Plan:
    plan = Plan(
        id=uuid4(),
        person_id=newcomer.id,
        drafted_on=date(2026, 5, 1),
        route=LearningRoute.B1_ROUTE,
        deviation_reason=None,
        progress_talks=4,
        intensity_hours_per_week=12,
        support=(),
        relief_agreed=False,
        household_id=None,
        household_type=None,
        age_band=None,
        has_children=None,
        assistance_from=None,
    )
    return replace(plan, **changes)


def build_ready(**changes: object) -> tuple[Newcomer, BroadIntake]:
    """A newcomer whose intake is complete, with that intake."""
    newcomer = build_newcomer(intake_completed_on=date(2026, 4, 20), **changes)
    return newcomer, BroadIntake(newcomer.id, decided_route=LearningRoute.B1_ROUTE)


def test_a_plan_follows_a_completed_intake_only() -> None:
    newcomer = build_newcomer()
    with pytest.raises(ConflictError, match="not complete"):
        draft_plan(newcomer, BroadIntake(newcomer.id), build_plan(newcomer))


def test_every_fault_of_a_plan_is_named_at_once() -> None:
    newcomer, intake = build_ready(target_group=TargetGroup.FAMILY_MIGRANT)
    plan = build_plan(newcomer, **RELIEF | {"age_band": AgeBand.MIXED, "household_type": HouseholdType.SINGLE})

    with pytest.raises(WrongInputError) as refusal:
        draft_plan(newcomer, intake, replace(plan, route=LearningRoute.Z_ROUTE))

    assert list_faults(refusal) == {
        ("route", "deviates_without_reason"),
        ("relief", "not_entitled"),
        ("relief.age_band", "one_adult"),
        ("relief.has_children", "single_with_children"),
    }


@pytest.mark.parametrize("group", [group for group in TargetGroup if group != "asylum_status_holder"])
def test_relief_is_for_asylum_status_holders_only(group: TargetGroup) -> None:
    newcomer, intake = build_ready(target_group=group)
    with pytest.raises(WrongInputError) as refusal:
        draft_plan(newcomer, intake, build_plan(newcomer, **RELIEF))
    assert list_faults(refusal) == {("relief", "not_entitled")}


def test_the_plan_of_an_asylum_status_holder_states_the_intensity() -> None:
    newcomer, intake = build_ready()
    with pytest.raises(WrongInputError) as refusal:
        draft_plan(newcomer, intake, build_plan(newcomer, intensity_hours_per_week=None))
    assert list_faults(refusal) == {("intensity_hours_per_week", "missing")}


def test_another_route_than_decided_needs_a_reason() -> None:
    newcomer, intake = build_ready()
    plan = build_plan(newcomer, route=LearningRoute.Z_ROUTE, deviation_reason="Asked for it after the talk.")
    draft_plan(newcomer, intake, plan)


def test_signing_publishes_the_plan_with_the_households_facts() -> None:
    newcomer, intake = build_ready()
    plan = build_plan(newcomer, **RELIEF)
    draft_plan(newcomer, intake, plan)

    newcomer, plan, (signed,) = sign_plan(newcomer, plan, date(2026, 5, 8))

    assert (newcomer.plan_signed_on, plan.signed_on, newcomer.state) == (
        date(2026, 5, 8),
        date(2026, 5, 8),
        FileState.PLAN_SIGNED,
    )
    assert {name: getattr(signed, name) for name in RELIEF} == RELIEF


def test_one_plan_is_signed_per_person_and_signing_it_again_changes_nothing() -> None:
    newcomer, _ = build_ready()
    newcomer, plan, _ = sign_plan(newcomer, build_plan(newcomer), date(2026, 5, 8))

    assert sign_plan(newcomer, plan, date(2026, 5, 8)) == (newcomer, plan, ())
    for other in (plan, build_plan(newcomer)):
        with pytest.raises(ConflictError, match="2026-05-08"):
            sign_plan(newcomer, other, date(2026, 5, 9))


def test_a_plan_is_not_signed_before_it_was_drafted() -> None:
    newcomer, _ = build_ready()
    with pytest.raises(WrongInputError) as refusal:
        sign_plan(newcomer, build_plan(newcomer), date(2026, 4, 30))
    assert list_faults(refusal) == {("signed_on", "too_early")}


def test_an_id_that_another_request_takes_at_this_moment_is_refused() -> None:
    require_new_id(is_new=True)
    with pytest.raises(ConflictError, match="send a new id"):
        require_new_id(is_new=False)
