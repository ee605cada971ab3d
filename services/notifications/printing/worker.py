"""The print worker: opens a day's batch, makes its files outside any transaction, and marks its letters as sent.

The one moment that decides is the commit of MADE: before it everything is made anew, by this worker or by another once
the lease has ended; after it the batch only gets its name and its letters their mark. So no letter is printed twice and
none is lost, wherever a worker dies.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog

from services.notifications import metrics
from services.notifications.delivery.rules import Burst
from services.notifications.messages.rules.messages import MESSAGES_QUEUED, MessageProblem
from services.notifications.policies.handlers import policy_in_force
from services.notifications.printing import repository
from services.notifications.printing.adapters.folder import BatchFolder
from services.notifications.printing.adapters.typesetting.typesetter import Document, NotPrintableError, Typesetter
from services.notifications.printing.handlers import (
    Composed,
    claim_batch,
    compose,
    open_due_batch,
    settle_letters,
    store_document,
    write_job,
)
from services.notifications.printing.rules import (
    Batch,
    BatchState,
    Letter,
    SheetLine,
    cut_documents,
    write_sheet_line,
)
from services.notifications.settings import Settings
from shared.database.transactions import Database

PAUSE_AFTER_FAILURE_SECONDS = 5.0
_log = structlog.get_logger("meedoen.printing")


class LostLeaseError(Exception):
    """Another worker has taken the batch over."""


class PrintWorker:
    """Prints the letters of every municipality served, until it is stopped."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._print_at = settings.print_at if settings.letters_leave == "daily" else None
        self._typesetter: Typesetter | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._burst = Burst()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._database.signals.connect(MESSAGES_QUEUED, self.wake)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the document under way, then end; another worker goes on with the batch."""
        self._database.signals.disconnect(MESSAGES_QUEUED, self.wake)
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def wake(self, queued: int) -> None:
        """Look for letters now: so many messages were queued by a transaction that has committed."""
        self._burst.add(queued, time.monotonic())
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if lull_seconds := self._burst.wait_seconds(time.monotonic()):
                await self._rest(lull_seconds)
                continue
            try:
                rest_seconds = 0.0 if await self.print_due() else self._settings.delivery_poll_seconds
            except Exception as problem:  # noqa: BLE001 - the database or the folder may be away; the batch comes back
                metrics.DELIVERY_ROUNDS_FAILED.inc()
                _log.warning("print_round_failed", cause=type(problem).__name__)
                rest_seconds = PAUSE_AFTER_FAILURE_SECONDS
            if rest_seconds:
                await self._rest(rest_seconds)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def print_due(self) -> int:
        """Open, make and mark what is due, of each municipality one batch. Return how many batches that were."""
        batches = 0
        for municipality in self._settings.municipalities:
            async with self._database.transaction(municipality) as tx:
                await open_due_batch(tx, self._print_at)
            async with self._database.transaction(municipality) as tx:
                batch = await claim_batch(tx, self._settings.print_lease_seconds)
            if batch is not None:
                batches += 1
                await self._print(batch)
        return batches

    async def _print(self, batch: Batch) -> None:
        folder = BatchFolder(self._settings.spool_folder, batch)
        try:
            if batch.state is BatchState.OPEN:
                await self._make(batch, folder)
            await asyncio.to_thread(folder.publish)
            await self._settle(batch)
        except LostLeaseError:
            _log.warning("print_batch_taken_over", batch=batch.name)

    async def _make(self, batch: Batch, folder: BatchFolder) -> None:
        """Make the files of a batch; once this returns they are whole, and the database says so."""
        await asyncio.to_thread(folder.begin)
        async with self._database.transaction(batch.municipality) as tx:
            numbers = await repository.list_letter_numbers(tx, batch)
        lines: list[tuple[str, ...]] = []
        for place, (first, last) in enumerate(cut_documents(numbers), 1):
            lines += await self._make_document(batch, folder, place, first, last)
        if lines:
            await asyncio.to_thread(folder.finish, lines)
        async with self._database.transaction(batch.municipality) as tx:
            if not await repository.set_state(tx, batch, BatchState.MADE, len(lines)):
                raise LostLeaseError

    async def _make_document(
        self, batch: Batch, folder: BatchFolder, place: int, first: int, last: int
    ) -> Sequence[tuple[str, ...]]:
        """Make one document and return its lines of the address sheet; what the letters say is kept no longer."""
        async with self._database.transaction(batch.municipality) as tx:
            messages = await repository.list_messages(tx, batch, first, last)
        composed = await asyncio.to_thread(compose, batch, messages)
        document, composed = await asyncio.to_thread(self._typeset, batch, place, messages, composed)
        async with self._database.transaction(batch.municipality) as tx:
            if not await store_document(tx, batch, composed, self._settings.print_lease_seconds):
                raise LostLeaseError
        if document is None:
            return ()
        name = await asyncio.to_thread(folder.add_document, place, document.pdf)
        pages = zip(document.pages, composed.letters, strict=True)
        return [write_sheet_line(SheetLine(name, start, end, letter)) for (start, end), letter in pages]

    def _typeset(
        self, batch: Batch, place: int, messages: Sequence[repository.LetterMessage], composed: Composed
    ) -> tuple[Document | None, Composed]:
        """Return the document, and what is left of the letters: those that cannot be typeset have failed."""
        document, refused = self._typeset_printable(batch, place, composed.letters)
        if not refused:
            return document, composed
        failed = [(one.id, MessageProblem.NOT_PRINTABLE) for one in messages if one.letter_number in refused]
        kept = tuple(letter for letter in composed.letters if letter.number not in refused)
        return document, replace(composed, letters=kept, failed=(*composed.failed, *failed))

    def _typeset_printable(
        self, batch: Batch, place: int, letters: Sequence[Letter]
    ) -> tuple[Document | None, frozenset[int]]:
        """Return a document of the letters that can be typeset, and the numbers of those that cannot."""
        if not letters:
            return None, frozenset()
        try:
            return self._typeset_letters(batch, place, letters), frozenset()
        except NotPrintableError:
            self._check()
            refused = frozenset(self._find_refused(batch, place, letters))
        kept = [letter for letter in letters if letter.number not in refused]
        return (self._typeset_letters(batch, place, kept) if kept else None), refused

    def _find_refused(self, batch: Batch, place: int, letters: Sequence[Letter]) -> list[int]:
        """Return the numbers of the letters that cannot be typeset, by halves: they are few."""
        if len(letters) == 1:
            return [letters[0].number]
        middle, refused = len(letters) // 2, []
        for half in (letters[:middle], letters[middle:]):
            try:
                self._typeset_letters(batch, place, half)
            except NotPrintableError:
                refused += self._find_refused(batch, place, half)
        return refused

    def _typeset_letters(self, batch: Batch, place: int, letters: Sequence[Letter]) -> Document:
        policy = policy_in_force(batch.municipality, batch.day)
        title = f"Brieven van {policy.municipality_name}, {batch.day:%d-%m-%Y}, deel {place}"
        jobs = [write_job(letter, policy) for letter in letters]
        return self._load_typesetter().typeset(title, policy.municipality_name, jobs)

    def _check(self) -> None:
        """Raise, and park no letter, if it is the typesetter that does not work."""
        self._load_typesetter().check()

    def _load_typesetter(self) -> Typesetter:
        self._typesetter = self._typesetter or Typesetter()
        return self._typesetter

    async def _settle(self, batch: Batch) -> None:
        async with self._database.transaction(batch.municipality) as tx:
            numbers = await repository.list_letter_numbers(tx, batch)
        for first, last in cut_documents(numbers):
            async with self._database.transaction(batch.municipality) as tx:
                await settle_letters(tx, batch, first, last)
        async with self._database.transaction(batch.municipality) as tx:
            await repository.set_state(tx, batch, BatchState.SENT)
