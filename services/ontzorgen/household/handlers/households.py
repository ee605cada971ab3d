"""Households: relief starts and ends, and their charges and mandates come and go. Load, decide, save, emit."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.ontzorgen.household.handlers.creditors import is_account_confirmed, list_payable
from services.ontzorgen.household.handlers.people import record_partner_of_plan
from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import creditors, file, households
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.rules import charge_versions, charges
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.charges import Charge, Mandate, find_public_code
from services.ontzorgen.household.rules.creditors import PaidItem, build_confirmation_task, compare_account
from services.ontzorgen.household.rules.household import (
    Household,
    HouseholdFile,
    name_kinds,
    refuse_second_relief,
    relief_ended_event,
    start_relief,
)
from services.ontzorgen.household.rules.recorder import SYSTEM, Recorder, require_new_id
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.statement.rules.corrections import find_run_day
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.tasks.handlers import raise_task
from shared.calendar import month_of, month_start
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.events import MandateRevoked, PIPSigned
from shared.events.codes import ChargeChange
from shared.http.requests import not_found, require_found
from shared.messaging import DONE, HoldReason, Outcome, Park, Received

RELIEF_ENDED_AT_ONCE_MAX: Final = 500


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Start relief, once per household: a partner's plan names the same household and adds its partner only."""
    if not received.data.relief_agreed:
        return DONE
    try:
        household, started = start_relief(received.data, load_law())
        started = name_kinds(started, policy_in_force(tx.municipality, household.first_day))
        refuse_second_relief(has_other_relief=await households.has_other_relief(tx, household))
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    if await households.add_household(tx, household):
        tx.emit(started)
    else:
        await record_partner_of_plan(received.data, tx)
    return DONE


async def end_relief(day: date, tx: Transaction) -> None:
    """End the relief of every household for which it is over on a day."""
    while ended := await households.end_relief(tx, day, RELIEF_ENDED_AT_ONCE_MAX):
        ids = [household.id for household in ended]
        recorded = await file.list_versions_by_household(tx, Charge, ids)
        mandates = await file.list_versions_by_household(tx, Mandate, ids)
        for household in ended:
            of_household = recorded.get(household.id, ()), mandates.get(household.id, ())
            kinds = charges.list_paid_kinds(*of_household, household.last_day)
            tx.emit(relief_ended_event(household, kinds))


async def list_households(after: UUID | None, limit: int, tx: Transaction) -> tuple[list[Household], UUID | None]:
    """Return households by id, and the id to continue after."""
    return await households.list_households(tx, after, limit)


async def add_charge(household_id: UUID, charge: Charge, tx: Transaction, by: Recorder = SYSTEM) -> Charge:
    """Add a charge. An account other than the creditor's confirmed one on the register waits for a colleague."""
    household_file = await lock_file(household_id, tx)
    household = household_file.household
    if household.months_run:
        charge = charges.date_late_charge(charge, household.next_month)
    if not charge_versions.add_charge(household_file.charges, charge):
        return next(recorded for recorded in household_file.charges if recorded.id == charge.id)
    creditor = await creditors.find_creditor(tx, charge.creditor)
    charge = compare_account(charge, creditor, is_confirmed=await is_account_confirmed(creditor, tx))
    await _record(household, charge, ChargeChange.ADDED, tx, by)
    return charge


async def change_charge(
    household_id: UUID, charge_id: UUID, change: ChangeOfCharge, tx: Transaction, by: Recorder
) -> Charge:
    """Record a new version of a charge; the next run corrects the months that were run already."""
    await file.lock_against_runs(tx)
    household_file = await lock_file(household_id, tx)
    return await _change(household_file, charge_id, change, ChargeChange.CHANGED, tx, by)


async def end_charge(
    household_id: UUID, charge_id: UUID, ended: tuple[UUID, date, date], tx: Transaction, by: Recorder
) -> Charge:
    """End a charge: `ended` is the id of the version, the last day, and the day on which it became known."""
    await file.lock_against_runs(tx)
    household_file = await lock_file(household_id, tx)
    version_id, until_day, known_on = ended
    try:
        change = charge_versions.change_to_end(household_file.charges, charge_id, version_id, until_day, known_on)
    except LookupError:
        raise not_found("charge") from None
    return await _change(household_file, charge_id, change, ChargeChange.ENDED, tx, by)


