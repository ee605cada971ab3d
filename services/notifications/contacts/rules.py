"""Contacts: in which language, by which channel and at which address a person is reached."""

from dataclasses import dataclass, fields
from uuid import UUID

from shared.events import CandidateRecruited, EventData, FileOpened
from shared.events.codes import MessageChannel


@dataclass(frozen=True)
class PostalAddress:
    """An address in the Netherlands, in parts, as the printer wants it. `care_of` is with whom someone lives."""

    street: str
    house_number: int
    postcode: str
    town: str
    house_number_addition: str | None = None
    care_of: str | None = None


@dataclass(frozen=True)
class Contact:
    """How a person is reached. Names and addresses are kept here and nowhere else."""

    person_id: UUID
    language: str
    channel: MessageChannel = MessageChannel.LETTER
    name: str | None = None
    email: str | None = None
    address: PostalAddress | None = None

    @property
    def can_get_letters(self) -> bool:
        """Return whether a letter can be addressed: there is a name and an address."""
        return self.name is not None and self.address is not None


def list_changes(before: Contact | None, after: Contact) -> list[str]:
    """Return the names of what differs; of a contact that is new, of what it has."""
    names = [field.name for field in fields(Contact) if field.name != "person_id"]
    return [name for name in names if getattr(before, name, None) != getattr(after, name)]


def derive_contact(fact: EventData) -> Contact | None:
    """Return what a fact says of a person's language; until someone enters an address, the channel is a letter."""
    if isinstance(fact, CandidateRecruited | FileOpened):
        return Contact(fact.person_id, fact.language)
    return None


def choose_channel(contact: Contact) -> MessageChannel:
    """Return e-mail if it was chosen and there is an address, else a letter."""
    return contact.channel if contact.email else MessageChannel.LETTER
