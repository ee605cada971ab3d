"""What makes a month's benefit less than its norm: income, reductions, attachments and set-offs, each from a day on.

None of it is overwritten: a version may replace an earlier one, and both stay on record. An attachment pays a creditor,
on an account that counts as a charge's does; a set-off stays with the municipality.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.creditors import BroughtBy, Creditor, PaidItem, is_new_account
from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.statement.rules.month_rules import MonthRules, PolicyTerms
from services.ontzorgen.statement.rules.situation import (
    AttachmentKind,
    AttachmentTerms,
    IncomeKind,
    IncomeTerms,
    ReductionTerms,
    Situation,
)
from services.ontzorgen.statement.rules.statement import compute_statement
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.errors.refusals import Fault, RefusedError, WrongInputError
from shared.identity import Role

DIFFERENCE_KINDS = (TaskKind.PAID_TOO_MUCH, TaskKind.PAID_TOO_LITTLE)
_ATTACHMENT = "attachment"


@dataclass(frozen=True)
class Income:
    """What comes in each month beside the benefit, of one of a couple (`payee`); a part of earnings may be exempt."""

    id: UUID
    kind: IncomeKind
    amount_cents: int
    from_day: date
    until_day: date | None = None
    exempt_percent: int = 0
    payee: str = "person"
    replaces: UUID | None = None

    @property
    def terms(self) -> IncomeTerms:
        return IncomeTerms(self.kind, self.amount_cents, self.from_day, self.until_day, self.exempt_percent, self.payee)


@dataclass(frozen=True)
class Reduction:
    """A measure (art. 18(2)): the norm is less by so many percent on these days."""

    id: UUID
    percent: int
    from_day: date
    until_day: date | None = None
    replaces: UUID | None = None

    @property
    def terms(self) -> ReductionTerms:
        return ReductionTerms(self.percent, self.from_day, self.until_day)


@dataclass(frozen=True)
class Attachment:
    """What is taken from the benefit each month, never below the protected income.

    `attachment_id` is the id of its first version, None in the first itself; `iban` None takes the creditor's own.
    """

    id: UUID
    kind: AttachmentKind
    creditor: str
    amount_cents: int
    protected_cents: int
    from_day: date
    until_day: date | None = None
    iban: str | None = None
    reference: str = ""
    replaces: UUID | None = None
    attachment_id: UUID | None = None
    needs_confirmation: bool = False

    @property
    def root_id(self) -> UUID:
        """The id that all its versions share."""
        return self.attachment_id or self.id

    @property
    def key(self) -> str:
        """Its key in statements, the same for all its versions; ends in `root_id`."""
        return build_attachment_key(self.root_id)

    @property
    def terms(self) -> AttachmentTerms:
        return AttachmentTerms(
            self.key,
            self.kind,
            self.creditor,
            self.amount_cents,
            self.protected_cents,
            self.from_day,
            self.until_day,
        )


def build_attachment_key(root_id: UUID) -> str:
    """Return the key of an attachment in statements."""
    return f"{_ATTACHMENT}/{root_id}"


class Dated(Protocol):
    """Something that holds from a day until another; None is open."""

    @property
    def from_day(self) -> date: ...
    @property
    def until_day(self) -> date | None: ...


def check_days(dated: Dated) -> None:
    """Refuse what ends before it begins."""
    if dated.until_day is not None and dated.until_day < dated.from_day:
        sentence = "This ends before it begins: give a later last day or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))


def check_exemption(income: Income) -> None:
    """Refuse an exemption of what is not earned: only earnings have one (art. 31(2)(n))."""
    if income.exempt_percent and income.kind is not IncomeKind.EARNINGS:
        sentence = "Only earnings from work are exempt for a part (art. 31(2)(n)): leave the percentage out."
        raise WrongInputError(Fault("exempt_percent", "not_earned", sentence))


def prepare_attachment(
    attachment: Attachment, previous: Attachment | None, creditor: Creditor | None, confirmed: Collection[BroughtBy]
) -> Attachment:
    """Return the attachment to record; `previous` is the version that it replaces, `creditor` that on the register.

    An account other than a confirmed one of these must be confirmed by someone else; `confirmed` are those of them.
    WrongInputError if there is none at all, or if the version is of another creditor than the previous one.
    """
    if previous is not None:
        if (previous.kind, previous.creditor) != (attachment.kind, attachment.creditor):
            sentence = "This was of another creditor or kind: end it, and enter the other one as new."
            raise WrongInputError(Fault("replaces", "another_attachment", sentence))
        attachment = replace(attachment, attachment_id=previous.root_id)
    if attachment.kind is AttachmentKind.SET_OFF:
        if attachment.iban is not None:
            sentence = "A set-off stays with the municipality and is paid to nobody: leave the account out."
            raise WrongInputError(Fault("iban", "not_paid", sentence))
        return attachment
    if attachment.iban is None and creditor is None:
        sentence = "This creditor is not on the register: give its IBAN, or register it first."
        raise WrongInputError(Fault("iban", "iban_missing", sentence))
    stays = (
        previous is not None
        and previous.iban == attachment.iban
        and BroughtBy(PaidItem.ATTACHMENT, previous.id) in confirmed
    )
    is_on_register = creditor is not None and BroughtBy(PaidItem.CREDITOR, creditor.id) in confirmed
    is_new = is_new_account(attachment.iban, creditor, is_confirmed=is_on_register)
    return replace(attachment, needs_confirmation=is_new and not stays)


def compare_months(
    before: Situation, after: Situation, law: Law, policies: Sequence[tuple[str, PolicyTerms]]
) -> list[tuple[str, int]]:
    """Return the months in which something else is left of the benefit than before, by how many cents.

    `policies` has the months that were run, each with the policy of that month.
    """
    differences = []
    for month, policy in policies:
        rules = MonthRules.resolve(law, policy, month)
        try:
            cents = _compute_benefit_cents(after, rules) - _compute_benefit_cents(before, rules)
        except RefusedError:
            continue  # a month that cannot be computed has a task of its own
        if cents:
            differences.append((month, cents))
    return differences


def list_difference_tasks(version_id: UUID, differences: Sequence[tuple[str, int]]) -> Iterator[Task]:
    """Yield a task for what months that were run paid too much, and one for what they paid too little."""
    too_much = [(month, -cents) for month, cents in differences if cents < 0]
    too_little = [(month, cents) for month, cents in differences if cents > 0]
    for kind, months in zip(DIFFERENCE_KINDS, (too_much, too_little), strict=True):
        if months:
            amount_cents = sum(cents for _, cents in months)
            yield Task(uuid5(version_id, kind), kind, months[0][0], Role.BUDGET_MANAGER, amount_cents)


def _compute_benefit_cents(situation: Situation, rules: MonthRules) -> int:
    month = compute_statement(situation, rules, rules.month)
    return month.payable_cents - month.attachment_cents
