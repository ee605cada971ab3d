"""What left for the bank and what it answered, for whoever watches the service."""

from collections import Counter

from services.ontzorgen import metrics
from services.ontzorgen.bank.handlers.bank_statements import MESSAGE_KIND
from services.ontzorgen.bank.repository import bank_figures
from services.ontzorgen.bank.rules.matching import Outcome
from services.ontzorgen.bank.rules.refusals import OTHER_REASON, REASONS
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def count_bank(tx: Transaction) -> Figures:
    """Count payments in files, held and refused ones, entries by outcome, and released runs without a file."""
    payments, cents = await bank_figures.sum_sent(tx)
    refused: Counter[tuple[str, ...]] = Counter()
    for code, number in (await bank_figures.count_refused(tx)).items():
        refused[(code if code in REASONS else OTHER_REASON,)] += number
    entries = await bank_figures.count_entries(tx, MESSAGE_KIND, [outcome.value for outcome in Outcome])
    return {
        metrics.RUNS_WITHOUT_FILE: {(): await bank_figures.count_runs_without_file(tx)},
        metrics.PAYMENTS_EXPORTED: {(): payments},
        metrics.PAYMENTS_EXPORTED_CENTS: {(): cents},
        metrics.PAYMENTS_HELD_CENTS: {(): await bank_figures.sum_held_cents(tx)},
        metrics.PAYMENTS_REFUSED: refused,
        metrics.BANK_ENTRIES: {(outcome,): number for outcome, number in entries.items()},
    }
