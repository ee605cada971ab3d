"""What is done with partners, one function per command or question."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.notifications.partners import repository
from services.notifications.partners.rules.partners import Link, Partner, check_link, check_partner
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, require_same_content
from shared.http.requests import require_found

_KEY_BYTES = 32


async def register_partner(partner: Partner, tx: Transaction) -> Partner:
    """Register a partner under its own id; the same twice changes nothing."""
    check_partner(partner)
    taken = await repository.find_by_subject(tx, partner.token_subject)
    if taken is not None and taken.id != partner.id:
        raise ConflictError("subject_in_use", "Another partner has this subject: give the subject of its own tokens.")
    new = replace(partner, pseudonym_key=secrets.token_bytes(_KEY_BYTES))
    existing = await repository.add_partner(tx, new)
    if existing is None:
        return new
    return require_same_content(existing, replace(partner, pseudonym_key=existing.pseudonym_key))


async def get_partner(partner_id: UUID, tx: Transaction) -> Partner:
    return require_found(await repository.find_partner(tx, partner_id), "partner")


async def find_by_subject(token_subject: str, tx: Transaction) -> Partner | None:
    """Return the partner that a token's subject stands for; None if it is not registered."""
    return await repository.find_by_subject(tx, token_subject)


async def list_partners(tx: Transaction, *, after: UUID | None, limit: int) -> tuple[list[Partner], UUID | None]:
    return await repository.list_partners(tx, after=after, limit=limit)


async def load_concerned(person_ids: Iterable[UUID], creditors: Iterable[str], tx: Transaction) -> list[Partner]:
    """Return the partners that these people are or were linked to, and those that are one of these creditors."""
    return await repository.load_concerned(tx, person_ids, creditors)


async def change_end(partner_id: UUID, ends_on: date, tx: Transaction) -> Partner:
    """Let a purpose end on another day: earlier, or later."""
    partner = require_found(await repository.find_partner(tx, partner_id, lock=True), "partner")
    changed = replace(partner, ends_on=ends_on)
    check_partner(changed)
    await repository.change_end(tx, partner_id, ends_on)
    return changed


async def link_person(link: Link, tx: Transaction) -> Link:
    """Link a person to a partner, by what the case manager knows; the same twice changes nothing."""
    check_link(await get_partner(link.partner_id, tx), link)
    existing = await repository.add_link(tx, link)
    return link if existing is None else require_same_content(existing, link)


async def list_links(
    partner_id: UUID, tx: Transaction, *, after: UUID | None, limit: int
) -> tuple[list[Link], UUID | None]:
    await get_partner(partner_id, tx)
    return await repository.list_links(tx, partner_id, after=after, limit=limit)


async def find_link(partner_id: UUID, link_id: UUID, tx: Transaction) -> Link:
    """Return a link, locked."""
    return require_found(await repository.find_link(tx, link_id, partner_id, lock=True), "link")


async def end_link(link: Link, ended_on: date, tx: Transaction) -> Link:
    """End a link that this transaction has locked."""
    await repository.end_links(tx, [link.id], ended_on)
    return replace(link, ended_on=ended_on)


async def read_today(tx: Transaction) -> date:
    """Return the Dutch day, by the clock of the database."""
    return await repository.read_today(tx)


async def list_all(tx: Transaction) -> list[Partner]:
    """Return every partner of the municipality, in the order of their ids."""
    return await repository.list_all(tx)


async def load_links(person_ids: Iterable[UUID], tx: Transaction) -> list[Link]:
    """Return the links of these people, those that ended too."""
    return await repository.load_links(tx, person_ids)


async def save_links(opened: Iterable[Link], ended: Sequence[Link], tx: Transaction) -> None:
    """Save links that mandates opened, and end those that ended; each once."""
    for link in opened:
        await repository.add_link(tx, link)
    for link in ended:
        assert link.ended_on is not None  # noqa: S101 - that is what ended means
        await repository.end_links(tx, [link.id], link.ended_on)
