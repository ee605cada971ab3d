"""Recurring months proposed by the database itself: their charges are stored once, and each month refers to them.

Stored charges (table `steady_bill`) have the hash of their content as id and never change, so the seal of a month
covers them. They have what a month's own content would have (see `months`), and also the accounts, cents and lines as
they are booked and published. The table `steady_household` says which of them a household has now, for which months
and under which terms of the policy; the database deletes that when the file changes.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from services.ontzorgen.ledger.rules import CREDITOR_OF
from services.ontzorgen.run.repository.month_content import abbreviate_charge
from services.ontzorgen.run.repository.runs import IS_DUE, due_arguments
from services.ontzorgen.run.rules.month import charge_line
from services.ontzorgen.run.rules.recurring_months import RecurringMonths, RecurringNorm
from services.ontzorgen.run.rules.run import Part, Run
from shared.database.transactions import Transaction

_SAVE_CHARGES: Final = """
INSERT INTO steady_bill (municipality, household_id, id, accounts, cents, charges, more, told)
SELECT $1, new.household_id, new.id, new.accounts::smallint[], new.cents::int[], new.charges, new.more, new.told
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS new(household_id, id, accounts, cents, charges, more, told)
ON CONFLICT DO NOTHING
"""
_SAVE_HOUSEHOLDS: Final = """
INSERT INTO steady_household (municipality, household_id, bill_id, charges_cents, charges, in_halves, norm_key, terms,
    first_month, last_month)
SELECT $1, new.* FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::smallint[], $6::boolean[], $7::text[], $8::text[],
    $9::text[], $10::text[]) AS new
ON CONFLICT (municipality, household_id) DO UPDATE SET bill_id = excluded.bill_id,
    charges_cents = excluded.charges_cents, charges = excluded.charges, in_halves = excluded.in_halves,
    norm_key = excluded.norm_key, terms = excluded.terms, first_month = excluded.first_month,
    last_month = excluded.last_month
"""
# What is left goes to the person on one day, or to both of a couple, the odd cent to the first.
_PROPOSE: Final = f"""
WITH due AS MATERIALIZED (
    SELECT h.id, steady.*, steady.payable_cents - steady.charges_cents AS left_cents,
        CASE WHEN steady.in_halves THEN (steady.payable_cents - steady.charges_cents) / 2 ELSE 0 END AS half_cents
    FROM household h LEFT JOIN (
        SELECT y.household_id, y.bill_id, y.charges_cents, y.charges, y.in_halves, n.norm_cents, n.payable_cents
        FROM steady_household y
        JOIN unnest($10::text[], $11::int[], $12::int[]) AS n(key, norm_cents, payable_cents) ON n.key = y.norm_key
        WHERE y.municipality = $1 AND y.household_id BETWEEN $6::uuid AND $7::uuid
        AND y.first_month <= $2 AND y.last_month >= $2 AND y.terms = ANY($13::text[])
        AND y.charges_cents <= n.payable_cents AND n.payable_cents < n.norm_cents
    ) AS steady ON steady.household_id = h.id
    WHERE {IS_DUE}
), proposed AS (
    INSERT INTO statement (municipality, month, household_id, run_id, status, norm_cents, payable_cents,
        holiday_reserve_cents, charges_total_cents, deducted_cents, remainder_cents, payments, content, bill_id)
    SELECT $1, $2, id, $8, 'ok', norm_cents, payable_cents, norm_cents - payable_cents, charges_cents, charges_cents,
        left_cents, charges + (left_cents > 0)::int + (half_cents > 0)::int,
        CASE WHEN left_cents = 0 THEN '[]'
        WHEN half_cents = 0 THEN '[[' || $9::int || ',"person",' || left_cents || ']]'
        ELSE '[[' || $9::int || ',"person",' || left_cents - half_cents || '],[' || $9::int || ',"partner",'
            || half_cents || ']]' END, bill_id
    FROM due WHERE bill_id IS NOT NULL ORDER BY id
)
SELECT count(bill_id) AS proposed, (SELECT array_agg(id ORDER BY id) FROM due WHERE bill_id IS NULL) AS others FROM due
"""  # noqa: S608 - our own text
_encode: Final = msgspec.json.Encoder().encode


async def save(tx: Transaction, recurring: Sequence[tuple[UUID, RecurringMonths]]) -> None:
    """Save the recurring months of these households, whose files this transaction has locked."""
    if not recurring:
        return
    driver = await tx.driver()
    charges = [(household_id, *_encode_charges(months)) for household_id, months in recurring]
    await driver.execute(_SAVE_CHARGES, tx.municipality, *map(list, zip(*charges, strict=True)))
    households = [
        (
            *(household_id, stored[1], months.charges_cents, len(months.charges), months.in_halves),
            *(months.norm_key, months.terms, months.first_month, months.last_month),
        )
        for (household_id, months), stored in zip(recurring, charges, strict=True)
    ]
    await driver.execute(_SAVE_HOUSEHOLDS, tx.municipality, *map(list, zip(*households, strict=True)))


async def propose(
    tx: Transaction,
    run: Run,
    part: Part,
    pay_day: int,
    norms: Mapping[str, RecurringNorm],
    terms: Sequence[str],
    *,
    only_ended: bool,
) -> tuple[int, list[UUID]]:
    """Propose the recurring months that are due in a part. Return how many, and the ids of the other households due."""
    keys, amounts = list(norms), list(norms.values())
    arguments: list[Any] = [
        *(*due_arguments(tx, run, part.bounds, only_ended=only_ended), run.id, pay_day, keys),
        *([norm.norm_cents for norm in amounts], [norm.payable_cents for norm in amounts], list(terms)),
    ]
    row = await (await tx.driver()).fetchrow(_PROPOSE, *arguments)
    assert row is not None  # noqa: S101 - an aggregate without groups is one row
    return row["proposed"], row["others"] or []


def _encode_charges(months: RecurringMonths) -> tuple[UUID, str, str, str, str, str]:
    """Return the columns of stored charges from `id` on; the id is the hash of the others."""
    charges = [(*abbreviate_charge(due.key, due.kind, due.creditor), due.cents) for due in months.charges]
    after_payments = ",[]," + _encode({"left": months.left_to_person}).decode() if months.left_to_person else ""
    lines = ",".join(
        charge_line(due.kind, due.creditor, due.cents, due.cents).model_dump_json(exclude_none=True)
        for due in months.charges
    )
    accounts = ",".join(str(CREDITOR_OF[due.kind].value) for due in months.charges)
    cents = ",".join(str(due.cents) for due in months.charges)
    content = (f"{{{accounts}}}", f"{{{cents}}}", _encode(charges).decode(), after_payments, lines)
    return UUID(bytes=sha256("".join(content).encode()).digest()[:16]), *content
