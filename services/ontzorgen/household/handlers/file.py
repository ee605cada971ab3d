"""What changes in a household's file beside its charges: right, composition, means, loans, payment terms, regeldag."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID, uuid5

from services.ontzorgen.household.handlers.deductions import report_months
from services.ontzorgen.household.handlers.households import read_file
from services.ontzorgen.household.handlers.people import find_person
from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import file, history, households
from services.ontzorgen.household.repository.history import HistoryEntry
from services.ontzorgen.household.rules.composition import CompositionVersion, check_composition
from services.ontzorgen.household.rules.file import find_household_type
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.loans import Loan, Repayment, check_grant, list_loans, refuse_replacing, repay
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    Claim,
    Grant,
    PaymentTerms,
    add_item,
    check_allowance,
    drop_replaced,
    over_limit_cents,
)
from services.ontzorgen.household.rules.recorder import Recorder, require_new_id
from services.ontzorgen.household.rules.regeldag import (
    Regeldag,
    RegeldagList,
    RegeldagStep,
    add_regeldag,
    add_step,
    compile_checklist,
)
from services.ontzorgen.household.rules.right import RightVersion, change_right, overpayment_task
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.tasks.handlers import raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import require_found
from shared.identity import Role

Item = TypeVar("Item", CompositionVersion, Allowance, Claim, Grant)


async def change_rights(household_id: UUID, change: RightVersion, tx: Transaction, by: Recorder) -> Household:
    """Record that the right begins or ends on another day; relief moves with it.

    What months that were run before paid too little for it becomes a task.
    """
    await file.lock_against_runs(tx)
    household_file = await lock_file(household_id, tx)
    versions = await file.list_versions(tx, RightVersion, household_id)
    for version in versions:
        if version.id == change.id:
            require_same_content(version, change)
            return household_file.household
    load_law().get_norms(change.right_from, "right_from")  # without a norm no month of it could be run
    household, version = change_right(household_file.household, versions[-1] if versions else None, change)
    require_new_id(is_new=await file.add_version(tx, household_id, version, by))
    await households.save_household(tx, household)
    if task := overpayment_task(household, version):
        await raise_task(household_id, task, change.known_on, tx)
    await report_months(household_file, change.id, change.known_on, tx, (TaskKind.PAID_TOO_LITTLE,))
    return household


async def record_composition(
    household_id: UUID, version: CompositionVersion, tx: Transaction, by: Recorder
) -> CompositionVersion:
    check_composition(version)
    return await _add(household_id, version, tx, by)


async def record_allowance(household_id: UUID, allowance: Allowance, tx: Transaction, by: Recorder) -> Allowance:
    check_allowance(allowance)
    return await _add(household_id, allowance, tx, by)


async def record_claim(household_id: UUID, claim: Claim, tx: Transaction, by: Recorder) -> Claim:
    """Record a debt of the household's own person, or of another one who lives there."""
    household = (await lock_file(household_id, tx)).household
    person_id = await find_person(household, claim.person_id, claim.from_day, tx)
    return await _add(household_id, replace(claim, person_id=person_id), tx, by)


async def list_claims(household_id: UUID, tx: Transaction) -> tuple[Claim, ...]:
    """Return the debts of everyone in a household that were not replaced, for whoever has logged the reading."""
    return drop_replaced(await file.list_versions(tx, Claim, household_id))


async def read_claims(household_id: UUID, person_id: UUID | None, tx: Transaction) -> tuple[Claim, ...]:
    """Return the debts that were not replaced, of one person if the id is given."""
    await read_file(household_id, tx)
    return tuple(claim for claim in await list_claims(household_id, tx) if person_id in (None, claim.person_id))


async def record_grant(household_id: UUID, grant: Grant, tx: Transaction, by: Recorder) -> Grant:
    """Record a gift or a loan; a loan of which something was repaid is not replaced."""
    check_grant(grant)
    if grant.replaces is not None:
        await lock_file(household_id, tx)
        for loan in await _load_loans(household_id, tx):
            if loan.grant.id == grant.replaces:
                refuse_replacing(loan)
    return await _add(household_id, grant, tx, by)


async def record_asset(household_id: UUID, asset: Asset, tx: Transaction, by: Recorder) -> Asset:
    """Record an asset; assets over the limit of the law become a task for the case manager and change no payment."""
    household_file = await lock_file(household_id, tx)
    existing = await file.list_versions(tx, Asset, household_id)
    if not add_item(existing, asset):
        return next(recorded for recorded in existing if recorded.id == asset.id)
    require_new_id(is_new=await file.add_version(tx, household_id, asset, by))
    household_type = find_household_type(household_file, asset.seen_on)
    limit_cents = load_law().get_asset_limit(asset.seen_on).get_limit_cents(household_type)
    if over_cents := over_limit_cents([*existing, asset], asset.seen_on, limit_cents):
        kind = TaskKind.ASSET_OVER_LIMIT
        task = Task(uuid5(asset.id, kind), kind, month_of(asset.seen_on), Role.CASE_MANAGER, over_cents)
        await raise_task(household_id, task, asset.seen_on, tx)
    return asset


