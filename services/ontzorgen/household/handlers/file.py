"""What changes in a household's file beside its charges: right, composition, means, loans, payment terms, regeldag."""

from typing import TypeVar
from uuid import UUID, uuid5

from services.ontzorgen.household.handlers.households import read_file
from services.ontzorgen.household.handlers.recording import locked, unused
from services.ontzorgen.household.repository import file as repository
from services.ontzorgen.household.repository import households
from services.ontzorgen.household.rules.composition import CompositionVersion, check
from services.ontzorgen.household.rules.file import to_situation
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.loans import Loan, Repayment, check_grant, loans, refuse_replacing, repay
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    Claim,
    Grant,
    PaymentTerms,
    add_item,
    check_allowance,
    over_limit_cents,
)
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.regeldag import (
    Regeldag,
    RegeldagList,
    RegeldagStep,
    add_regeldag,
    add_step,
    checklist,
)
from services.ontzorgen.household.rules.right import RightVersion, change_right, overpaid
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.run.handlers.recurring_months import make_ready
from services.ontzorgen.tasks.handlers import raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import repeated
from shared.http.requests import Caller, not_found
from shared.identity import Role

Item = TypeVar("Item", CompositionVersion, Allowance, Claim, Grant)


async def change_rights(household_id: UUID, change: RightVersion, tx: Transaction, by: Recorder) -> Household:
    """The right begins or ends on another day; relief moves with it."""
    found = await locked(household_id, tx)
    known = await repository.part(tx, RightVersion, household_id)
    for version in known:
        if version.id == change.id:
            repeated(version, change)
            return found.household
    load_law().get_norms(change.right_from, "right_from")  # without a norm no month of it could be run
    household, version = change_right(found.household, known[-1] if known else None, change)
    unused(is_new=await repository.add(tx, household_id, version, by))
    await households.save(tx, household)
    await make_ready(household_id, tx)
    if task := overpaid(household, version):
        await raise_task(household_id, task, change.known_on, tx)
    return household


async def record_composition(
    household_id: UUID, version: CompositionVersion, tx: Transaction, by: Recorder
) -> CompositionVersion:
    check(version)
    return await _add(household_id, version, tx, by)


async def record_allowance(household_id: UUID, allowance: Allowance, tx: Transaction, by: Recorder) -> Allowance:
    check_allowance(allowance)
    return await _add(household_id, allowance, tx, by)


async def record_claim(household_id: UUID, claim: Claim, tx: Transaction, by: Recorder) -> Claim:
    return await _add(household_id, claim, tx, by)


async def record_grant(household_id: UUID, grant: Grant, tx: Transaction, by: Recorder) -> Grant:
    """A gift or a loan; a loan of which something was repaid stays as it is."""
    check_grant(grant)
    if grant.replaces is not None:
        await locked(household_id, tx)
        for loan in await _loans(household_id, tx):
            if loan.grant.id == grant.replaces:
                refuse_replacing(loan)
    return await _add(household_id, grant, tx, by)


async def record_asset(household_id: UUID, asset: Asset, tx: Transaction, by: Recorder) -> Asset:
    """What is over the limit of the law becomes a task for the case manager; no payment changes by itself."""
    found = await locked(household_id, tx)
    existing = await repository.part(tx, Asset, household_id)
    if not add_item(existing, asset):
        return next(known for known in existing if known.id == asset.id)
    unused(is_new=await repository.add(tx, household_id, asset, by))
    limit_cents = _asset_limit_cents(found, asset)
    if over_cents := over_limit_cents([*existing, asset], asset.seen_on, limit_cents):
        kind = TaskKind.ASSET_OVER_LIMIT
        task = Task(uuid5(asset.id, kind), kind, month_of(asset.seen_on), Role.CASE_MANAGER, over_cents)
        await raise_task(household_id, task, asset.seen_on, tx)
    return asset


async def record_terms(household_id: UUID, terms: PaymentTerms, tx: Transaction, by: Recorder) -> PaymentTerms:
    await locked(household_id, tx)
    existing = await repository.part(tx, PaymentTerms, household_id)
    for known in existing:
        if known.id == terms.id:
            return repeated(known, terms)
    unused(is_new=await repository.add(tx, household_id, terms, by))
    await make_ready(household_id, tx)
    return terms


async def record_repayment(household_id: UUID, asked: Repayment, tx: Transaction, by: Recorder) -> Repayment:
    """A part of a loan comes back; the household's lock keeps two of them from taking the same cents."""
    await locked(household_id, tx)
    loan = next((one for one in await _loans(household_id, tx) if one.grant.id == asked.loan_id), None)
    if loan is None:
        raise not_found("loan")
    repayment, is_new = repay(loan, asked)
    if is_new:
        unused(is_new=await repository.add(tx, household_id, repayment, by))
    return repayment


async def read_loans(household_id: UUID, reader: Caller, tx: Transaction) -> tuple[Loan, ...]:
    await read_file(household_id, reader, tx)
    return await _loans(household_id, tx)


async def read_assets(household_id: UUID, reader: Caller, tx: Transaction) -> list[Asset]:
    await read_file(household_id, reader, tx)
    return await repository.part(tx, Asset, household_id)


async def hold_regeldag(household_id: UUID, regeldag: Regeldag, tx: Transaction, by: Recorder) -> RegeldagList:
    await locked(household_id, tx)
    if add_regeldag(await repository.part(tx, Regeldag, household_id), regeldag):
        unused(is_new=await repository.add(tx, household_id, regeldag, by))
    return checklist(regeldag, await repository.part(tx, RegeldagStep, household_id))


async def take_step(household_id: UUID, step: RegeldagStep, tx: Transaction, by: Recorder) -> RegeldagList:
    """How one item of the day stands now."""
    await locked(household_id, tx)
    days = await repository.part(tx, Regeldag, household_id)
    regeldag = next((one for one in days if one.id == step.regeldag_id), None)
    if regeldag is None:
        raise not_found("regeldag")
    steps = await repository.part(tx, RegeldagStep, household_id)
    if add_step(regeldag, steps, step):
        unused(is_new=await repository.add(tx, household_id, step, by))
        steps.append(step)
    return checklist(regeldag, steps)


async def read_regeldagen(household_id: UUID, reader: Caller, tx: Transaction) -> list[RegeldagList]:
    await read_file(household_id, reader, tx)
    steps = await repository.part(tx, RegeldagStep, household_id)
    return [checklist(day, steps) for day in await repository.part(tx, Regeldag, household_id)]


async def _add(household_id: UUID, item: Item, tx: Transaction, by: Recorder) -> Item:
    """A version of something that shapes the months."""
    await locked(household_id, tx)
    existing = await repository.part(tx, type(item), household_id)
    if not add_item(existing, item):
        return next(known for known in existing if known.id == item.id)
    unused(is_new=await repository.add(tx, household_id, item, by))
    await make_ready(household_id, tx)
    return item


async def _loans(household_id: UUID, tx: Transaction) -> tuple[Loan, ...]:
    """Every loan that stands, with its register."""
    found = (await repository.parts(tx, Grant, [household_id])).get(household_id, [])
    gone = {one.replaces for one in found}
    return loans([one for one in found if one.id not in gone], await repository.part(tx, Repayment, household_id))


def _asset_limit_cents(found: HouseholdFile, asset: Asset) -> int:
    """The law's limit on that day for those who lived there then."""
    lived = to_situation(found).compositions
    composition = next((one for one in reversed(lived) if one.from_day <= asset.seen_on), lived[0])
    return load_law().get_asset_limit(asset.seen_on).get_limit_cents(composition.kind)
