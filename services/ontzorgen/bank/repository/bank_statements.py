"""The queries of the bank's statements: their heads, and their entries as they were matched."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from services.ontzorgen.bank.rules.bank_statements import Entry, StatementHead
from services.ontzorgen.bank.rules.matching import Match
from shared.database.transactions import Transaction

_ADD_STATEMENT: Final = """
INSERT INTO bank_statement (municipality, iban, id, message_sha256, opening_cents, closing_cents)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (municipality, iban, id) DO NOTHING RETURNING statement_no
"""
_BALANCES: Final = """
SELECT opening_cents, closing_cents FROM bank_statement WHERE municipality = $1 AND iban = $2 AND id = $3
"""
# Statements are numbered one after the other, so that every other has a lower number. Asked so, no plan reads the
# entries that this one has so far.
_EARLIER_REFERENCES: Final = """
SELECT DISTINCT e.reference FROM bank_entry e
JOIN bank_statement s ON s.municipality = e.municipality AND s.statement_no = e.statement_no
WHERE e.municipality = $1 AND e.part_no = 1 AND e.reference = ANY(string_to_array($2, E'\\n'))
    AND e.statement_no < $3 AND s.iban = $4
"""
_ADD_ENTRIES: Final = """
INSERT INTO bank_entry (municipality, statement_no, entry_no, part_no, outcome, booked_on, amount_cents, instruction_id,
    reference, return_code)
SELECT $1, $2, matched.* FROM unnest($3::int[], $4::int[], $5::text[], $6::date[], $7::bigint[], $8::uuid[], $9::text[],
    $10::text[]) AS matched
"""
_ENTRIES: Final = """
SELECT e.statement_no, e.entry_no, e.part_no, e.outcome, e.booked_on, e.amount_cents, e.instruction_id, e.reference,
    e.return_code
FROM bank_entry e WHERE e.municipality = $1 AND ($2::text IS NULL OR e.outcome = $2)
    AND (e.statement_no, e.entry_no, e.part_no) > ($3, $4, $5)
ORDER BY e.statement_no, e.entry_no, e.part_no LIMIT $6
"""


async def add_statement(tx: Transaction, head: StatementHead, sha256: str) -> int | None:
    """Add a statement and return the number of its entries; None if this statement is here already."""
    values = (head.iban, head.id, sha256, head.opening_cents, head.closing_cents)
    number = await (await tx.driver()).fetchval(_ADD_STATEMENT, tx.municipality, *values)
    return None if number is None else int(number)


async def get_balances(tx: Transaction, head: StatementHead) -> tuple[int, int]:
    """Return opening and closing cents of a statement that is here."""
    record = await (await tx.driver()).fetchrow(_BALANCES, tx.municipality, head.iban, head.id)
    assert record is not None  # noqa: S101 - called only for a statement that is here
    return record[0], record[1]


async def list_earlier_references(
    tx: Transaction, iban: str, statement_no: int, references: Collection[str]
) -> set[str]:
    """Return those of the bank's own entry references that another statement of this account had before."""
    if not references:
        return set()
    arguments = ("\n".join(references), statement_no, iban)
    records = await (await tx.driver()).fetch(_EARLIER_REFERENCES, tx.municipality, *arguments)
    return {record[0] for record in records}


async def add_entries(tx: Transaction, statement_no: int, entries: Sequence[Entry], matches: Sequence[Match]) -> None:
    """Add entries as they were matched; their order in both is the same."""
    by_number = {entry.number: (entry.booked_on, entry.reference or None) for entry in entries}
    numbers = [match.number for match in matches]
    days = [by_number[number][0] for number in numbers]
    references = [by_number[number][1] for number in numbers]
    await (await tx.driver()).execute(
        _ADD_ENTRIES,
        tx.municipality,
        statement_no,
        numbers,
        [match.part for match in matches],
        [match.outcome.value for match in matches],
        days,
        [match.amount_cents for match in matches],
        [match.sent_id for match in matches],
        references,
        [match.return_code or None for match in matches],
    )


async def list_entries(
    tx: Transaction, outcome: str | None, after: tuple[int, int, int], limit: int
) -> list[dict[str, Any]]:
    """Return entries as they were matched, those of one outcome when it is named."""
    records = await (await tx.driver()).fetch(_ENTRIES, tx.municipality, outcome, *after, limit)
    return [dict(record) for record in records]
