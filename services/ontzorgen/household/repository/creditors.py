"""Every query on the register of creditors: versions by code, and the confirmation of accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from services.ontzorgen.household.rules.creditors import BroughtBy, Creditor, PaidItem, find_version
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.tables.file import AttachmentRow, ChargeRow, CreditorRow, IbanConfirmationRow
from shared.database import rows
from shared.database.transactions import Transaction

# The versions that bear the same account and still wait for its confirmation, with who recorded each.
_WAITING: Final = """
SELECT same.id, same.recorded_role, same.recorded_by FROM {table} version JOIN {table} same
ON same.municipality = version.municipality AND same.iban = version.iban AND same.needs_confirmation AND {is_same}
WHERE version.municipality = $1 AND version.id = $2 AND (same.id = $2 OR NOT EXISTS (
    SELECT FROM iban_confirmation done
    WHERE done.municipality = $1 AND done.confirms = '{table}' AND done.version_id = same.id))
"""
# The same account of the same creditor on the register, as long as it waits there too. A file may have it from there.
_ON_REGISTER: Final = """
UNION ALL SELECT NULL, same.recorded_role, same.recorded_by FROM {table} version JOIN creditor same
ON same.municipality = version.municipality AND same.iban = version.iban AND same.needs_confirmation
AND same.code = version.creditor
WHERE version.municipality = $1 AND version.id = $2 AND NOT EXISTS (
    SELECT FROM iban_confirmation done
    WHERE done.municipality = $1 AND done.confirms = 'creditor' AND done.version_id = same.id)
"""
_CONFIRMED: Final = """
SELECT version_id FROM iban_confirmation WHERE municipality = $1 AND confirms = $2 AND version_id = ANY($3::uuid[])
"""
_IN_FILE: Final = """
same.household_id = version.household_id AND coalesce(same.{0}, same.id) = coalesce(version.{0}, version.id)
"""
_OF_CREDITOR: Final = _WAITING.format(table="creditor", is_same="same.code = version.code")
_IN_A_FILE: Final = _WAITING + _ON_REGISTER
_OF_CHARGE: Final = _IN_A_FILE.format(table="charge", is_same=_IN_FILE.format("charge_id"))
_OF_ATTACHMENT: Final = _IN_A_FILE.format(table="attachment", is_same=_IN_FILE.format("attachment_id"))
_BY_ITEM: Final[Mapping[PaidItem, tuple[type[CreditorRow] | type[ChargeRow] | type[AttachmentRow], str]]] = {
    PaidItem.CREDITOR: (CreditorRow, _OF_CREDITOR),
    PaidItem.CHARGE: (ChargeRow, _OF_CHARGE),
    PaidItem.ATTACHMENT: (AttachmentRow, _OF_ATTACHMENT),
}


@dataclass(frozen=True, slots=True)
class UnconfirmedAccount:
    """An account that waits: in whose file it is (None: the register), its versions, and who recorded them."""

    household_id: UUID | None
    version_ids: tuple[UUID, ...]
    recorders: tuple[Recorder, ...]


async def list_versions(tx: Transaction, code: str) -> list[Creditor]:
    """Return every version of a creditor, oldest first."""
    query = select(CreditorRow).where(col(CreditorRow.code) == code).order_by(col(CreditorRow.record_no))
    return [rows.to_state(Creditor, row) for row in (await tx.session.execute(query)).scalars()]


async def find_creditor(tx: Transaction, code: str, on: date | None = None) -> Creditor | None:
    """Return a creditor as it is on a day, or else as it was recorded last; None if it is not on the register."""
    return find_version(await list_versions(tx, code), on)


async def find_creditors(tx: Transaction, codes: Iterable[str] | None, on: date) -> dict[str, Creditor]:
    """Return those of these creditors (None: all) that are on the register, by code, as they are on a day."""
    query = select(CreditorRow).order_by(col(CreditorRow.code), col(CreditorRow.record_no))
    if codes is not None:
        query = query.where(col(CreditorRow.code).in_(list(codes)))
    by_code: dict[str, list[Creditor]] = {}
    for row in (await tx.session.execute(query)).scalars():
        by_code.setdefault(row.code, []).append(rows.to_state(Creditor, row))
    return {code: version for code, versions in by_code.items() if (version := find_version(versions, on)) is not None}


async def list_creditors(tx: Transaction, after: str | None, limit: int) -> tuple[list[Creditor], str | None]:
    """Return every creditor as recorded last, by code, and the code to continue after."""
    query = select(CreditorRow).ext(distinct_on(col(CreditorRow.code)))
    query = query.order_by(col(CreditorRow.code), col(CreditorRow.record_no).desc()).limit(limit + 1)
    if after is not None:
        query = query.where(col(CreditorRow.code) > after)
    creditors = [rows.to_state(Creditor, row) for row in (await tx.session.execute(query)).scalars()]
    return creditors[:limit], creditors[limit - 1].code if len(creditors) > limit else None


async def add_version(tx: Transaction, creditor: Creditor, recorder: Recorder) -> bool:
    """Record a version; False if its id is in use."""
    values = rows.to_values(creditor)
    return await rows.add(tx, CreditorRow, recorded_role=recorder.role, recorded_by=recorder.by, **values)


async def find_unconfirmed(tx: Transaction, brought_by: BroughtBy) -> UnconfirmedAccount | None:
    """Return the account that a version brought and that needs a confirmation; None if this version needs none."""
    table, query = _BY_ITEM[brought_by.item]
    version = await rows.find(tx, table, brought_by.version_id)
    if version is None or not version.needs_confirmation:
        return None
    waiting = await tx.rows(query, tx.municipality, brought_by.version_id)
    recorders = tuple(Recorder(row["recorded_role"], row["recorded_by"]) for row in waiting)
    household_id = None if isinstance(version, CreditorRow) else version.household_id
    return UnconfirmedAccount(household_id, tuple(row["id"] for row in waiting if row["id"]), recorders)


async def list_confirmed(tx: Transaction, item: PaidItem, version_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these versions of an item of which a second person confirmed the account."""
    return {row["version_id"] for row in await tx.rows(_CONFIRMED, tx.municipality, item, list(version_ids))}


async def lock_creditor(tx: Transaction, code: str) -> None:
    """Let versions of one creditor be recorded one after the other, so that each is compared with the previous one."""
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"creditor {tx.municipality} {code}")


async def add_confirmation(tx: Transaction, brought_by: BroughtBy, on: date, recorder: Recorder) -> bool:
    """Record that someone compared the account; False if that was done before."""
    by = {"recorded_role": recorder.role, "recorded_by": recorder.by}
    version = {"confirms": brought_by.item, "version_id": brought_by.version_id}
    return await rows.add(tx, IbanConfirmationRow, **version, confirmed_on=on, **by)
