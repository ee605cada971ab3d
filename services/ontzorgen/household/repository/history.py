"""The history of a household's file: every version in the order of recording, with when and by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.database.transactions import Transaction

PARTS: Final = (
    "right_version",
    "composition",
    "household_person",
    "charge",
    "mandate",
    "mandate_revocation",
    "allowance",
    "relief_grant",
    "start_money_decision",
    "loan_repayment",
    "claim",
    "asset",
    "payment_terms",
    "income",
    "reduction",
    "attachment",
    "regeldag",
    "regeldag_step",
)
_NO_CONTENT: Final = "ARRAY['municipality', 'household_id', 'record_no', 'recorded_at', 'recorded_role', 'recorded_by']"
_PART: Final = """
(SELECT record_no, '{part}' AS part, recorded_at, recorded_role, recorded_by, to_jsonb(t) - {no_content} AS content
 FROM {part} t WHERE t.municipality = $1 AND t.household_id = $2 AND t.record_no > $3 ORDER BY record_no LIMIT $4)
"""
_QUERY: Final = (
    " UNION ALL ".join(_PART.format(part=part, no_content=_NO_CONTENT) for part in PARTS)
    + " ORDER BY record_no LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version as it was recorded. `recorded_by` is a hash: it tells persons apart and identifies none."""

    record_no: int
    part: str
    recorded_at: datetime
    recorded_role: str
    recorded_by: str
    content: dict[str, Any]


async def list_history(
    tx: Transaction, household_id: UUID, after: int | None, limit: int
) -> tuple[list[HistoryEntry], int | None]:
    """Return a household's versions after a number, and the number to continue after."""
    await tx.flush()
    rows = await (await tx.driver()).fetch(_QUERY, tx.municipality, household_id, after or 0, limit + 1)
    entries = [HistoryEntry(**row) for row in rows[:limit]]
    return entries, entries[-1].record_no if len(rows) > limit else None
