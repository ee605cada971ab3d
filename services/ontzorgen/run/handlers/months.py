"""The months of one part of a proposal: computed by the rules and kept, each household's once, in one transaction.

A household whose file can not be computed holds nobody up: it is left out, and someone gets the task to mend it.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from services.ontzorgen.household.repository import file
from services.ontzorgen.household.repository.file import LoadedHousehold
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.run.handlers.pipelining import side_by_side
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository import recurring_months as steady
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.rules.month import KeptMonth, without_mandate_cents
from services.ontzorgen.run.rules.recurring_months import steady_norms, steady_of, terms_of
from services.ontzorgen.run.rules.run import CALENDAR, Part, Run
from services.ontzorgen.statement.rules.corrections import Settled, find_late_keys
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import add_settled, compute_statement
from services.ontzorgen.tasks.handlers import raise_tasks
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.identity import Role

SETTLED_AT_ONCE_HOUSEHOLDS: Final = 500  # with up to some dozen months each


def only_over(run: Run, policy: ReliefPolicy) -> bool:
    """Before the run day the calendar takes only households whose relief is over: their last month does not wait."""
    on = run.proposed_on
    return run.proposer == CALENDAR and run.month == month_of(on) and on.day < policy.run_day


async def propose_part(run: Run, part: Part, policy: ReliefPolicy, tx: Transaction) -> int:
    """Compute and keep the months of a part; how many there are.

    Steady months are the database's work. What is left is worked out here, and where it proves to be steady from now
    on that is kept, and the month proposed by it.
    """
    rules, is_over = MonthRules.resolve(load_law(), policy, run.month), only_over(run, policy)
    norms = steady_norms(rules)
    terms = {one: terms_of(rules, one) for one in rules.kinds}

    async def steady_months() -> tuple[int, list[UUID]]:
        wanted = list(terms.values())
        return await steady.propose(tx, run, part, rules.pay_on.day, norms, wanted, only_over=is_over)

    await repository.plan_for_ranges(tx)
    proposed, others = await steady_months()
    if not others:
        return proposed
    await file.hold(tx, others)
    loaded = await file.situations(tx, others)
    settled = await _settled(loaded, rules, tx)
    found = [
        (
            one.household.id,
            steady_of(one.months, rules, terms[one.situation.self_reliance], settled.get(one.household.id)),
        )
        for one in loaded
    ]
    kept = [(household_id, of) for household_id, of in found if of and norms and norms[of.norm_key].pays(of)]
    if kept:
        await steady.keep(tx, kept)
        more, others = await steady_months()
        proposed += more
    left = set(others)
    return proposed + await _worked_out([one for one in loaded if one.household.id in left], settled, run, rules, tx)


async def _worked_out(
    loaded: Sequence[LoadedHousehold], settled: Mapping[UUID, Settled], run: Run, rules: MonthRules, tx: Transaction
) -> int:
    """Propose months one by one; how many there are. A household whose month is refused is left as a task."""
    loans = await months.loans(tx, run.month, [one.household.id for one in loaded if one.situation.grants])
    driver = await tx.driver()
    refused: list[UUID] = []

    def compute(chunk: Sequence[LoadedHousehold]) -> list[KeptMonth]:
        made = []
        for one in chunk:
            household_id = one.household.id
            try:
                made.append(_month(one, rules, settled.get(household_id), loans.get(household_id, 0)))
            except RefusedError:
                refused.append(household_id)
        return made

    async def keep(made: list[KeptMonth]) -> None:
        await driver.execute(months.ADD, *months.arguments(run, tx.municipality, made))

    await side_by_side(loaded, compute, keep)
    await raise_tasks(((one, _to_mend(one, run.month)) for one in refused), run.proposed_on, tx)
    return len(loaded) - len(refused)


def _month(one: LoadedHousehold, rules: MonthRules, settled: Settled | None, loans_cents: int) -> KeptMonth:
    known = one.months
    return KeptMonth(
        one.household.id,
        compute_statement(known.situation, rules, rules.month, settled),
        loans_cents,
        without_mandate_cents(known, rules) if known.without_mandate else 0,
        known.has_charges,
    )


async def _settled(loaded: Sequence[LoadedHousehold], rules: MonthRules, tx: Transaction) -> dict[UUID, Settled]:
    """What earlier months settled, for the households of which something became known late or was left unpaid."""
    late = [
        one.household
        for one in loaded
        if one.situation.unpaid
        or (one.situation.charges and find_late_keys(one.situation.charges, rules, one.situation.right_from))
    ]
    settled: dict[UUID, Settled] = {one.id: {} for one in late}
    for start in range(0, len(late), SETTLED_AT_ONCE_HOUSEHOLDS):
        for kept in await months.before(tx, rules.month, late[start : start + SETTLED_AT_ONCE_HOUSEHOLDS]):
            settled[kept.household_id] = add_settled(kept.statement, settled[kept.household_id])
    return settled


def _to_mend(household_id: UUID, month: str) -> Task:
    kind = TaskKind.MONTH_REFUSED
    return Task(derive_task_id(household_id, kind, month), kind, month, Role.BUDGET_MANAGER, 0)
