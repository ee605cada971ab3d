"""Queries on ambassadors and pairs. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.recruitment.ambassadors.rules import Ambassador, Pair
from services.recruitment.ambassadors.tables import AmbassadorRow, PairRow
from shared.database import rows
from shared.database.transactions import Transaction


async def add_ambassador(tx: Transaction, ambassador: Ambassador) -> Ambassador | None:
    """Insert an ambassador. Return None if it is new, else the ambassador who has this id."""
    return await rows.add_or_load(tx, AmbassadorRow, ambassador)


async def add_pair(tx: Transaction, pair: Pair) -> Pair | None:
    """Insert a pair. Return None if it is new, else the pair that has this id."""
    return await rows.add_or_load(tx, PairRow, pair)


async def list_ambassadors(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Ambassador], UUID | None]:
    """Return some ambassadors by id, and the id to go on after."""
    page, next_id = await rows.list_page(tx, AmbassadorRow, after=after, limit=limit)
    return [rows.to_state(Ambassador, row) for row in page], next_id


async def lock_ambassadors(tx: Transaction, ids: Collection[UUID]) -> list[Ambassador]:
    """Lock those on record in the order of their ids, so that no two requests wait for each other, and return them."""
    locked = [await rows.find(tx, AmbassadorRow, key, lock=True) for key in sorted(set(ids))]
    return [rows.to_state(Ambassador, row) for row in locked if row is not None]


async def save_ambassadors(tx: Transaction, ambassadors: Sequence[Ambassador]) -> None:
    for ambassador in ambassadors:
        await rows.update(tx, AmbassadorRow, ambassador.id, **rows.to_values(ambassador))


async def find_ids(tx: Transaction, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the ids that are of an ambassador."""
    if not ids:
        return frozenset()
    query = select(col(AmbassadorRow.id)).where(col(AmbassadorRow.id).in_(ids))
    return frozenset((await tx.session.execute(query)).scalars())


async def list_ids_by_seniority(tx: Transaction) -> list[UUID]:
    """Return every ambassador's id, the longest appointed first."""
    query = select(col(AmbassadorRow.id)).order_by(col(AmbassadorRow.appointed_on), col(AmbassadorRow.id))
    return list((await tx.session.execute(query)).scalars())
