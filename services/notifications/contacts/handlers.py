"""What is done with contacts, one function per command or question."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notifications.contacts import repository, rules
from services.notifications.contacts.rules import Contact
from services.notifications.contacts.tables import ContactChangeRow
from shared.database.transactions import Transaction
from shared.events import EventData
from shared.http.requests import Caller, require_found


@dataclass(frozen=True, slots=True)
class ContactHooks:
    """What the capabilities above do, in the same transaction, when staff have entered how someone is reached."""

    contact_changed: Callable[[Contact, Transaction], Awaitable[None]]


async def put_contact(contact: Contact, changed_by: Caller, tx: Transaction) -> Contact:
    """Save how someone is reached, and who changed which parts of it; the parts themselves are kept once."""
    changed = rules.list_changes(await repository.find_contact(tx, contact.person_id, lock=True), contact)
    await repository.put_contact(tx, contact)
    if changed:
        await repository.add_change(tx, contact.person_id, changed, changed_by.subject, sorted(changed_by.roles))
        await tx.hooks(ContactHooks).contact_changed(contact, tx)
    return contact


async def list_changes(
    person_id: UUID, tx: Transaction, *, after: UUID | None, limit: int
) -> tuple[Sequence[ContactChangeRow], UUID | None]:
    """Return who changed how someone is reached, in order, and where the next page begins."""
    return await repository.list_changes(tx, person_id, after=after, limit=limit)


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
