"""The months of one part of a proposal: computed by the rules and saved, each household's once, in one transaction.

A household whose month cannot be computed holds up no other: it is left out, and someone gets the task to fix its file.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from services.ontzorgen.household.handlers.situations import load_situations, lock_files
from services.ontzorgen.household.rules.file import LoadedHousehold
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.run.handlers.closing import list_months_before
from services.ontzorgen.run.handlers.pipeline import compute_and_write
from services.ontzorgen.run.repository import months, recurring_months, runs
from services.ontzorgen.run.rules.beyond_right import MonthBefore, hand_over_beyond_right, list_beyond_right
from services.ontzorgen.run.rules.closing import close_relief, is_after_relief
from services.ontzorgen.run.rules.month import HouseholdMonth, RunMonth, refused_task, without_mandate_cents
from services.ontzorgen.run.rules.recurring_months import (
    RecurringMonths,
    find_recurring_months,
    hash_terms,
    recurring_norms,
)
from services.ontzorgen.run.rules.run import Part, Run, takes_only_ended
from services.ontzorgen.statement.rules.corrections import Settled, find_late_keys
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import add_settled, compute_statement
from services.ontzorgen.tasks.handlers import raise_tasks
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError

SETTLED_AT_ONCE_HOUSEHOLDS: Final = 500  # with up to some dozen months each


async def propose_part(run: Run, part: Part, policy: ReliefPolicy, tx: Transaction) -> int:
    """Compute and save the months of a part. Return how many there are.

    Recurring months are the database's work. The others are computed here, but for those that prove to recur from now
    on: their charges are saved, and the database proposes them too.
    """
    rules, only_ended = MonthRules.resolve(load_law(), policy, run.month), takes_only_ended(run, policy.run_day)
    norms = recurring_norms(rules)
    terms = {self_reliance: hash_terms(rules, self_reliance) for self_reliance in rules.kinds}

    async def propose_recurring() -> tuple[int, list[UUID]]:
        return await recurring_months.propose(
            tx, run, part, rules.pay_on.day, norms, list(terms.values()), only_ended=only_ended
        )

    await runs.plan_for_ranges(tx)
    proposed, others = await propose_recurring()
    if not others:
        return proposed
    await lock_files(others, tx)
    households = await load_situations(others, tx)
    settled = await _load_settled(households, rules, tx)
    recurring: list[tuple[UUID, RecurringMonths]] = []
    for household in households:
        household_id = household.household.id
        months_ahead = find_recurring_months(
            household.months, rules, terms[household.situation.self_reliance], settled.get(household_id)
        )
        if months_ahead and norms and norms[months_ahead.norm_key].covers(months_ahead):
            recurring.append((household_id, months_ahead))
    if recurring:
        await recurring_months.save(tx, recurring)
        added, others = await propose_recurring()
        proposed += added
    remaining = set(others)
    households = [household for household in households if household.household.id in remaining]
    return proposed + await _compute_months(households, settled, run, rules, tx)


async def _compute_months(
    households: Sequence[LoadedHousehold], settled: Mapping[UUID, Settled], run: Run, rules: MonthRules, tx: Transaction
) -> int:
    """Propose months one by one. Return how many; a household whose month is refused is left as a task."""
    months_before = await list_months_before(households, rules, tx)
    with_grants = [household.household.id for household in households if household.situation.grants]
    loans = await months.sum_loans(tx, run.month, with_grants)
    driver = await tx.driver()
    refused: list[UUID] = []

    def compute(chunk: Sequence[LoadedHousehold]) -> list[HouseholdMonth]:
        computed = []
        for household in chunk:
            household_id = household.household.id
            try:
                before = months_before.get(household_id, ())
                if is_after_relief(household.household, rules.month):
                    computed.append(_close_relief(household, rules, before))
                    continue
                loans_cents = loans.get(household_id, 0)
                computed.append(_compute_month(household, rules, settled.get(household_id), loans_cents, before))
            except RefusedError:
                refused.append(household_id)
        return computed

    async def save(computed: list[HouseholdMonth]) -> None:
        await driver.execute(months.INSERT_MONTHS, *months.insert_arguments(run, tx.municipality, computed))

    await compute_and_write(households, compute, save)
    tasks = ((household_id, refused_task(household_id, run.month)) for household_id in refused)
    await raise_tasks(tasks, run.proposed_on, tx)
    return len(households) - len(refused)


def _compute_month(
    household: LoadedHousehold,
    rules: MonthRules,
    settled: Settled | None,
    loans_cents: int,
    months_before: Sequence[MonthBefore],
) -> HouseholdMonth:
    file, reserved_cents = household.months, household.household.holiday_reserve_cents
    beyond = list_beyond_right(months_before, file.situation, reserved_cents)
    due_cents = reserved_cents - sum(part.cents for part in beyond)
    return HouseholdMonth(
        household.household.id,
        hand_over_beyond_right(compute_statement(file.situation, rules, rules.month, settled, due_cents), beyond),
        loans_cents,
        without_mandate_cents(file, rules) if file.without_mandate else 0,
        file.has_charges,
    )


def _close_relief(
    household: LoadedHousehold, rules: MonthRules, months_before: Sequence[MonthBefore]
) -> HouseholdMonth:
    situation, reserved_cents = household.situation, household.household.holiday_reserve_cents
    beyond = list_beyond_right(months_before, situation, reserved_cents)
    return HouseholdMonth(household.household.id, close_relief(situation, rules, reserved_cents, beyond))


async def _load_settled(
    households: Sequence[LoadedHousehold], rules: MonthRules, tx: Transaction
) -> dict[UUID, Settled]:
    """Return what earlier months settled, for the households with something known late or left unpaid."""
    late = [household.household for household in households if _needs_settled(household, rules)]
    settled: dict[UUID, Settled] = {household.id: {} for household in late}
    for start in range(0, len(late), SETTLED_AT_ONCE_HOUSEHOLDS):
        chunk = late[start : start + SETTLED_AT_ONCE_HOUSEHOLDS]
        for month in await months.list_months_before(tx, rules.month, chunk):
            settled[month.household_id] = add_settled(month.statement, settled[month.household_id])
    return settled


def _needs_settled(household: LoadedHousehold, rules: MonthRules) -> bool:
    situation = household.situation
    return bool(situation.unpaid) or bool(
        situation.charges and find_late_keys(situation.charges, rules, situation.right_from, situation.discounts)
    )


async def list_months(household_id: UUID, tx: Transaction) -> list[RunMonth]:
    """Return a household's months, oldest first."""
    return await months.list_months(tx, household_id)


async def find_month(household_id: UUID, month: str, tx: Transaction) -> HouseholdMonth | None:
    """Return one month of a household, also one of a proposal; None if it was not computed."""
    return await months.find_month(tx, household_id, month)
