"""A household's right to assistance: from when until when, as it is known now. Without a right there is no relief.

When the right ends, relief ends with it. Months that were run beyond it are not undone here: what was paid in them is
reclaimed under art. 58, so they become a task.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of, month_start, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import ReliefEndReason
from shared.identity import Role


@dataclass(frozen=True)
class RightVersion:
    """The right as it became known on a day. `agreed_until` is the last day of relief if the right goes on."""

    id: UUID
    right_from: date
    right_until: date | None
    known_on: date
    agreed_until: date | None = None


def change_right(
    household: Household, previous: RightVersion | None, change: RightVersion
) -> tuple[Household, RightVersion]:
    """Return the household and the version to record; `previous` is the version recorded last."""
    if change.right_until is not None and change.right_until < change.right_from:
        raise WrongInputError(
            Fault(
                "right_until",
                "ends_before_it_begins",
                "The right ends before it begins: give a later last day or leave it open.",
            )
        )
    if household.ended_on is not None:
        raise ConflictError(
            "relief_ended",
            f"Relief ended on {household.ended_on}: settle what is owed since then outside it, or sign a new plan.",
        )
    agreed_until = _agreed_until(household, previous)
    if change.right_from != household.right_from:
        household, agreed_until = _move_start(household, change.right_from, agreed_until)
    last_day = min(agreed_until, change.right_until or agreed_until)
    reason = ReliefEndReason.ASSISTANCE_STOPPED if last_day < agreed_until else None
    changed = replace(
        household, right_from=change.right_from, right_until=change.right_until, last_day=last_day, end_reason=reason
    )
    return changed, replace(change, agreed_until=agreed_until)


def overpayment_task(household: Household, change: RightVersion) -> Task | None:
    """Return the task for months that were run beyond the right, on the first of them; None if there are none."""
    if change.right_until is None or not household.months_run:
        return None
    paid_through = month_start(household.next_month)
    if (paid_through - change.right_until).days <= 1:
        return None
    month = month_of(change.right_until)
    task_id = uuid5(change.id, TaskKind.PAID_WITHOUT_RIGHT)
    return Task(task_id, TaskKind.PAID_WITHOUT_RIGHT, month, Role.BUDGET_MANAGER, 0)


def _agreed_until(household: Household, previous: RightVersion | None) -> date:
    """Return until when relief was agreed, before a right that ended cut it short."""
    if household.end_reason is ReliefEndReason.ASSISTANCE_STOPPED and previous is not None and previous.agreed_until:
        return previous.agreed_until
    return household.last_day


def _move_start(household: Household, right_from: date, agreed_until: date) -> tuple[Household, date]:
    """Return the household with relief from the day the right arises; once a month was run, its first day stays."""
    if household.months_run:
        raise ConflictError(
            "months_already_run",
            "Months were run from the first day of relief on, so it cannot change: "
            "settle what the right changes before or in them outside relief.",
        )
    moved = replace(household, first_day=right_from, next_month=month_of(right_from))
    is_by_law = agreed_until == period_end(household.right_from, RELIEF_MONTHS)
    return moved, period_end(right_from, RELIEF_MONTHS) if is_by_law else agreed_until
