"""Every query on the register of creditors: versions by code, and the confirmation of a changed account."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.tables.file import AttachmentRow, ChargeRow, CreditorRow, IbanConfirmationRow
from shared.database import rows
from shared.database.transactions import Transaction


@dataclass(frozen=True, slots=True)
class UnconfirmedAccount:
    """An account that a version changed: in whose file it is (None: the register), and who entered it."""

    household_id: UUID | None
    recorder: Recorder


async def list_versions(tx: Transaction, code: str) -> list[Creditor]:
    """Return every version of a creditor, oldest first."""
    query = select(CreditorRow).where(col(CreditorRow.code) == code).order_by(col(CreditorRow.record_no))
    return [rows.to_state(Creditor, row) for row in (await tx.session.execute(query)).scalars()]


async def find_creditor(tx: Transaction, code: str) -> Creditor | None:
    """Return a creditor as it was recorded last; None if it is not on the register."""
    versions = await list_versions(tx, code)
    return versions[-1] if versions else None


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


async def find_unconfirmed(tx: Transaction, version_id: UUID) -> UnconfirmedAccount | None:
    """Return the account that a version changed and that needs a confirmation; None if this version needs none."""
    creditor = await rows.find(tx, CreditorRow, version_id)
    if creditor is not None and creditor.needs_confirmation:
        return UnconfirmedAccount(None, Recorder(creditor.recorded_role, creditor.recorded_by))
    version = await rows.find(tx, ChargeRow, version_id) or await rows.find(tx, AttachmentRow, version_id)
    if version is not None and version.needs_confirmation:
        return UnconfirmedAccount(version.household_id, Recorder(version.recorded_role, version.recorded_by))
    return None


async def lock_creditor(tx: Transaction, code: str) -> None:
    """Let versions of one creditor be recorded one after the other, so that each is compared with the previous one."""
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"creditor {tx.municipality} {code}")


async def add_confirmation(tx: Transaction, version_id: UUID, on: date, recorder: Recorder) -> bool:
    """Record that someone compared the account; False if that was done before."""
    by = {"recorded_role": recorder.role, "recorded_by": recorder.by}
    return await rows.add(tx, IbanConfirmationRow, version_id=version_id, confirmed_on=on, **by)
