"""The queries of matching: what entries may be about, and entries that the database itself matches.

Nearly every entry pays one of ours to the cent. What a statement names by its id, once, is a match when it was sent
with that amount, no entry was about it before and no bank refused it. Every other entry is left to `rules/matching`,
which say the same of these.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.matching import (
    MatchingContext,
    Sent,
    list_batch_ids,
    list_references,
    list_sent_ids,
)
from shared.database.transactions import Transaction

_USE_INDEXES: Final = "SELECT set_config(name, 'off', true) FROM unnest($1::text[]) AS name"
_SCANS: Final = ("enable_seqscan", "enable_bitmapscan")
# Each record is a payment as `Sent` has it, and after that by which name it was found.
_SENT: Final = """
SELECT sent.instruction_id, sent.amount_cents, coalesce(booked.is_paid, false), coalesce(booked.is_returned, false),
    coalesce(booked.debited_cents, 0)::bigint, coalesce(booked.credited_cents, 0)::bigint,
    EXISTS (SELECT FROM payment_refusal r WHERE r.municipality = sent.municipality
        AND r.instruction_id = sent.instruction_id),
    EXISTS (SELECT FROM payment_instruction later WHERE later.municipality = sent.municipality
        AND later.replaces = sent.instruction_id),
    {name}
FROM {source} LEFT JOIN LATERAL (
    SELECT bool_or(e.outcome IN ('match', 'split')) AS is_paid,
        bool_or(e.outcome = 'returned' AND e.amount_cents = sent.amount_cents) AS is_returned,
        -sum(e.amount_cents) FILTER (WHERE e.amount_cents < 0) AS debited_cents,
        sum(e.amount_cents) FILTER (WHERE e.amount_cents > 0) AS credited_cents
    FROM bank_entry e WHERE e.municipality = sent.municipality AND e.instruction_id = sent.instruction_id
) AS booked ON true
"""
_SENT_VALUES: Final = len(Sent._fields)
_BY_ID: Final = (
    _SENT.format(name="NULL", source="payment_file_entry sent")
    + "WHERE sent.municipality = $1 AND sent.instruction_id = ANY($2::uuid[])"
)
_BY_REFERENCE: Final = (
    _SENT.format(
        name="wanted.reference",
        source="""unnest($2::bigint[], $3::text[]) AS wanted(cents, reference)
    JOIN payment_instruction i ON i.municipality = $1 AND i.amount_cents = wanted.cents
        AND replace(i.remittance, ' ', '') = wanted.reference
    JOIN payment_file_entry sent ON sent.municipality = i.municipality AND sent.instruction_id = i.id""",
    )
    + "ORDER BY i.execute_on, i.id"
)
# What a status report refused before it was booked never left, so the bank did not book it with its batch.
_BY_BATCH: Final = (
    _SENT.format(name="sent.batch_id, sent.file_id", source="payment_file_entry sent")
    + """
WHERE sent.municipality = $1 AND sent.{column} = ANY($2::text[]) AND (booked.debited_cents > 0 OR NOT EXISTS (
    SELECT FROM payment_refusal r JOIN bank_message m ON m.municipality = r.municipality AND m.sha256 = r.message_sha256
    WHERE r.municipality = sent.municipality AND r.instruction_id = sent.instruction_id AND m.kind = 'pain.002'))
ORDER BY sent.instruction_id
"""
)
_OF_BATCHES: Final = _BY_BATCH.replace("{column}", "batch_id")
_OF_FILES: Final = _BY_BATCH.replace("{column}", "file_id")
_UNMATCHED: Final = """
SELECT batch_id, sum(amount_cents)::bigint FROM bank_entry
WHERE municipality = $1 AND batch_id = ANY($2::text[]) GROUP BY batch_id
"""
# A LIMIT inside a LATERAL keeps the planner to one look along an index for each payment: what it knows of the size of a
# table that fills up in this very transaction is wrong, and a plan for an empty one would read all of it each time.
_MATCH_PLAIN: Final = """
INSERT INTO bank_entry (municipality, statement_no, entry_no, part_no, outcome, booked_on, amount_cents, instruction_id,
    reference, fingerprint)
