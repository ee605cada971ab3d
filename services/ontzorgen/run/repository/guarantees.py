"""What released months paid to one creditor for one kind of charge, out of their content (see `months`)."""

from typing import Final

from services.ontzorgen.ledger.rules import CREDITOR_OF
from services.ontzorgen.run.repository.months import MONTH_COLUMNS, MONTH_TABLES
from services.ontzorgen.run.rules.guarantees import GuaranteedMonth, GuaranteeShortfall
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind

# A correction with a seventh element pays what an earlier month left unpaid.
_PARTS: Final = f"""
WITH paid AS MATERIALIZED (
    SELECT month.household_id, month.month, month.content::jsonb AS content FROM (
        SELECT {MONTH_COLUMNS} FROM {MONTH_TABLES}
        JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id AND r.state = 'released'
        WHERE s.municipality = $1 AND s.month >= $4 AND s.household_id IN (
            SELECT household_id FROM charge WHERE municipality = $1 AND creditor = $2 AND kind = $3)
    ) AS month
), part AS (
    SELECT household_id, coalesce(line ->> 5, month) AS month, (line ->> 3)::bigint AS due_cents,
        coalesce(line ->> 4, line ->> 3)::bigint AS paid_cents, 0::bigint AS paid_later_cents
    FROM paid, jsonb_array_elements(content -> 0) AS line
    WHERE (line ->> 0)::int = $5 AND line ->> 1 = $2
    UNION ALL
    SELECT household_id, line ->> 3, 0, 0, (line ->> 5)::bigint FROM paid, jsonb_array_elements(content -> 2) AS line
    WHERE (line ->> 0)::int = $5 AND line ->> 1 = $2 AND line ->> 6 IS NOT NULL
), owed AS (
    SELECT household_id, month, sum(due_cents)::bigint AS due_cents, sum(paid_cents)::bigint AS paid_cents,
        sum(paid_later_cents)::bigint AS paid_later_cents
    FROM part GROUP BY household_id, month
)
"""  # noqa: S608 - names of our own columns
_MONTHS: Final = f"""{_PARTS}
SELECT month, count(*) AS households, sum(due_cents)::bigint AS due_cents, sum(paid_cents)::bigint AS paid_cents,
    sum(paid_later_cents)::bigint AS paid_later_cents
FROM owed GROUP BY month
"""  # noqa: S608 - names of our own columns
_SHORTFALLS: Final = f"""{_PARTS}
SELECT household_id, month, due_cents - paid_cents - paid_later_cents AS unpaid_cents FROM owed
WHERE due_cents > paid_cents + paid_later_cents
"""  # noqa: S608 - names of our own columns


async def list_months(tx: Transaction, creditor: str, kind: ChargeKind, first: str) -> list[GuaranteedMonth]:
    """Return what was due and paid for each month from the first one on, over all households."""
    rows = await (await tx.driver()).fetch(_MONTHS, *_arguments(tx, creditor, kind, first))
    return [GuaranteedMonth(**row) for row in rows]


async def list_shortfalls(tx: Transaction, creditor: str, kind: ChargeKind, first: str) -> list[GuaranteeShortfall]:
    """Return what each household left unpaid for each month from the first one on."""
    rows = await (await tx.driver()).fetch(_SHORTFALLS, *_arguments(tx, creditor, kind, first))
    return [GuaranteeShortfall(**row) for row in rows]


def _arguments(tx: Transaction, creditor: str, kind: ChargeKind, first: str) -> tuple[str, str, str, str, int]:
    return tx.municipality, creditor, kind.value, first, CREDITOR_OF[kind].value
