"""Status reports of the bank, taken once: what became of the payments in one of our files."""

import asyncio
from collections.abc import Collection
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.formats.status_report import read_payment_statuses, read_report_head
from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.handlers.messages import BankFile, find_earlier_counts, read_ahead, record_message
from services.ontzorgen.bank.handlers.refusals import refuse
from services.ontzorgen.bank.handlers.unbooked_payments import complete_booked
from services.ontzorgen.bank.repository import payment_files
from services.ontzorgen.bank.rules.matching import parse_sent_id
from services.ontzorgen.bank.rules.messages import Counts, is_placeholder
from services.ontzorgen.bank.rules.status_reports import (
    NamelessStatuses,
    PaymentStatuses,
    ReportHead,
    Status,
    StatusLevel,
    count_statuses,
    find_unclear,
    list_refusals,
    list_repeats,
    require_own_file,
    require_own_payments,
)
from shared.database.transactions import Transaction

MESSAGE_KIND: Final = "pain.002"


@dataclass
class _Found:
    """What a report says of the payments in our file, as far as it was read."""

    in_file: frozenset[UUID]
    statuses: PaymentStatuses = field(default_factory=PaymentStatuses)
    nameless: NamelessStatuses = field(default_factory=NamelessStatuses)
    is_foreign: bool = False

    def add(self, status: Status, payment_ids: Collection[UUID]) -> None:
        """Take a status of these payments; of wider ones first."""
        if not payment_ids:
            self.is_foreign = True
            self.nameless.add(status)
        self.statuses.add(status, payment_ids)

    def add_of_payment(self, status: Status) -> None:
        if is_placeholder(status.subject_id):
            self.nameless.add(status)
            return
        sent_id = parse_sent_id(status.subject_id)
        self.add(status, [sent_id] if sent_id is not None and sent_id in self.in_file else [])


async def take_status_report(file: BankFile, tx: Transaction) -> Counts:
    """Take what the bank says of one of our files and count it. The same report again changes nothing."""
    if (earlier := await find_earlier_counts(file, tx)) is not None:
        return earlier
    head = await asyncio.to_thread(read_report_head, file.read_pieces())
    found = await _find_statuses(file, head, tx)
    statuses = found.statuses.conclude()
    counts = count_statuses(statuses.values(), found.nameless.count)
    await record_message(file, MESSAGE_KIND, head.id, counts, tx)
    await refuse(file.sha256, list_refusals(statuses, head.reported_on), tx)
    await follow_ups.report_repeats(head.file_id, list_repeats(statuses), head.reported_on, tx)
    if (unclear := find_unclear(statuses, found.nameless)) is not None:
        await follow_ups.report_unclear_statuses(file.sha256, unclear, head.reported_on, tx)
    await complete_booked(head.reported_on, tx)
    return counts


async def _find_statuses(file: BankFile, head: ReportHead, tx: Transaction) -> _Found:
    """Return what the report says of each payment of the file it answers: the narrowest status and reason.

    Beside them stand refusals and unclear statuses that name no payment of the file; a batch without its id is the only
    one. However many a report holds, only one for each payment of ours is kept. ForeignFileError when none is named
    that is in the file.
    """
    found = _Found(frozenset(await payment_files.list_ids_in_file(tx, head.file_id)))
    require_own_file(found.in_file)
    for status in [await _name_only_batch(head, status, tx) for status in head.from_wide_to_narrow]:
        if status.level is StatusLevel.FILE:
            found.add(status, sorted(found.in_file))
        elif is_placeholder(status.subject_id):
            found.nameless.add(status)
        else:
            found.add(status, await payment_files.list_ids_in_file(tx, head.file_id, status.subject_id))
    async with aclosing(read_ahead(read_payment_statuses(file.read_pieces()))) as parts:
        async for part in parts:
            for status in part:
                found.add_of_payment(status)
    if found.is_foreign:
        require_own_payments(found.statuses.conclude())
    return found


async def _name_only_batch(head: ReportHead, status: Status, tx: Transaction) -> Status:
    """Return the status; where it names no batch and the file has one alone, as a status of the file."""
    if status.level is StatusLevel.BATCH and is_placeholder(status.subject_id):
        return (
            replace(status, level=StatusLevel.FILE) if await payment_files.has_one_batch(tx, head.file_id) else status
        )
    return status
