"""What is done with messages, one function per command or event: load, decide, draft, queue."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import structlog

from services.notifications.contacts.handlers import find_contact, find_contacts, learn_languages
from services.notifications.contacts.rules import Contact, choose_channel
from services.notifications.messages import repository
from services.notifications.messages.handlers.drafts import put_into_words, write_draft
from services.notifications.messages.rules.languages import STAFF_LANGUAGES, choose_languages, language_code
from services.notifications.messages.rules.messages import (
    MESSAGES_QUEUED,
    Message,
    MessageFilter,
    MessageRecord,
    choose_release_channel,
    message_id,
)
from services.notifications.messages.rules.notices import Audience, list_notices
from services.notifications.policies.handlers import policy_in_force
from services.notifications.policies.rules import LANGUAGES
from shared.calendar import amsterdam_date
from shared.database.transactions import Transaction
from shared.events import EventData
from shared.events.codes import MessageChannel
from shared.http.requests import require_found
from shared.messaging import HoldReason, Outcome, Received, Retry

_log = structlog.get_logger("meedoen.messages")


async def on_facts(received: Sequence[Received[EventData]], tx: Transaction) -> dict[UUID, Outcome]:
    """Queue the messages that facts lead to, many facts at once; each fact and audience has its message once.

    A fact about a person who has no contact yet is left undone: it waits until the language comes, and holds up nobody
    else.
    """
    await learn_languages((fact.data for fact in received), tx)
    addressed = [(fact, _person_of(fact.data)) for fact in received if list_notices(fact.data)]
    contacts = await find_contacts({person_id for _, person_id in addressed}, tx) if addressed else {}
    messages: list[Message] = []
    unfinished: list[UUID] = []
    for fact, person_id in addressed:
        if contact := contacts.get(person_id):
            messages += _draft_messages(fact, contact)
        else:
            unfinished.append(fact.event_id)
    if messages:
        await repository.add_messages(tx, messages)
        tx.signal_on_commit(MESSAGES_QUEUED, len(messages))
    return dict.fromkeys(unfinished, Retry(HoldReason.NOT_YET_KNOWN))


def _person_of(fact: EventData) -> UUID:
    person_id: UUID = getattr(fact, "person_id")  # noqa: B009 - every event with a notice is about a person
    return person_id


def _draft_messages(received: Received[EventData], contact: Contact) -> Iterator[Message]:
    """Yield a fact's messages, in the order of its notices."""
    on = amsterdam_date(received.logged_at) if received.logged_at else date.max
    policy = policy_in_force(received.municipality, on)
    fact = received.data.model_dump_json(exclude_none=True)
    for notice in list_notices(received.data):
        is_to_person = notice.audience is Audience.PERSON
        own = choose_languages(contact.language, LANGUAGES, policy.fallback_languages)
        languages = own if is_to_person else STAFF_LANGUAGES
        yield Message(
            id=message_id(received.event_id, notice.audience),
            event_id=received.event_id,
            audience=notice.audience,
            person_id=contact.person_id,
            template=notice.template,
            language=language_code(languages),
            channel=choose_channel(contact) if is_to_person else MessageChannel.EMAIL,
            draft=write_draft(fact, languages, on),
        )


async def on_contact_changed(contact: Contact, tx: Transaction) -> None:
    """Send what waits for a person by the channel that was just entered."""
    await repository.reroute(tx, contact.person_id, choose_channel(contact))
    tx.signal_on_commit(MESSAGES_QUEUED)


async def list_messages(
    wanted: MessageFilter, tx: Transaction, *, after: UUID | None, limit: int
) -> tuple[list[MessageRecord], UUID | None]:
    """Return messages by id without a name in them, and the id to go on after; a subject never holds a name."""
    messages, next_id = await repository.list_messages(tx, wanted, after=after, limit=limit)
    today = await repository.read_today(tx)
    return [_word(message, today) for message in messages], next_id


async def read_message(message_id: UUID, tx: Transaction) -> MessageRecord:
    """Return a message with its text."""
    message = require_found(await repository.find_message(tx, message_id), "message")
    contact = await find_contact(message.person_id, tx)
    return _word(message, await repository.read_today(tx), contact.name if contact else None)


async def release_message(message_id: UUID, tx: Transaction) -> MessageRecord:
    """Try a parked delivery again, by the channel and address that the person has now."""
    message = require_found(await repository.find_message(tx, message_id, lock=True), "message")
    channel = choose_release_channel(message, await find_contact(message.person_id, tx))
    await repository.release(tx, message_id, channel)
    tx.signal_on_commit(MESSAGES_QUEUED)
    message = require_found(await repository.find_message(tx, message_id), "message")
    return _word(message, await repository.read_today(tx))


def _word(message: MessageRecord, today: date, name: str | None = None) -> MessageRecord:
    """Return a message in words; a draft says what it would say if it left today."""
    if message.draft is None:
        return message
    is_letter = message.channel is MessageChannel.LETTER
    try:
        words = put_into_words(message.template, message.municipality, name, message.draft, today, is_letter=is_letter)
    except Exception as problem:  # noqa: BLE001 - one draft that cannot be worded must not hide the others
        _log.error("draft_not_rendered", cause=type(problem).__name__, message_id=str(message.id))
        return replace(message, draft=None, subject="", body_text="")
    return replace(message, draft=None, subject=words.subject, body_text=words.text)
