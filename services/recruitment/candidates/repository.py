"""Queries on candidates. Row-level security keeps each of them to the municipality of the transaction."""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.recruitment.candidates.rules import Candidate
from services.recruitment.candidates.tables import CandidateRow
from shared.database import rows
from shared.database.transactions import Transaction


async def add_candidate(tx: Transaction, candidate: Candidate) -> Candidate | None:
    """Insert a candidate. Return None if it is new, else the candidate who has this id."""
    return await rows.add_or_load(tx, CandidateRow, candidate)


async def find_candidate(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Candidate | None:
    """Return a candidate; with `lock` it cannot change until this transaction ends."""
    row = await rows.find(tx, CandidateRow, person_id, lock=lock)
    return None if row is None else rows.to_state(Candidate, row)


async def list_candidates(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Candidate], UUID | None]:
    """Return some candidates by id, and the id to go on after."""
    page, next_id = await rows.list_page(tx, CandidateRow, after=after, limit=limit)
    return [rows.to_state(Candidate, row) for row in page], next_id


async def save_candidate(tx: Transaction, candidate: Candidate) -> None:
    await rows.update(tx, CandidateRow, candidate.id, **rows.to_values(candidate))


async def count_signed_plans(tx: Transaction) -> int:
    """Count the candidates with a signed plan: each person once."""
    return (await tx.session.execute(select(func.count(col(CandidateRow.plan_signed_on))))).scalar_one()
