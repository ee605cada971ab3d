"""The history of a household's file: every version of everything, in the order of recording, with who and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.database.transactions import Transaction

PARTS: Final = (
    "right_version",
    "composition",
    "charge",
    "mandate",
    "mandate_revocation",
    "allowance",
    "relief_grant",
    "loan_repayment",
    "claim",
    "asset",
    "payment_terms",
    "regeldag",
    "regeldag_step",
)
_APART: Final = "ARRAY['municipality', 'household_id', 'record_no', 'recorded_at', 'recorded_role', 'recorded_by']"
_PART: Final = """
(SELECT record_no, '{part}' AS part, recorded_at, recorded_role, recorded_by, to_jsonb(t) - {apart} AS content
 FROM {part} t WHERE t.municipality = $1 AND t.household_id = $2 AND t.record_no > $3 ORDER BY record_no LIMIT $4)
"""
_QUERY: Final = (
    " UNION ALL ".join(_PART.format(part=part, apart=_APART) for part in PARTS) + " ORDER BY record_no LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version as it was recorded. `recorded_by` is a hash: it tells persons apart and names none."""

    record_no: int
    part: str
    recorded_at: datetime
    recorded_role: str
    recorded_by: str
    content: dict[str, Any]


async def history(tx: Transaction, household_id: UUID, after: int | None, limit: int) -> tuple[list[Entry], int | None]:
    """A household's versions from after a number on, and the number to go on after."""
    await tx.flush()
    found = await (await tx.driver()).fetch(_QUERY, tx.municipality, household_id, after or 0, limit + 1)
    shown = [Entry(**row) for row in found[:limit]]
    return shown, shown[-1].record_no if len(found) > limit else None
