"""The queries of who is paid for a charge or an attachment, and on which account today."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.rules.payees import CreditorAccount
from shared.database.transactions import Transaction

# The newest version of a charge or attachment that may be used: an account counts once a second person has confirmed
# it. The register's version is the last one that has begun on the day of payment, or else the first one.
_ACCOUNTS: Final = """
SELECT DISTINCT ON (version.household_id, coalesce(version.{root}, version.id))
    version.household_id, coalesce(version.{root}, version.id) AS root_id, version.creditor, version.reference,
    coalesce(version.iban, register.iban) AS iban, register.name
FROM {table} version LEFT JOIN LATERAL (
    SELECT name, iban FROM creditor
    WHERE creditor.municipality = version.municipality AND creditor.code = version.creditor AND (
        NOT creditor.needs_confirmation OR EXISTS (
            SELECT FROM iban_confirmation confirmation
            WHERE confirmation.municipality = creditor.municipality AND confirmation.confirms = 'creditor'
            AND confirmation.version_id = creditor.id))
    ORDER BY creditor.from_day <= $3 DESC, CASE WHEN creditor.from_day <= $3 THEN record_no ELSE -record_no END DESC
    LIMIT 1
) AS register ON true
WHERE version.municipality = $1 AND version.household_id = ANY($2::uuid[]) AND (
    NOT version.needs_confirmation OR EXISTS (
        SELECT FROM iban_confirmation confirmation
        WHERE confirmation.municipality = version.municipality AND confirmation.confirms = '{table}'
            AND confirmation.version_id = version.id))
ORDER BY version.household_id, coalesce(version.{root}, version.id), version.record_no DESC
"""
_CHARGE_ACCOUNTS: Final = _ACCOUNTS.format(table="charge", root="charge_id")
_ATTACHMENT_ACCOUNTS: Final = _ACCOUNTS.format(table="attachment", root="attachment_id")


async def find_creditor_accounts(
    tx: Transaction, household_ids: Sequence[UUID], on: date
) -> dict[tuple[UUID, UUID], CreditorAccount]:
    """Return where the charges of these households are paid on a day, by household and charge."""
    return await _find_accounts(tx, _CHARGE_ACCOUNTS, household_ids, on)


async def find_attachment_accounts(
    tx: Transaction, household_ids: Sequence[UUID], on: date
) -> dict[tuple[UUID, UUID], CreditorAccount]:
    """Return where the attachments of these households are paid on a day, by household and attachment."""
    return await _find_accounts(tx, _ATTACHMENT_ACCOUNTS, household_ids, on) if household_ids else {}


async def _find_accounts(
    tx: Transaction, query: str, household_ids: Sequence[UUID], on: date
) -> dict[tuple[UUID, UUID], CreditorAccount]:
    records = await (await tx.driver()).fetch(query, tx.municipality, list(household_ids), on)
    return {
        (record["household_id"], record["root_id"]): CreditorAccount(
            record["name"] or record["creditor"], record["iban"], record["reference"]
        )
        for record in records
    }
