"""A desk of the fault tests: whoever sits there looks how far July has come and takes the next step, once per call.

Any number of desks may look at once. A step that another one took first is refused with a sentence, and that is all.
"""

import contextlib
import hashlib
import io
import random
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

from run_households import HERE, JULY, MONTH, replace_account

from services.ontzorgen.bank.handlers.bank_statements import take_statement
from services.ontzorgen.bank.handlers.instructions import replace_payment
from services.ontzorgen.bank.handlers.messages import BankFile
from services.ontzorgen.bank.handlers.payment_files import export_payments
from services.ontzorgen.bank.handlers.status_reports import take_status_report
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.repository.runs import list_runs_of_month
from services.ontzorgen.run.rules.run import Run, RunState
from shared.database.transactions import Database, Transaction
from shared.errors.refusals import ConflictError
from shared.testing.bank_files import BookedEntry, build_statement, build_status_report

PAYMENTS_PER_FILE_MAX = 40
APPROVER = "approver"  # anna may have entered what the run pays, and so may bert
RELEASER = "releaser"  # whoever approved does not release
EXPORTED_ON = date(2026, 7, 2)
REFUSED_OF, RETURNED_OF = 9, 13  # one payment of so many, by its id
# In one statement, so that all of it is of one moment: two desks are at it.
_BANK = """
SELECT f.id, f.number, e.instruction_id, e.batch_id, e.amount_cents,
    (SELECT count(*) FROM payment_instruction WHERE replaces IS NOT NULL) AS replaced,
    (SELECT count(*) FROM payment_instruction i
        WHERE NOT EXISTS (SELECT FROM payment_file_entry w WHERE w.instruction_id = i.id)) AS waiting,
    ARRAY(SELECT sha256 FROM bank_message) AS taken
FROM payment_file f JOIN payment_file_entry e ON e.file_id = f.id WHERE f.run_id = $1
ORDER BY f.number, e.batch_id, e.instruction_id
"""
_REFUSED = """
SELECT i.id, i.holder, r.reason_code FROM payment_refusal r JOIN payment_instruction i ON i.id = r.instruction_id
WHERE i.run_id = $1 ORDER BY i.id
"""
Step = Callable[[Transaction], Awaitable[Any]]


async def take_step(who: str, database: Database, chance: random.Random) -> bool:
    """Take the next step and return whether all is done; each step has its own transaction, as over HTTP."""
    async with database.transaction(HERE) as tx:
        is_done, step = await next_step(who, tx)
    if step is None:
        return is_done
    for _ in range(chance.choice((1, 1, 2))):  # whoever got no answer asks again
        with contextlib.suppress(ConflictError):
            await ask(step, database)
    return False


async def ask(step: Step, database: Database) -> None:
    async with database.transaction(HERE) as tx:
        await do(step, tx)


async def do(step: Step, tx: Transaction) -> None:
    await step(tx)


async def next_step(who: str, tx: Transaction) -> tuple[bool, Step | None]:
    """Whether all is done, and else what there is to do; None where the workers are still at it."""
    existing = await list_runs_of_month(tx, MONTH)
    if not existing:
        return False, lambda tx: runs.propose_run(MONTH, JULY, who, tx)
    run = existing[-1]
    if run.state is RunState.PROPOSED and run.proposer == who:
        return False, None
    steps: dict[RunState, Step] = {
        RunState.PROPOSED: lambda tx: runs.approve_run(run.id, APPROVER, JULY, tx),
        RunState.APPROVED: lambda tx: runs.seal_run(run.id, JULY, tx),
        RunState.SEALED: lambda tx: runs.release_run(run.id, RELEASER, JULY, tx),
    }
    if run.state is RunState.RELEASED:
        return await _at_the_bank(run, tx)
    return False, steps.get(run.state)


async def _at_the_bank(run: Run, tx: Transaction) -> tuple[bool, Step | None]:
    sent = await (await tx.driver()).fetch(_BANK, run.id)
    if not sent or sent[0]["waiting"]:
        return False, lambda tx: export_payments(run.id, EXPORTED_ON, PAYMENTS_PER_FILE_MAX, tx)
    taken = set(sent[0]["taken"])
    if not sent[0]["replaced"]:
        for report in reports(sent):
            if report.sha256 not in taken:
                return False, lambda tx, report=report: take_status_report(report, tx)  # type: ignore[misc]  # bound now
        return False, lambda tx: fix_refused(run, tx)
    last = booked(sent)
    if last.sha256 not in taken:
        return False, lambda tx: take_statement(last, tx)
    return True, None


def reports(sent: list[Any]) -> list[BankFile]:
    """What the bank says of each file: some payments are refused, for their account or for another reason."""
    by_file: dict[str, list[UUID]] = {}
    for row in sent:
        by_file.setdefault(row["id"], []).append(row["instruction_id"])
    return [
        as_file(
            build_status_report(
                file_id,
                file=("PART", ""),
                payments=[
                    (payment.hex, "RJCT", "AC04" if payment.int % 2 else "AM04")
                    if is_refused(payment)
                    else (payment.hex, "ACSC", "")
                    for payment in ids
                ],
                report_id=f"R-{file_id}"[:35],
            )
        )
        for file_id, ids in by_file.items()
    ]


async def fix_refused(run: Run, tx: Transaction) -> None:
    """Persons whose account was refused have another one; what was refused for another reason is paid again."""
    for row in await (await tx.driver()).fetch(_REFUSED, run.id):
        if row["reason_code"] == "AM04":
            await replace_payment(row["id"], EXPORTED_ON, "second", tx)
        elif row["holder"].startswith(("person:", "partner:")):
            await replace_account(tx, row["holder"])


def booked(sent: list[Any]) -> BankFile:
    """The bank's statement: a batch as one entry where none of it was refused, else each payment; some came back."""
    batches: dict[str, list[Any]] = {}
    for row in sent:
        batches.setdefault(row["batch_id"], []).append(row)
    entries = []
    for batch_id, paid in batches.items():
        if any(is_refused(row["instruction_id"]) for row in paid):
            entries += [_one(row) for row in paid if not is_refused(row["instruction_id"])]
        else:
            entries.append(
                BookedEntry(-sum(row["amount_cents"] for row in paid), f"B{batch_id[:20]}", batch_id=batch_id)
            )
        entries += [_one(row, returned="AC04") for row in paid if is_returned(row["instruction_id"])]
    return as_file(build_statement(entries, "S-2026-07"))


def _one(row: Any, *, returned: str = "") -> BookedEntry:
    payment, cents = row["instruction_id"], row["amount_cents"]
    sign = 1 if returned else -1
    reference = f"{'T' if returned else 'P'}{payment.hex[:20]}"
    return BookedEntry(sign * cents, reference, [(payment.hex, cents, "")], return_code=returned)


def is_refused(payment: UUID) -> bool:
    return payment.int % REFUSED_OF == 0


def is_returned(payment: UUID) -> bool:
    return not is_refused(payment) and payment.int % RETURNED_OF == 0


def as_file(text: str) -> BankFile:
    content = text.encode()
    return BankFile(io.BytesIO(content), hashlib.sha256(content).hexdigest(), "bank")
