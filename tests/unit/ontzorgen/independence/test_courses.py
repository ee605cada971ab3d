"""Courses: those of the policy, completed when each lesson was attended."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from independence_states import FIRST, HOUSEHOLD_ID, load_policy

from services.ontzorgen.independence.rules.courses import Course, Enrolment, Lesson, attend, enrol
from shared.errors.refusals import WrongInputError


@pytest.mark.row("finance-courses")
class TestCourses:
    def test_a_course_is_completed_when_each_lesson_was_attended_on_whatever_try(self) -> None:
        courses = [Course("omgaan-met-geld", 3, 6, is_obligatory=True)]
        enrolment, _ = enrol([], Enrolment(uuid4(), HOUSEHOLD_ID, "omgaan-met-geld", FIRST), courses, FIRST)
        assert (enrolment.lessons, enrolment.due_on, enrolment.is_obligatory) == (3, date(2027, 3, 16), True)
        lessons: list[Lesson] = []
        for week, (number, is_attended) in enumerate([(1, True), (2, False), (3, True), (2, True)], 1):
            assert enrolment.completed_on is None
            lesson = Lesson(enrolment.id, number, FIRST + timedelta(weeks=week), is_attended)
            enrolment, is_new = attend(enrolment, lessons, lesson)
            assert is_new
            lessons.append(lesson)
        assert enrolment.completed_on == FIRST + timedelta(weeks=4)
        with pytest.raises(WrongInputError, match="has 3 lessons"):
            attend(enrolment, lessons, replace(lessons[0], lesson_no=4))

    def test_the_courses_are_those_of_the_policy_with_their_refresher(self) -> None:
        courses = load_policy("gm0531").courses
        assert [(course.code, course.lessons) for course in courses] == [
            ("omgaan-met-geld", 3),
            ("omgaan-met-geld-refresher", 1),
        ]
        zoetermeer = load_policy("gm0637").courses
        assert [course.code for course in zoetermeer] == ["eurowijzer", "een-goede-start"]
        unknown = Enrolment(uuid4(), HOUSEHOLD_ID, "yoga", FIRST)
        with pytest.raises(WrongInputError, match="eurowijzer, een-goede-start"):
            enrol([], unknown, zoetermeer, FIRST)
        with pytest.raises(WrongInputError, match="give their number"):
            enrol([], replace(unknown, course="eurowijzer"), zoetermeer, FIRST)
