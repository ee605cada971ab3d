"""Every query of what the bank says: messages, statements, their entries, and what an entry may be about."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from services.ontzorgen.bank.rules.matching import Known, Placed, Sent, wanted_batches, wanted_ids, wanted_references
from services.ontzorgen.bank.rules.messages import Entry, StatementHead
from services.ontzorgen.bank.tables import BankMessageRow
from shared.database import rows
from shared.database.transactions import Transaction

_ALONG_INDEXES: Final = "SELECT set_config(name, 'off', true) FROM unnest($1::text[]) AS name"
_SCANS: Final = ("enable_seqscan", "enable_bitmapscan")
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('bank_message'), hashtext($1))"
_ADD_STATEMENT: Final = """
INSERT INTO bank_statement (municipality, iban, id, message_sha256, opening_cents, closing_cents)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (municipality, iban, id) DO NOTHING RETURNING statement_no
"""
_BALANCES: Final = """
SELECT opening_cents, closing_cents FROM bank_statement WHERE municipality = $1 AND iban = $2 AND id = $3
"""
# Statements are numbered one after the other, so that every other has a lower number. Asked so, no plan reads the
# entries that this one has so far.
_REFERENCES: Final = """
SELECT DISTINCT e.reference FROM bank_entry e
JOIN bank_statement s ON s.municipality = e.municipality AND s.statement_no = e.statement_no
WHERE e.municipality = $1 AND e.part_no = 1 AND e.reference = ANY(string_to_array($2, E'\\n'))
    AND e.statement_no < $3 AND s.iban = $4
"""
_SENT: Final = """
SELECT sent.instruction_id, sent.amount_cents, coalesce(seen.is_paid, false), coalesce(seen.is_returned, false), {what}
FROM {source} LEFT JOIN LATERAL (
    SELECT bool_or(e.outcome IN ('match', 'split')) AS is_paid,
        bool_or(e.outcome = 'returned' AND e.amount_cents = sent.amount_cents) AS is_returned
    FROM bank_entry e WHERE e.municipality = sent.municipality AND e.instruction_id = sent.instruction_id
) AS seen ON true
"""
_BY_ID: Final = (
    _SENT.format(
        what="NULL",
        source="payment_file_entry sent",
    )
    + "WHERE sent.municipality = $1 AND sent.instruction_id = ANY($2::uuid[])"
)
_BY_REFERENCE: Final = (
    _SENT.format(
        what="i.remittance",
        source="""unnest($2::bigint[], $3::text[]) AS wanted(cents, reference)
    JOIN payment_instruction i ON i.municipality = $1 AND i.amount_cents = wanted.cents
        AND i.remittance = wanted.reference
    JOIN payment_file_entry sent ON sent.municipality = i.municipality AND sent.instruction_id = i.id""",
    )
    + "ORDER BY i.execute_on, i.id"
)
# What a status report refused never left, so the bank did not book it with its batch.
_BY_BATCH: Final = (
    _SENT.format(what="sent.batch_id", source="payment_file_entry sent")
    + """
WHERE sent.municipality = $1 AND sent.batch_id = ANY($2::text[]) AND NOT EXISTS (
    SELECT FROM payment_refusal r JOIN bank_message m ON m.municipality = r.municipality AND m.sha256 = r.message_sha256
    WHERE r.municipality = sent.municipality AND r.instruction_id = sent.instruction_id AND m.kind = 'pain.002')
ORDER BY sent.instruction_id
"""
)
_REFUSED_BEFORE: Final = """
SELECT r.instruction_id FROM payment_refusal r
JOIN bank_message m ON m.municipality = r.municipality AND m.sha256 = r.message_sha256 AND m.kind = 'pain.002'
WHERE r.municipality = $1 AND r.instruction_id = ANY($2::uuid[])
"""
_ADD_ENTRIES: Final = """
INSERT INTO bank_entry (municipality, statement_no, entry_no, part_no, outcome, booked_on, amount_cents, instruction_id,
    reference, return_code)
SELECT $1, $2, placed.* FROM unnest($3::int[], $4::int[], $5::text[], $6::date[], $7::bigint[], $8::uuid[], $9::text[],
    $10::text[]) AS placed
"""
_ENTRIES: Final = """
SELECT e.statement_no, e.entry_no, e.part_no, e.outcome, e.booked_on, e.amount_cents, e.instruction_id, e.reference,
    e.return_code
FROM bank_entry e WHERE e.municipality = $1 AND ($2::text IS NULL OR e.outcome = $2)
    AND (e.statement_no, e.entry_no, e.part_no) > ($3, $4, $5)
