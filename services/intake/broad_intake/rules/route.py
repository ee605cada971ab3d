"""The learning route that follows from an intake by rules, with the reasons for it."""

from services.intake.broad_intake.rules.parts import BroadIntake, Learnability, Literacy, Wish
from services.intake.policies.rules import Schooling
from shared.events.codes import LearningRoute, RouteReason


def advise_route(
    intake: BroadIntake, *, education_schooling_min: Schooling
) -> tuple[LearningRoute, tuple[RouteReason, ...]]:
    """Return the learning route and why, best-founded reason first.

    The learnability test leads (Wi 14(5)); without one (exempted, or a volunteer) schooling and literacy decide.
    """
    is_schooled = intake.schooling is not None and intake.schooling.reaches(education_schooling_min)
    literacy_first = (RouteReason.LITERACY_FIRST,) if intake.literacy is Literacy.ILLITERATE else ()
    if intake.learnability_test is Learnability.BELOW_B1:
        return LearningRoute.Z_ROUTE, (RouteReason.LEARNABILITY_BELOW_B1, *literacy_first)
    tested = (RouteReason.LEARNABILITY_EXPECTS_B1,) if intake.learnability_test is Learnability.EXPECTS_B1 else ()
    if is_schooled and not literacy_first and intake.wish is Wish.EDUCATION:
        reasons = (RouteReason.WISH_AND_CHANCE_OF_EDUCATION, RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN)
        return LearningRoute.EDUCATION_ROUTE, (*reasons, *tested)
    if tested:
        return LearningRoute.B1_ROUTE, (*tested, *literacy_first)
    if literacy_first or not is_schooled:
        return LearningRoute.Z_ROUTE, literacy_first or (RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN,)
    return LearningRoute.B1_ROUTE, (RouteReason.SCHOOLING_IN_COUNTRY_OF_ORIGIN,)
