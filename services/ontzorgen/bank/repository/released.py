"""What a released run pays, as the run itself keeps it, and on which account each payee is paid today.

The one place of the bank's side that knows how a run is stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import PaidLine
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.run.repository.months import MONTHS, READ, month_of_row
from services.ontzorgen.statement.rules.statement import Statement
from shared.database.transactions import Transaction

_RUN: Final = "SELECT month, state, released_on FROM run WHERE municipality = $1 AND id = $2"
_MONTHS: Final = f"""
SELECT {READ} FROM {MONTHS}
WHERE s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND ($4::uuid IS NULL OR s.household_id > $4)
ORDER BY s.household_id LIMIT $5
"""  # noqa: S608 - names of our own columns
# The newest version of a charge that may be used: a changed account counts once a second person has confirmed it.
_CHARGE_ACCOUNTS: Final = """
SELECT DISTINCT ON (charge.household_id, coalesce(charge.charge_id, charge.id))
    charge.household_id, coalesce(charge.charge_id, charge.id) AS charge_id, charge.creditor, charge.reference,
    coalesce(charge.iban, known.iban) AS iban, known.name
FROM charge LEFT JOIN LATERAL (
    SELECT name, iban FROM creditor
    WHERE creditor.municipality = charge.municipality AND creditor.code = charge.creditor AND (
        NOT creditor.needs_confirmation OR EXISTS (
            SELECT FROM iban_confirmation seen
            WHERE seen.municipality = creditor.municipality AND seen.version_id = creditor.id))
    ORDER BY record_no DESC LIMIT 1
) AS known ON true
WHERE charge.municipality = $1 AND charge.household_id = ANY($2::uuid[]) AND (
    NOT charge.needs_confirmation OR EXISTS (
        SELECT FROM iban_confirmation seen
        WHERE seen.municipality = charge.municipality AND seen.version_id = charge.id))
ORDER BY charge.household_id, coalesce(charge.charge_id, charge.id), charge.record_no DESC
"""


@dataclass(frozen=True, slots=True)
class ReleasedRun:
    """A run as far as the bank is concerned."""

    id: UUID
    month: str
    is_released: bool
    released_on: date | None


class ReleasedMonth(NamedTuple):
    """A household's month: its lines add up to `total_cents`."""

    household_id: UUID
    lines: tuple[PaidLine, ...]
    total_cents: int


class CreditorAccount(NamedTuple):
    """Where a charge is paid today; `iban` None while none may be used."""

    name: str
    iban: str | None
    reference: str


async def released_run(tx: Transaction, run_id: UUID) -> ReleasedRun | None:
    row = await (await tx.driver()).fetchrow(_RUN, tx.municipality, run_id)
    if row is None:
        return None
    return ReleasedRun(run_id, row["month"], row["state"] == "released", row["released_on"])


async def released_lines(
    tx: Transaction, run: ReleasedRun, *, after: UUID | None, households_max: int
) -> list[ReleasedMonth]:
    """What the run pays, for some households by id: creditors, corrections of earlier months, and the persons."""
    driver = await tx.driver()
    found = await driver.fetch(_MONTHS, tx.municipality, run.month, run.id, after, households_max)
    kept = [month_of_row(row) for row in found]
    return [
        ReleasedMonth(
            one.household_id, tuple(_lines(one.statement)), one.deducted_cents + one.statement.remainder_cents
        )
        for one in kept
    ]


def _lines(made: Statement) -> Iterator[PaidLine]:
    for charge in made.charges:
        key, kind, creditor, for_month, _, paid_cents, _ = charge
        yield PaidLine(key, kind, creditor, for_month, is_correction=False, on=None, cents=paid_cents)
    for late in made.corrections:
        yield PaidLine(late.key, late.kind, late.creditor, late.for_month, True, None, late.paid_cents)
    for payment in made.payments:
        yield PaidLine(payment.payee, None, payment.payee, "", is_correction=False, on=payment.on, cents=payment.cents)


async def creditor_accounts(tx: Transaction, household_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], CreditorAccount]:
    """By household and charge."""
    found = await (await tx.driver()).fetch(_CHARGE_ACCOUNTS, tx.municipality, list(household_ids))
    return {
        (row["household_id"], row["charge_id"]): CreditorAccount(
            row["name"] or row["creditor"], row["iban"], row["reference"]
        )
        for row in found
    }


def charge_of(key: str) -> UUID:
    """The charge that a line's key names."""
    return charge_id_of(key)
