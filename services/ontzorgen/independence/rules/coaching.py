"""Guidance: the coach's minutes against the month's allotment, courses with their lessons, and who gives guidance.

A coach works up to a maximum term and then hands on. The ladder is do together, do alone, let go (Capelle). A course
is completed when each of its lessons was attended, on whatever try.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.independence.rules.independence import Course, HandOver, IndependencePolicy
from shared.calendar import add_months, month_of, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated
from shared.events.codes import SelfRelianceClass

SUPPRESSED_BELOW = 5  # fewer households than this could be recognised
_CLASSES = tuple(SelfRelianceClass)


class Ladder(StrEnum):
    """How far someone is in doing their own money matters."""

    DO_TOGETHER = "do_together"
    DO_ALONE = "do_alone"
    LET_GO = "let_go"


@dataclass(frozen=True)
class Coaching:
    """A household's budget coaching, from its first day to the most that the policy allows, or its hand-over."""

    household_id: UUID
    started_on: date
    last_day: date
    handed_on: date | None = None
    handed_to: HandOver | None = None


@dataclass(frozen=True)
class Appointment:
    """Time set aside with the coach."""

    id: UUID
    household_id: UUID
    planned_on: date
    minutes: int


@dataclass(frozen=True)
class Session:
    """Time spent with the coach; zero minutes when the person did not come."""

    id: UUID
    household_id: UUID
    held_on: date
    minutes: int
    ladder: Ladder | None = None
    appointment_id: UUID | None = None


@dataclass(frozen=True)
class Enrolment:
    """A household's place in a course. Lessons and due day are as the policy had them at enrolment."""

    id: UUID
    household_id: UUID
    course: str
    enrolled_on: date
    lessons: int = 0
    due_on: date = date.max
    is_obligatory: bool = False
    completed_on: date | None = None


@dataclass(frozen=True)
class Lesson:
    """One lesson given; attended or missed."""

    enrolment_id: UUID
    lesson_no: int
    given_on: date
    is_attended: bool


@dataclass(frozen=True)
class Guidance:
    """Who guides a household from a day on."""

    household_id: UUID
    provider: str
    from_day: date


@dataclass(frozen=True)
class CoachingMonth:
    """A month of coaching in minutes; no allotment where the policy names none.

    Held may exceed the allotment: the work was done, and it shows.
    """

    month: str
    allotted_minutes: int | None
    planned_minutes: int
    held_minutes: int

    @property
    def left_minutes(self) -> int | None:
        return None if self.allotted_minutes is None else max(0, self.allotted_minutes - self.held_minutes)


@dataclass(frozen=True)
class ProviderRecord:
    """One household's counts with a provider: its first and last class in that time, and its lessons."""

    provider: str
    first_class: SelfRelianceClass | None
    last_class: SelfRelianceClass | None
    lessons_given: int
    lessons_attended: int


@dataclass(frozen=True)
class ProviderFigures:
    """A provider's households together. None stands for a number that is too small to show."""

    provider: str
    households: int | None
    measured_better: int | None
    measured_same: int | None
    measured_worse: int | None
    lessons_given: int | None
    lessons_attended: int | None


def start_coaching(household_id: UUID, started_on: date, policy: IndependencePolicy) -> Coaching:
    """Coaching for as long as the policy allows; ConflictError when it knows none."""
    if policy.coaching_months_max < 1:
        raise ConflictError("The policy of this municipality knows no coaching: enter its months there first.")
    return Coaching(household_id, started_on, period_end(started_on, policy.coaching_months_max))


def allotted_minutes(policy: IndependencePolicy, measured: SelfRelianceClass | None) -> int | None:
    """Coach minutes a month; None where the policy sets no bound.

    Someone not yet measured gets what the least self-reliant get, rather than nothing.
    """
    if not policy.coaching_minutes_by_class:
        return None
    return policy.coaching_minutes_by_class.get(measured or SelfRelianceClass.NOT_SELF_RELIANT, 0)


def coaching_month(
    month: str, allotted: int | None, appointments: Iterable[Appointment], sessions: Iterable[Session]
) -> CoachingMonth:
    """What was set aside and what was held; an appointment with a session counts as that session."""
    held = [one for one in sessions if month_of(one.held_on) == month]
    settled = {one.appointment_id for one in sessions}
    waiting = [one for one in appointments if month_of(one.planned_on) == month and one.id not in settled]
    return CoachingMonth(month, allotted, sum(one.minutes for one in waiting), sum(one.minutes for one in held))


def plan_appointment(coaching: Coaching, asked: Appointment, month: CoachingMonth) -> None:
    """Refused outside the coaching's term and beyond what the month has left."""
    _within_term(coaching, asked.planned_on, "planned_on")
    if month.left_minutes is None:
        return
    free = month.left_minutes - month.planned_minutes
    if asked.minutes > free:
        raise ConflictError(
            f"The coach has {max(0, free)} of {month.allotted_minutes} minutes left in this month: "
            "plan a shorter talk, or another month."
        )


def hold_session(coaching: Coaching, asked: Session) -> None:
    """Refused outside the coaching's term, and when time was spent without saying how it was spent."""
    _within_term(coaching, asked.held_on, "held_on")
    if (asked.minutes > 0) != (asked.ladder is not None):
        sentence = "Say with the minutes whether it was done together, done alone or let go; no minutes, no ladder."
        raise WrongInputError(Fault("ladder", "ladder_with_minutes", sentence))


