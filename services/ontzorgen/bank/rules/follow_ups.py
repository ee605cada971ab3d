"""What the bank's answers leave for a person: tasks of the budget manager, each with an id derived from its cause.

What was paid is what left the account less what came back: a debit that the bank made twice and reversed was paid once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.matching import Match, Sent
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED, Refusal
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_of
from shared.identity import Role


class DifferenceKind(StrEnum):
    """How the account differs from what was instructed."""

    ANOTHER_AMOUNT = "another_amount"
    PAID_TWICE = "paid_twice"
    PAID_AFTER_ALL = "paid_after_all"
    PAID_ANEW_TOO = "paid_anew_too"
    TOO_MUCH_BACK = "too_much_back"


_DIFFERENCES = {
    DifferenceKind.ANOTHER_AMOUNT: (
        "The bank moved another amount for this payment than was instructed: ask the bank why, and whether the rest "
        "follows."
    ),
    DifferenceKind.PAID_TWICE: (
        "The bank debited more for this payment than was instructed: ask the bank to reverse what is too much. This "
        "task completes by itself once a statement shows the reversal."
    ),
    DifferenceKind.PAID_AFTER_ALL: (
        "The bank paid what it had refused or given back, so it must not be paid anew: ask the bank whether the payee "
        "has the money."
    ),
    DifferenceKind.PAID_ANEW_TOO: (
        "The bank paid what it had refused or given back, and it was paid anew since: ask the payee to send one of the "
        "two back."
    ),
    DifferenceKind.TOO_MUCH_BACK: "More came back for this payment than had left: ask the bank what the money is.",
}
ACCOUNT_MISSING = (
    "This money waits for an account that a second person confirmed: enter the account if there is none, and let a "
    "budget manager other than whoever entered it confirm it; then have the files of the run made again."
)
PARTIAL_BATCH = (
    "The bank booked payments of one batch as one amount that does not fit them: ask the bank for a statement with the "
    "payments in it, or which of them it made."
)
UNCLEAR_ENTRY = (
    "An entry with payments of ours moved this much besides them, such as charges of the bank: look at the entry in "
    "the bank's own view, and book the charges or ask the bank what it is."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A payment of which a statement says something else than what was instructed; `cents` is what it says."""

    instruction_id: UUID
    cents: int
    booked_on: date
    kind: DifferenceKind = DifferenceKind.ANOTHER_AMOUNT

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do about it."""
        return _DIFFERENCES[self.kind]


@dataclass(frozen=True, slots=True)
class BatchDifference:
    """A batch or file that entries named whose payments they do not fit; `cents` is what they moved in all."""

    batch_id: str
    cents: int
    booked_on: date


@dataclass(frozen=True, slots=True)
class UnclearPart:
    """What an entry leaves unexplained beside payments of ours."""

    entry_no: int
    cents: int
    booked_on: date


@dataclass(frozen=True, slots=True)
class StatementFollowUp:
    """What somebody has to look at after some entries of a statement, what is refused, and what is settled by now."""

    refusals: Sequence[Refusal]
    differences: Sequence[Difference]
    settled_ids: Sequence[UUID]
    batches: Sequence[BatchDifference]
    unclear: Sequence[UnclearPart]


def build_task(origin: UUID, kind: TaskKind, month: str, cents: int, sentence: str | None = None) -> Task:
    """Return a task for the budget manager that is about one payment or household."""
    return Task(derive_task_id(origin, kind, month), kind, month, Role.BUDGET_MANAGER, cents, sentence=sentence)


def build_shared_task(
    municipality: str,
    origin: str,
    cents: int,
    on: date,
    kind: TaskKind = TaskKind.PAYMENT_DIFFERS,
    sentence: str | None = None,
) -> Task:
    """Return a task that is about several payments or none: a batch with another amount, a repeat that was refused."""
    task_id = derive_shared_id(municipality, origin)
    return Task(task_id, kind, month_of(on), Role.BUDGET_MANAGER, abs(cents), sentence=sentence)


def derive_shared_id(municipality: str, origin: str) -> UUID:
    """Return the id of the task that has this cause."""
    return uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen bank {municipality} {origin}")


def list_refusal_task_ids(replacements: Sequence[Instruction]) -> list[UUID]:
    """Return the ids of the tasks about the payments that these replace."""
    return [
        derive_task_id(replacement.replaces, TaskKind.PAYMENT_REFUSED, replacement.month)
        for replacement in replacements
        if replacement.replaces is not None
    ]


def follow_up(
    entries: Sequence[Entry],
    matches: Sequence[Match],
    sent_by_id: Mapping[UUID, Sent],
    unmatched_cents: Mapping[str, int],
) -> StatementFollowUp:
    """Return what follows from matched entries, in their order.

    What came back in full is refused. A person looks at what is ours with another amount, at what was paid twice, at
    what was paid although it was refused, and at what an entry leaves unexplained. `unmatched_cents` is what earlier
    entries moved by the batch that they named.
    """
    by_number = {entry.number: entry for entry in entries}
    accounts: dict[UUID, _PaymentAccount] = {}
    reversed_last: dict[UUID, Match] = {}
    batches, batch_days = Counter(unmatched_cents), dict[str, date]()
    unclear: dict[int, UnclearPart] = {}
    for match in matches:
        entry = by_number[match.number]
        if match.is_unclear:
            before_cents = unclear[match.number].cents if match.number in unclear else 0
            unclear[match.number] = UnclearPart(match.number, before_cents + match.amount_cents, entry.booked_on)
        if match.batch_id:
            batches[match.batch_id] += match.amount_cents
            batch_days[match.batch_id] = entry.booked_on
        if match.sent_id is None:
            continue
        account = accounts.get(match.sent_id) or _open_account(sent_by_id[match.sent_id])
        accounts[match.sent_id] = account
        account.book(match)
        if entry.is_reversal and not match.return_code and match.amount_cents > 0:
            reversed_last[match.sent_id] = match  # the debit that it reverses may stand further down
        else:
            account.judge(match, entry.booked_on)
    for sent_id, match in reversed_last.items():
        accounts[sent_id].judge(match, by_number[match.number].booked_on)
    return StatementFollowUp(
        [account.refusal for account in accounts.values() if account.refusal is not None],
        [account.difference for account in accounts.values() if account.difference is not None],
        [sent_id for sent_id, account in accounts.items() if account.is_settled],
        [BatchDifference(batch_id, batches[batch_id], day) for batch_id, day in batch_days.items()],
        [*unclear.values()],
    )


@dataclass(slots=True)
class _PaymentAccount:
    """What left for one payment and what came back, with what follows from it so far."""

    sent: Sent
    debited_cents: int
    credited_cents: int
    is_refused: bool
    refusal: Refusal | None = None
    difference: Difference | None = None
    is_settled: bool = field(default=False)

    def book(self, match: Match) -> None:
        self.is_settled = self.debited_cents + self.credited_cents > 0  # something may be open of it
        if match.amount_cents < 0:
            self.debited_cents -= match.amount_cents
        else:
            self.credited_cents += match.amount_cents

    def judge(self, match: Match, on: date) -> None:
        """Decide what follows now that this was booked."""
        if self._came_back and not self.is_refused:
            self.refusal = Refusal(self.sent.id, match.return_code or UNEXPLAINED, on)
            self.is_refused = True
        kind = self._find_difference()
        self.difference = None
        if kind is not None:
            self.is_settled = False
            self.difference = Difference(self.sent.id, abs(match.amount_cents), on, kind)

    @property
    def _came_back(self) -> bool:
        """Whether all of it came back. A part that comes back before the debit was read says nothing yet."""
        if not self.credited_cents or self.debited_cents > self.credited_cents:
            return False
        return self.debited_cents > 0 or self.credited_cents >= self.sent.amount_cents

    def _find_difference(self) -> DifferenceKind | None:
        paid_cents = self.debited_cents - self.credited_cents
        if self.is_refused:
            if paid_cents > 0:
                return DifferenceKind.PAID_ANEW_TOO if self.sent.is_replaced else DifferenceKind.PAID_AFTER_ALL
            expected_cents = 0 if self.debited_cents else -self.sent.amount_cents
            is_expected = paid_cents in (0, expected_cents)
            return None if is_expected else DifferenceKind.TOO_MUCH_BACK
        if paid_cents == self.sent.amount_cents:
            return None
        return DifferenceKind.PAID_TWICE if paid_cents > self.sent.amount_cents else DifferenceKind.ANOTHER_AMOUNT


def _open_account(sent: Sent) -> _PaymentAccount:
    return _PaymentAccount(sent, sent.debited_cents, sent.credited_cents, sent.is_refused)
