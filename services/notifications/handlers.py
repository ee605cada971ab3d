"""What notifications does, one function per command or event: load, decide, draft, queue."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from services.notifications import domain, metrics, repository
from services.notifications.delivery.worker import wake
from services.notifications.domain import Audience, Contact, Message, MessageState
from services.notifications.policies import policy_in_force
from services.notifications.rendering import drafted, in_words
from services.notifications.templates import LANGUAGES, written_in
from shared.calendar import amsterdam_date
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.events import EventData
from shared.events.codes import MessageChannel
from shared.http.requests import Caller, not_found
from shared.messaging import HoldReason, Outcome, Received, Retry


async def on_facts(received: Sequence[Received[EventData]], tx: Transaction) -> dict[UUID, Outcome]:
    """Queue the messages that facts give rise to, many facts at once; each fact and audience has its message once.

    A fact about a person not known yet is left undone: it waits until the language comes, and holds up nobody else.
    """
    await repository.learn(tx, [told for one in received if (told := domain.language_told(one.data))])
    addressed = [(one, _person_of(one.data)) for one in received if domain.NOTICES[type(one.data)]]
    contacts = await repository.contacts(tx, {person_id for _, person_id in addressed}) if addressed else {}
    messages: list[Message] = []
    unknown: list[UUID] = []
    for one, person_id in addressed:
        if contact := contacts.get(person_id):
            messages += _messages(one, contact)
        else:
            unknown.append(one.event_id)
    if messages:
        for (template, language), added in (await repository.add_messages(tx, messages)).items():
            count_on_commit(tx, partial(metrics.MESSAGES_QUEUED.labels(template, language).inc, added))
        count_on_commit(tx, partial(wake, len(messages)))
    return dict.fromkeys(unknown, Retry(HoldReason.NOT_YET_KNOWN))


def _person_of(fact: EventData) -> UUID:
    person_id: UUID = getattr(fact, "person_id")  # noqa: B009 - every event with a notice is about a person
    return person_id


def _messages(received: Received[EventData], contact: Contact) -> Iterator[Message]:
    """A fact's messages, in the order of its notices."""
    on = amsterdam_date(received.logged_at) if received.logged_at else date.max
    policy = policy_in_force(received.municipality, on)
    fact = received.data.model_dump_json(exclude_none=True)
    for notice in domain.NOTICES[type(received.data)]:
        to_person = notice.audience is Audience.PERSON
        own = domain.languages_for(contact.language, LANGUAGES, policy.fallback_languages)
        languages = own if to_person else domain.STAFF_LANGUAGES
        yield Message(
            id=domain.message_id(received.event_id, notice.audience),
            event_id=received.event_id,
            audience=notice.audience,
            person_id=contact.person_id,
            template=notice.template,
            language=written_in(languages),
            channel=domain.channel_for(contact) if to_person else MessageChannel.EMAIL,
            draft=drafted(fact, languages, on),
        )


async def put_contact(contact: Contact, tx: Transaction) -> Contact:
    await repository.put_contact(tx, contact)
    return contact


async def read_contact(person_id: UUID, reader: Caller, tx: Transaction) -> Contact:
    contact = await repository.contact(tx, person_id)
    if contact is None:
        raise not_found("person")
    await repository.log_reading(tx, reader, person_id)
    return contact


async def read_messages(
    person_id: UUID | None, state: MessageState | None, tx: Transaction, *, after: UUID | None, limit: int
) -> tuple[list[Mapping[str, Any]], UUID | None]:
    """Messages by id without their texts, and the id to go on after; a subject never holds a name."""
    found, following = await repository.messages(tx, person_id, state, after=after, limit=limit)
    return [in_words(message) for message in found], following


async def read_message(message_id: UUID, reader: Caller, tx: Transaction) -> Mapping[str, Any]:
    message = await repository.message(tx, message_id)
    if message is None:
        raise not_found("message")
    await repository.log_reading(tx, reader, message.person_id)
    contact = await repository.contact(tx, message.person_id)
    return in_words(message, contact.name if contact else None)


async def release_message(message_id: UUID, tx: Transaction) -> Mapping[str, Any]:
    """Try a parked delivery again, by the channel and address that the person has now."""
    message = await repository.message(tx, message_id, lock=True)
    if message is None:
        raise not_found("message")
    if message.state != MessageState.PARKED:
        raise ConflictError("This message is not parked: only a delivery that was set aside can be released.")
    contact = await repository.contact(tx, message.person_id)
    channel = MessageChannel(message.channel)
    if message.audience == Audience.PERSON and contact is not None:
        channel = domain.channel_for(contact)
    await repository.release(tx, message_id, channel)
    await tx.session.refresh(message)
    count_on_commit(tx, wake)
    return in_words(message)
