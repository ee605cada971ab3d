"""Ontzorgen's rows, by area: storage, never rules. Every key begins with the municipality, so tenants can not meet."""

from services.ontzorgen.tables.households import (
    AccessLogRow,
    ChargeRow,
    HouseholdRow,
    MandateRow,
    Row,
)
from services.ontzorgen.tables.runs import (
    LedgerEntryRow,
    LedgerLineRow,
    StatementLineRow,
    StatementRow,
    TaskRow,
)

__all__ = [
    "AccessLogRow",
    "ChargeRow",
    "HouseholdRow",
    "LedgerEntryRow",
    "LedgerLineRow",
    "MandateRow",
    "Row",
    "StatementLineRow",
    "StatementRow",
    "TaskRow",
]
