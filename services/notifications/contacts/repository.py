"""Queries on contacts. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.notifications.contacts.rules import Contact, PostalAddress
from services.notifications.contacts.tables import ContactChangeRow, ContactRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import MessageChannel
from shared.identity import new_id

_LEARN = """
INSERT INTO contact (municipality, person_id, language, channel, entered)
SELECT $1, person_id, language, $4, false
FROM unnest($2::uuid[], $3::text[]) AS told(person_id, language) ORDER BY person_id
ON CONFLICT (municipality, person_id) DO UPDATE SET language = EXCLUDED.language WHERE NOT contact.entered
"""
_CONTACTS = "SELECT * FROM contact WHERE municipality = $1 AND person_id = ANY($2::uuid[])"
_CONTACT_COLUMNS = ("person_id", "language", "name", "email")
_ADDRESS_COLUMNS = tuple(field.name for field in fields(PostalAddress))


async def find_contact(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Contact | None:
    row = await rows.find(tx, ContactRow, person_id, lock=lock)
    return None if row is None else _contact_of(row.model_dump())


async def add_change(
    tx: Transaction, person_id: UUID, parts: list[str], changed_by: str, changed_roles: list[str]
) -> None:
    """Record who changed these parts of a contact."""
    change = {"person_id": person_id, "parts": parts, "changed_by": changed_by, "changed_roles": changed_roles}
    await rows.add(tx, ContactChangeRow, id=new_id(), **change)


async def list_changes(
    tx: Transaction, person_id: UUID, *, after: UUID | None, limit: int
) -> tuple[Sequence[ContactChangeRow], UUID | None]:
    """Return the changes of a person's contact, in order, and the id for the next page."""
    statement = select(ContactChangeRow).where(col(ContactChangeRow.person_id) == person_id).limit(limit + 1)
    if after is not None:
        statement = statement.where(col(ContactChangeRow.id) > after)
    found = (await tx.session.execute(statement.order_by(col(ContactChangeRow.id)))).scalars().all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def find_contacts(tx: Transaction, person_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Return the contacts of those who have one, by person."""
    records = await (await tx.driver()).fetch(_CONTACTS, tx.municipality, sorted(person_ids, key=attrgetter("int")))
    return {record["person_id"]: _contact_of(dict(record)) for record in records}


def _contact_of(record: Mapping[str, Any]) -> Contact:
    """Return a contact; its address is whole or absent, by a constraint of the table."""
    address = PostalAddress(**{name: record[name] for name in _ADDRESS_COLUMNS}) if record["street"] else None
    own = {name: record[name] for name in _CONTACT_COLUMNS}
    return Contact(**own, channel=MessageChannel(record["channel"]), address=address)


async def save_languages(tx: Transaction, contacts: Iterable[Contact]) -> None:
    """Save people's languages as events say them, the last of each, unless staff have entered the contact."""
    if languages := {contact.person_id: contact.language for contact in contacts}:
        arrays = list(languages), list(languages.values())
        await (await tx.driver()).execute(_LEARN, tx.municipality, *arrays, MessageChannel.LETTER)


async def put_contact(tx: Transaction, contact: Contact) -> None:
    """Save what staff entered, over what was on record."""
    values = rows.to_values(contact)
    address = values.pop("address")
    parts = {name: getattr(address, name, None) for name in _ADDRESS_COLUMNS}
    await rows.put(tx, ContactRow, **values, **parts, entered=True)
