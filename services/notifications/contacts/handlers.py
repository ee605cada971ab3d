"""What is done with contacts, one function per command or question."""

from collections.abc import Iterable
from uuid import UUID

from services.notifications.contacts import repository, rules
from services.notifications.contacts.rules import Contact
from shared.database.transactions import Transaction
from shared.events import EventData
from shared.http.requests import require_found


async def put_contact(contact: Contact, tx: Transaction) -> Contact:
    await repository.put_contact(tx, contact)
    return contact


async def read_contact(person_id: UUID, tx: Transaction) -> Contact:
    """Return how someone is reached."""
    return require_found(await repository.find_contact(tx, person_id), "person")


async def find_contact(person_id: UUID, tx: Transaction) -> Contact | None:
    return await repository.find_contact(tx, person_id)


async def find_contacts(person_ids: Iterable[UUID], tx: Transaction) -> dict[UUID, Contact]:
    """Return the contacts of those who have one, by person."""
    return await repository.find_contacts(tx, person_ids)


async def learn_languages(facts: Iterable[EventData], tx: Transaction) -> None:
    """Save what facts say of people's languages, the last of each, unless staff have entered the contact."""
    await repository.save_languages(tx, [contact for fact in facts if (contact := rules.derive_contact(fact))])
