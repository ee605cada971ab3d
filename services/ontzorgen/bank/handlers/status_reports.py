"""Status reports of the bank, taken once: what became of the payments in one of our files."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.formats.status_report import read_status_report
from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.handlers.messages import BankFile, find_earlier_counts, record_message
from services.ontzorgen.bank.handlers.refusals import refuse
from services.ontzorgen.bank.handlers.unbooked_payments import complete_booked
from services.ontzorgen.bank.repository import payment_files
from services.ontzorgen.bank.rules.matching import parse_sent_id
from services.ontzorgen.bank.rules.messages import Counts, is_placeholder
from services.ontzorgen.bank.rules.status_reports import (
    Status,
    StatusLevel,
    StatusReport,
    count_statuses,
    find_unclear,
    list_refusals,
    list_repeats,
    narrow_statuses,
    require_own_file,
    require_own_payments,
)
from shared.database.transactions import Transaction

MESSAGE_KIND: Final = "pain.002"


async def take_status_report(file: BankFile, tx: Transaction) -> Counts:
    """Take what the bank says of one of our files and count it. The same report again changes nothing."""
    if (earlier := await find_earlier_counts(file, tx)) is not None:
        return earlier
    report = await asyncio.to_thread(read_status_report, file.read_pieces())
    statuses, nameless = await _find_statuses(report, tx)
    counts = count_statuses(statuses.values(), nameless)
    await record_message(file, MESSAGE_KIND, report.id, counts, tx)
    await refuse(file.sha256, list_refusals(statuses, report.reported_on), tx)
    await follow_ups.report_repeats(report.file_id, list_repeats(statuses), report.reported_on, tx)
    if (unclear := find_unclear(statuses, nameless)) is not None:
        await follow_ups.report_unclear_statuses(file.sha256, unclear, report.reported_on, tx)
    await complete_booked(report.reported_on, tx)
    return counts


async def _find_statuses(report: StatusReport, tx: Transaction) -> tuple[dict[UUID, Status], list[Status]]:
    """Return what the report says of each payment of the file it answers: the narrowest status and reason.

    Beside them stand refusals and unclear statuses that name no payment of the file; a batch without its id is the only
    one. ForeignFileError when none is named that is in the file.
    """
    in_file = set(await payment_files.list_ids_in_file(tx, report.file_id))
    require_own_file(in_file)
    named: list[tuple[Status, Sequence[UUID]]] = []
    nameless: list[Status] = []
    is_foreign = False
    for status in [await _name_only_batch(report, status, tx) for status in report.from_wide_to_narrow]:
        if status.level is not StatusLevel.FILE and is_placeholder(status.subject_id):
            nameless.extend([status] if status.needs_name else [])
            continue
        payment_ids = await _list_payments(report, status, in_file, tx)
        if not payment_ids:
            is_foreign = True
            nameless.extend([status] if status.needs_name else [])
        named.append((status, payment_ids))
    statuses = narrow_statuses(named)
    if is_foreign:
        require_own_payments(statuses)
    return statuses, nameless


async def _name_only_batch(report: StatusReport, status: Status, tx: Transaction) -> Status:
    """Return the status; where it names no batch and the file has one alone, as a status of the file."""
    if status.level is StatusLevel.BATCH and is_placeholder(status.subject_id):
        return (
            replace(status, level=StatusLevel.FILE) if await payment_files.has_one_batch(tx, report.file_id) else status
        )
    return status


async def _list_payments(report: StatusReport, status: Status, in_file: set[UUID], tx: Transaction) -> Sequence[UUID]:
    """Return the payments that a status is about."""
    match status.level:
        case StatusLevel.FILE:
            return sorted(in_file)
        case StatusLevel.BATCH:
            return await payment_files.list_ids_in_file(tx, report.file_id, status.subject_id)
        case StatusLevel.PAYMENT:
            sent_id = parse_sent_id(status.subject_id)
            return [sent_id] if sent_id is not None and sent_id in in_file else []
