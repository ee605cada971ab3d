"""The query of authors: who of some people ever entered or changed something in a file that a run pays."""

from collections.abc import Mapping
from typing import Final

from services.ontzorgen.run.rules.run import Run
from shared.database.transactions import Transaction

# What a household's month follows from. No day limits how long ago it was recorded: what was entered ahead of its month
# is paid by a later run than the next one.
SHAPES_THE_MONTH: Final = (
    "right_version",
    "composition",
    "household_person",
    "charge",
    "mandate",
    "mandate_revocation",
    "allowance",
    "relief_grant",
    "start_money_decision",
    "loan_repayment",
    "claim",
    "payment_terms",
    "income",
    "reduction",
    "attachment",
    "unpaid_charge",
)
_IN_RUN: Final = "s.municipality = $1 AND s.month = $2 AND s.run_id = $3"
_OF_FILES: Final = """
EXISTS (
    SELECT FROM {part} v JOIN statement s ON s.household_id = v.household_id AND {in_run}
    WHERE v.municipality = $1 AND v.recorded_by = person.mark
)"""
_OF_CREDITORS: Final = """
EXISTS (
    SELECT FROM creditor k JOIN {part} v ON v.municipality = $1 AND v.creditor = k.code
    JOIN statement s ON s.household_id = v.household_id AND {in_run}
    WHERE k.municipality = $1 AND k.recorded_by = person.mark
)"""
_OF_PERSONS: Final = """
EXISTS (
    SELECT FROM bank_account a JOIN statement s ON {in_run}
      AND s.household_id = CASE WHEN a.holder ~ '^(person|partner):' THEN split_part(a.holder, ':', 2)::uuid END
    WHERE a.municipality = $1 AND a.proposed_by = person.subject
)"""
_IS_AUTHOR: Final = " OR ".join(
    (
        *(_OF_FILES.format(part=part, in_run=_IN_RUN) for part in SHAPES_THE_MONTH),
        *(_OF_CREDITORS.format(part=part, in_run=_IN_RUN) for part in ("charge", "attachment")),
        _OF_PERSONS.format(in_run=_IN_RUN),
    )
)
_AUTHORS: Final = f"SELECT subject FROM unnest($4::text[], $5::text[]) AS person(subject, mark) WHERE {_IS_AUTHOR}"  # noqa: S608 - names of our own tables


async def find_authors(tx: Transaction, run: Run, marks: Mapping[str, str]) -> set[str]:
    """Return those of these people (each with the mark by which files know them) who are authors of a run."""
    await tx.flush()
    people = [*marks], [*marks.values()]
    rows = await (await tx.driver()).fetch(_AUTHORS, tx.municipality, run.month, run.id, *people)
    return {row["subject"] for row in rows}
