"""Coaching, courses and who guides. Load, decide, save."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.handlers.independence import ID_IN_USE, household_of, policy_on
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules import coaching as rules
from services.ontzorgen.independence.rules.coaching import (
    Appointment,
    Coaching,
    CoachingMonth,
    Enrolment,
    Guidance,
    Lesson,
    ProviderFigures,
    Session,
)
from services.ontzorgen.independence.rules.independence import HandOver, Measurement, class_on
from services.ontzorgen.tasks.handlers import complete_household_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_end, month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, repeated
from shared.http.requests import not_found


async def start_coaching(household_id: UUID, started_on: date, tx: Transaction) -> Coaching:
    household = await household_of(household_id, tx)
    earlier = await repository.find(tx, Coaching, household.id)
    if earlier is not None:
        if earlier.started_on != started_on:
            raise ConflictError(f"Coaching began on {earlier.started_on} already: go on with it.")
        return earlier
    coaching = rules.start_coaching(household.id, started_on, policy_on(tx, started_on))
    await repository.add(tx, coaching)
    return coaching


async def coaching_of(household_id: UUID, tx: Transaction) -> Coaching:
    await household_of(household_id, tx)
    coaching = await repository.find(tx, Coaching, household_id, lock=True)
    if coaching is None:
        raise ConflictError("Coaching has not begun: begin it first.")
    return coaching


async def month_of_coaching(household_id: UUID, month: str, tx: Transaction) -> CoachingMonth:
    """The month's minutes against the allotment of the class that holds at its end."""
    measured = class_on(await repository.known(tx, Measurement, household_id=household_id), month_end(month))
    return rules.coaching_month(
        month,
        rules.allotted_minutes(policy_on(tx, month_end(month)), measured),
        await repository.known(tx, Appointment, household_id=household_id),
        await repository.known(tx, Session, household_id=household_id),
    )


async def plan_appointment(asked: Appointment, tx: Transaction) -> Appointment:
    coaching = await coaching_of(asked.household_id, tx)
    earlier = await repository.find(tx, Appointment, asked.id)
    if earlier is not None:
        return repeated(earlier, asked)
    rules.plan_appointment(coaching, asked, await month_of_coaching(asked.household_id, month_of(asked.planned_on), tx))
    await repository.add(tx, asked)
    return asked


async def hold_session(asked: Session, tx: Transaction) -> Session:
    coaching = await coaching_of(asked.household_id, tx)
    earlier = await repository.find(tx, Session, asked.id)
    if earlier is not None:
        return repeated(earlier, asked)
    rules.hold_session(coaching, asked)
    if asked.appointment_id is not None:
        appointment = await repository.find(tx, Appointment, asked.appointment_id)
        if appointment is None or appointment.household_id != asked.household_id:
            raise not_found("appointment")
    await repository.add(tx, asked)
    return asked


async def hand_on(household_id: UUID, on: date, to: HandOver, tx: Transaction) -> Coaching:
    handed = rules.hand_on(await coaching_of(household_id, tx), on, to)
    await repository.save(tx, handed, household_id)
    await complete_household_tasks(household_id, [TaskKind.COACH_TO_HAND_ON], on, tx)
    return handed


async def enrol(asked: Enrolment, tx: Transaction) -> Enrolment:
    household = await household_of(asked.household_id, tx)
    known = await repository.known(tx, Enrolment, household_id=household.id)
    enrolment, is_new = rules.enrol(known, asked, policy_on(tx, asked.enrolled_on).courses, household.first_day)
    if is_new and not await repository.add(tx, enrolment):
        raise ConflictError(ID_IN_USE)
    return enrolment


async def attend(household_id: UUID, lesson: Lesson, tx: Transaction) -> Enrolment:
    """A lesson of a course, attended or missed; the last one completes it and ends what it left to do."""
    await household_of(household_id, tx)
    enrolment = await repository.find(tx, Enrolment, lesson.enrolment_id, lock=True)
    if enrolment is None or enrolment.household_id != household_id:
        raise not_found("enrolment")
    known = await repository.known(tx, Lesson, enrolment_id=enrolment.id)
    after, is_new = rules.attend(enrolment, known, lesson)
    if is_new:
        await repository.add(tx, lesson)
        await repository.save(tx, after, after.id)
    if after.completed_on is not None and enrolment.completed_on is None:
        await complete_household_tasks(household_id, [TaskKind.COURSE_NOT_ATTENDED], after.completed_on, tx)
    return after


async def guide(asked: Guidance, tx: Transaction) -> Guidance:
    household = await household_of(asked.household_id, tx)
    earlier = await repository.find(tx, Guidance, household.id, asked.from_day)
    if rules.guide(earlier, asked, policy_on(tx, asked.from_day)):
        await repository.add(tx, asked)
    return asked


async def compare_providers(tx: Transaction) -> Sequence[ProviderFigures]:
    return rules.provider_figures(await repository.provider_records(tx))
