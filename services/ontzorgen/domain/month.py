"""Running a household's due months: statements, what is told of each, which tasks they leave, and the end of relief.

Ids are derived from household and month, so that the same month always has the same run and the same tasks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.domain.household import Household, HouseholdFile, due_months
from services.ontzorgen.domain.law import Law
from services.ontzorgen.domain.earlier_statement import Conventions, Statement, StatementLine, statement
from services.ontzorgen.domain.tasks import Task, TaskKind
from shared.calendar import next_month
from shared.events import ChargeLine, EventData, FixedChargesDeducted, ReliefEnded, ShortfallFound
from shared.events.codes import ReliefEndReason
from shared.identity import Role


@dataclass(frozen=True)
class MonthsRun:
    """The household after its due months, with all that came of them. `statements` are in order of month."""

    household: Household
    statements: tuple[Statement, ...]
    tasks: tuple[Task, ...]
    told: tuple[EventData, ...]


def run_id(household_id: UUID, month: str) -> UUID:
    return uuid5(household_id, f"run {month}")


def run_months(file: HouseholdFile, today: date, law: Law, run_day: int, conventions: Conventions) -> MonthsRun:
    """Every due month of a household, once, and the end of its relief when the last day is past."""
    household = file.household
    statements = tuple(statement(file, law, month, conventions) for month in due_months(household, today, run_day))
    told = [fact for one in statements for fact in _facts(household, one)]
    if statements:
        household = replace(
            household,
            next_month=next_month(statements[-1].month),
            months_run=household.months_run + len(statements),
        )
    if household.ended_on is None and today > household.last_day:
        household = replace(household, ended_on=household.last_day)
        told.append(_ended(household))
    tasks = tuple(task for one in statements for task in _tasks(file, one))
    return MonthsRun(household, statements, tasks, tuple(told))


def _facts(household: Household, month: Statement) -> Iterator[EventData]:
    yield FixedChargesDeducted(
        household_id=household.id,
        person_id=household.person_id,
        run_id=run_id(household.id, month.month),
        month=month.month,
        norm_cents=month.norm_cents,
        payable_cents=month.payable_cents,
        holiday_reserve_cents=month.holiday_reserve_cents,
        charges=_told(month.lines),
        deducted_cents=month.deducted_cents,
        remainder_cents=month.remainder_cents,
    )
    if month.shortfall_cents:
        yield ShortfallFound(
            household_id=household.id,
            person_id=household.person_id,
            month=month.month,
            shortfall_cents=month.shortfall_cents,
            unpaid=_told(line for line in month.lines if line.unpaid_cents),
        )


def _told(lines: Iterable[StatementLine]) -> tuple[ChargeLine, ...]:
    return tuple(ChargeLine(kind=line.kind, due_cents=line.due_cents, paid_cents=line.paid_cents) for line in lines)


def _tasks(file: HouseholdFile, month: Statement) -> Iterator[Task]:
    without_mandate_cents = sum(line.due_cents for line in month.without_mandate)
    raised = (
        (TaskKind.SHORTFALL, Role.CASE_MANAGER, month.shortfall_cents > 0, month.shortfall_cents),
        (TaskKind.MANDATE_MISSING, Role.BUDGET_MANAGER, without_mandate_cents > 0, without_mandate_cents),
        (TaskKind.CHARGES_MISSING, Role.BUDGET_MANAGER, not file.charges, 0),
        (TaskKind.NORM_OUTDATED, Role.BUDGET_MANAGER, month.norm_outdated, month.norm_cents),
    )
    for kind, role, is_raised, amount_cents in raised:
        if is_raised:
            task_id = uuid5(file.household.id, f"task {kind} {month.month}")
            yield Task(task_id, kind, month.month, role, amount_cents)


def _ended(household: Household) -> ReliefEnded:
    return ReliefEnded(
        household_id=household.id,
        person_id=household.person_id,
        ended_on=household.last_day,
        reason=ReliefEndReason.PERIOD_OVER,
        months_run=household.months_run,
    )
