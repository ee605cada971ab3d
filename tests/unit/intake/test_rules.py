"""The rules of the file, its legal clock and the plan, as statements."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import domain
from services.intake.domain import BroadIntake, FileState, Newcomer, Plan
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import AgeBand, HouseholdType, LearningRoute, TargetGroup

OPENED = date(2026, 3, 2)
NOTIFIED = date(2026, 3, 9)
REGISTERED = date(2026, 4, 1)
DAYS = st.dates(date(2022, 1, 1), date(2040, 12, 31))
OBLIGATED = st.sampled_from([group for group in TargetGroup if group is not TargetGroup.VOLUNTARY])


def a_newcomer(**known: object) -> Newcomer:
    return replace(Newcomer(uuid4(), TargetGroup.ASYLUM_STATUS_HOLDER, "ti", OPENED), **known)


def a_plan(newcomer: Newcomer, **known: object) -> Plan:
    made = Plan(
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
    return replace(made, **known)


RELIEF = {
    "relief_agreed": True,
    "household_id": uuid4(),
    "household_type": HouseholdType.COUPLE,
    "age_band": AgeBand.FROM_21,
    "has_children": True,
    "assistance_from": date(2026, 4, 1),
}


def ready(**known: object) -> tuple[Newcomer, BroadIntake]:
    newcomer = a_newcomer(intake_completed_on=date(2026, 4, 20), **known)
    return newcomer, BroadIntake(newcomer.id, decided_route=LearningRoute.B1_ROUTE)


def codes(refusal: pytest.ExceptionInfo[WrongInputError]) -> set[tuple[str, str]]:
    return {(fault.field, fault.code) for fault in refusal.value.faults}


class TestLegalClock:
    @given(notified=DAYS, registered=DAYS, group=OBLIGATED)
    def test_the_plan_is_due_seventy_days_after_the_later_of_notice_and_registration(
        self, notified: date, registered: date, group: TargetGroup
    ) -> None:
        newcomer = a_newcomer(target_group=group, obligation_notified_on=notified, registered_on=registered)
        assert newcomer.pip_due_on == max(notified, registered) + timedelta(days=70)

    @given(st.none() | DAYS, st.none() | DAYS)
    def test_without_both_days_or_an_obligation_there_is_no_clock(
        self, notified: date | None, registered: date | None
    ) -> None:
        days = {"obligation_notified_on": notified, "registered_on": registered}
        assert a_newcomer(target_group=TargetGroup.VOLUNTARY, **days).pip_due_on is None
        assert (a_newcomer(**days).pip_due_on is None) == (notified is None or registered is None)

    @given(st.lists(st.integers(-40, 40), min_size=1, max_size=30))
    def test_a_late_plan_is_told_exactly_once_on_whatever_days_the_calendar_comes(self, offsets: list[int]) -> None:
        newcomer = a_newcomer(obligation_notified_on=NOTIFIED, registered_on=REGISTERED)
        due_on, told = newcomer.pip_due_on, []
        for offset in offsets:
            newcomer, facts = domain.miss_deadline(newcomer, due_on + timedelta(days=offset))
            told.extend(facts)
        assert len(told) == (1 if max(offsets) > 0 else 0)
        assert all(fact.due_on == due_on for fact in told)

    def test_the_last_day_itself_is_in_time(self) -> None:
        newcomer = a_newcomer(obligation_notified_on=NOTIFIED, registered_on=REGISTERED)
        assert domain.miss_deadline(newcomer, newcomer.pip_due_on) == (newcomer, ())

    @pytest.mark.parametrize("ended", [{"plan_signed_on": date(2026, 5, 1)}, {"closed_on": date(2026, 5, 1)}])
    def test_a_signed_plan_or_a_closed_file_is_never_late(self, ended: dict[str, date]) -> None:
        newcomer = a_newcomer(obligation_notified_on=NOTIFIED, registered_on=REGISTERED, **ended)
        assert domain.miss_deadline(newcomer, date(2027, 1, 1)) == (newcomer, ())


class TestTheFile:
    def test_a_volunteer_has_no_notice_and_no_term(self) -> None:
        volunteer = a_newcomer(
            target_group=TargetGroup.VOLUNTARY, registered_on=REGISTERED, obligation_notified_on=NOTIFIED
        )
        with pytest.raises(WrongInputError) as refusal:
            domain.open_file(volunteer)
        assert codes(refusal) == {("registered_on", "not_obligated"), ("obligation_notified_on", "not_obligated")}

    def test_notice_and_registration_may_come_apart_and_stay_as_given(self) -> None:
        newcomer = domain.notify(domain.notify(a_newcomer(), REGISTERED, None), None, NOTIFIED)
        assert newcomer.pip_due_on == REGISTERED + timedelta(days=70)
        assert domain.notify(newcomer, REGISTERED, NOTIFIED) == newcomer
        with pytest.raises(ConflictError, match="2026-03-09"):
            domain.notify(newcomer, None, date(2026, 3, 10))

    def test_planning_the_talk_again_on_the_same_day_tells_nothing_new(self) -> None:
        planned, first = domain.schedule_talk(a_newcomer(), date(2026, 3, 20))
        again, nothing = domain.schedule_talk(planned, date(2026, 3, 20))
        moved, second = domain.schedule_talk(again, date(2026, 3, 27))
        assert (len(first), nothing, len(second)) == (1, (), 1)
        assert moved.state is FileState.INTAKE_PLANNED

    def test_no_talk_is_planned_before_the_file_opened_or_after_the_intake_was_completed(self) -> None:
        with pytest.raises(WrongInputError):
            domain.schedule_talk(a_newcomer(), date(2026, 3, 1))
        with pytest.raises(ConflictError):
            domain.schedule_talk(a_newcomer(intake_completed_on=date(2026, 4, 1)), date(2026, 4, 2))

    def test_a_withdrawn_candidates_file_closes_once(self) -> None:
        closed = domain.close_after_withdrawal(a_newcomer(), date(2026, 4, 2))
        assert (closed.state, closed.closed_on) == (FileState.CLOSED, date(2026, 4, 2))
        assert domain.close_after_withdrawal(closed, date(2026, 5, 2)) == closed

    @pytest.mark.parametrize("reason", [{"plan_signed_on": OPENED}, {"obligation_notified_on": NOTIFIED}])
    def test_a_file_that_rests_on_a_plan_or_the_law_stays_open(self, reason: dict[str, date]) -> None:
        newcomer = a_newcomer(**reason)
        assert domain.close_after_withdrawal(newcomer, date(2026, 4, 2)) == newcomer

    def test_a_closed_file_takes_nothing_more(self) -> None:
        closed = a_newcomer(closed_on=date(2026, 4, 2))
        with pytest.raises(ConflictError, match="closed"):
            domain.schedule_talk(closed, date(2026, 4, 3))


class TestThePlan:
    def test_a_plan_follows_a_completed_intake_only(self) -> None:
        newcomer = a_newcomer()
        with pytest.raises(ConflictError, match="not complete"):
            domain.draft_plan(newcomer, BroadIntake(newcomer.id), a_plan(newcomer))

    def test_every_fault_of_a_plan_is_named_at_once(self) -> None:
        newcomer, intake = ready(target_group=TargetGroup.FAMILY_MIGRANT)
        plan = a_plan(newcomer, **RELIEF | {"age_band": AgeBand.MIXED, "household_type": HouseholdType.SINGLE})

        with pytest.raises(WrongInputError) as refusal:
            domain.draft_plan(newcomer, intake, replace(plan, route=LearningRoute.Z_ROUTE))

        assert codes(refusal) == {
            ("route", "deviates_without_reason"),
            ("relief", "not_entitled"),
            ("relief.age_band", "one_adult"),
            ("relief.has_children", "single_with_children"),
        }

    @pytest.mark.parametrize("group", [group for group in TargetGroup if group != "asylum_status_holder"])
    def test_relief_is_for_asylum_status_holders_only(self, group: TargetGroup) -> None:
        newcomer, intake = ready(target_group=group)
        with pytest.raises(WrongInputError) as refusal:
            domain.draft_plan(newcomer, intake, a_plan(newcomer, **RELIEF))
        assert codes(refusal) == {("relief", "not_entitled")}

    def test_the_plan_of_an_asylum_status_holder_states_the_intensity(self) -> None:
        newcomer, intake = ready()
        with pytest.raises(WrongInputError) as refusal:
            domain.draft_plan(newcomer, intake, a_plan(newcomer, intensity_hours_per_week=None))
        assert codes(refusal) == {("intensity_hours_per_week", "missing")}

    def test_another_route_than_decided_needs_a_reason(self) -> None:
        newcomer, intake = ready()
        plan = a_plan(newcomer, route=LearningRoute.Z_ROUTE, deviation_reason="Asked for it after the talk.")
        assert domain.draft_plan(newcomer, intake, plan) == plan

    def test_signing_tells_the_plan_with_the_households_facts(self) -> None:
        newcomer, intake = ready()
        plan = domain.draft_plan(newcomer, intake, a_plan(newcomer, **RELIEF))

        newcomer, plan, (told,) = domain.sign_plan(newcomer, plan, date(2026, 5, 8))

        assert (newcomer.plan_signed_on, plan.signed_on, newcomer.state) == (
            date(2026, 5, 8),
            date(2026, 5, 8),
            FileState.PLAN_SIGNED,
        )
        assert {name: getattr(told, name) for name in RELIEF} == RELIEF

    def test_one_plan_is_signed_per_person_and_signing_it_again_changes_nothing(self) -> None:
        newcomer, _ = ready()
        newcomer, plan, _ = domain.sign_plan(newcomer, a_plan(newcomer), date(2026, 5, 8))

        assert domain.sign_plan(newcomer, plan, date(2026, 5, 8)) == (newcomer, plan, ())
        for other in (plan, a_plan(newcomer)):
            with pytest.raises(ConflictError, match="2026-05-08"):
                domain.sign_plan(newcomer, other, date(2026, 5, 9))

    def test_a_plan_is_not_signed_before_it_was_drafted(self) -> None:
        newcomer, _ = ready()
        with pytest.raises(WrongInputError) as refusal:
            domain.sign_plan(newcomer, a_plan(newcomer), date(2026, 4, 30))
        assert codes(refusal) == {("signed_on", "too_early")}
