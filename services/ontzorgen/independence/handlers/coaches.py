"""Coaches are registered, listed with their caseload, and assigned to people up to their limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.repository import coaches, coaching
from services.ontzorgen.independence.rules.coaches import Coach, check_assignment, require_same_coach
from services.ontzorgen.independence.rules.coaching import Coaching
from shared.database.transactions import Transaction
from shared.http.requests import require_found


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
    caseloads = await coaches.count_caseloads(tx, [coach.id for coach in page], on)
    return [CoachWithCaseload(coach, caseloads.get(coach.id, 0)) for coach in page], next_id


async def list_caseload(coach_id: UUID, on: date, tx: Transaction) -> Sequence[Coaching]:
    """Return whom a coach coaches on a day."""
    require_found(await coaches.find_coach(tx, coach_id), "coach")
    return [one for one in await coaching.list_coachings(tx, coach_id=coach_id) if one.is_open(on)]


async def assign_coach(current: Coaching, coach_id: UUID, on: date, tx: Transaction) -> Coaching:
    """Return the coaching with this coach from now on; the lock keeps two assignments from taking the same place."""
    coach = require_found(await coaches.find_coach(tx, coach_id, lock=True), "coach")
    if current.coach_id == coach_id:
        return current
    caseloads = await coaches.count_caseloads(tx, [coach_id], on)
    check_assignment(coach, caseloads.get(coach_id, 0), on)
    return replace(current, coach_id=coach_id)
