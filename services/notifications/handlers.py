"""What notifications does, one function per command or event: load, decide, render, queue."""

from datetime import date
from uuid import UUID

from services.notifications import domain, metrics, repository
from services.notifications.delivery.worker import wake
from services.notifications.domain import Audience, Contact, Message, MessageState, Notice
from services.notifications.policies import LetterPolicy, policy_of
from services.notifications.tables import MessageRow
from services.notifications.templates import LANGUAGES, render
from shared.calendar import amsterdam_date
from shared.counting import count_on_commit
from shared.database import Transaction
from shared.events import EventData
from shared.events.codes import MessageChannel
from shared.http import Caller, not_found
from shared.messaging import DONE, HoldReason, Outcome, Received, Retry
from shared.refusals import ConflictError


async def on_fact(received: Received[EventData], tx: Transaction) -> Outcome:
    """Queue the messages that a fact gives rise to. A fact about a person not known yet waits until language comes."""
    fact = received.data
    if told := domain.language_told(fact):
        await repository.learn(tx, told)
    notices = domain.NOTICES[type(fact)]
    if not notices:
        return DONE
    person_id: UUID = getattr(fact, "person_id")  # noqa: B009 - every event with a notice is about a person
    contact = await repository.contact(tx, person_id)
    if contact is None:
        return Retry(HoldReason.NOT_YET_KNOWN)
    on = amsterdam_date(received.logged_at) if received.logged_at else date.max
    for notice in notices:
        message = _message(received, notice, contact, policy_of(received.municipality, on))
        if await repository.add_message(tx, message):
            count_on_commit(tx, metrics.MESSAGES_QUEUED.labels(message.template, message.language).inc)
    count_on_commit(tx, wake)
    return DONE


async def put_contact(contact: Contact, tx: Transaction) -> Contact:
    await repository.put_contact(tx, contact)
    return contact


async def read_contact(person_id: UUID, reader: Caller, tx: Transaction) -> Contact:
    contact = await repository.contact(tx, person_id)
    if contact is None:
        raise not_found("person")
    await repository.log_reading(tx, reader, person_id)
    return contact


async def read_message(message_id: UUID, reader: Caller, tx: Transaction) -> MessageRow:
    message = await repository.message(tx, message_id)
    if message is None:
        raise not_found("message")
    await repository.log_reading(tx, reader, message.person_id)
    return message


async def release_message(message_id: UUID, tx: Transaction) -> MessageRow:
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
    return message


def _message(received: Received[EventData], notice: Notice, contact: Contact, policy: LetterPolicy) -> Message:
    to_person = notice.audience is Audience.PERSON
    own = domain.languages_for(contact.language, LANGUAGES, policy.fallback_languages)
    around = {
        "name": contact.name or "",
        "help_email": policy.help_email,
        "municipality_name": policy.municipality_name,
    }
    languages = own if to_person else domain.STAFF_LANGUAGES
    rendered = render(notice.template, languages, {**received.data.model_dump(), **around})
    return Message(
        id=domain.message_id(received.event_id, notice.audience),
        event_id=received.event_id,
        audience=notice.audience,
        person_id=contact.person_id,
        template=notice.template,
        language=rendered.language,
        channel=domain.channel_for(contact) if to_person else MessageChannel.EMAIL,
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
    )
