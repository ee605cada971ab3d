"""The right to assistance of a household: from when until when, as it is known now. Without a right there is no relief.

A right that ends ends relief with it. Months that were run beyond it are not undone here: what was paid in them is
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
    """The right as it became known on a day. `agreed_until` is the last day of relief if the right went on."""

    id: UUID
    right_from: date
    right_until: date | None
    known_on: date
    agreed_until: date | None = None


def change_right(
    household: Household, before: RightVersion | None, change: RightVersion
) -> tuple[Household, RightVersion]:
    """The household and the version as they are recorded; `before` is the version recorded last."""
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
            f"Relief ended on {household.ended_on}: settle what is owed since then outside it, or sign a new plan."
        )
    agreed = _agreed_until(household, before)
    moved = household
    if change.right_from != household.right_from:
        moved, agreed = _begin(household, change.right_from, agreed)
    last_day = min(agreed, change.right_until or agreed)
    reason = ReliefEndReason.ASSISTANCE_STOPPED if last_day < agreed else None
    changed = replace(
        moved, right_from=change.right_from, right_until=change.right_until, last_day=last_day, end_reason=reason
    )
    return changed, replace(change, agreed_until=agreed)


def overpaid(household: Household, change: RightVersion) -> Task | None:
    """The task that is left when months were run beyond the right: the first of them with days without it."""
    if change.right_until is None or not household.months_run:
        return None
    paid_through = month_start(household.next_month)
    if (paid_through - change.right_until).days <= 1:
        return None
    month = month_of(change.right_until)
    task_id = uuid5(change.id, TaskKind.PAID_WITHOUT_RIGHT)
    return Task(task_id, TaskKind.PAID_WITHOUT_RIGHT, month, Role.BUDGET_MANAGER, 0)


def _agreed_until(household: Household, before: RightVersion | None) -> date:
    """Until when relief was agreed: as it stands, or as it stood before a right that ended cut it short."""
    if household.end_reason is ReliefEndReason.ASSISTANCE_STOPPED and before is not None and before.agreed_until:
        return before.agreed_until
    return household.last_day


def _begin(household: Household, right_from: date, agreed: date) -> tuple[Household, date]:
    """Relief counts from the day the right arises; once a month was run, its first day stays."""
    if household.months_run:
        raise ConflictError(
            "Months were run from this first day on, so it stays: "
            "settle what the right changes before or in them outside relief."
        )
    moved = replace(household, first_day=right_from, next_month=month_of(right_from))
    by_law = period_end(household.right_from, RELIEF_MONTHS)
    return moved, period_end(right_from, RELIEF_MONTHS) if agreed == by_law else agreed
