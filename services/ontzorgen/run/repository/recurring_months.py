"""Steady months proposed by the database itself: what each asks is kept once, as a bill, and the month refers to it.

A bill is named after what it says and never changes, so the month's seal covers it. It holds what a month's own content
would (see `months`), and beside that its accounts, cents and lines as they are booked and told. Which bill a household
has now stands apart, with the months and the terms of the policy that it holds for; the database removes that when the
file changes.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from services.ontzorgen.ledger.rules import CREDITOR_OF
from services.ontzorgen.run.repository.months import short
from services.ontzorgen.run.repository.runs import IS_DUE, due_arguments
from services.ontzorgen.run.rules.recurring_months import Steady, SteadyNorm
from services.ontzorgen.run.rules.run import Part, Run
from shared.database.transactions import Transaction
from shared.events import ChargeLine

_KEEP_BILLS: Final = """
INSERT INTO steady_bill (municipality, household_id, id, accounts, cents, charges, more, told)
SELECT $1, made.household_id, made.id, made.accounts::smallint[], made.cents::int[], made.charges, made.more, made.told
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS made(household_id, id, accounts, cents, charges, more, told)
ON CONFLICT DO NOTHING
"""
_KEEP_HOUSEHOLDS: Final = """
INSERT INTO steady_household (municipality, household_id, bill_id, charges_cents, charges, in_halves, norm_key, terms,
    first_month, last_month)
SELECT $1, made.* FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::smallint[], $6::boolean[], $7::text[], $8::text[],
    $9::text[], $10::text[]) AS made
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


async def keep(tx: Transaction, made: Sequence[tuple[UUID, Steady]]) -> None:
    """Keep what holds of these households from now on. Their files are locked: what changes after this, comes after."""
    if not made:
        return
    driver = await tx.driver()
    bills = [(household_id, *_bill(steady)) for household_id, steady in made]
    await driver.execute(_KEEP_BILLS, tx.municipality, *map(list, zip(*bills, strict=True)))
    households = [
        (
            *(household_id, bill[1], steady.charges_cents, len(steady.charges), steady.in_halves),
            *(steady.norm_key, steady.terms, steady.first_month, steady.last_month),
        )
        for (household_id, steady), bill in zip(made, bills, strict=True)
    ]
    await driver.execute(_KEEP_HOUSEHOLDS, tx.municipality, *map(list, zip(*households, strict=True)))


async def propose(
    tx: Transaction,
    run: Run,
    part: Part,
    pay_day: int,
    norms: Mapping[str, SteadyNorm],
    terms: Sequence[str],
    *,
    only_over: bool,
) -> tuple[int, list[UUID]]:
    """Propose the month of each household of a part that is due and steady: how many, and the ids of the others."""
    keys, amounts = list(norms), list(norms.values())
    arguments: list[Any] = [
        *(*due_arguments(tx, run, part.bounds, only_over=only_over), run.id, pay_day, keys),
        *([one.norm_cents for one in amounts], [one.payable_cents for one in amounts], list(terms)),
    ]
    row = await (await tx.driver()).fetchrow(_PROPOSE, *arguments)
    assert row is not None  # noqa: S101 - an aggregate without groups is one row
    return row["proposed"], row["others"] or []


def _bill(steady: Steady) -> tuple[UUID, str, str, str, str, str]:
    """Its name, and what it says: accounts and cents, the charges and what comes after the payments, what is told."""
    charges = [(*short(one.key, one.kind, one.creditor), one.cents) for one in steady.charges]
    kept = _encode(charges).decode()
    more = ",[]," + _encode({"left": steady.left_to_person}).decode() if steady.left_to_person else ""
    told = ",".join(
        ChargeLine(kind=one.kind, due_cents=one.cents, paid_cents=one.cents).model_dump_json() for one in steady.charges
    )
    accounts = ",".join(str(CREDITOR_OF[one.kind].value) for one in steady.charges)
    cents = ",".join(str(one.cents) for one in steady.charges)
    said = (f"{{{accounts}}}", f"{{{cents}}}", kept, more, told)
    return UUID(bytes=sha256("".join(said).encode()).digest()[:16]), *said
