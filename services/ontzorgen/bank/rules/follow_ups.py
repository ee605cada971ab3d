"""What the bank's answers leave for a person: tasks of the budget manager, each with an id derived from its cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.matching import Match, Outcome, Sent
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED, Refusal
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_of
from shared.identity import Role


@dataclass(frozen=True, slots=True)
class Difference:
    """A payment of which a statement says something else than what was instructed; `cents` is what it says."""

    instruction_id: UUID
    cents: int
    booked_on: date


@dataclass(frozen=True, slots=True)
class PartialBatch:
    """A batch that was booked as one with another amount than its payments: of no household in particular."""

    entry_no: int
    cents: int
    booked_on: date


@dataclass(frozen=True, slots=True)
class StatementFollowUp:
    """What somebody has to look at after some entries of a statement, and what came back and is refused."""

    refusals: Sequence[Refusal]
    differences: Sequence[Difference]
    partial_batches: Sequence[PartialBatch]


def build_task(origin: UUID, kind: TaskKind, month: str, cents: int) -> Task:
    """Return a task for the budget manager that is about one payment or household."""
    return Task(derive_task_id(origin, kind, month), kind, month, Role.BUDGET_MANAGER, cents)


def build_shared_task(municipality: str, origin: str, cents: int, on: date) -> Task:
    """Return a task that is about several payments: a batch booked with another amount, a repeat that was refused."""
    task_id = uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen bank {municipality} {origin}")
    return Task(task_id, TaskKind.PAYMENT_DIFFERS, month_of(on), Role.BUDGET_MANAGER, abs(cents))


def list_refusal_task_ids(replacements: Sequence[Instruction]) -> list[UUID]:
    """Return the ids of the tasks about the payments that these replace."""
    return [
        derive_task_id(replacement.replaces, TaskKind.PAYMENT_REFUSED, replacement.month)
        for replacement in replacements
        if replacement.replaces is not None
    ]


def list_paid_ids(matches: Sequence[Match]) -> list[UUID]:
    """Return the payments that these pay in full."""
    return [match.sent_id for match in matches if match.is_paid and match.sent_id is not None]


def follow_up(
    entries: Sequence[Entry], matches: Sequence[Match], sent_by_id: Mapping[UUID, Sent], refused_before: Sequence[UUID]
) -> StatementFollowUp:
    """Return what follows from matched entries.

    What came back in full is refused. A person looks at what is ours with another amount, at what was paid twice, and
    at `refused_before`: what was paid although a status report had refused it.
    """
    days = {entry.number: entry.booked_on for entry in entries}
    paid = {match.sent_id: match for match in matches if match.is_paid and match.sent_id is not None}
    differences = {
        sent_id: Difference(sent_id, abs(paid[sent_id].amount_cents), days[paid[sent_id].number])
        for sent_id in refused_before
    }
    refusals: list[Refusal] = []
    partial_batches: list[PartialBatch] = []
    for match in matches:
        if match.is_paid:
            continue
        day = days[match.number]
        if match.sent_id is None:
            if match.outcome is Outcome.PART:
                partial_batches.append(PartialBatch(match.number, match.amount_cents, day))
        elif match.outcome is Outcome.RETURNED and match.amount_cents == sent_by_id[match.sent_id].amount_cents:
            refusals.append(Refusal(match.sent_id, match.return_code or UNEXPLAINED, day))
        else:
            differences[match.sent_id] = Difference(match.sent_id, abs(match.amount_cents), day)
    return StatementFollowUp(refusals, list(differences.values()), partial_batches)
