"""The queries of the phase-out: its steps, who is owed a charge, who was informed, and direct debits."""

from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.household.handlers.situations import mark_file_changed
from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.phase_out import Creditor, DirectDebit, InformedCreditor, StepTaken
from services.ontzorgen.independence.tables.phase_out import CreditorToldRow, DirectDebitRow, PhaseOutStepRow
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind

_CREDITORS: Final = """
SELECT DISTINCT creditor, kind FROM (
    SELECT DISTINCT ON (COALESCE(charge_id, id)) creditor, kind, amount_cents, until_day FROM charge
    WHERE municipality = $1 AND household_id = $2 ORDER BY COALESCE(charge_id, id), record_no DESC
) latest
WHERE amount_cents > 0 AND (until_day IS NULL OR until_day >= $3) ORDER BY creditor, kind
"""


async def add_step(tx: Transaction, step: StepTaken) -> None:
    """Add a step, from which the household's months follow."""
    if await records.add(tx, PhaseOutStepRow, step):
        mark_file_changed(step.household_id, tx)


async def list_steps(tx: Transaction, household_id: UUID) -> list[StepTaken]:
    """Return a household's steps in the order of recording."""
    return await records.list_states(tx, PhaseOutStepRow, StepTaken, household_id=household_id)


async def add_informed(tx: Transaction, informed: InformedCreditor) -> None:
    """Record that a creditor was informed; the same again changes nothing."""
    await records.add(tx, CreditorToldRow, informed)


async def list_informed(tx: Transaction, household_id: UUID) -> list[InformedCreditor]:
    """Return a household's creditors that were informed, by creditor and day."""
    return await records.list_states(tx, CreditorToldRow, InformedCreditor, household_id=household_id)


async def list_creditors(tx: Transaction, household_id: UUID, on: date) -> list[Creditor]:
    """Return who is owed a charge that, by its last version, has not ended by a day."""
    rows = await tx.rows(_CREDITORS, tx.municipality, household_id, on)
    return [Creditor(row["creditor"], ChargeKind(row["kind"])) for row in rows]


async def add_debit(tx: Transaction, debit: DirectDebit) -> None:
    await records.add(tx, DirectDebitRow, debit)


async def find_debit(tx: Transaction, debit_id: UUID) -> DirectDebit | None:
    """Return the direct debit; None if there is no such debit."""
    return await records.find(tx, DirectDebitRow, DirectDebit, debit_id)


async def list_debits(tx: Transaction, household_id: UUID) -> list[DirectDebit]:
    """Return a household's direct debits in the order of recording."""
    return await records.list_states(tx, DirectDebitRow, DirectDebit, household_id=household_id)
