"""One part of a sealed run booked and told: ledger, facts, tasks, and the households wait for their next month.

One part, one transaction. Steady months are the database's work, all others go by the rules here. What was sealed
is what is booked, whatever has changed in the files since.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import asyncpg

from services.ontzorgen import metrics
from services.ontzorgen.household.repository import file
from services.ontzorgen.ledger.handlers import book_entries, book_numbered_entries
from services.ontzorgen.ledger.rules import Booking, EntryColumns, build_bookings
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.handlers.pipelining import side_by_side
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository import recurring_booking as steady_booking
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.rules.month import KeptMonth, tasks_of, told_of
from services.ontzorgen.run.rules.run import Part, Run
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import StatementStatus, compute_statement
from services.ontzorgen.tasks.handlers import raise_tasks
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_end
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.events.envelope import WrittenEvent
from shared.identity import Role


@dataclass(slots=True)
class _Chunk:
    """What some months come to."""

    entries: EntryColumns = field(default_factory=EntryColumns)
    more: list[tuple[UUID | None, str, Booking]] = field(default_factory=list)
    facts: list[WrittenEvent] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """What the whole part comes to."""

    booked: Counter[int] = field(default_factory=Counter)
    tasks: list[tuple[UUID, Task]] = field(default_factory=list)
    ended: list[KeptMonth] = field(default_factory=list)
    deducted_cents: int = 0
    shortfalls: int = 0

    def add_steady(self, steady: steady_booking.Booked) -> None:
        """What their sums come to by the rules; the database compares it with the lines when the run is closed."""
        for booking in build_bookings(steady.statement):
            for account, cents in booking.lines:
                self.booked[account] += cents
        self.deducted_cents += steady.deducted_cents

    def count_on_commit(self, tx: Transaction, months_run: int) -> None:
        def counted() -> None:
            metrics.MONTHS_RUN.inc(months_run)
            metrics.DEDUCTED_CENTS.inc(max(self.deducted_cents, 0))
            metrics.SHORTFALLS.inc(self.shortfalls)

        count_on_commit(tx, counted)


async def release_part(run: Run, part: Part, tx: Transaction) -> tuple[int, dict[int, int]]:
    """Book and tell the months of a part; how many there are, and what was booked per account."""
    booked_on = run.released_on or run.proposed_on
    (form,) = tx.write_events(*told_of(steady_booking.example(run), run.id, run.id))
    await repository.plan_for_ranges(tx)
    steady = await steady_booking.book(tx, run, part, booked_on, form)
    found = await steady_booking.others(tx, run, part) if steady.others else []
    seen = _Seen()
    seen.add_steady(steady)

    def work(rows: Sequence[asyncpg.Record]) -> _Chunk:
        chunk = _Chunk()
        for row in rows:
            month = months.month_of_row(row)
            _book(month, row["entry_id"], chunk, seen)
            chunk.facts += tx.write_events(*told_of(month, row["person_id"], run.id))
            seen.tasks += ((month.household_id, task) for task in tasks_of(month))
            if _right_has_ended(month, row["right_until"]):
                seen.ended.append(month)
        return chunk

    async def write(chunk: _Chunk) -> None:
        await book_numbered_entries(chunk.entries, booked_on, run.id, tx)
        await book_entries(chunk.more, booked_on, run.id, tx)
        await tx.append(chunk.facts)

    await side_by_side(found, work, write)
    seen.tasks += await _without_right(seen.ended, run, tx)
    await raise_tasks(seen.tasks, booked_on, tx)
    seen.count_on_commit(tx, steady.households + len(found))
    return steady.households + len(found), dict(seen.booked)


def _book(month: KeptMonth, number: int, chunk: _Chunk, seen: _Seen) -> None:
    """The entry of the month under the number that came with its row; others get theirs when they are written."""
    made = month.statement
    for place, booking in enumerate(build_bookings(made, month.loans_cents)):
        if place == 0:
            chunk.entries.add(number, booking, month.household_id, made.month)
        else:
            chunk.more.append((month.household_id, made.month, booking))
        for account, cents in booking.lines:
            seen.booked[account] += cents
    seen.deducted_cents += month.deducted_cents
    seen.shortfalls += made.shortfall_cents > 0


def _right_has_ended(month: KeptMonth, right_until: date | None) -> bool:
    """Whether the right ends before the month does, so that the month may have been computed without knowing it."""
    made = month.statement
    return (
        right_until is not None and right_until < month_end(made.month) and made.status is not StatementStatus.NO_RIGHT
    )


async def _without_right(ended: Sequence[KeptMonth], run: Run, tx: Transaction) -> list[tuple[UUID, Task]]:
    """Money that goes out beyond a right that ended after the month was computed: what is more than is due now."""
    if not ended:
        return []
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, run.proposed_on), run.month)
    loaded = await file.situations(tx, [one.household_id for one in ended])
    now = {
        one.household.id: compute_statement(one.months.situation, rules, run.month).available_cents for one in loaded
    }
    kind, found = TaskKind.PAID_WITHOUT_RIGHT, list[tuple[UUID, Task]]()
    for one in ended:
        over_cents = one.statement.available_cents - now.get(one.household_id, 0)
        if over_cents > 0:
            made = derive_task_id(one.household_id, kind, run.month)
            found.append((one.household_id, Task(made, kind, run.month, Role.BUDGET_MANAGER, over_cents)))
    return found
