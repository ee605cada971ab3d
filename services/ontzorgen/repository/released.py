"""What a released run pays, as the run itself keeps it, and on which account each payee is paid today.

The one place of the bank's side that knows how a run is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from services.ontzorgen.domain.charges import charge_id_of
from services.ontzorgen.domain.payments_out import PaidLine
from shared.database import Transaction
from shared.events.codes import ChargeKind

_RUN: Final = "SELECT month, state, released_on FROM run WHERE municipality = $1 AND id = $2"
_MONTHS: Final = """
SELECT household_id, content, deducted_cents + remainder_cents AS total_cents FROM statement
WHERE municipality = $1 AND month = $2 AND run_id = $3 AND ($4::uuid IS NULL OR household_id > $4)
ORDER BY household_id LIMIT $5
"""
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
    return [ReleasedMonth(row["household_id"], lines_of(row["content"]), row["total_cents"]) for row in found]


def lines_of(content: str) -> tuple[PaidLine, ...]:
    """The paid lines of a month's stored statement."""
    stored: Mapping[str, Any] = msgspec.json.decode(content)
    charges = [
        PaidLine(one[0], ChargeKind(one[1]), one[2], one[3], is_correction=False, on=None, cents=one[5])
        for one in stored.get("charges", ())
    ]
    corrections = [
        PaidLine(one[0], ChargeKind(one[1]), one[2], one[3], is_correction=True, on=None, cents=one[5])
        for one in stored.get("corrections", ())
    ]
    persons = [
        PaidLine(one[1], None, one[1], "", is_correction=False, on=date.fromisoformat(one[0]), cents=one[2])
        for one in stored.get("payments", ())
    ]
    return (*charges, *corrections, *persons)


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