SELECT $1, $2, paid.entry_no, 1, 'match', paid.booked_on, -paid.cents, paid.id, paid.reference, paid.fingerprint
FROM unnest($3::text::int[], $4::text::date[], $5::text::bigint[], $6::text::uuid[], string_to_array($7, E'\\n', ''),
    $8::text::uuid[]) AS paid (entry_no, booked_on, cents, id, reference, fingerprint)
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


async def use_indexes(tx: Transaction) -> None:
    """Look everything up along indexes until the transaction ends.

    The planner takes a table that fills up in this transaction for an empty one, and would read all of it each time.
    """
    await (await tx.driver()).execute(_USE_INDEXES, list(_SCANS))


async def load_matching_context(tx: Transaction, entries: Sequence[Entry]) -> MatchingContext:
    """Return everything sent that these entries may be about."""
    driver, sent_ids = await tx.driver(), list_sent_ids(entries)
    records = await driver.fetch(_BY_ID, tx.municipality, sent_ids) if sent_ids else []
    by_id = {record[0]: _to_sent(record) for record in records}
    by_reference: dict[tuple[int, str], list[Sent]] = {}
    if references := list_references(entries):
        amounts, texts = (list(column) for column in zip(*references, strict=True))
        for record in await driver.fetch(_BY_REFERENCE, tx.municipality, amounts, texts):
            by_reference.setdefault((record[1], record[_SENT_VALUES]), []).append(_to_sent(record))
    batch_ids, file_ids = list_batch_ids(entries)
    by_batch = await _load_batches(tx, _OF_BATCHES, batch_ids)
    by_file: dict[str, list[Sequence[Sent]]] = {}
    for (_, file_id), batch in (await _load_batches(tx, _OF_FILES, file_ids)).items():
        by_file.setdefault(file_id, []).append(batch)
    names = [*batch_ids, *file_ids]
    unmatched = await driver.fetch(_UNMATCHED, tx.municipality, names) if names else []
    return MatchingContext(
        by_id,
        by_reference,
        {batch_id: batch for (batch_id, _), batch in by_batch.items()},
        by_file,
        {record[0]: record[1] for record in unmatched},
    )


async def _load_batches(tx: Transaction, query: str, names: Collection[str]) -> dict[tuple[str, str], list[Sent]]:
    """Return the payments of batches by the ids of batch and file; the query says which of the two is named."""
    batches: dict[tuple[str, str], list[Sent]] = {}
    if names:
        for record in await (await tx.driver()).fetch(query, tx.municipality, list(names)):
            key = (record[_SENT_VALUES], record[_SENT_VALUES + 1])
            batches.setdefault(key, []).append(_to_sent(record))
    return batches


def _to_sent(record: Any) -> Sent:
    return Sent(*record[:_SENT_VALUES])


async def match_plain_entries(
    tx: Transaction, statement_no: int, plain_entries: Sequence[Entry], fingerprints: Mapping[int, str | None]
) -> set[int]:
    """Add those of these entries that are a match and return their numbers; fingerprints are by number."""
    if not plain_entries:
        return set()
    # The driver looks at each element of a list; one text for a whole column costs a fraction of that.
    columns = (
        _join_array(entry.number for entry in plain_entries),
        _join_array(entry.booked_on for entry in plain_entries),
        _join_array(-entry.amount_cents for entry in plain_entries),
        _join_array(entry.details[0].end_to_end_id for entry in plain_entries),
        "\n".join([entry.reference for entry in plain_entries]),
        _join_array(fingerprints[entry.number] or "NULL" for entry in plain_entries),
    )
    records = await (await tx.driver()).fetch(_MATCH_PLAIN, tx.municipality, statement_no, *columns)
    return {record[0] for record in records}


def _join_array(values: Iterable[object]) -> str:
    """Return values that hold no comma or quote as PostgreSQL writes an array."""
    return f"{{{','.join(map(str, values))}}}"
