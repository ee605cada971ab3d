"""What is done with candidates, one function per command or question: load, decide, save, emit."""

from datetime import date
from uuid import UUID

from services.recruitment.ambassadors.handlers import find_on_record
from services.recruitment.candidates import repository, rules
from services.recruitment.candidates.rules import Candidate
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import require_found


async def register_candidate(candidate: Candidate, tx: Transaction) -> Candidate:
    on_record = await find_on_record(candidate.neighbourhood, candidate.ambassador_ids, tx)
    recruited = rules.register_candidate(candidate, on_record)
    if existing := await repository.add_candidate(tx, candidate):
        return require_same_content(existing, candidate)
    tx.emit(recruited)
    return candidate


async def withdraw_candidate(person_id: UUID, withdrawn_on: date, tx: Transaction) -> Candidate:
    candidate = require_found(await repository.find_candidate(tx, person_id, lock=True), "candidate")
    candidate, withdrawn = rules.withdraw_candidate(candidate, withdrawn_on)
    await repository.save_candidate(tx, candidate)
    tx.emit(*withdrawn)
    return candidate


async def read_candidate(person_id: UUID, tx: Transaction) -> Candidate:
    """Return a candidate's file."""
    return require_found(await repository.find_candidate(tx, person_id), "candidate")


async def record_signed_plan(person_id: UUID, signed_on: date, tx: Transaction) -> Candidate | None:
    """Record that a candidate's plan was signed. Return the candidate the first time; None if nothing is to count.

    Recruitment registered every candidate itself, so someone unknown was not recruited here.
    """
    candidate = await repository.find_candidate(tx, person_id, lock=True)
    if candidate is None:
        return None
    signed = rules.record_signed_plan(candidate, signed_on)
    if signed is not None:
        await repository.save_candidate(tx, signed)
    return signed


async def count_signed_plans(tx: Transaction) -> int:
    """Count the candidates with a signed plan: each person once."""
    return await repository.count_signed_plans(tx)
