"""Queries on partners and links. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.notifications.partners.rules.partners import Link, Partner, PartnerKind
from services.notifications.partners.rules.purposes import PartnerPurpose
from services.notifications.partners.tables import PartnerLinkRow, PartnerRow
from shared.database import rows
from shared.database.transactions import Transaction

_END_LINKS = """
UPDATE partner_link SET ended_on = $3 WHERE municipality = $1 AND id = ANY($2::uuid[]) AND ended_on IS NULL
"""
_CONCERNED = """
SELECT * FROM partner WHERE municipality = $1 AND (creditors && $3::text[]
    OR id IN (SELECT partner_id FROM partner_link WHERE municipality = $1 AND person_id = ANY($2::uuid[])))
ORDER BY id
"""
_FIELDS = tuple(Partner.__dataclass_fields__)
_READ: dict[str, Callable[[Any], Any]] = {"kind": PartnerKind, "purpose": PartnerPurpose, "creditors": tuple}


def _as_is(value: Any) -> Any:
    return value


async def add_partner(tx: Transaction, partner: Partner) -> Partner | None:
    """Add a partner. Return None if it is new, else the one that has its id already."""
    return await rows.add_or_load(tx, PartnerRow, partner)


async def find_partner(tx: Transaction, partner_id: UUID, *, lock: bool = False) -> Partner | None:
    row = await rows.find(tx, PartnerRow, partner_id, lock=lock)
    return None if row is None else rows.to_state(Partner, row)


async def find_by_subject(tx: Transaction, token_subject: str) -> Partner | None:
    """Return the partner that a token's subject stands for; None if there is none."""
    statement = select(PartnerRow).where(col(PartnerRow.token_subject) == token_subject)
    row = (await tx.session.execute(statement)).scalar_one_or_none()
    return None if row is None else rows.to_state(Partner, row)


async def list_partners(tx: Transaction, *, after: UUID | None, limit: int) -> tuple[list[Partner], UUID | None]:
    """Return partners by id, and the id for the next page."""
    page, next_id = await rows.list_page(tx, PartnerRow, after=after, limit=limit)
    return [rows.to_state(Partner, row) for row in page], next_id


async def load_concerned(tx: Transaction, person_ids: Iterable[UUID], creditors: Iterable[str]) -> list[Partner]:
    """Return the partners that these people are or were linked to, and those that are one of these creditors."""
    ids, codes = sorted(set(person_ids), key=attrgetter("int")), sorted(set(creditors))
    records = await (await tx.driver()).fetch(_CONCERNED, tx.municipality, ids, codes)
    return [Partner(**{name: _READ.get(name, _as_is)(record[name]) for name in _FIELDS}) for record in records]


async def list_all(tx: Transaction) -> list[Partner]:
    """Return every partner, in the order of their ids."""
    records = (await tx.session.execute(select(PartnerRow).order_by(col(PartnerRow.id)))).scalars()
    return [rows.to_state(Partner, row) for row in records]


async def read_today(tx: Transaction) -> date:
    """Return the Dutch day of this transaction, by the clock of the database."""
    today: date = await (await tx.driver()).fetchval("SELECT timezone('Europe/Amsterdam', now())::date")
    return today


async def change_end(tx: Transaction, partner_id: UUID, ends_on: date) -> None:
    """Change the last day of a partner that this transaction has locked."""
    await rows.update(tx, PartnerRow, partner_id, ends_on=ends_on)


async def add_link(tx: Transaction, link: Link) -> Link | None:
    """Add a link. Return None if it is new, else the one that has its id already."""
    return await rows.add_or_load(tx, PartnerLinkRow, link)


async def find_link(tx: Transaction, link_id: UUID, partner_id: UUID, *, lock: bool = False) -> Link | None:
    row = await rows.find(tx, PartnerLinkRow, link_id, partner_id, lock=lock)
    return None if row is None else rows.to_state(Link, row)


async def list_links(
    tx: Transaction, partner_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[Link], UUID | None]:
    """Return the links of a partner by id, and the id for the next page."""
    statement = select(PartnerLinkRow).where(col(PartnerLinkRow.partner_id) == partner_id)
    if after is not None:
        statement = statement.where(col(PartnerLinkRow.id) > after)
    records = (await tx.session.execute(statement.order_by(col(PartnerLinkRow.id)).limit(limit + 1))).scalars().all()
    links = [rows.to_state(Link, row) for row in records[:limit]]
    return links, links[-1].id if len(records) > limit else None


async def load_links(tx: Transaction, person_ids: Iterable[UUID]) -> list[Link]:
    """Return the links of these people, those that ended too."""
    ids = sorted(set(person_ids), key=attrgetter("int"))
    records = (await tx.session.execute(select(PartnerLinkRow).where(col(PartnerLinkRow.person_id).in_(ids)))).scalars()
    return [rows.to_state(Link, row) for row in records]


async def end_links(tx: Transaction, link_ids: Sequence[UUID], ended_on: date) -> None:
    """End links, those that have ended already excepted."""
    if link_ids:
        await tx.flush()
        await (await tx.driver()).execute(_END_LINKS, tx.municipality, list(link_ids), ended_on)
