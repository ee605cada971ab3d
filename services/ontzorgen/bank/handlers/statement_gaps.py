"""Statements that are missing between others, and pages of longer ones: a task for each until it has come in."""

from collections.abc import Iterable
from datetime import date

from services.ontzorgen.bank.handlers.accounts import list_own_ibans
from services.ontzorgen.bank.repository import statement_gaps
from services.ontzorgen.bank.rules.bank_statements import PageEnd, StatementHead
from services.ontzorgen.bank.rules.follow_ups import build_shared_task, derive_shared_id
from services.ontzorgen.bank.rules.messages import BankFileError
from services.ontzorgen.bank.rules.statement_gaps import GapKind, add_up, are_complete, find_gaps
from services.ontzorgen.tasks.handlers import complete_tasks, raise_task
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction

_PAGES_DIFFER = (
    "The pages of a statement are all here and do not lead from its opening to its closing balance: compare them with "
    "the bank's own view, and ask the bank for the entries that are missing."
)


async def add_page(head: StatementHead, statement_no: int, end: PageEnd, on: date, tx: Transaction) -> None:
    """Add a page of a longer statement, and look whether all of it adds up once it is the last that was missing.

    BankFileError when one file has them all and they do not; pages that were read before leave a task.
    """
    first_no = await statement_gaps.add_page(tx, head, statement_no, end)
    pages = await statement_gaps.list_spans(tx, head.iban, first_no)
    if not are_complete(pages) or add_up(pages):
        return
    if len({page.message_sha256 for page in pages}) == 1:
        raise BankFileError(
            "balance",
            "The pages of a statement in this file do not add up to its balances: fetch it from the bank again. If it "
            "still says so, the bank has to repair it.",
        )
    cents = abs((pages[-1].closing_cents or 0) - (pages[0].opening_cents or 0) - sum(page.sum_cents for page in pages))
    kind = TaskKind.BANK_ENTRY_UNCLEAR
    task = build_shared_task(tx.municipality, f"pages {first_no}", cents, on, kind, _PAGES_DIFFER)
    await raise_task(None, task, on, tx)


async def review_own_accounts(day: date, tx: Transaction) -> None:
    """Look at every account of the municipality, and also for pages that did not come in on the day of the others."""
    await review_accounts(await list_own_ibans(tx), day, tx, is_day_over=True)


async def review_accounts(ibans: Iterable[str], on: date, tx: Transaction, *, is_day_over: bool = False) -> None:
    """Leave a task for each gap between the statements of these accounts, and complete those of gaps that are closed.

    Pages that are sent one by one are missing only once the day is over.
    """
    for iban in sorted(ibans):
        spans = await statement_gaps.list_spans(tx, iban)
        gaps = {gap.statement_no: gap for gap in find_gaps(spans)}
        closed = {span.statement_no for span in spans} - gaps.keys()
        await complete_tasks([derive_shared_id(tx.municipality, f"gap {number}") for number in sorted(closed)], on, tx)
        for number, gap in gaps.items():
            if gap.kind is not GapKind.PAGE or is_day_over:
                origin, kind = f"gap {number}", TaskKind.STATEMENT_MISSING
                task = build_shared_task(tx.municipality, origin, gap.cents, gap.on, kind, gap.sentence)
                await raise_task(None, task, on, tx)
