"""Households: relief starts, and their charges and mandates come and go. Load, decide, save, emit."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.household.handlers.recording import locked, unused
from services.ontzorgen.household.repository import creditors
from services.ontzorgen.household.repository import households as repository
from services.ontzorgen.household.rules import charge_versions as versions
from services.ontzorgen.household.rules import charges as charge_rules
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.charges import Charge, Mandate, known_since, opened
from services.ontzorgen.household.rules.household import Household, HouseholdFile, start_relief
from services.ontzorgen.household.rules.recorder import SYSTEM, Recorder
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.handlers.recurring_months import make_ready
from services.ontzorgen.run.repository import runs
from services.ontzorgen.statement.rules.corrections import find_run_day
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.tasks.handlers import raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of, month_start
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import Fault, RefusedError, WrongInputError
from shared.events import MandateRevoked, PIPSigned
from shared.events.codes import ChargeChange
from shared.http.requests import Caller, not_found
from shared.identity import Role
from shared.messaging import DONE, HoldReason, Outcome, Park, Received

_TWICE = (
    "This person is in relief in another household already, and would be paid twice: end that relief first, or amend "
    "the plan so that it names the same household."
)


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Relief starts once per household: a partner's plan names the same household and changes nothing."""
    if not received.data.relief_agreed:
        return DONE
    try:
        household, started = start_relief(received.data, load_law())
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    if await repository.has_other_relief(tx, household):
        return Park(HoldReason.REFUSED, _TWICE)
    if await repository.add_household(tx, household):
        await make_ready(household.id, tx)
        tx.emit(started)
        count_on_commit(tx, metrics.RELIEF_STARTED.inc)
    return DONE


async def add_charge(household_id: UUID, charge: Charge, tx: Transaction, by: Recorder = SYSTEM) -> Charge:
    """A charge begins. An account other than the one on the creditor's register waits for a colleague."""
    found = await locked(household_id, tx)
    if found.household.months_run:
        charge = known_since(charge, found.household.next_month)
    if not versions.add_charge(found.charges, charge):
        return next(known for known in found.charges if known.id == charge.id)
    known = await creditors.latest(tx, charge.creditor)
    if charge.iban is None and known is None:
        raise WrongInputError(
            Fault("iban", "iban_missing", "This creditor is not on the register: give its IBAN, or register it first.")
        )
    differs = known is not None and charge.iban not in (None, known.iban)
    charge = replace(charge, needs_confirmation=differs)
    await _record(found.household, charge, ChargeChange.ADDED, tx, by)
    return charge


async def change_charge(
    household_id: UUID, charge_id: UUID, change: ChangeOfCharge, tx: Transaction, by: Recorder
) -> Charge:
    """A new version of a charge; what was run already is corrected by the next run."""
    await runs.keep_runs_from_beginning(tx)
    found = await locked(household_id, tx)
    return await _change(found, charge_id, change, ChargeChange.CHANGED, tx, by)


async def end_charge(
    household_id: UUID, charge_id: UUID, ended: tuple[UUID, date, date], tx: Transaction, by: Recorder
) -> Charge:
    """The charge ends: `ended` is the id of the version, the last day, and the day on which it became known."""
    await runs.keep_runs_from_beginning(tx)
    found = await locked(household_id, tx)
    version_id, until_day, known_on = ended
    try:
        change = versions.ending(found.charges, charge_id, version_id, until_day, known_on)
    except LookupError:
        raise not_found("charge") from None
    return await _change(found, charge_id, change, ChargeChange.ENDED, tx, by)


async def add_mandate(household_id: UUID, mandate: Mandate, tx: Transaction, by: Recorder = SYSTEM) -> Mandate:
    """The procedure is the creditor's own where nothing else was said."""
    found = await locked(household_id, tx)
    told = charge_rules.add_mandate(household_id, found.household.person_id, found.mandates, mandate)
    if not told:
        return next(known for known in found.mandates if known.id == mandate.id)
    known = await creditors.latest(tx, mandate.creditor)
    procedure = mandate.procedure or (known.mandate_procedure if known else None)
    recorded = replace(opened(mandate, found.household.next_month), procedure=procedure)
    unused(is_new=await repository.add_mandate(tx, household_id, recorded, by))
    await make_ready(household_id, tx)
    tx.emit(*told)
    return recorded


async def revoke_mandate(
    household_id: UUID, mandate_id: UUID, on: date, tx: Transaction, by: Recorder = SYSTEM
) -> Mandate:
    found = await locked(household_id, tx)
    mandate = next((one for one in found.mandates if one.id == mandate_id), None)
    if mandate is None:
        raise not_found("mandate")
    revoked = charge_rules.revoke(mandate, on, found.household.next_month)
    if mandate.revoked_on is None:
        await repository.add_revocation(tx, household_id, revoked, by)
        await make_ready(household_id, tx)
        tx.emit(_told_revoked(found.household, revoked, on))
    return revoked


async def read_file(household_id: UUID, reader: Caller, tx: Transaction) -> HouseholdFile:
    """A household's file, for whoever may read it; the reading is put on record."""
    found = await repository.file_of(tx, household_id)
    if found is None:
        raise not_found("household")
    await repository.log_reading(tx, reader, found.household.person_id)
    return found


async def _change(
    found: HouseholdFile, charge_id: UUID, change: ChangeOfCharge, kind: ChargeChange, tx: Transaction, by: Recorder
) -> Charge:
    change = versions.known_after(found.charges, change, await _last_run_on(found.household, tx))
    try:
        version, is_new = versions.change_charge(found.charges, charge_id, change)
    except LookupError:
        raise not_found("charge") from None
    if is_new:
        await _record(found.household, version, kind, tx, by)
    return version


async def _last_run_on(household: Household, tx: Transaction) -> date | None:
    """The run day of the last month that was computed for a household, also of one that waits for its release."""
    month = household.next_month
    if not await runs.is_under_way(tx, month):
        if not household.months_run:
            return None
        month = month_of(month_start(month) - timedelta(days=1))
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
    return find_run_day(rules, month, household.right_from)


async def _record(household: Household, version: Charge, kind: ChargeChange, tx: Transaction, by: Recorder) -> None:
    unused(is_new=await repository.add_charge(tx, household.id, version, by))
    await make_ready(household.id, tx)
    tx.emit(versions.told_of(household, version, kind))
    if version.needs_confirmation:
        task_id = version.id
        task = Task(task_id, TaskKind.IBAN_UNCONFIRMED, household.next_month, Role.BUDGET_MANAGER, version.amount_cents)
        await raise_task(household.id, task, version.known_on or household.first_day, tx)


def _told_revoked(household: Household, revoked: Mandate, on: date) -> MandateRevoked:
    return MandateRevoked(
        household_id=household.id,
        person_id=household.person_id,
        mandate_id=revoked.id,
        kind=revoked.kind,
        revoked_on=on,
    )


async def get_household(household_id: UUID, tx: Transaction, *, lock: bool = True) -> Household:
    """Return the household; locked, nothing of its file changes until this transaction ends."""
    household = await repository.household(tx, household_id, lock=lock)
    if household is None:
        raise not_found("household")
    return household


async def read_household(household_id: UUID, reader: Caller, tx: Transaction) -> Household:
    """Return the household for whoever may read of it; the reading is logged."""
    household = await get_household(household_id, tx, lock=False)
    await repository.log_reading(tx, reader, household.person_id)
    return household


async def change_last_day(household: Household, tx: Transaction) -> None:
    """Save the last day of relief of a household that this transaction has locked, and why it ends there."""
    await repository.save(tx, household)
