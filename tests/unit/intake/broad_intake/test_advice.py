"""The broad intake and the advice on a learning route, as statements."""

from dataclasses import fields, replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import domain
from services.intake.domain import (
    BroadIntake,
    ChildEducation,
    Completion,
    LanguageLevel,
    Learnability,
    Literacy,
    Newcomer,
    Part,
    Schooling,
    SelfReliance,
    Wish,
    WorkOption,
)
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import LearningRoute, RouteReason, TargetGroup

PERSON = uuid4()
DONE_ON = date(2026, 4, 20)
POLICY = {"voluntary_parts": (Part.LANGUAGE_LEVEL,), "education_schooling_min": Schooling.SECONDARY}
FULL = BroadIntake(
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
INTAKES = st.builds(
    BroadIntake,
    st.just(PERSON),
    learnability_test=st.none() | st.sampled_from(Learnability),
    schooling=st.sampled_from(Schooling),
    literacy=st.sampled_from(Literacy),
    wish=st.sampled_from(Wish),
)


def a_newcomer(group: TargetGroup = TargetGroup.ASYLUM_STATUS_HOLDER, person: UUID = PERSON) -> Newcomer:
    return Newcomer(person, group, "ti", date(2026, 3, 2))


def advise(intake: BroadIntake) -> tuple[LearningRoute, tuple[RouteReason, ...]]:
    return domain.advise(intake, education_schooling_min=Schooling.SECONDARY)


class TestAdvice:
    @given(INTAKES)
    def test_every_intake_leads_to_a_route_with_one_to_six_different_reasons(self, intake: BroadIntake) -> None:
        _, reasons = advise(intake)
        assert 1 <= len(reasons) == len(set(reasons)) <= 6

    @given(INTAKES)
    def test_a_test_below_b1_leads_to_the_z_route_and_nothing_else(self, intake: BroadIntake) -> None:
        route, reasons = advise(intake)
        if intake.learnability_test is Learnability.BELOW_B1:
            assert route is LearningRoute.Z_ROUTE
        assert (RouteReason.LEARNABILITY_BELOW_B1 in reasons) == (intake.learnability_test is Learnability.BELOW_B1)

    @given(INTAKES)
    def test_the_education_route_is_for_those_who_want_it_and_had_the_schooling(self, intake: BroadIntake) -> None:
        route, _ = advise(intake)
        if route is LearningRoute.EDUCATION_ROUTE:
            assert intake.wish is Wish.EDUCATION
            assert intake.schooling.reaches(Schooling.SECONDARY)
            assert intake.literacy is not Literacy.ILLITERATE

    @given(INTAKES, st.sampled_from(Schooling))
    def test_more_schooling_never_leads_to_a_lower_route(self, intake: BroadIntake, other: Schooling) -> None:
        ladder = [LearningRoute.Z_ROUTE, LearningRoute.B1_ROUTE, LearningRoute.EDUCATION_ROUTE]
        higher = replace(intake, schooling=max(intake.schooling, other, key=list(Schooling).index))
        assert ladder.index(advise(higher)[0]) >= ladder.index(advise(intake)[0])

    @pytest.mark.parametrize(
        ("facts", "route", "reasons"),
        [
            ({}, LearningRoute.B1_ROUTE, {RouteReason.LEARNABILITY_EXPECTS_B1}),
            (
                {"wish": Wish.EDUCATION},
                LearningRoute.EDUCATION_ROUTE,
                {
                    RouteReason.WISH_AND_CHANCE_OF_EDUCATION,
                    RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN,
                    RouteReason.LEARNABILITY_EXPECTS_B1,
                },
            ),
            (
                {"literacy": Literacy.ILLITERATE},
                LearningRoute.B1_ROUTE,
                {RouteReason.LEARNABILITY_EXPECTS_B1, RouteReason.LITERACY_FIRST},
            ),
            (
                {"learnability_test": Learnability.EXEMPT, "literacy": Literacy.ILLITERATE},
                LearningRoute.Z_ROUTE,
                {RouteReason.LITERACY_FIRST},
            ),
            (
                {"learnability_test": None, "schooling": Schooling.PRIMARY},
                LearningRoute.Z_ROUTE,
                {RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN},
            ),
            (
                {"learnability_test": None},
                LearningRoute.B1_ROUTE,
                {RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN},
            ),
        ],
    )
    def test_the_route_and_its_reasons(
        self, facts: dict[str, object], route: LearningRoute, reasons: set[RouteReason]
    ) -> None:
        advised, why = advise(replace(FULL, **facts))
        assert (advised, set(why)) == (route, reasons)


class TestParts:
    @given(st.sets(st.sampled_from(Part)))
    def test_for_the_obligated_exactly_the_parts_that_lack_a_field_are_missing(self, left_out: set[Part]) -> None:
        unknown = {field: None for part in left_out for field in domain.FIELDS_OF[part]}
        assert set(domain.missing_parts(a_newcomer(), replace(FULL, **unknown), ())) == left_out

    def test_a_volunteer_is_asked_what_the_policy_says(self) -> None:
        volunteer = a_newcomer(TargetGroup.VOLUNTARY)
        assert domain.missing_parts(volunteer, BroadIntake(PERSON), (Part.LANGUAGE_LEVEL,)) == (Part.LANGUAGE_LEVEL,)

    def test_parts_may_come_one_by_one_and_in_any_order(self) -> None:
        intake = BroadIntake(PERSON)
        for field in reversed(fields(FULL)):
            given_now = BroadIntake(
                PERSON, **{field.name: getattr(FULL, field.name)} if field.name != "person_id" else {}
            )
            intake = domain.record_parts(a_newcomer(), intake, given_now)
        assert intake == FULL

    def test_zero_years_of_work_is_an_answer(self) -> None:
        assert FULL.work_years == 0
        assert FULL.recorded(Part.EDUCATION_AND_WORK_HISTORY)


class TestCompleting:
    def test_an_incomplete_intake_names_what_is_missing(self) -> None:
        with pytest.raises(ConflictError, match="self_reliance") as refusal:
            domain.complete_intake(a_newcomer(), replace(FULL, self_reliance=None), Completion(DONE_ON), **POLICY)
        assert refusal.value.members == {"missing": (Part.SELF_RELIANCE,)}

    def test_a_complete_intake_ends_in_the_advised_route(self) -> None:
        newcomer, intake, (told,) = domain.complete_intake(a_newcomer(), FULL, Completion(DONE_ON), **POLICY)
        assert (newcomer.intake_completed_on, intake.decided_route) == (DONE_ON, LearningRoute.B1_ROUTE)
        assert (told.advised_route, told.reasons) == (LearningRoute.B1_ROUTE, (RouteReason.LEARNABILITY_EXPECTS_B1,))

    def test_a_case_manager_who_deviates_gives_the_reason_and_the_advice_is_kept(self) -> None:
        deviation = Completion(DONE_ON, LearningRoute.Z_ROUTE, "Care for a child leaves few hours.")
        _, intake, (told,) = domain.complete_intake(a_newcomer(), FULL, deviation, **POLICY)
        assert (intake.advised_route, intake.decided_route) == (LearningRoute.B1_ROUTE, LearningRoute.Z_ROUTE)
        assert intake.deviation_reason == "Care for a child leaves few hours."
        assert (told.advised_route, told.reasons) == (LearningRoute.Z_ROUTE, (RouteReason.CASE_MANAGER_DEVIATES,))
        assert "Care" not in told.model_dump_json()

    def test_the_advised_route_is_no_deviation(self) -> None:
        with pytest.raises(WrongInputError, match="leave the deviation out"):
            domain.complete_intake(
                a_newcomer(), FULL, Completion(DONE_ON, LearningRoute.B1_ROUTE, "Because I say so."), **POLICY
            )

    def test_an_intake_is_not_completed_before_its_last_part_came_in(self) -> None:
        with pytest.raises(WrongInputError):
            domain.complete_intake(a_newcomer(), FULL, Completion(date(2026, 3, 31)), **POLICY)

    def test_completing_again_tells_nothing_and_another_outcome_is_refused(self) -> None:
        newcomer, intake, _ = domain.complete_intake(a_newcomer(), FULL, Completion(DONE_ON), **POLICY)
        assert domain.complete_intake(newcomer, intake, Completion(DONE_ON), **POLICY) == (newcomer, intake, ())
        for other in (Completion(date(2026, 4, 21)), Completion(DONE_ON, LearningRoute.Z_ROUTE, "On second thought.")):
            with pytest.raises(ConflictError, match="2026-04-20"):
                domain.complete_intake(newcomer, intake, other, **POLICY)

    def test_after_completion_the_parts_are_final(self) -> None:
        newcomer, intake, _ = domain.complete_intake(a_newcomer(), FULL, Completion(DONE_ON), **POLICY)
        with pytest.raises(ConflictError, match="final"):
            domain.record_parts(newcomer, intake, BroadIntake(PERSON, wish=Wish.EDUCATION))
