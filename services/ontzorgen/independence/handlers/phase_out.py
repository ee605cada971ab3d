"""Letting go in steps: creditors are informed, direct debits agreed on, and steps taken in the policy's order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.creditors import find_creditors
from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import evaluation, money_decisions, phase_out
from services.ontzorgen.independence.rules.creditor_arrangements import (
    CreditorArrangement,
    list_arrangements,
    suggest_debit_day,
)
from services.ontzorgen.independence.rules.evaluation import IndependenceFile
from services.ontzorgen.independence.rules.money_decisions import find_frequency
from services.ontzorgen.independence.rules.phase_out import (
    DirectDebit,
    InformedCreditor,
    Preparation,
    StepTaken,
    prepare_steps,
    require_begun,
    require_own_creditor,
    take_step,
)
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from services.ontzorgen.tasks.handlers import complete_household_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content


async def read_arrangements(household_id: UUID, on: date, tx: Transaction) -> Sequence[CreditorArrangement]:
    """Return whom to inform and with whom to agree on a direct debit."""
    household = await read_household(household_id, tx)
    file = await evaluation.load_file(tx, household, on)
    debits = await phase_out.list_debits(tx, household.id)
    register = await find_creditors({creditor.creditor for creditor in file.creditors}, on, tx)
    creditors = (file.creditors, file.uninformed)
    return list_arrangements(creditors, debits, find_policy(on, tx), household.last_day, register)


async def inform_creditor(informed: InformedCreditor, tx: Transaction) -> InformedCreditor:
    """Record that a creditor was informed; the last one completes the task."""
    household = await get_household(informed.household_id, tx)
    require_own_creditor(await phase_out.list_creditors(tx, household.id, informed.told_on), informed.creditor)
    await phase_out.add_informed(tx, informed)
    file = await evaluation.load_file(tx, household, informed.told_on)
    if not file.uninformed:
        await complete_household_tasks(household.id, [TaskKind.CREDITORS_TO_TELL], informed.told_on, tx)
    return informed


async def agree_debit(debit: DirectDebit, tx: Transaction) -> DirectDebit:
    """Record an agreement on a direct debit, on the suggested day if none is given. The same twice counts once."""
    household = await get_household(debit.household_id, tx)
    earlier = await phase_out.find_debit(tx, debit.id)
    if earlier is not None:
        day = debit.day_of_month or earlier.day_of_month
        return require_same_content(earlier, replace(debit, day_of_month=day))
    if not debit.day_of_month:
        policy = find_policy(debit.agreed_on, tx)
        registered = (await find_creditors([debit.creditor], debit.agreed_on, tx)).get(debit.creditor)
        own_day = registered.debit_day if registered else None
        day = suggest_debit_day(policy.pay_day, own_day, follows_benefit=policy.debits_follow_benefit)
        debit = replace(debit, day_of_month=day)
    require_own_creditor(await phase_out.list_creditors(tx, household.id, debit.agreed_on), debit.creditor)
    await phase_out.add_debit(tx, debit)
    return debit


async def record_step(step: StepTaken, tx: Transaction) -> StepTaken:
    """Record a step, which changes the household's months from now on. The same twice is recorded once."""
    household = await get_household(step.household_id, tx)
    file = await evaluation.load_file(tx, household, step.taken_on)
    require_begun(file.phase_out_on, step.taken_on)
    policy = find_policy(step.taken_on, tx)
    preparation = await _prepare(file, step.taken_on, policy, tx)
    event = take_step(household, file.steps, step, policy.steps, preparation)
    if event is not None:
        await phase_out.add_step(tx, step)
        tx.emit(event)
    return step


async def _prepare(file: IndependenceFile, on: date, policy: IndependencePolicy, tx: Transaction) -> Preparation:
    debits = await phase_out.list_debits(tx, file.household.id)
    decisions = await money_decisions.list_decisions(tx, file.household.id)
    frequency = find_frequency(decisions, on, file.find_class(on), policy)
    is_monthly = frequency is PayoutFrequency.MONTHLY
    return prepare_steps(file.creditors, file.uninformed, debits, policy, is_monthly=is_monthly)