async def add_mandate(household_id: UUID, mandate: Mandate, tx: Transaction, by: Recorder = SYSTEM) -> Mandate:
    """Add a mandate; its procedure is the creditor's own unless another one is given."""
    household_file = await lock_file(household_id, tx)
    household = household_file.household
    events = charges.add_mandate(household_id, household.person_id, household_file.mandates, mandate)
    if not events:
        return next(recorded for recorded in household_file.mandates if recorded.id == mandate.id)
    creditor = await creditors.find_creditor(tx, mandate.creditor)
    procedure = mandate.procedure or (creditor.mandate_procedure if creditor else None)
    mandate = replace(charges.set_first_month(mandate, household.next_month), procedure=procedure)
    require_new_id(is_new=await file.add_version(tx, household_id, mandate, by))
    tx.emit(*events)
    return mandate


async def revoke_mandate(
    household_id: UUID, mandate_id: UUID, on: date, tx: Transaction, by: Recorder = SYSTEM
) -> Mandate:
    """Revoke a mandate from a day on; the same day again changes nothing."""
    household_file = await lock_file(household_id, tx)
    recorded = next((recorded for recorded in household_file.mandates if recorded.id == mandate_id), None)
    mandate = require_found(recorded, "mandate")
    household = household_file.household
    revoked = charges.revoke_mandate(mandate, on, household.next_month)
    if mandate.revoked_on is None:
        await file.add_revocation(tx, household_id, revoked, by)
        tx.emit(_mandate_revoked_event(household, revoked, on))
    return revoked


async def get_household(household_id: UUID, tx: Transaction, *, lock: bool = True) -> Household:
    """Return a household; locked, nothing of its file changes until this transaction ends."""
    return require_found(await households.find_household(tx, household_id, lock=lock), "household")


async def read_household(household_id: UUID, tx: Transaction) -> Household:
    """Return a household."""
    return await get_household(household_id, tx, lock=False)


async def change_last_day(household: Household, tx: Transaction) -> None:
    """Save the last day of relief of a household that this transaction has locked, and why it ends there."""
    await households.save_household(tx, household)


async def read_file(household_id: UUID, tx: Transaction) -> HouseholdFile:
    """Return a household's file."""
    return require_found(await households.find_file(tx, household_id), "household")


async def _change(
    household_file: HouseholdFile,
    charge_id: UUID,
    change: ChangeOfCharge,
    kind: ChargeChange,
    tx: Transaction,
    by: Recorder,
) -> Charge:
    household = household_file.household
    last_run_on = await _last_run_on(household, tx)
    change = charge_versions.date_late_change(household_file.charges, change, last_run_on)
    try:
        payable = await list_payable(PaidItem.CHARGE, household_file.charges, tx)
        version, is_new = charge_versions.change_charge(household_file.charges, charge_id, change, payable)
    except LookupError:
        raise not_found("charge") from None
    if is_new:
        await _record(household, version, kind, tx, by)
    return version


async def _last_run_on(household: Household, tx: Transaction) -> date | None:
    """Return the run day of the last month that was computed for a household, also of one that is not released yet."""
    month = household.next_month
    if not await tx.hooks(HouseholdHooks).is_run_open(month, tx):
        if not household.months_run:
            return None
        month = month_of(month_start(month) - timedelta(days=1))
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
    return find_run_day(rules, month, household.right_from)


async def _record(household: Household, version: Charge, kind: ChargeChange, tx: Transaction, by: Recorder) -> None:
    require_new_id(is_new=await file.add_version(tx, household.id, version, by))
    tx.emit(
        charge_versions.charge_changed_event(
            household, version, kind, is_withheld=await _is_withheld(household, version, tx)
        )
    )
    if version.needs_confirmation:
        task = build_confirmation_task(version.id, household.next_month, version.amount_cents)
        await raise_task(household.id, task, version.known_on or household.first_day, tx)


async def _is_withheld(household: Household, version: Charge, tx: Transaction) -> bool:
    """Return whether this municipality pays the charge for this household as it stands now."""
    policy = policy_in_force(tx.municipality, max(version.from_day, household.first_day))
    standings = await tx.hooks(HouseholdHooks).load_standings([household.id], tx)
    return charge_versions.is_withheld(version, household.first_day, policy, standings[household.id])


def _mandate_revoked_event(household: Household, revoked: Mandate, on: date) -> MandateRevoked:
    return MandateRevoked(
        household_id=household.id,
        person_id=household.person_id,
        mandate_id=revoked.id,
        kind=revoked.kind,
        revoked_on=on,
        creditor=find_public_code(revoked.creditor),
    )
