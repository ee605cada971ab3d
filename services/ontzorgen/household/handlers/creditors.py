"""The register of creditors, and the second person's confirmation of an account, new or changed."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.supplier_discounts import date_known, lock_discounts
from services.ontzorgen.household.repository import creditors
from services.ontzorgen.household.rules.creditors import (
    BroughtBy,
    Creditor,
    HasAccount,
    PaidItem,
    build_confirmation_task,
    changes_discount,
    record_creditor,
    refuse_same_person,
    require_readable_name,
)
from services.ontzorgen.household.rules.recorder import Recorder, require_new_id
from services.ontzorgen.tasks.handlers import complete_tasks, raise_task
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.http.requests import not_found
from shared.latin import is_in_latin_letters


async def list_creditors(after: str | None, limit: int, tx: Transaction) -> tuple[list[Creditor], str | None]:
    """Return every creditor as recorded last, by code, and the code to continue after."""
    return await creditors.list_creditors(tx, after, limit)


async def read_versions(code: str, tx: Transaction) -> list[Creditor]:
    """Return every version of a creditor, oldest first."""
    versions = await creditors.list_versions(tx, code)
    if not versions:
        raise not_found("creditor")
    return versions


async def find_creditors(codes: Iterable[str], on: date, tx: Transaction) -> dict[str, Creditor]:
    """Return those of these creditors that are on the register, by code, as they are on a day."""
    return await creditors.find_creditors(tx, codes, on)


async def record(creditor: Creditor, tx: Transaction, by: Recorder) -> Creditor:
    """Record a new or changed creditor; its account is not paid to before a colleague confirms it."""
    if creditor.discount_percent or any(version.discount_percent for version in await _list(creditor.code, tx)):
        await lock_discounts(tx)
    await creditors.lock_creditor(tx, creditor.code)
    earlier = await _list(creditor.code, tx)
    is_confirmed = await is_account_confirmed(earlier[-1] if earlier else None, tx)
    version, is_new = record_creditor(earlier, creditor, is_confirmed=is_confirmed)
    if not is_new:
        return version
    require_readable_name(is_readable=is_in_latin_letters(version.name))
    if changes_discount(earlier, version):
        version = replace(version, known_on=await date_known(version.from_day, tx))
    require_new_id(is_new=await creditors.add_version(tx, version, by), used_by="creditor")
    if version.needs_confirmation:
        await raise_task(None, build_confirmation_task(version.id, month_of(version.from_day), 0), version.from_day, tx)
    return version


async def is_account_confirmed(version: Creditor | None, tx: Transaction) -> bool:
    """Return whether the account of a version of the register may be paid to; False for None."""
    return version is not None and version.id in await list_payable(PaidItem.CREDITOR, [version], tx)


async def list_payable(item: PaidItem, versions: Collection[HasAccount], tx: Transaction) -> set[UUID]:
    """Return the ids of those of these versions of an item of which the account may be paid to."""
    waited = [version.id for version in versions if version.needs_confirmation]
    confirmed = await creditors.list_confirmed(tx, item, waited)
    return {version.id for version in versions if not version.needs_confirmation or version.id in confirmed}


async def _list(code: str, tx: Transaction) -> list[Creditor]:
    return await creditors.list_versions(tx, code)


async def confirm_account(
    brought_by: BroughtBy, household_id: UUID | None, on: date, tx: Transaction, by: Recorder
) -> None:
    """Record that someone else than who entered the account compared it, and finish the task that asked for it."""
    unconfirmed = await creditors.find_unconfirmed(tx, brought_by)
    if unconfirmed is None or unconfirmed.household_id != household_id:
        raise not_found("account to confirm")
    for recorder in unconfirmed.recorders:
        refuse_same_person(recorder, by)
    versions = [BroughtBy(brought_by.item, id_) for id_ in unconfirmed.version_ids]
    confirmed = [version.version_id for version in versions if await creditors.add_confirmation(tx, version, on, by)]
    await complete_tasks(confirmed, on, tx)
