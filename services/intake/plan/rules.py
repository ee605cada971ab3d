"""The personal plan (PIP): drafted after the intake, signed once, with relief where the law gives it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.file.rules import Newcomer, refuse_before, refuse_if_closed
from shared.errors.refusals import ConflictError, Fault, refuse_if_any
from shared.events import PIPSigned
from shared.events.codes import AgeBand, HouseholdType, LearningRoute, TargetGroup


class Support(StrEnum):
    """Support and guidance in the plan (Wi 15(1))."""

    SOCIAL_GUIDE = "social_guide"
    LANGUAGE_BUDDY = "language_buddy"
    BUDGET_COACH = "budget_coach"
    PARTICIPATION_COACH = "participation_coach"
    INTERPRETER = "interpreter"
    CHILD_CARE = "child_care"


@dataclass(frozen=True)
class Plan:
    """A plan for one person; with relief, the household's facts that decide the norm (Pw 20-22, 56a)."""

    id: UUID
    person_id: UUID
    drafted_on: date
    route: LearningRoute
    deviation_reason: str | None
    progress_talks: int
    intensity_hours_per_week: int | None
    support: tuple[Support, ...]
    relief_agreed: bool
    household_id: UUID | None
    household_type: HouseholdType | None
    age_band: AgeBand | None
    has_children: bool | None
    assistance_from: date | None
    signed_on: date | None = None


def draft_plan(newcomer: Newcomer, intake: BroadIntake, plan: Plan) -> None:
    """Refuse a draft unless the intake is complete, no plan is signed yet, and it fits both (Wi 15, Bi 5.3(4))."""
    refuse_if_closed(newcomer)
    if newcomer.intake_completed_on is None:
        raise ConflictError(
            "intake_not_completed", "The intake is not complete: complete it first, since the plan follows from it."
        )
    if newcomer.plan_signed_on is not None:
        raise ConflictError(
            "plan_already_signed",
            f"A plan was signed on {newcomer.plan_signed_on}: it stands, and no other can be drafted.",
        )
    refuse_if_any([*_content_faults(newcomer, intake, plan), *_household_faults(plan)])
    refuse_before(plan.drafted_on, newcomer.intake_completed_on, "drafted_on", "the intake was completed")


def require_new_id(*, is_new: bool) -> None:
    """Raise ConflictError if another request took the plan's id at this moment."""
    if not is_new:
        raise ConflictError("id_in_use", "This plan's id was taken at this moment: ask again, or send a new id.")


def sign_plan(newcomer: Newcomer, plan: Plan, signed_on: date) -> tuple[Newcomer, Plan, tuple[PIPSigned, ...]]:
    """Sign a drafted plan. One plan is signed per person; signing it again on the same day changes nothing."""
    if plan.signed_on == signed_on:
        return newcomer, plan, ()
    refuse_if_closed(newcomer)
    if newcomer.plan_signed_on is not None:
        raise ConflictError(
            "plan_already_signed",
            f"A plan was signed on {newcomer.plan_signed_on}: it stands, and no other can be signed.",
        )
    refuse_before(signed_on, plan.drafted_on, "signed_on", "the plan was drafted")
    signed = PIPSigned(
        person_id=newcomer.id,
        signed_on=signed_on,
        route=plan.route,
        relief_agreed=plan.relief_agreed,
        household_id=plan.household_id,
        household_type=plan.household_type,
        age_band=plan.age_band,
        has_children=plan.has_children,
        assistance_from=plan.assistance_from,
    )
    return replace(newcomer, plan_signed_on=signed_on), replace(plan, signed_on=signed_on), (signed,)


def _content_faults(newcomer: Newcomer, intake: BroadIntake, plan: Plan) -> list[Fault]:
    faults = []
    if plan.route is not intake.decided_route and plan.deviation_reason is None:
        sentence = f"The intake ended in the {intake.decided_route}: plan that route, or give a deviation_reason."
        faults.append(Fault("route", "deviates_without_reason", sentence))
    if newcomer.target_group is TargetGroup.ASYLUM_STATUS_HOLDER and plan.intensity_hours_per_week is None:
        sentence = "The plan of an asylum status holder states the intensity of the route (Wi 15(2)): give it."
        faults.append(Fault("intensity_hours_per_week", "missing", sentence))
    if newcomer.target_group is not TargetGroup.ASYLUM_STATUS_HOLDER and plan.relief_agreed:
        sentence = "Relief is for asylum status holders with social assistance only (Pw 56a): leave it out."
        faults.append(Fault("relief", "not_entitled", sentence))
    return faults


def _household_faults(plan: Plan) -> list[Fault]:
    """Return the facts of a household that cannot be true together."""
    faults = []
    if plan.age_band is AgeBand.MIXED and plan.household_type is not HouseholdType.COUPLE:
        sentence = "Only a couple has adults of both ages: give the one adult's age, or correct the household type."
        faults.append(Fault("relief.age_band", "one_adult", sentence))
    if plan.household_type is HouseholdType.SINGLE_PARENT and not plan.has_children:
        sentence = "A single parent has children: correct this, or the household type."
        faults.append(Fault("relief.has_children", "parent_without_children", sentence))
    if plan.household_type is HouseholdType.SINGLE and plan.has_children:
        sentence = "Someone single who has children is a single parent: correct this, or the household type."
        faults.append(Fault("relief.has_children", "single_with_children", sentence))
    return faults
