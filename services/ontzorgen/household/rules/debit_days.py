"""Creditors that are paid in time for the day on which they collect: warned of before it is too late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import add_months, month_of, target_day_from
from shared.identity import Role

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DebitDay:
    """The day on which a creditor collects for a month, and the last one on which the bank still pays it in time."""

    creditor: str
    month: str
    collected_on: date
    pay_by: date

    def task_id(self, municipality: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen paid late {municipality} {self.creditor} {self.month}")


def list_debit_days(creditors: Iterable[Creditor], day: date) -> Iterator[DebitDay]:
    """Yield for each creditor that has one its days of last month, this and the next, as far as it is time to pay."""
    for creditor in creditors:
        if creditor.debit_day is None:
            continue
        for months in (-1, 0, 1):
            collected_on = add_months(day.replace(day=1), months).replace(day=creditor.debit_day)
            debit_day = DebitDay(creditor.code, month_of(collected_on), collected_on, find_pay_by(collected_on))
            if debit_day.pay_by <= day:
                yield debit_day


def find_pay_by(collected_on: date) -> date:
    """Return the last day before it on which banks settle: what is paid then has arrived."""
    day = collected_on - _DAY
    while target_day_from(day) != day:
        day -= _DAY
    return day


def late_task(debit_day: DebitDay, municipality: str, cents: int) -> Task:
    """Return the task that a creditor is not paid yet for a month, about what its charges add up to."""
    kind = TaskKind.CREDITOR_PAID_LATE
    task_id = debit_day.task_id(municipality)
    return Task(task_id, kind, debit_day.month, Role.BUDGET_MANAGER, cents, due_on=debit_day.pay_by)
