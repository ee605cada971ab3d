"""Coaches are registered, listed with their caseload, and assigned to people up to their limit; all of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.repository import coaches
from services.ontzorgen.independence.rules.coaches import (
    Coach,
    CoachAssignment,
    CoachTerm,
    check_assignment,
    count_caseload,
    find_highest_caseload,
    require_same_coach,
)
from services.ontzorgen.independence.rules.coaching import Coaching
from shared.database.transactions import Transaction
from shared.http.requests import require_found
from shared.identity import new_id


@dataclass(frozen=True)
class CoachWithCaseload:
    """A coach, and how many people are coached on a day."""

    coach: Coach
    caseload: int


async def register_coach(coach: Coach, tx: Transaction) -> Coach:
    """Register a coach. Sent again, the limit and the last day may be others; nothing else changes."""
    if await coaches.add_coach(tx, coach):
        return coach
    require_same_coach(await coaches.find_coach(tx, coach.id, lock=True), coach)
    await coaches.save_coach(tx, coach)
    return coach


async def list_coaches(
    on: date, after: UUID | None, limit: int, tx: Transaction
) -> tuple[list[CoachWithCaseload], UUID | None]:
    """Return coaches by id with their caseload on a day, and the id to continue after."""
    page, next_id = await coaches.list_coaches(tx, after, limit)
    terms: dict[UUID, list[CoachTerm]] = {coach.id: [] for coach in page}
    for term in await coaches.list_terms(tx, [*terms]):
        terms[term.coach_id].append(term)
    return [CoachWithCaseload(coach, count_caseload(terms[coach.id], on)) for coach in page], next_id


async def list_caseload(
    coach_id: UUID, on: date, after: coaches.PersonKey | None, limit: int, tx: Transaction
) -> tuple[Sequence[Coaching], coaches.PersonKey | None]:
    """Return whom a coach coaches on a day, and the household and person to continue after."""
    require_found(await coaches.find_coach(tx, coach_id), "coach")
    return await coaches.list_caseload(tx, coach_id, on, after, limit)


async def list_terms(coach_id: UUID, tx: Transaction) -> Sequence[CoachTerm]:
    """Return whom a coach coached from when until when, oldest first."""
    require_found(await coaches.find_coach(tx, coach_id), "coach")
    return await coaches.list_terms(tx, [coach_id])


async def list_terms_of_person(household_id: UUID, person_id: UUID, tx: Transaction) -> Sequence[CoachTerm]:
    """Return who coached a person from when until when, oldest first."""
    return await coaches.list_terms_of_person(tx, household_id, person_id)


async def find_free_coach(current: Coaching, coach_id: UUID, on: date, tx: Transaction) -> Coaching:
    """Return the coaching with this coach from a day on, if there is a place until its last day.

    The lock keeps two assignments from taking the same place.
    """
    coach = require_found(await coaches.find_coach(tx, coach_id, lock=True), "coach")
    if current.coach_id == coach_id:
        return current
    terms = await coaches.list_terms(tx, [coach_id])
    check_assignment(coach, find_highest_caseload(terms, on, current.last_day), on)
    return replace(current, coach_id=coach_id)


async def record_assignment(assigned: Coaching, person_id: UUID, on: date, tx: Transaction) -> None:
    """Add to the history that the coach of a coaching has it from a day on."""
    if assigned.coach_id is not None:
        assignment = CoachAssignment(new_id(), assigned.household_id, person_id, assigned.coach_id, on)
        await coaches.add_assignment(tx, assignment)
