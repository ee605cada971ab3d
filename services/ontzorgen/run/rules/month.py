"""What a household's month tells once it is released, which tasks it leaves, and the end of relief.

Ids are derived from household and month, so that the same month always leaves the same tasks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.statement.rules.due import build_versions, group_by_key, schedule
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.events import ChargeLine, EventData, FixedChargesDeducted, ReliefEnded, ShortfallFound
from shared.events.codes import ChargeKind, ReliefEndReason
from shared.identity import Role

LINES_MAX = 40  # of one event


@dataclass(frozen=True, slots=True)
class KeptMonth:
    """A household's month in a run, with what the statement itself does not say.

    `loans_cents` is the part of the grants that is paid back; `missing_cents` is asked and has no mandate.
    """

    household_id: UUID
    statement: Statement
    loans_cents: int = 0
    missing_cents: int = 0
    has_charges: bool = True

    @property
    def deducted_cents(self) -> int:
        """What goes to creditors, corrections included."""
        made = self.statement
        return made.available_cents - made.remainder_cents

    @property
    def payments(self) -> int:
        """How many payments it makes."""
        made = self.statement
        to_creditors = sum(1 for one in made.charges if one.paid_cents)
        return to_creditors + sum(1 for one in made.corrections if one.paid_cents > 0) + len(made.payments)


def without_mandate_cents(file: MonthsInput, rules: MonthRules) -> int:
    """What is asked in the month by creditors whose mandate is missing, of the kinds that are withheld."""
    kinds = rules.kinds[file.situation.self_reliance]
    cents = 0
    for terms in group_by_key(file.without_mandate).values():
        if kind := kinds.get(terms[0].kind):
            cents += schedule(build_versions(terms), [rules.month], kind).get(rules.month, 0)
    return cents


def told_of(month: KeptMonth, person_id: UUID, run_id: UUID) -> Iterator[EventData]:
    """The facts of a released month; none when there was no right at all."""
    made = month.statement
    if made.status is StatementStatus.NO_RIGHT:
        return
    yield FixedChargesDeducted(
        household_id=month.household_id,
        person_id=person_id,
        run_id=run_id,
        month=made.month,
        norm_cents=made.norm_cents,
        payable_cents=made.payable_cents,
        holiday_reserve_cents=made.holiday_reserve_cents,
        charges=_told(made.charges),
        deducted_cents=month.deducted_cents,
        remainder_cents=made.remainder_cents,
        available_cents=made.available_cents,
        correction_cents=made.correction_cents or None,
    )
    if made.shortfall_cents:
        yield shortfall_of(month, person_id)


def shortfall_of(month: KeptMonth, person_id: UUID) -> ShortfallFound:
    """What is short, and what may solve it."""
    made = month.statement
    unpaid = [one for one in made.charges if one.unpaid_cents]
    return ShortfallFound(
        household_id=month.household_id,
        person_id=person_id,
        month=made.month,
        shortfall_cents=made.shortfall_cents,
        unpaid=_told(unpaid) or tuple(_uncorrected(made)),
        solutions=made.solutions,
    )


def _uncorrected(made: Statement) -> Iterator[ChargeLine]:
    """The corrections that could not be paid, when every charge of the month was."""
    for one in made.corrections:
        if one.cents > one.paid_cents:
            yield ChargeLine(kind=one.kind, due_cents=one.cents, paid_cents=one.paid_cents)


def _told(charges: Iterable[ChargeMonth]) -> tuple[ChargeLine, ...]:
    """A line for each; where there are more than an event holds, all of a kind together."""
    lines = [(one.kind, one.due_cents, one.paid_cents) for one in charges]
    if len(lines) > LINES_MAX:
        by_kind: dict[ChargeKind, tuple[int, int]] = {}
        for kind, due, paid in lines:
            before = by_kind.get(kind, (0, 0))
            by_kind[kind] = (before[0] + due, before[1] + paid)
        lines = [(kind, *cents) for kind, cents in by_kind.items()]
    return tuple(ChargeLine(kind=kind, due_cents=due, paid_cents=paid) for kind, due, paid in lines)


def tasks_of(month: KeptMonth) -> Iterator[Task]:
    """What a released month leaves for people to solve."""
    made = month.statement
    if made.status is StatementStatus.NO_RIGHT:
        return
    is_short = made.shortfall_cents > 0
    is_pending = made.task_for is not None and not is_short
    raised = (
        (TaskKind.SHORTFALL, Role.CASE_MANAGER, is_short, made.shortfall_cents),
        (TaskKind.PARENTS_PENDING, Role.CASE_MANAGER, is_pending, 0),
        (TaskKind.MANDATE_MISSING, Role.BUDGET_MANAGER, month.missing_cents > 0, month.missing_cents),
        (TaskKind.CREDITOR_OWES, Role.BUDGET_MANAGER, made.creditor_credit_cents > 0, made.creditor_credit_cents),
        (TaskKind.CHARGES_MISSING, Role.BUDGET_MANAGER, not month.has_charges, 0),
        (TaskKind.NORM_OUTDATED, Role.BUDGET_MANAGER, made.norm_outdated, made.norm_cents),
    )
    for kind, role, is_raised, amount_cents in raised:
        if is_raised:
            yield Task(derive_task_id(month.household_id, kind, made.month), kind, made.month, role, amount_cents)


def ended(household: Household) -> ReliefEnded:
    """Relief is over."""
    return ReliefEnded(
        household_id=household.id,
        person_id=household.person_id,
        ended_on=household.last_day,
        reason=household.end_reason or ReliefEndReason.PERIOD_OVER,
        months_run=household.months_run,
    )
