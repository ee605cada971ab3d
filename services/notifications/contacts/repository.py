"""Queries on contacts. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.notifications.contacts.rules import Contact
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
_CONTACTS = """
SELECT person_id, language, channel, name, email FROM contact WHERE municipality = $1 AND person_id = ANY($2::uuid[])
"""


async def find_contact(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Contact | None:
    row = await rows.find(tx, ContactRow, person_id, lock=lock)
    return None if row is None else rows.to_state(Contact, row)


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
    return {
        record["person_id"]: Contact(
            record["person_id"], record["language"], MessageChannel(record["channel"]), record["name"], record["email"]
        )
        for record in records
    }


async def save_languages(tx: Transaction, contacts: Iterable[Contact]) -> None:
    """Save people's languages as events say them, the last of each, unless staff have entered the contact."""
    if languages := {contact.person_id: contact.language for contact in contacts}:
        arrays = list(languages), list(languages.values())
        await (await tx.driver()).execute(_LEARN, tx.municipality, *arrays, MessageChannel.LETTER)


async def put_contact(tx: Transaction, contact: Contact) -> None:
    """Save what staff entered, over what was on record."""
    await rows.put(tx, ContactRow, **rows.to_values(contact), entered=True)
