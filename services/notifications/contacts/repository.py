"""Queries on contacts. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Iterable
from operator import attrgetter
from uuid import UUID

from services.notifications.contacts.rules import Contact
from services.notifications.contacts.tables import ContactRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import MessageChannel

_LEARN = """
INSERT INTO contact (municipality, person_id, language, channel, entered)
SELECT $1, person_id, language, $4, false
FROM unnest($2::uuid[], $3::text[]) AS told(person_id, language) ORDER BY person_id
ON CONFLICT (municipality, person_id) DO UPDATE SET language = EXCLUDED.language WHERE NOT contact.entered
"""
_CONTACTS = """
SELECT person_id, language, channel, name, email FROM contact WHERE municipality = $1 AND person_id = ANY($2::uuid[])
"""


async def find_contact(tx: Transaction, person_id: UUID) -> Contact | None:
    row = await rows.find(tx, ContactRow, person_id)
    return None if row is None else rows.to_state(Contact, row)


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
