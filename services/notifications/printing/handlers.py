"""What the print worker does in its transactions and between them: open a batch, put letters together, settle them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import structlog

from services.notifications.delivery.rules import parked_event
from services.notifications.messages.handlers.drafts import put_into_words
from services.notifications.messages.handlers.pages import read_page, split_line, write_marks
from services.notifications.messages.rules.languages import RIGHT_TO_LEFT
from services.notifications.messages.rules.messages import MessageProblem, MessageText
from services.notifications.policies.rules import LetterPolicy
from services.notifications.printing import repository
from services.notifications.printing.repository import LetterMessage
from services.notifications.printing.rules import Batch, BatchState, Block, Letter, Passage, bundle, write_address
from shared.calendar import is_business_day
from shared.database.transactions import Transaction
from shared.events import NotificationSent
from shared.events.codes import MessageChannel

_log = structlog.get_logger("meedoen.printing")


@dataclass(frozen=True)
class Composed:
    """Letters put together, the words that are to be stored, and messages that cannot leave, with why."""

    letters: tuple[Letter, ...]
    texts: tuple[tuple[UUID, MessageText], ...]
    failed: tuple[tuple[UUID, MessageProblem], ...]


async def open_due_batch(tx: Transaction, print_at: time | None) -> None:
    """Open the day's batch once it is time, on days on which offices work; without a time, as soon as letters wait."""
    now = await repository.read_clock(tx)
    if print_at is None:
        if await repository.has_due_letters(tx):
            await repository.open_batch(tx, now.date(), is_daily=False)
    elif now.time() >= print_at and is_business_day(now.date()) and not await repository.is_opened(tx, now.date()):
        await repository.open_batch(tx, now.date(), is_daily=True)


async def claim_batch(tx: Transaction, lease_seconds: float) -> Batch | None:
    """Return a batch to be made or marked; one that could not be made on its day is given back instead."""
    batch = await repository.claim_batch(tx, lease_seconds)
    if batch is None or batch.state is not BatchState.OPEN:
        return batch
    today = (await repository.read_clock(tx)).date()
    if batch.day == today:
        return batch
    await repository.dissolve(tx, batch)
    return None


def compose(batch: Batch, messages: Sequence[LetterMessage]) -> Composed:
    """Put the messages of each person together in one letter."""
    letters: list[Letter] = []
    texts: list[tuple[UUID, MessageText]] = []
    failed: list[tuple[UUID, MessageProblem]] = []
    for number, group in groupby(messages, key=attrgetter("letter_number")):
        pages = []
        for message in group:
            page, problem = _word(batch, message)
            if problem is not None or page is None:
                failed.append((message.id, problem or MessageProblem.NOT_PRINTABLE))
                continue
            pages.append((message, page))
            texts += [(message.id, page)] if message.draft is not None else []
        if pages:
            letters.append(_put_together(batch, number, pages))
    return Composed(tuple(letters), tuple(texts), tuple(failed))


def _word(batch: Batch, message: LetterMessage) -> tuple[MessageText | None, MessageProblem | None]:
    """Return what a message says, or why it cannot be printed."""
    if message.name is None or message.address is None:
        return None, MessageProblem.CONTACT_INCOMPLETE
    if message.draft is None:
        return MessageText(message.language, "", "", message.html or ""), None
    try:
        words = put_into_words(
            message.template, batch.municipality, message.name, message.draft, batch.day, is_letter=True
        )
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with one draft must not stop the others
        _log.error("draft_not_rendered", cause=type(problem).__name__, message_id=str(message.id))
        return None, MessageProblem.NOT_PRINTABLE
    return words, None


def _put_together(batch: Batch, number: int, pages: Sequence[tuple[LetterMessage, MessageText]]) -> Letter:
    reader = pages[0][0]
    assert reader.name is not None and reader.address is not None  # noqa: S101, PT018 - the others have failed
    passages = [tuple(_read_passages(words.html)) for _, words in pages]
    reference = batch.reference(number)
    languages = {passage.language for message in passages for passage in message}
    marks = {language: write_marks(language, batch.day, reference) for language in languages}
    return Letter(number, reference, reader.name, reader.address, bundle(passages, marks))


def _read_passages(page: str) -> Iterator[Passage]:
    for part in read_page(page):
        blocks = tuple(Block(block.is_list, block.lines) for block in part.blocks)
        yield Passage(part.language, part.language in RIGHT_TO_LEFT, part.subject, blocks)


def write_job(letter: Letter, policy: LetterPolicy) -> dict[str, Any]:
    """Return a letter as the template takes it."""
    telephone = f"Telefoon: {policy.help_phone}" if policy.help_phone else ""
    sender = [line for line in (policy.help_email, telephone, policy.return_address) if line]
    return {
        "reference": letter.reference,
        "return_to": split_line(f"Retour: {policy.return_address}") if policy.return_address else (),
        "recipient": [split_line(line) for line in write_address(letter.name, letter.address)],
        "sender": [split_line(line) for line in (policy.municipality_name, *sender)],
        "parts": letter.parts,
    }


async def store_document(tx: Transaction, batch: Batch, composed: Composed, lease_seconds: float) -> bool:
    """Store the words of a document and take out what cannot be printed; False if another worker has the batch."""
    if not await repository.extend_lease(tx, batch, lease_seconds):
        return False
    await repository.store_words(tx, batch, composed.texts)
    for problem in MessageProblem:
        ids = [message_id for message_id, why in composed.failed if why is problem]
        is_parked = problem is not MessageProblem.CONTACT_INCOMPLETE
        for record in await repository.take_out(tx, ids, problem, is_parked=is_parked) if ids else ():
            if is_parked:
                tx.emit(parked_event(record["person_id"], record["id"], problem, batch.day))
    return True


async def settle_letters(tx: Transaction, batch: Batch, first: int, last: int) -> None:
    """Mark letters as sent and publish that they were, once."""
    for record in await repository.mark_sent(tx, batch, first, last):
        tx.emit(_sent_event(record["person_id"], record["id"], record["template"], record["language"], batch.day))


def _sent_event(person_id: UUID, message_id: UUID, template: str, language: str, day: date) -> NotificationSent:
    return NotificationSent(
        person_id=person_id,
        message_id=message_id,
        template=template,
        language=language,
        channel=MessageChannel.LETTER,
        sent_on=day,
    )
