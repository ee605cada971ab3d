"""Every query of recruitment. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col

from services.recruitment.domain import Ambassador, Candidate, Known, Neighbourhood, Outreach, Pair
from services.recruitment.tables import (
    AmbassadorRow,
    CandidateRow,
    CreditRow,
    NeighbourhoodRow,
    OutreachRow,
    PairRow,
)
from shared.database import rows
from shared.database.transactions import Transaction

_ROW_OF: Mapping[type, type[SQLModel]] = {
    Ambassador: AmbassadorRow,
    Pair: PairRow,
    Outreach: OutreachRow,
    Candidate: CandidateRow,
    Neighbourhood: NeighbourhoodRow,
}
State = TypeVar("State", Ambassador, Pair, Outreach, Candidate, Neighbourhood)


@dataclass(frozen=True)
class Figures:
    """What recruitment holds of a municipality."""

    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: Mapping[str, int]
    withdrawn: int
    signed_plans: int


async def add(tx: Transaction, state: State) -> bool:
    """Keep something new; False when its id is in use."""
    return await rows.add(tx, _ROW_OF[type(state)], **rows.values_of(state))


async def load(tx: Transaction, kind: type[State], key: UUID | str, *, lock: bool = False) -> State | None:
    """One of a kind; with `lock` it can not change until this transaction ends."""
    row = await rows.find(tx, _ROW_OF[kind], key, lock=lock)
    return None if row is None else rows.state_of(kind, row)


async def page(tx: Transaction, kind: type[State], after: UUID | str | None, limit: int) -> tuple[list[State], Any]:
    """Some of a kind by key, and the key to go on after."""
    found, following = await rows.page(tx, _ROW_OF[kind], after=after, limit=limit)
    return [rows.state_of(kind, row) for row in found], following


async def save_candidate(tx: Transaction, candidate: Candidate) -> None:
    await rows.update(tx, CandidateRow, candidate.id, **rows.values_of(candidate))


async def save_ambassadors(tx: Transaction, ambassadors: Sequence[Ambassador]) -> None:
    for ambassador in ambassadors:
        await rows.update(tx, AmbassadorRow, ambassador.id, **rows.values_of(ambassador))


async def put_neighbourhood(tx: Transaction, neighbourhood: Neighbourhood) -> None:
    """Keep a neighbourhood, over what was known of it."""
    values = rows.values_of(neighbourhood)
    statement = insert(NeighbourhoodRow).values(municipality=tx.municipality, **values)
    await tx.session.execute(statement.on_conflict_do_update(index_elements=["municipality", "code"], set_=values))


async def known(tx: Transaction, neighbourhood: str, ambassadors: Collection[UUID] = ()) -> Known:
    """Which of the named are on record."""
    found = await rows.find(tx, NeighbourhoodRow, neighbourhood)
    query = select(col(AmbassadorRow.id)).where(col(AmbassadorRow.id).in_(ambassadors))
    return Known(found is not None, frozenset((await tx.session.execute(query)).scalars()) if ambassadors else ())


async def lock_ambassadors(tx: Transaction, ids: Collection[UUID]) -> list[Ambassador]:
    """The named ambassadors on record, locked in the order of their ids: so no two requests wait for each other."""
    found = [await load(tx, Ambassador, key, lock=True) for key in sorted(set(ids))]
    return [ambassador for ambassador in found if ambassador is not None]


async def ambassadors_by_seniority(tx: Transaction) -> list[UUID]:
    query = select(col(AmbassadorRow.id)).order_by(col(AmbassadorRow.appointed_on), col(AmbassadorRow.id))
    return list((await tx.session.execute(query)).scalars())


async def add_credits(tx: Transaction, candidate: Candidate, credited_on: date) -> None:
    for ambassador in candidate.ambassador_ids:
        await rows.add(tx, CreditRow, ambassador_id=ambassador, person_id=candidate.id, credited_on=credited_on)


async def credits_by_ambassador(tx: Transaction) -> Mapping[UUID, int]:
    query = select(col(CreditRow.ambassador_id), func.count()).group_by(col(CreditRow.ambassador_id))
    return dict((await tx.session.execute(query)).all())


async def figures(tx: Transaction) -> Figures:
    """Counted from the rows themselves."""
    by_channel = select(col(CandidateRow.channel), func.count()).group_by(col(CandidateRow.channel))
    counts = select(
        select(func.count()).select_from(AmbassadorRow).scalar_subquery(),
        select(func.count()).select_from(OutreachRow).scalar_subquery(),
        select(func.coalesce(func.sum(col(OutreachRow.people_reached)), 0)).scalar_subquery(),
        select(func.count()).select_from(CandidateRow).scalar_subquery(),
        select(func.count(col(CandidateRow.withdrawn_on))).scalar_subquery(),
        select(func.count(col(CandidateRow.plan_signed_on))).scalar_subquery(),
    )
    ambassadors, outreaches, reached, candidates, withdrawn, signed = (await tx.session.execute(counts)).one()
    channels = dict((await tx.session.execute(by_channel)).all())
    return Figures(ambassadors, outreaches, reached, candidates, channels, withdrawn, signed)
