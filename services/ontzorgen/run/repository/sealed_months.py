"""The query of months that can no longer be withdrawn."""

from typing import Final
from uuid import UUID

from shared.database.transactions import Transaction

_IS_SEALED: Final = """
SELECT EXISTS (
    SELECT FROM statement s JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id
    WHERE s.municipality = $1 AND s.household_id = $2 AND s.month = $3
        AND r.state IN ('sealed', 'releasing', 'released')
)
"""


async def is_sealed(tx: Transaction, household_id: UUID, month: str) -> bool:
    """Return whether a household's month was run and can no longer be withdrawn."""
    return bool(await (await tx.driver()).fetchval(_IS_SEALED, tx.municipality, household_id, month))
