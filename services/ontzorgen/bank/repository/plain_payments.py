"""Entries that pay one of ours to the cent, placed by the database itself. Nearly every entry is one.

What a statement names by its id, once, is a match when it was sent with that amount, no entry was about it before and
no bank refused it. Every other entry is left to the rules in `domain/matching.py`, which say the same of these.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from services.ontzorgen.bank.rules.messages import Entry
from shared.database.transactions import Transaction

# A LIMIT inside a LATERAL keeps the planner to one look along an index for each payment: what it knows of the size of a
# table that fills up in this very transaction is wrong, and a plan for an empty one would read all of it each time.
_ADD: Final = """
INSERT INTO bank_entry (municipality, statement_no, entry_no, part_no, outcome, booked_on, amount_cents, instruction_id,
    reference)
SELECT $1, $2, paid.entry_no, 1, 'match', paid.booked_on, -paid.cents, paid.id, paid.reference
FROM unnest($3::text::int[], $4::text::date[], $5::text::bigint[], $6::text::uuid[], string_to_array($7, E'\\n', ''))
    AS paid (entry_no, booked_on, cents, id, reference)
JOIN LATERAL (
    SELECT FROM payment_file_entry f
    WHERE f.municipality = $1 AND f.instruction_id = paid.id AND f.amount_cents = paid.cents LIMIT 1
) AS sent ON true
LEFT JOIN LATERAL (
    SELECT true AS is_there FROM bank_entry e WHERE e.municipality = $1 AND e.instruction_id = paid.id
    UNION ALL SELECT true FROM payment_refusal r WHERE r.municipality = $1 AND r.instruction_id = paid.id
    LIMIT 1
) AS before ON true
WHERE before.is_there IS NULL
RETURNING entry_no
"""


async def add(tx: Transaction, statement_no: int, plain: Sequence[Entry]) -> set[int]:
    """Keep those of these entries that are a match; their numbers."""
    if not plain:
        return set()
    # The driver looks at each element of a list; one text for a whole column costs a fraction of that.
    columns = (
        _array(one.number for one in plain),
        _array(one.booked_on for one in plain),
        _array(-one.amount_cents for one in plain),
        _array(one.details[0].end_to_end_id for one in plain),
        "\n".join([one.reference for one in plain]),
    )
    found = await (await tx.driver()).fetch(_ADD, tx.municipality, statement_no, *columns)
    return {row[0] for row in found}


def _array(values: Iterable[object]) -> str:
    """Values that hold no comma or quote, as PostgreSQL writes an array."""
    return f"{{{','.join(map(str, values))}}}"
