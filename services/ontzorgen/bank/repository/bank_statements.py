"""The queries of the bank's statements: their heads, and their entries as they were matched."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.ontzorgen.bank.rules.bank_statements import Entry, KnownStatement, StatementHead
from services.ontzorgen.bank.rules.matching import Match
from shared.database.transactions import Transaction

_ADD_STATEMENT: Final = """
INSERT INTO bank_statement (municipality, iban, id, message_sha256, opening_cents, closing_cents, opened_on, closed_on,
    first_on, sequence, page)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING statement_no
"""
_KNOWN: Final = """
SELECT first_on, opening_cents, closing_cents, closed_on, sequence FROM bank_statement
WHERE municipality = $1 AND iban = $2 AND id = $3 AND page = $4 ORDER BY statement_no
"""
# A fingerprint holds the account, so that no other table is read. A LIMIT inside a LATERAL keeps the planner to one
# look along the index for each: it takes a table that fills up in this transaction for an empty one.
_SEEN: Final = """
SELECT named.fingerprint, count(*) FILTER (WHERE e.statement_no <> $3), count(*) FILTER (WHERE e.statement_no = $3)
FROM (SELECT DISTINCT unnest($2::text::uuid[])) AS named (fingerprint)
JOIN LATERAL (
    SELECT statement_no FROM bank_entry
    WHERE municipality = $1 AND fingerprint = named.fingerprint ORDER BY fingerprint LIMIT 1000
) AS e ON true
GROUP BY named.fingerprint
"""
_ADD_ENTRIES: Final = """
INSERT INTO bank_entry (municipality, statement_no, entry_no, part_no, outcome, booked_on, amount_cents, instruction_id,
    reference, return_code, fingerprint, batch_id)
SELECT $1, $2, matched.* FROM unnest($3::int[], $4::int[], $5::text[], $6::date[], $7::bigint[], $8::uuid[], $9::text[],
    $10::text[], $11::uuid[], $12::text[]) AS matched
"""
_ENTRIES: Final = """
SELECT e.statement_no, e.entry_no, e.part_no, e.outcome, e.booked_on, e.amount_cents, e.instruction_id, e.reference,
    e.return_code
FROM bank_entry e WHERE e.municipality = $1 AND ($2::text IS NULL OR e.outcome = $2)
    AND (e.statement_no, e.entry_no, e.part_no) > ($3, $4, $5)
ORDER BY e.statement_no, e.entry_no, e.part_no LIMIT $6
"""


async def add_statement(tx: Transaction, head: StatementHead, first_on: date | None, sha256: str) -> int:
    """Add a statement and return the number of its entries."""
    values = (head.iban, head.id, sha256, head.opening_cents, head.closing_cents, head.opened_on, head.closed_on)
    more = (first_on, head.sequence, head.page)
    return int(await (await tx.driver()).fetchval(_ADD_STATEMENT, tx.municipality, *values, *more))


async def list_known(tx: Transaction, head: StatementHead) -> list[KnownStatement]:
    """Return the statements of this account that were read under this id and page: banks use an id again."""
    records = await (await tx.driver()).fetch(_KNOWN, tx.municipality, head.iban, head.id, head.page)
    return [KnownStatement(*record) for record in records]


async def count_seen(
    tx: Transaction, statement_no: int, fingerprints: Collection[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Count how often entries with these fingerprints are in other statements, and in this one."""
    if not fingerprints:
        return {}, {}
    names = f"{{{','.join(fingerprints)}}}"  # one text costs a fraction of a list
    records = await (await tx.driver()).fetch(_SEEN, tx.municipality, names, statement_no)
    earlier = {record[0].hex: record[1] for record in records if record[1]}
    return earlier, {record[0].hex: record[2] for record in records if record[2]}


async def add_entries(
    tx: Transaction,
    statement_no: int,
    entries: Sequence[Entry],
    matches: Sequence[Match],
    fingerprints: Mapping[int, str | None],
) -> None:
    """Add entries as they were matched; their order in both is the same. Fingerprints are by number."""
    by_number = {entry.number: (entry.booked_on, entry.reference or None) for entry in entries}
    numbers = [match.number for match in matches]
    await (await tx.driver()).execute(
        _ADD_ENTRIES,
        tx.municipality,
        statement_no,
        numbers,
        [match.part for match in matches],
        [match.outcome.value for match in matches],
        [by_number[number][0] for number in numbers],
        [match.amount_cents for match in matches],
        [match.sent_id for match in matches],
        [by_number[number][1] for number in numbers],
        [match.return_code or None for match in matches],
        [fingerprints[match.number] if match.part == 1 else None for match in matches],
        [match.batch_id or None for match in matches],
    )


async def list_entries(
    tx: Transaction, outcome: str | None, after: tuple[int, int, int], limit: int
) -> list[dict[str, Any]]:
    """Return entries as they were matched, those of one outcome when it is named."""
    records = await (await tx.driver()).fetch(_ENTRIES, tx.municipality, outcome, *after, limit)
    return [dict(record) for record in records]