def _within_term(coaching: Coaching, day: date, field: str) -> None:
    if coaching.handed_on is not None and day > coaching.handed_on:
        to = (coaching.handed_to or HandOver.CASE_MANAGER).replace("_", " ")
        raise ConflictError(f"The coach handed on to the {to} on {coaching.handed_on}: turn to them.")
    if not coaching.started_on <= day <= coaching.last_day:
        raise WrongInputError(
            Fault(
                field,
                "outside_coaching",
                f"Coaching runs from {coaching.started_on} to {coaching.last_day}: give a day of it, or hand on.",
            )
        )


def hand_on(coaching: Coaching, on: date, to: HandOver) -> Coaching:
    """The coaching, handed on; the same again changes nothing."""
    if (coaching.handed_on, coaching.handed_to) not in ((None, None), (on, to)):
        raise ConflictError(f"The coach handed on already, on {coaching.handed_on}: nothing is left to hand on.")
    if on < coaching.started_on:
        sentence = f"Coaching began on {coaching.started_on}: give that day or a later one."
        raise WrongInputError(Fault("handed_on", "before_coaching", sentence))
    return replace(coaching, handed_on=on, handed_to=to)


def enrol(
    known: Sequence[Enrolment], asked: Enrolment, courses: Sequence[Course], first_day: date
) -> tuple[Enrolment, bool]:
    """The enrolment as the policy has the course, and whether it is new."""
    for earlier in known:
        if earlier.id == asked.id:
            return repeated(earlier, asked), False
    course = next((one for one in courses if one.code == asked.course), None)
    if course is None:
        names = ", ".join(one.code for one in courses) or "none yet"
        raise WrongInputError(Fault("course", "unknown_course", f"The policy has these courses: {names}. Give one."))
    if any(one.course == asked.course and one.completed_on is None for one in known):
        raise ConflictError("The household takes this course already: record its lessons there.")
    lessons = course.lessons or asked.lessons
    if not lessons:
        sentence = "The policy does not say how many lessons this course has: give their number."
        raise WrongInputError(Fault("lessons", "number_of_lessons", sentence))
    due_on = add_months(first_day, course.due_months)
    return replace(asked, lessons=lessons, due_on=due_on, is_obligatory=course.is_obligatory), True


def attend(enrolment: Enrolment, known: Sequence[Lesson], lesson: Lesson) -> tuple[Enrolment, bool]:
    """The enrolment after a lesson, and whether the lesson is new; completed on the day of the last one attended."""
    if not 1 <= lesson.lesson_no <= enrolment.lessons:
        sentence = f"This course has {enrolment.lessons} lessons: give a number from 1 to that."
        raise WrongInputError(Fault("lesson_no", "no_such_lesson", sentence))
    for earlier in known:
        if (earlier.lesson_no, earlier.given_on) == (lesson.lesson_no, lesson.given_on):
            if earlier.is_attended != lesson.is_attended:
                raise ConflictError("Attendance at this lesson was recorded otherwise: look at the list of that day.")
            return enrolment, False
    if lesson.given_on < enrolment.enrolled_on:
        sentence = f"The household enrolled on {enrolment.enrolled_on}: give that day or a later one."
        raise WrongInputError(Fault("given_on", "before_enrolment", sentence))
    attended = {one.lesson_no for one in (*known, lesson) if one.is_attended}
    if enrolment.completed_on is None and len(attended) == enrolment.lessons:
        return replace(enrolment, completed_on=max(one.given_on for one in (*known, lesson) if one.is_attended)), True
    return enrolment, True


def guide(known: Guidance | None, asked: Guidance, policy: IndependencePolicy) -> bool:
    """Whether it is new who guides from that day on; only providers of the policy, where it names any."""
    if policy.providers and asked.provider not in policy.providers:
        names = ", ".join(sorted(policy.providers))
        raise WrongInputError(Fault("provider", "unknown_provider", f"The policy has these providers: {names}."))
    if known is not None and known != asked:
        raise ConflictError("Another provider guides the household from this day on: give another day.")
    return known is None


def provider_figures(records: Iterable[ProviderRecord]) -> tuple[ProviderFigures, ...]:
    """Figures to compare providers by. Where one part is too small all parts are left out, or it could be derived."""
    by_provider: dict[str, list[ProviderRecord]] = {}
    for record in records:
        by_provider.setdefault(record.provider, []).append(record)
    return tuple(_figures(provider, by_provider[provider]) for provider in sorted(by_provider))


def _figures(provider: str, records: Sequence[ProviderRecord]) -> ProviderFigures:
    if len(records) < SUPPRESSED_BELOW:
        return ProviderFigures(provider, None, None, None, None, None, None)
    steps = [
        _CLASSES.index(one.last_class) - _CLASSES.index(one.first_class)
        for one in records
        if one.first_class is not None and one.last_class is not None
    ]
    parts = (sum(step > 0 for step in steps), steps.count(0), sum(step < 0 for step in steps))
    unmeasured = len(records) - len(steps)
    is_shown = all(part == 0 or part >= SUPPRESSED_BELOW for part in (*parts, unmeasured))
    better, same, worse = parts if is_shown else (None, None, None)
    given, attended = (sum(getattr(one, f"lessons_{what}") for one in records) for what in ("given", "attended"))
    return ProviderFigures(provider, len(records), better, same, worse, given, attended)