async def record_terms(household_id: UUID, terms: PaymentTerms, tx: Transaction, by: Recorder) -> PaymentTerms:
    await lock_file(household_id, tx)
    for recorded in await file.list_versions(tx, PaymentTerms, household_id):
        if recorded.id == terms.id:
            return require_same_content(recorded, terms)
    require_new_id(is_new=await file.add_version(tx, household_id, terms, by))
    return terms


async def record_unpaid_charges(
    household_id: UUID, unpaid: Sequence[UnpaidCharge], tx: Transaction, by: Recorder
) -> None:
    """Record what a month left unpaid and a later month pays, in a file that this transaction has locked."""
    for charge in unpaid:
        require_new_id(is_new=await file.add_version(tx, household_id, charge, by))


async def record_repayment(household_id: UUID, repayment: Repayment, tx: Transaction, by: Recorder) -> Repayment:
    """Record the repayment of a part of a loan; the lock keeps two repayments from taking the same cents."""
    await lock_file(household_id, tx)
    loans = await _load_loans(household_id, tx)
    loan = require_found(next((loan for loan in loans if loan.grant.id == repayment.loan_id), None), "loan")
    repayment, is_new = repay(loan, repayment)
    if is_new:
        require_new_id(is_new=await file.add_version(tx, household_id, repayment, by))
    return repayment


async def read_loans(household_id: UUID, tx: Transaction) -> tuple[Loan, ...]:
    await read_file(household_id, tx)
    return await _load_loans(household_id, tx)


async def read_assets(household_id: UUID, tx: Transaction) -> list[Asset]:
    await read_file(household_id, tx)
    return await file.list_versions(tx, Asset, household_id)


async def hold_regeldag(household_id: UUID, regeldag: Regeldag, tx: Transaction, by: Recorder) -> RegeldagList:
    household_file = await lock_file(household_id, tx)
    if add_regeldag(await file.list_versions(tx, Regeldag, household_id), regeldag):
        require_new_id(is_new=await file.add_version(tx, household_id, regeldag, by))
    steps = await file.list_versions(tx, RegeldagStep, household_id)
    return compile_checklist(regeldag, steps, household_file.charges, household_file.mandates)


async def take_step(household_id: UUID, step: RegeldagStep, tx: Transaction, by: Recorder) -> RegeldagList:
    """Record the state of one item of the day."""
    household_file = await lock_file(household_id, tx)
    days = await file.list_versions(tx, Regeldag, household_id)
    regeldag = require_found(next((day for day in days if day.id == step.regeldag_id), None), "regeldag")
    steps = await file.list_versions(tx, RegeldagStep, household_id)
    if add_step(regeldag, steps, step):
        require_new_id(is_new=await file.add_version(tx, household_id, step, by))
        steps.append(step)
    return compile_checklist(regeldag, steps, household_file.charges, household_file.mandates)


async def read_regeldagen(household_id: UUID, tx: Transaction) -> list[RegeldagList]:
    household_file = await read_file(household_id, tx)
    steps = await file.list_versions(tx, RegeldagStep, household_id)
    return [
        compile_checklist(day, steps, household_file.charges, household_file.mandates)
        for day in await file.list_versions(tx, Regeldag, household_id)
    ]


async def read_history(
    household_id: UUID, after: int | None, limit: int, tx: Transaction
) -> tuple[list[HistoryEntry], int | None]:
    """Return the versions of a household's file after a number, and the number to continue after."""
    await read_file(household_id, tx)
    return await history.list_history(tx, household_id, after, limit)


async def _add(household_id: UUID, item: Item, tx: Transaction, by: Recorder) -> Item:
    """Record a version of something that months follow from."""
    await lock_file(household_id, tx)
    existing = await file.list_versions(tx, type(item), household_id)
    if not add_item(existing, item):
        return next(recorded for recorded in existing if recorded.id == item.id)
    require_new_id(is_new=await file.add_version(tx, household_id, item, by))
    return item


async def _load_loans(household_id: UUID, tx: Transaction) -> tuple[Loan, ...]:
    """Return every loan that was not replaced, with its repayments."""
    grants = drop_replaced(await file.list_versions(tx, Grant, household_id))
    return list_loans(grants, await file.list_versions(tx, Repayment, household_id))
