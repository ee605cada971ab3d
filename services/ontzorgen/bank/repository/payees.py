"""The query of who is paid for a charge, and on which account today."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.rules.payees import CreditorAccount
from shared.database.transactions import Transaction

# The newest version of a charge that may be used: a changed account counts once a second person has confirmed it.
# The register's version is the last one that has begun on the day of payment; the first one where none has.
_CHARGE_ACCOUNTS: Final = """
SELECT DISTINCT ON (charge.household_id, coalesce(charge.charge_id, charge.id))
    charge.household_id, coalesce(charge.charge_id, charge.id) AS charge_id, charge.creditor, charge.reference,
    coalesce(charge.iban, register.iban) AS iban, register.name
FROM charge LEFT JOIN LATERAL (
    SELECT name, iban FROM creditor
    WHERE creditor.municipality = charge.municipality AND creditor.code = charge.creditor AND (
        NOT creditor.needs_confirmation OR EXISTS (
            SELECT FROM iban_confirmation confirmation
            WHERE confirmation.municipality = creditor.municipality AND confirmation.version_id = creditor.id))
    ORDER BY creditor.from_day <= $3 DESC, CASE WHEN creditor.from_day <= $3 THEN record_no ELSE -record_no END DESC
    LIMIT 1
) AS register ON true
WHERE charge.municipality = $1 AND charge.household_id = ANY($2::uuid[]) AND (
    NOT charge.needs_confirmation OR EXISTS (
        SELECT FROM iban_confirmation confirmation
        WHERE confirmation.municipality = charge.municipality AND confirmation.version_id = charge.id))
ORDER BY charge.household_id, coalesce(charge.charge_id, charge.id), charge.record_no DESC
"""


async def find_creditor_accounts(
    tx: Transaction, household_ids: Sequence[UUID], on: date
) -> dict[tuple[UUID, UUID], CreditorAccount]:
    """Return where the charges of these households are paid on a day, by household and charge."""
    records = await (await tx.driver()).fetch(_CHARGE_ACCOUNTS, tx.municipality, list(household_ids), on)
    return {
        (record["household_id"], record["charge_id"]): CreditorAccount(
            record["name"] or record["creditor"], record["iban"], record["reference"]
        )
        for record in records
    }
