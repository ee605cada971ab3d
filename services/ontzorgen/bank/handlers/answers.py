"""What the bank answers: status reports and statements, each taken whole or not at all, and once.

A refused or returned payment becomes a task and a message, and its money lies on the bank's account in the ledger.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import BinaryIO, Final
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.bank.formats.camt import StatementReader
from services.ontzorgen.bank.formats.safe_xml import PIECE_BYTES
from services.ontzorgen.bank.formats.status_report import read_status_report
from services.ontzorgen.bank.repository import payments, plain_payments
from services.ontzorgen.bank.repository import refusals as effects
from services.ontzorgen.bank.repository import statements as repository
from services.ontzorgen.bank.rules.instructions import MUNICIPALITY_HOLDER, Instruction
from services.ontzorgen.bank.rules.matching import Known, Outcome, Placed, place, plain, sent_id, unclaimed, without
from services.ontzorgen.bank.rules.messages import (
    UNEXPLAINED,
    WAITING,
    Entry,
    ForeignFileError,
    StatementHead,
    Status,
    StatusLevel,
    StatusReport,
)
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.events import PaymentRefused

STATUS_REPORT: Final = "pain.002"
STATEMENT: Final = "camt.053"
ENTRIES_AT_ONCE = 5_000
_PAID = frozenset({Outcome.MATCH, Outcome.SPLIT})
Counts = dict[str, int]


@dataclass(frozen=True)
class BankFile:
    """A file that someone sent, and who."""

    content: BinaryIO
    sha256: str
    subject: str

    def pieces(self) -> Iterator[bytes]:
        self.content.seek(0)
        return iter(partial(self.content.read, PIECE_BYTES), b"")


async def take_status_report(file: BankFile, tx: Transaction) -> Counts:
    """What the bank says of one of our files. The same report again changes nothing."""
    await repository.one_at_a_time(tx)
    if (earlier := await repository.counts_of(tx, file.sha256)) is not None:
        return earlier
    report = await asyncio.to_thread(read_status_report, file.pieces())
    said = await _said(tx, report)
    refused = [(one, said_of.reason_code, report.made_on) for one, said_of in said.items() if said_of.is_refusal]
    repeats = [one for one, said_of in said.items() if said_of.is_repeat]
    waiting = sum(one.code in WAITING for one in said.values())
    accepted = len(said) - len(refused) - len(repeats) - waiting
    counts = {"refused": len(refused), "accepted": accepted, "waiting": waiting, "repeated": len(repeats)}
    await repository.add_message(tx, file.sha256, STATUS_REPORT, report.id, file.subject, counts)
    await _refuse(tx, file, refused)
    if repeats:  # what the bank got first stands; a person sees on the statement that it was paid
        cents = sum(one.amount_cents for one in await payments.instructions(tx, repeats))
        await effects.add_file_task(tx, f"repeat of {report.file_id}", cents, report.made_on)
    return counts


async def _said(tx: Transaction, report: StatusReport) -> dict[UUID, Status]:
    """What the report says of each payment of the file it answers: the nearest status, with the nearest reason."""
    in_file = set(await payments.ids_in_file(tx, report.file_id))
    if not in_file:
        raise ForeignFileError("This status report is about a file that was not made here: send it where it was made.")
    said: dict[UUID, Status] = {}
    for status in sorted(report.statuses, key=lambda one: list(StatusLevel).index(one.level)):
        for one in await _meant(tx, report, status, in_file):
            said[one] = status.within(said.get(one))
    return said


async def _meant(tx: Transaction, report: StatusReport, status: Status, in_file: set[UUID]) -> Sequence[UUID]:
    match status.level:
        case StatusLevel.FILE:
            return sorted(in_file)
        case StatusLevel.BATCH:
            found = await payments.ids_in_file(tx, report.file_id, status.of)
        case StatusLevel.PAYMENT:
            wanted = sent_id(status.of)
            found = [wanted] if wanted in in_file and wanted is not None else []
    if not found:
        raise ForeignFileError("This status report names a payment that is not in the file it answers: ask the bank.")
    return found


async def _refuse(tx: Transaction, file: BankFile, refused: Sequence[tuple[UUID, str, date]]) -> None:
    """Those that were not refused before: kept, booked back, left as a task, and told."""
    if not refused:
        return
    new = await payments.add_refusals(tx, file.sha256, refused)
    said = {one: (reason, on) for one, reason, on in refused if one in new}
    if not said:
        return
    known = await payments.instructions(tx, sorted(said))
    person_of = await effects.persons(tx, (one.household_id for one in known))
    by_day: dict[date, list[Instruction]] = {}
    for one in known:
        reason, on = said[one.id]
        by_day.setdefault(on, []).append(one)
        tx.emit(
            PaymentRefused(
                household_id=one.household_id,
                person_id=person_of[one.household_id],
                payment_id=one.id,
                month=one.month,
                kind=one.kind,
                amount_cents=one.amount_cents,
                reason_code=reason,
                refused_on=on,
            )
        )
        count_on_commit(tx, partial(metrics.PAYMENTS_REFUSED.labels(reason).inc))
    for on, of_day in sorted(by_day.items()):
        await effects.book_back(tx, of_day, on)
        about = [(one.id, one.household_id, one.month, one.amount_cents) for one in of_day]
        await effects.add_tasks(tx, TaskKind.PAYMENT_REFUSED, about, on)


@dataclass
class _Reading:
    """A statement file on its way in."""

    file: BankFile
    ibans: set[str]
    statement: StatementHead | None = None
    number: int | None = None
    counts: Counts = field(default_factory=dict)

    def count(self, what: str, more: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + more


async def take_statement(file: BankFile, tx: Transaction) -> Counts:
    """Every entry of a statement of the municipality's account, placed. The same file again changes nothing.

    The file is read in a thread of its own while the database keeps what was read before it.
    """
    await repository.one_at_a_time(tx)
    if (earlier := await repository.counts_of(tx, file.sha256)) is not None:
        return earlier
    await repository.along_indexes(tx)
    reading = _Reading(file, await payments.ibans_ever(tx, MUNICIPALITY_HOLDER))
    zero = {"entries": 0, "repeated": 0} | {one.value: 0 for one in Outcome}
    reading.counts.update(zero | {f"{one.value}_cents": 0 for one in Outcome})
    first = ""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="bank-file") as thread:
        more = partial(asyncio.get_running_loop().run_in_executor, thread, next, _some(file), None)
        following = more()
        try:
            while (found := await following) is not None:
                following = more()
                first = first or next((one.id for one in found if isinstance(one, StatementHead)), "")
                await _keep(tx, reading, found)
        finally:
            await asyncio.gather(following, return_exceptions=True)
    await repository.add_message(tx, file.sha256, STATEMENT, first, file.subject, reading.counts)
    for outcome in Outcome:
        count_on_commit(tx, partial(metrics.BANK_ENTRIES.labels(outcome.value).inc, reading.counts[outcome.value]))
    return reading.counts


def _some(file: BankFile) -> Iterator[list[StatementHead | Entry]]:
    """Heads and entries, some thousands at a time; the file is whole when the last of them is given."""
    reader = StatementReader()
    found: list[StatementHead | Entry] = []
    for piece in file.pieces():
        found.extend(reader.feed(piece))
        if len(found) >= ENTRIES_AT_ONCE:
            yield found
            found = []
    found.extend(reader.close())
    yield found


async def _keep(tx: Transaction, reading: _Reading, found: Sequence[StatementHead | Entry]) -> None:
    entries: list[Entry] = []
    for one in found:
        if isinstance(one, StatementHead):
            await _keep_entries(tx, reading, entries)
            entries = []
            await _begin(tx, reading, one)
        else:
            entries.append(one)
    await _keep_entries(tx, reading, entries)


async def _begin(tx: Transaction, reading: _Reading, head: StatementHead) -> None:
    if head.iban not in reading.ibans:
        raise ForeignFileError("This statement is of an account that is not this municipality's: send your own.")
    reading.statement = head
    reading.number = await repository.add_statement(tx, head, reading.file.sha256)
    if reading.number is None and await repository.balances(tx, head) != (head.opening_cents, head.closing_cents):
        raise ConflictError(
            "A statement with this number was read before with other balances: ask the bank which of the two holds."
        )


async def _keep_entries(tx: Transaction, reading: _Reading, found: Sequence[Entry]) -> None:
    """What is new of these entries, placed. Entries of a statement that is here already are counted and left."""
    if not found:
        return
    reading.count("entries", len(found))
    new = [] if reading.number is None else await _new(tx, reading, found)
    reading.count("repeated", len(found) - len(new))
    if not new or reading.number is None:
        return
    left, known = await _keep_plain(tx, reading, new)
    if not left:
        return
    placed = place(left, known)
    await repository.add_entries(tx, reading.number, left, placed)
    for one in placed:
        reading.count(one.outcome.value, 1)
        reading.count(f"{one.outcome.value}_cents", one.amount_cents)
    await _follow_up(tx, reading, left, placed, known)


async def _new(tx: Transaction, reading: _Reading, found: Sequence[Entry]) -> Sequence[Entry]:
    """Entries that no other statement of this account had: banks repeat those of the day in that of the week."""
    assert reading.statement is not None  # noqa: S101 - entries come after their head
    assert reading.number is not None  # noqa: S101 - asked only for a new statement
    references = {entry.reference for entry in found if entry.reference}
    had = await repository.known_references(tx, reading.statement.iban, reading.number, references)
    return [entry for entry in found if entry.reference not in had] if had else found


async def _keep_plain(tx: Transaction, reading: _Reading, new: Sequence[Entry]) -> tuple[Sequence[Entry], Known]:
    """The database places what is plain and no other entry can be about; those that are left, and all sent for them."""
    assert reading.number is not None  # noqa: S101 - asked only for a new statement
    candidates = plain(new)
    left = without(new, {entry.number for entry in candidates})
    known = await repository.known(tx, left)
    paid = unclaimed(candidates, known)
    matched = await plain_payments.add(tx, reading.number, paid)
    reading.count(Outcome.MATCH.value, len(matched))
    reading.count(f"{Outcome.MATCH.value}_cents", sum(entry.amount_cents for entry in paid if entry.number in matched))
    if len(matched) == len(candidates):
        return left, known
    left = without(new, matched)
    return left, await repository.known(tx, left)


async def _follow_up(
    tx: Transaction, reading: _Reading, entries: Sequence[Entry], placed: Sequence[Placed], known: Known
) -> None:
    """What came back whole is refused. A person looks at what is ours with another amount, what was paid twice, and
    what was paid although the bank had refused it.
    """
    whole = {sent.id: sent.amount_cents for sent in known.by_id.values()}
    days = {entry.number: entry.booked_on for entry in entries}
    returned: list[tuple[UUID, str, date]] = []
    differs: dict[UUID, tuple[int, date]] = {}
    exact = {one.sent_id: one for one in placed if one.outcome in _PAID and one.sent_id is not None}
    for again in await repository.refused_before(tx, exact):
        differs[again] = (abs(exact[again].amount_cents), days[exact[again].number])
    for one in placed:
        if one.outcome in _PAID:
            continue
        if one.sent_id is None:
            if one.outcome is Outcome.PART:  # of a batch booked as one: nobody's in particular
                origin = f"entry {reading.number} {one.number}"
                await effects.add_file_task(tx, origin, one.amount_cents, days[one.number])
        elif one.outcome is Outcome.RETURNED and one.amount_cents == whole[one.sent_id]:
            returned.append((one.sent_id, one.return_code or UNEXPLAINED, days[one.number]))
        else:
            differs[one.sent_id] = (abs(one.amount_cents), days[one.number])
    await _refuse(tx, reading.file, returned)
    for paid in await payments.instructions(tx, sorted(differs)) if differs else ():
        cents, on = differs[paid.id]
        await effects.add_tasks(tx, TaskKind.PAYMENT_DIFFERS, [(paid.id, paid.household_id, paid.month, cents)], on)
