"""Letters for the printer: from drafts in the database to tagged PDF on the disk and the mark of each message.

Floor: the same letters, ready as JSON, compiled by typst alone with the same template, 200 a document. Peer: WeasyPrint
on the page of the message, a letter at a time, where it is installed. Memory is the most that this process had in the
first pass, beside what it had before it: later ones come after the documents of the floor.
"""

import resource
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.notify import make_month, make_settings, prepare_database_for
from bench.rig import CONSOLE, MIB_IN_KIB, MUNICIPALITY, Environment, Figure, make_figures, new_people, run_on_uvloop
from services.notifications.contacts.rules import PostalAddress
from services.notifications.messages.handlers.drafts import put_into_words, write_draft
from services.notifications.messages.repository import add_messages
from services.notifications.messages.rules.messages import Message, message_id
from services.notifications.messages.rules.notices import Audience
from services.notifications.policies.handlers import policy_in_force
from services.notifications.printing.adapters.typesetting.typesetter import Typesetter
from services.notifications.printing.handlers import compose, write_job
from services.notifications.printing.repository import LetterMessage
from services.notifications.printing.rules import Batch, BatchState
from services.notifications.printing.worker import PrintWorker
from shared.calendar import amsterdam_date
from shared.database.transactions import Database
from shared.events.codes import MessageChannel
from shared.testing.golden import LOGGED_AT

LETTERS = 10_000
FLOOR_DOCUMENTS, FLOOR_LETTERS_PER_DOCUMENT = 10, 200
PEER_LETTERS = 20
LANGUAGES = ("nl", "ar", "ti", "en")
_DAY = amsterdam_date(LOGGED_AT)
_ADDRESS = PostalAddress("Voorbeeldweg", 12, "2799 ZZ", "Zoetermeer")


def make_messages(persons: Sequence[UUID]) -> Iterator[Message]:
    """Yield a month's message for each person, in each language as many."""
    run_id = uuid4()
    for number, person in enumerate(persons):
        language = LANGUAGES[number % len(LANGUAGES)]
        event_id = uuid4()
        draft = write_draft(make_month(person, run_id).model_dump_json(exclude_none=True), (language,), _DAY)
        known = message_id(event_id, Audience.PERSON), event_id, Audience.PERSON, person
        yield Message(*known, "month_deducted", language, MessageChannel.LETTER, draft)


def make_letters(messages: Sequence[Message]) -> list[LetterMessage]:
    return [
        LetterMessage(
            one.id, one.person_id, one.template, one.language, one.draft, None, number, "Lezer Voorbeeld", _ADDRESS
        )
        for number, one in enumerate(messages, 1)
    ]


def read_memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB_IN_KIB


async def measure_worker(environment: Environment, messages: Sequence[Message]) -> float:
    """Return letters a second of the print worker, with PostgreSQL and the disk."""
    url = await prepare_database_for(environment, [message.person_id for message in messages])
    database = Database(url, service="notifications")
    try:
        async with database.transaction(MUNICIPALITY) as tx:
            await add_messages(tx, messages)
        with TemporaryDirectory(prefix="meedoen-bench-letters-") as folder:
            settings = make_settings(url, "127.0.0.1:1", Path(folder))
            started = time.perf_counter()
            await PrintWorker(database, settings).print_due()
            seconds = time.perf_counter() - started
            await _require_all_sent(url, len(messages))
    finally:
        await database.close()
    return len(messages) / seconds


async def _require_all_sent(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.municipality', $1, false)", MUNICIPALITY)
        sent = await connection.fetchval("SELECT count(*) FROM message WHERE state = 'sent'")
    finally:
        await connection.close()
    if sent != count:
        raise RuntimeError(f"Of {count} letters {sent} are marked as sent: the figure would mean nothing.")


def measure_floor(letters: Sequence[LetterMessage]) -> float:
    """Return letters a second of typst alone, from JSON that is ready."""
    typesetter, seconds = Typesetter(), 0.0
    policy = policy_in_force(MUNICIPALITY, _DAY)
    batch = Batch(uuid4(), MUNICIPALITY, _DAY, 1, BatchState.OPEN, 1)
    for start in range(0, len(letters), FLOOR_LETTERS_PER_DOCUMENT):
        composed = compose(batch, letters[start : start + FLOOR_LETTERS_PER_DOCUMENT])
        job = typesetter.write_job("Brieven", "Gemeente", [write_job(letter, policy) for letter in composed.letters])
        started = time.perf_counter()
        typesetter.compile_job(job)
        seconds += time.perf_counter() - started
        typesetter.forget()
    return len(letters) / seconds


def measure_peer(messages: Sequence[Message]) -> float | None:
    """Return letters a second of WeasyPrint, each a document of its own; None where it is not installed."""
    try:
        weasyprint: Any = import_module("weasyprint")
    except (ImportError, OSError):
        CONSOLE.print("[yellow]WeasyPrint is not installed, or Pango is missing: no peer for letters.[/yellow]")
        return None
    pages = [
        put_into_words(message.template, MUNICIPALITY, "Lezer Voorbeeld", message.draft, _DAY, is_letter=True).html
        for message in messages
    ]
    started = time.perf_counter()
    for page in pages:
        weasyprint.HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    return len(pages) / (time.perf_counter() - started)


async def measure_pass(environment: Environment) -> tuple[float, float, float, float]:
    """Return letters a second of the worker and of typst alone, and memory after and before the worker."""
    messages = list(make_messages(new_people(LETTERS)))
    before = read_memory_mib()
    rate = await measure_worker(environment, messages)
    after = read_memory_mib()
    floor = measure_floor(make_letters(messages[: FLOOR_DOCUMENTS * FLOOR_LETTERS_PER_DOCUMENT]))
    return rate, floor, after, before


def run(environment: Environment, passes: int) -> list[Figure]:
    """Return the lines for build/bench.json."""
    measured = [run_on_uvloop(measure_pass(environment)) for _ in range(passes)]
    rates, floors, after, before = (list(column) for column in zip(*measured, strict=True))
    peer = measure_peer(list(make_messages(new_people(PEER_LETTERS))))
    peers: dict[str, Sequence[float]] = {} if peer is None else {"WeasyPrint, a letter at a time": [peer] * passes}
    path = f"{LETTERS:,} letters to tagged PDF, in batches"
    return [
        *make_figures(path, "letters/s", rates, floors, peers=peers),
        *make_figures(f"{path}: memory of the process at most", "MiB", after[:1], before[:1], higher_is_better=False),
    ]
