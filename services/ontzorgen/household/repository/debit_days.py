"""The query of what creditors are still to be paid for a month, before that month of its households was released."""

from collections.abc import Sequence
from typing import Final

from services.ontzorgen.household.rules.debit_days import DebitDay
from shared.database.transactions import Transaction

# A month that is paid ahead was to be released a month earlier.
_UNPAID: Final = """
SELECT asked.creditor, asked.month, sum(c.amount_cents)::bigint AS cents
FROM unnest($2::text[], $3::text[], $4::date[]) AS asked (creditor, month, collected_on)
JOIN household h ON h.municipality = $1 AND h.ended_on IS NULL AND h.right_from <= asked.collected_on
AND (h.right_until IS NULL OR h.right_until >= asked.collected_on) AND to_char(h.last_day, 'YYYY-MM') >= asked.month
LEFT JOIN LATERAL (
    SELECT terms.prepay FROM payment_terms terms WHERE terms.municipality = h.municipality
    AND terms.household_id = h.id AND terms.prepay IS NOT NULL ORDER BY terms.record_no DESC LIMIT 1
) AS terms ON true
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (coalesce(v.charge_id, v.id)) v.kind, v.creditor, v.amount_cents, v.from_day, v.until_day,
        v.first_due
    FROM charge v WHERE v.municipality = h.municipality AND v.household_id = h.id
    ORDER BY coalesce(v.charge_id, v.id), v.record_no DESC
) AS c
WHERE CASE WHEN coalesce(terms.prepay, $6::bool)
    THEN h.next_month < asked.month AND h.months_run > 0 ELSE h.next_month <= asked.month END
AND c.creditor = asked.creditor AND c.kind = ANY($5::text[]) AND c.from_day <= asked.collected_on
AND (c.until_day IS NULL OR c.until_day >= asked.collected_on) AND coalesce(c.first_due, '') <= asked.month
AND EXISTS (
    SELECT FROM mandate m WHERE m.municipality = h.municipality AND m.household_id = h.id AND m.creditor = c.creditor
    AND m.kind = c.kind AND m.granted_on <= asked.collected_on
    AND (m.until_day IS NULL OR m.until_day >= asked.collected_on)
    AND NOT EXISTS (
        SELECT FROM mandate_revocation r WHERE r.municipality = m.municipality AND r.mandate_id = m.id))
GROUP BY asked.creditor, asked.month HAVING sum(c.amount_cents) > 0
"""


async def sum_unpaid(
    tx: Transaction, debit_days: Sequence[DebitDay], kinds: Sequence[str], *, prepay: bool
) -> dict[tuple[str, str], int]:
    """Return what charges under mandate add up to, of months not released yet, by creditor and month."""
    await tx.flush()
    columns = (
        [debit_day.creditor for debit_day in debit_days],
        [debit_day.month for debit_day in debit_days],
        [debit_day.collected_on for debit_day in debit_days],
    )
    rows = await (await tx.driver()).fetch(_UNPAID, tx.municipality, *columns, list(kinds), prepay)
    return {(row["creditor"], row["month"]): row["cents"] for row in rows}
