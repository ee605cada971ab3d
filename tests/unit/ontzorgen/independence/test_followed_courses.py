"""A course followed lesson by lesson: in groups with days, places and a teacher; what is missed is made up."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from independence_states import FIRST, HOUSEHOLD_ID, load_policy

from services.ontzorgen.independence.rules.course_groups import CourseGroup, check_group, check_place_in_group
from services.ontzorgen.independence.rules.courses import Course, Enrolment, Learnability, Lesson, enrol
from services.ontzorgen.independence.rules.followed_courses import NextLesson, check_lesson_day, follow_course
from shared.errors.refusals import ConflictError, RefusedError, WrongInputError

COURSES = [Course("geldwijzer", 3, 6, behind_after_lessons=1)]
DAYS = tuple(FIRST + timedelta(weeks=week) for week in (2, 4, 6))
GROUP = CourseGroup(uuid4(), "geldwijzer", UUID(int=1), "bibliotheek", 8, DAYS, Learnability.BELOW_B1)
LATER = replace(GROUP, id=uuid4(), place="buurthuis", given_on=tuple(day + timedelta(days=3) for day in DAYS))
FASTER = replace(LATER, id=uuid4(), learnability=Learnability.EXPECTS_B1)
REQUEST = Enrolment(
    uuid4(),
    HOUSEHOLD_ID,
    "geldwijzer",
    FIRST,
    person_id=UUID(int=8),
    group_id=GROUP.id,
    learnability=Learnability.BELOW_B1,
)
ENROLMENT, _ = enrol([], REQUEST, COURSES, FIRST, GROUP.given_on)


def lesson(number: int, on: date, *, is_attended: bool = True) -> Lesson:
    return Lesson(ENROLMENT.id, number, on, is_attended)


@pytest.mark.row("finance-courses")
class TestFollowedCourses:
    def test_the_groups_next_lesson_comes_next_with_its_day_place_and_teacher(self) -> None:
        followed = follow_course(ENROLMENT, [lesson(1, DAYS[0])], [GROUP, LATER])
        assert (followed.attended, followed.missed) == ((1,), ())
        assert followed.next_lesson == NextLesson(2, DAYS[1], GROUP.id, "bibliotheek", GROUP.teacher_id)

    def test_a_missed_lesson_is_made_up_in_a_group_of_the_same_learnability(self) -> None:
        lessons = [lesson(1, DAYS[0]), lesson(2, DAYS[1], is_attended=False)]
        followed = follow_course(ENROLMENT, lessons, [GROUP, FASTER, LATER])
        assert followed.missed == (2,)
        made_up = NextLesson(2, LATER.given_on[1], LATER.id, "buurthuis", LATER.teacher_id, is_made_up=True)
        assert followed.next_lesson == made_up
        after = follow_course(ENROLMENT, [*lessons, lesson(2, LATER.given_on[1])], [GROUP, FASTER, LATER])
        assert (after.missed, after.next_lesson and after.next_lesson.lesson_no) == ((), 3)

    def test_what_was_not_missed_is_followed_in_ones_own_group(self) -> None:
        sooner = replace(LATER, given_on=tuple(day - timedelta(days=3) for day in DAYS))
        followed = follow_course(ENROLMENT, [lesson(1, DAYS[0])], [GROUP, sooner])
        assert followed.next_lesson is not None
        assert followed.next_lesson.group_id == GROUP.id

    def test_a_completed_course_can_be_taken_again_and_another_person_takes_it_at_the_same_time(self) -> None:
        again = replace(REQUEST, id=uuid4())
        with pytest.raises(ConflictError, match="takes this course already"):
            enrol([ENROLMENT], again, COURSES, FIRST, DAYS)
        assert enrol([replace(ENROLMENT, completed_on=DAYS[2])], again, COURSES, FIRST, DAYS)[1]
        assert enrol([ENROLMENT], replace(again, person_id=UUID(int=9)), COURSES, FIRST, DAYS)[1]

    def test_a_lesson_of_which_nothing_was_recorded_is_missed_after_a_week(self) -> None:
        days = [DAYS[0] + timedelta(days=later) for later in (7, 8)]
        assert [follow_course(ENROLMENT, [], [GROUP], day).missed for day in days] == [(), (1,)]

    def test_what_no_group_gives_any_more_is_next_without_a_day(self) -> None:
        lessons = [lesson(1, DAYS[0]), lesson(2, DAYS[1]), lesson(3, DAYS[2], is_attended=False)]
        assert follow_course(ENROLMENT, lessons, [GROUP, FASTER]).next_lesson == NextLesson(3, is_made_up=True)
        assert follow_course(ENROLMENT, [*lessons, lesson(3, LATER.given_on[2])], [GROUP]).next_lesson is None

    def test_attendance_is_on_a_day_on_which_a_group_gives_the_lesson(self) -> None:
        groups = [GROUP, LATER, FASTER]
        check_lesson_day(ENROLMENT, lesson(2, LATER.given_on[1]), groups)
        with pytest.raises(WrongInputError, match=f"given on {DAYS[1]}: give one"):
            check_lesson_day(ENROLMENT, lesson(2, LATER.given_on[1], is_attended=False), groups)
        with pytest.raises(WrongInputError, match=f"{DAYS[1]}, {LATER.given_on[1]}"):
            check_lesson_day(ENROLMENT, lesson(2, DAYS[2]), groups)

    def test_without_a_group_the_eight_lessons_of_den_haag_are_spread_over_half_a_year(self) -> None:
        courses = load_policy("gm0518").courses
        request = replace(REQUEST, id=uuid4(), course=courses[0].code, group_id=None)
        spread, _ = enrol([], request, courses, FIRST)
        assert (len(spread.planned_on), spread.planned_on[-1]) == (8, date(2027, 3, 16))
        gaps = {
            (later - earlier).days for earlier, later in zip(spread.planned_on, spread.planned_on[1:], strict=False)
        }
        assert gaps <= {22, 23}
        late, _ = enrol([], replace(request, id=uuid4(), enrolled_on=date(2027, 3, 10)), courses, FIRST)
        assert late.planned_on[-1] == date(2027, 3, 10) + timedelta(weeks=8), "one a week"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"course": "yoga"}, "has these courses: geldwijzer"),
        ({"given_on": DAYS[:2]}, "has 3 lessons: give a day for each"),
        ({"given_on": (DAYS[1], DAYS[0], DAYS[2])}, "in the order of the lessons"),
        (
            {"place": "school", "given_on": (DAYS[0], DAYS[1] + timedelta(days=1), DAYS[2])},
            f"another place on {DAYS[0]}",
        ),
    ],
)
def test_a_group_that_cannot_be_given_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        check_group(replace(GROUP, id=uuid4(), **changes), COURSES, [GROUP])


@pytest.mark.parametrize(
    ("course", "learnability", "taken_seats", "sentence"),
    [
        ("eurowijzer", Learnability.BELOW_B1, 0, "takes geldwijzer"),
        ("geldwijzer", Learnability.EXPECTS_B1, 0, "at another pace"),
        ("geldwijzer", None, 0, "at another pace"),
        ("geldwijzer", Learnability.BELOW_B1, 8, "All 8 seats"),
    ],
)
def test_who_does_not_fit_in_a_group_is_refused(
    course: str, learnability: Learnability | None, taken_seats: int, sentence: str
) -> None:
    check_place_in_group(GROUP, "geldwijzer", Learnability.BELOW_B1, 7)
    with pytest.raises(RefusedError, match=sentence):
        check_place_in_group(GROUP, course, learnability, taken_seats)
