"""Every query on the register of creditors: versions by code, and where to pay whom.

An account that was changed and not yet confirmed by someone else is never among those to pay to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.tables.file import ChargeRow, CreditorRow, IbanConfirmationRow
from shared.database import rows
from shared.database.transactions import Transaction

_CONFIRMED: Final = """(NOT v.needs_confirmation OR EXISTS (
    SELECT FROM iban_confirmation i WHERE i.municipality = v.municipality AND i.version_id = v.id))"""
_PAYEES: Final = f"""
WITH usable AS (
    SELECT DISTINCT ON (v.code) v.code, v.iban, v.name FROM creditor v
    WHERE v.municipality = $1 AND {_CONFIRMED} ORDER BY v.code, v.record_no DESC
), paid_to AS (
    SELECT DISTINCT ON (coalesce(v.charge_id, v.id)) coalesce(v.charge_id, v.id) AS charge_id, v.iban FROM charge v
    WHERE v.municipality = $1 AND v.household_id = ANY($2::uuid[]) AND {_CONFIRMED}
    ORDER BY coalesce(v.charge_id, v.id), v.record_no DESC
), latest AS (
    SELECT DISTINCT ON (coalesce(v.charge_id, v.id)) coalesce(v.charge_id, v.id) AS charge_id,
        v.household_id, v.creditor, v.kind, v.reference FROM charge v
    WHERE v.municipality = $1 AND v.household_id = ANY($2::uuid[])
    ORDER BY coalesce(v.charge_id, v.id), v.record_no DESC
)
SELECT latest.charge_id, latest.household_id, latest.creditor, latest.kind, latest.reference,
    coalesce(paid_to.iban, usable.iban) AS iban, usable.name
FROM latest LEFT JOIN paid_to USING (charge_id) LEFT JOIN usable ON usable.code = latest.creditor
"""  # noqa: S608 - one constant within another


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a charge is paid. `iban` None: no account is confirmed yet; `name` None: not on the register."""

    charge_id: UUID
    household_id: UUID
    creditor: str
    kind: str
    reference: str
    iban: str | None
    name: str | None


async def payees(tx: Transaction, household_ids: Sequence[UUID]) -> dict[UUID, Payee]:
    """Where each charge of these households is paid, by the charge's stable id (`charges.charge_id_of` of its key)."""
    await tx.flush()
    found = await (await tx.driver()).fetch(_PAYEES, tx.municipality, list(household_ids))
    return {row["charge_id"]: Payee(*row) for row in found}


async def versions(tx: Transaction, code: str) -> list[Creditor]:
    """Every version of a creditor, oldest first."""
    query = select(CreditorRow).where(col(CreditorRow.code) == code).order_by(col(CreditorRow.record_no))
    return [rows.state_of(Creditor, row) for row in (await tx.session.execute(query)).scalars()]


async def latest(tx: Transaction, code: str) -> Creditor | None:
    """A creditor as it was recorded last."""
    found = await versions(tx, code)
    return found[-1] if found else None


async def register(tx: Transaction, after: str | None, limit: int) -> tuple[list[Creditor], str | None]:
    """Every creditor as recorded last, by code, and the code to go on after."""
    query = select(CreditorRow).ext(distinct_on(col(CreditorRow.code)))
    query = query.order_by(col(CreditorRow.code), col(CreditorRow.record_no).desc()).limit(limit + 1)
    if after is not None:
        query = query.where(col(CreditorRow.code) > after)
    found = [rows.state_of(Creditor, row) for row in (await tx.session.execute(query)).scalars()]
    return found[:limit], found[limit - 1].code if len(found) > limit else None


async def add(tx: Transaction, creditor: Creditor, recorder: Recorder) -> bool:
    """Record a version; False when its id is in use."""
    values = rows.values_of(creditor)
    return await rows.add(tx, CreditorRow, recorded_role=recorder.role, recorded_by=recorder.by, **values)


async def open_version(tx: Transaction, version_id: UUID) -> tuple[UUID | None, Recorder] | None:
    """Whose file a version with a changed account is in (None: the register), and who entered it; None when none is."""
    creditor = await rows.find(tx, CreditorRow, version_id)
    if creditor is not None and creditor.needs_confirmation:
        return None, Recorder(creditor.recorded_role, creditor.recorded_by)
    charge = await rows.find(tx, ChargeRow, version_id)
    if charge is not None and charge.needs_confirmation:
        return charge.household_id, Recorder(charge.recorded_role, charge.recorded_by)
    return None


async def lock(tx: Transaction, code: str) -> None:
    """Versions of one creditor are recorded one after the other, so that each is compared with the one before it."""
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"creditor {tx.municipality} {code}")


async def confirm(tx: Transaction, version_id: UUID, on: date, recorder: Recorder) -> bool:
    """Record that someone compared the account; False when that was done before."""
    by = {"recorded_role": recorder.role, "recorded_by": recorder.by}
    return await rows.add(tx, IbanConfirmationRow, version_id=version_id, confirmed_on=on, **by)
