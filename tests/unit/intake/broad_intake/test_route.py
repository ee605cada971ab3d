"""The advice on a learning route, as statements."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_states import FULL_INTAKE, PERSON

from services.intake.broad_intake.rules.parts import BroadIntake, Learnability, Literacy, Wish
from services.intake.broad_intake.rules.route import advise_route
from services.intake.policies.rules import Schooling
from shared.events.codes import LearningRoute, RouteReason

INTAKES = st.builds(
    BroadIntake,
    st.just(PERSON),
    learnability_test=st.none() | st.sampled_from(Learnability),
    schooling=st.sampled_from(Schooling),
    literacy=st.sampled_from(Literacy),
    wish=st.sampled_from(Wish),
)


def advise(intake: BroadIntake) -> tuple[LearningRoute, tuple[RouteReason, ...]]:
    return advise_route(intake, education_schooling_min=Schooling.SECONDARY)


@given(INTAKES)
def test_every_intake_leads_to_a_route_with_one_to_six_different_reasons(intake: BroadIntake) -> None:
    _, reasons = advise(intake)
    assert 1 <= len(reasons) == len(set(reasons)) <= 6


@given(INTAKES)
def test_a_test_below_b1_leads_to_the_z_route_and_nothing_else(intake: BroadIntake) -> None:
    route, reasons = advise(intake)
    if intake.learnability_test is Learnability.BELOW_B1:
        assert route is LearningRoute.Z_ROUTE
    assert (RouteReason.LEARNABILITY_BELOW_B1 in reasons) == (intake.learnability_test is Learnability.BELOW_B1)


@given(INTAKES)
def test_the_education_route_is_for_those_who_want_it_and_had_the_schooling(intake: BroadIntake) -> None:
    route, _ = advise(intake)
    if route is LearningRoute.EDUCATION_ROUTE:
        assert intake.wish is Wish.EDUCATION
        assert intake.schooling.reaches(Schooling.SECONDARY)
        assert intake.literacy is not Literacy.ILLITERATE


@given(INTAKES, st.sampled_from(Schooling))
def test_more_schooling_never_leads_to_a_lower_route(intake: BroadIntake, other: Schooling) -> None:
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
def test_the_route_and_its_reasons(facts: dict[str, object], route: LearningRoute, reasons: set[RouteReason]) -> None:
    advised, advised_for = advise(replace(FULL_INTAKE, **facts))
    assert (advised, set(advised_for)) == (route, reasons)
