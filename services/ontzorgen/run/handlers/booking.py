"""One part of a sealed run booked and published: ledger, events, tasks, and households move to their next month.

One part is one transaction. Recurring months are the database's work, all others go by the rules here. What was sealed
is what is booked, whatever has changed in the files since.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.household.handlers.supplier_discounts import list_guaranteed
from services.ontzorgen.ledger.handlers import book_entries, book_numbered_entries
from services.ontzorgen.ledger.rules import Booking, EntryColumns, build_bookings
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.handlers.pipeline import compute_and_write
from services.ontzorgen.run.repository import month_content, months, recurring_booking, runs
from services.ontzorgen.run.repository.recurring_booking import BookedMonths
from services.ontzorgen.run.rules.holiday_months import list_reserve_months, name_months
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for, overpayment_task, tasks_for
from services.ontzorgen.run.rules.run import Part, Run
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import compute_statement
from services.ontzorgen.tasks.handlers import raise_tasks
from services.ontzorgen.tasks.rules import Task
from shared.database.transactions import Transaction
from shared.events.envelope import WrittenEvent


@dataclass(slots=True)
class _Chunk:
    """What is written for some months; `further` are bookings beside a month's first one, by household and month."""

    entries: EntryColumns = field(default_factory=EntryColumns)
    further: list[tuple[UUID | None, str, Booking]] = field(default_factory=list)
    events: list[WrittenEvent] = field(default_factory=list)


@dataclass(slots=True)
class _PartTotals:
    """What the months of the part add up to and leave; `right_ended` are months that end after the right does."""

    booked: Counter[int] = field(default_factory=Counter)
    tasks: list[tuple[UUID, Task]] = field(default_factory=list)
    right_ended: list[HouseholdMonth] = field(default_factory=list)

    def add_recurring(self, recurring: BookedMonths) -> None:
        """Add what their sums come to by the rules; the database compares it with the lines at the run's release."""
        for booking in build_bookings(recurring.total):
            for account, cents in booking.lines:
                self.booked[account] += cents


async def release_part(run: Run, part: Part, tx: Transaction) -> tuple[int, dict[int, int]]:
    """Book and publish the months of a part. Return how many there are, and what was booked per account."""
    booked_on = run.released_on or run.proposed_on
    await runs.plan_for_ranges(tx)
    recurring = await recurring_booking.book_recurring_months(tx, run, part, booked_on)
    others = await recurring_booking.list_other_months(tx, run, part) if recurring.others else []
    totals = _PartTotals()
    totals.add_recurring(recurring)
    guaranteed = await list_guaranteed(run.month, tx) if others else frozenset()
    reserves = await months.list_reserves(tx, run, others)

    def compute(rows: Sequence[asyncpg.Record]) -> _Chunk:
        chunk = _Chunk()
        for row in rows:
            month = month_content.read_month(row)
            _book(month, row["entry_id"], chunk, totals)
            events = events_for(month, row["person_id"], run.id, booked_on, guaranteed)
            reserve_months = list_reserve_months(reserves.get(month.household_id, ()))
            chunk.events += tx.write_events(*name_months(events, month, reserve_months, row["right_until"]))
            totals.tasks += ((month.household_id, task) for task in tasks_for(month, guaranteed))
            if month.ends_after(row["right_until"]):
                totals.right_ended.append(month)
        return chunk

    async def write(chunk: _Chunk) -> None:
        await book_numbered_entries(chunk.entries, booked_on, run.id, tx)
        await book_entries(chunk.further, booked_on, run.id, tx)
        await tx.append(chunk.events)

    await compute_and_write(others, compute, write)
    totals.tasks += await _overpayment_tasks(totals.right_ended, run, tx)
    await raise_tasks(totals.tasks, booked_on, tx)
    return recurring.households + len(others), dict(totals.booked)


def _book(month: HouseholdMonth, entry_id: int, chunk: _Chunk, totals: _PartTotals) -> None:
    """Book a month's first entry under the id that came with its row; others get theirs when they are written."""
    name = month.statement.month
    for index, booking in enumerate(build_bookings(month.statement, month.loans_cents)):
        if index == 0:
            chunk.entries.add(entry_id, booking, month.household_id, name)
        else:
            chunk.further.append((month.household_id, name, booking))
        for account, cents in booking.lines:
            totals.booked[account] += cents


async def _overpayment_tasks(
    right_ended: Sequence[HouseholdMonth], run: Run, tx: Transaction
) -> list[tuple[UUID, Task]]:
    """Return a task for each month that pays more than is due now that the right ended after it was computed."""
    if not right_ended:
        return []
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, run.proposed_on), run.month)
    households = await load_situations([month.household_id for month in right_ended], tx)
    due_cents = {
        household.household.id: compute_statement(household.situation, rules, run.month).available_cents
        for household in households
    }
    tasks = (
        (month.household_id, overpayment_task(month, due_cents.get(month.household_id, 0))) for month in right_ended
    )
    return [(household_id, task) for household_id, task in tasks if task is not None]