ORDER BY e.statement_no, e.entry_no, e.part_no LIMIT $6
"""


async def one_at_a_time(tx: Transaction) -> None:
    """Bank messages of one municipality wait for each other until the transaction ends."""
    await (await tx.driver()).execute(_ONE_AT_A_TIME, tx.municipality)


async def along_indexes(tx: Transaction) -> None:
    """Look everything up along indexes until the transaction ends.

    The planner takes a table that fills up in this transaction for an empty one, and would read all of it each time.
    """
    await (await tx.driver()).execute(_ALONG_INDEXES, list(_SCANS))


async def counts_of(tx: Transaction, sha256: str) -> dict[str, int] | None:
    """What came of a file when it was first read; None when it was not."""
    row = await rows.find(tx, BankMessageRow, sha256)
    return None if row is None else row.counts


async def add_message(
    tx: Transaction, sha256: str, kind: str, message_id: str, subject: str, counts: dict[str, int]
) -> None:
    values = {"kind": kind, "message_id": message_id, "received_by": subject, "counts": counts}
    await rows.add(tx, BankMessageRow, sha256=sha256, **values)


async def add_statement(tx: Transaction, head: StatementHead, sha256: str) -> int | None:
    """The number under which its entries are kept; None when this statement is here already."""
    values = (head.iban, head.id, sha256, head.opening_cents, head.closing_cents)
    number = await (await tx.driver()).fetchval(_ADD_STATEMENT, tx.municipality, *values)
    return None if number is None else int(number)


async def balances(tx: Transaction, head: StatementHead) -> tuple[int, int]:
    """Opening and closing cents of a statement that is here."""
    row = await (await tx.driver()).fetchrow(_BALANCES, tx.municipality, head.iban, head.id)
    assert row is not None  # noqa: S101 - asked only for a statement that is here
    return row[0], row[1]


async def known_references(tx: Transaction, iban: str, statement_no: int, references: Collection[str]) -> set[str]:
    """The bank's own entry references that another statement of this account had before."""
    if not references:
        return set()
    found = await (await tx.driver()).fetch(_REFERENCES, tx.municipality, "\n".join(references), statement_no, iban)
    return {row[0] for row in found}


async def known(tx: Transaction, entries: Sequence[Entry]) -> Known:
    """Everything sent that these entries may be about."""
    driver, wanted = await tx.driver(), wanted_ids(entries)
    found = await driver.fetch(_BY_ID, tx.municipality, wanted) if wanted else []
    by_id = {row[0]: Sent(row[0], row[1], row[2], row[3]) for row in found}
    by_reference: dict[tuple[int, str], list[Sent]] = {}
    if alike := wanted_references(entries):
        amounts, texts = (list(column) for column in zip(*alike, strict=True))
        for row in await driver.fetch(_BY_REFERENCE, tx.municipality, amounts, texts):
            by_reference.setdefault((row[1], row[4]), []).append(Sent(row[0], row[1], row[2], row[3]))
    by_batch: dict[str, list[Sent]] = {}
    if batches := wanted_batches(entries):
        for row in await driver.fetch(_BY_BATCH, tx.municipality, list(batches)):
            by_batch.setdefault(row[4], []).append(Sent(row[0], row[1], row[2], row[3]))
    return Known(by_id, by_reference, by_batch)


async def refused_before(tx: Transaction, ids: Collection[UUID]) -> list[UUID]:
    """Those of these payments that a status report refused."""
    if not ids:
        return []
    return [row[0] for row in await (await tx.driver()).fetch(_REFUSED_BEFORE, tx.municipality, list(ids))]


async def add_entries(tx: Transaction, statement_no: int, entries: Sequence[Entry], placed: Sequence[Placed]) -> None:
    """Keep what came of these entries; their order in both is the same."""
    said = {entry.number: (entry.booked_on, entry.reference or None) for entry in entries}
    numbers = [one.number for one in placed]
    days, references = [said[number][0] for number in numbers], [said[number][1] for number in numbers]
    await (await tx.driver()).execute(
        _ADD_ENTRIES,
        tx.municipality,
        statement_no,
        numbers,
        [one.part for one in placed],
        [one.outcome.value for one in placed],
        days,
        [one.amount_cents for one in placed],
        [one.sent_id for one in placed],
        references,
        [one.return_code or None for one in placed],
    )


async def entries(
    tx: Transaction, outcome: str | None, after: tuple[int, int, int], limit: int
) -> list[dict[str, Any]]:
    """Entries as they were placed, those of one outcome when it is named."""
    found = await (await tx.driver()).fetch(_ENTRIES, tx.municipality, outcome, *after, limit)
    return [dict(row) for row in found]
