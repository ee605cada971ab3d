"""From an open file to a signed plan: the talk, the parts of the broad intake, its completion, the plan."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from demo.commands import Person, complete_intake, draft_plan, plan_talk, record_parts, sign_plan
from demo.rng import SeededRandom
from demo.story import Command
from shared.events.codes import TargetGroup

_LANGUAGES = {"ar": 31, "ti": 24, "nl": 14, "en": 19, "fa": 5, "tr": 4, "so": 3}
_LEARNABILITY = {"expects_b1": 58, "below_b1": 36, "exempt": 6}
_SCHOOLING = {"none": 12, "primary": 26, "secondary": 34, "vocational": 14, "higher": 14}
_LITERACY = {"illiterate": 10, "other_script": 55, "latin": 35}
_DEVIATION = {
    "route": "b1_route",
    "reason": "The talks showed more chance than the test: the person passed exams in three languages.",
}
_TALKS = (4, 12)


@dataclass(frozen=True)
class Background:
    """What decides the route. Only obligated people have a test result."""

    schooling: str
    literacy: str
    learnability: str | None = None
    deviates: bool = False


def draw_languages(rng: SeededRandom, count: int) -> list[str]:
    """Draw the languages people read: four with translations, and a few without."""
    return rng.shares(_LANGUAGES, count)


def draw_backgrounds(rng: SeededRandom, count: int, *, obligated: bool) -> list[Background]:
    """Draw one for each person. Of those tested below B1, every fifth gets a deviation by the case manager."""
    schooling, literacy = rng.shares(_SCHOOLING, count), rng.shares(_LITERACY, count)
    if not obligated:
        return [Background(*pair) for pair in zip(schooling, literacy, strict=True)]
    tests = rng.shares(_LEARNABILITY, count)
    below = [index for index, test in enumerate(tests) if test == "below_b1"]
    deviating = set(below[::5])
    return [Background(schooling[index], literacy[index], test, index in deviating) for index, test in enumerate(tests)]


def hold_talk_and_intake(
    rng: SeededRandom,
    person: Person,
    background: Background,
    *,
    invited_on: date,
    talk_on: date,
    moved_to: date | None = None,
) -> list[Command]:
    """Return the invitation, perhaps a second one for another day, and the intake on the day of the talk."""
    invited = [plan_talk(person, invited_on, talk_on)]
    if moved_to is not None:
        invited.append(plan_talk(person, rng.office_day(invited_on, 5, 7), moved_to))
    held_on = moved_to or talk_on
    deviation = _DEVIATION if background.deviates else None
    return [
        *invited,
        record_parts(person, held_on, _draw_parts(rng, person, background)),
        complete_intake(person, held_on, deviation),
    ]


def draft_and_sign_plan(
    rng: SeededRandom, person: Person, *, drafted_on: date, signed_on: date, relief: dict[str, Any] | None = None
) -> list[Command]:
    """Return a plan that follows the route of the intake, drafted and signed."""
    plan_id: UUID = rng.id("plan", person.id)
    contents: dict[str, Any] = {
        "progress_talks": rng.between(*_TALKS),
        "support": rng.some_of(["language_buddy", "participation_coach", "interpreter", "child_care"], 2),
    }
    if person.target_group is TargetGroup.ASYLUM_STATUS_HOLDER:
        contents["intensity_hours_per_week"] = rng.one_of((12, 15, 18, 24))
        contents["support"] = ["social_guide", "budget_coach", *contents["support"]]
    if relief:
        contents["relief"] = relief
    return [draft_plan(person, drafted_on, plan_id, contents), sign_plan(person, signed_on, plan_id)]


def _draw_parts(rng: SeededRandom, person: Person, background: Background) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "schooling": background.schooling,
        "literacy": background.literacy,
        "work_years": rng.between(0, 18),
        "child_education": rng.one_of(("discussed", "not_applicable")),
        "language_level": rng.one_of(("a0", "a0", "pre_a1", "a1", "a1_plus")),
        "work_option": rng.one_of(("paid_work", "supported_work", "unpaid_work", "none_yet")),
        "wish": rng.one_of(("education", "work", "work", "participation")),
        "self_reliance": rng.one_of(("not_yet", "limited", "limited", "self_reliant")),
        "right_to_talk_alone_told": True,
    }
    if person.target_group is TargetGroup.VOLUNTARY:
        return parts
    return {**parts, "learnability_test": background.learnability, "personal_circumstances_discussed": True}
