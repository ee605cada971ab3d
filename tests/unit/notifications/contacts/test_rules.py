"""How a person is reached, and from which facts a language is taken, as statements."""

from uuid import uuid4

from services.notifications.contacts.rules import Contact, choose_channel, derive_contact
from shared.events import CandidateRecruited, FileOpened, OutreachHeld, catalogue
from shared.events.codes import MessageChannel
from shared.testing.samples import sample


def test_without_an_address_it_is_a_letter() -> None:
    email = MessageChannel.EMAIL
    assert choose_channel(Contact(uuid4(), "nl", email)) is MessageChannel.LETTER
    assert choose_channel(Contact(uuid4(), "nl", email, email="a@b.example")) is email
    assert choose_channel(Contact(uuid4(), "nl", email="a@b.example")) is MessageChannel.LETTER


def test_language_is_taken_from_registration_and_file_and_from_nothing_else() -> None:
    events = {entry.model for entry in catalogue().values() if entry.service != "notifications"}
    assert {event for event in events if derive_contact(sample(event)) is not None} == {CandidateRecruited, FileOpened}
    assert derive_contact(sample(OutreachHeld)) is None
