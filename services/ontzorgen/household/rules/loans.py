"""Loans of a household (furnishing, bridging, advance): how they are to be repaid, and what was repaid.

Repaying a loan is no payment of art. 56a: it is on a register of its own, lowers what the person has only where the
person agreed, and never makes the loan less than nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.calendar import next_month
from shared.errors.refusals import ConflictError, Fault, refuse_if_any, repeated

LOAN_KINDS = (GrantKind.FURNISHING_CREDIT, GrantKind.BRIDGING, GrantKind.ADVANCE)
SCHEDULE_MONTHS_MAX = 120


@dataclass(frozen=True)
class Repayment:
    """A part of a loan that was repaid; `left_cents` is what was left of it then."""

    id: UUID
    loan_id: UUID
    paid_on: date
    amount_cents: int
    from_remainder: bool = False
    left_cents: int = 0
    repayment_no: int = 0


@dataclass(frozen=True)
class Instalment:
    """What is to be repaid in a month."""

    month: str
    amount_cents: int


@dataclass(frozen=True)
class Loan:
    """A loan with its register."""

    grant: Grant
    repayments: tuple[Repayment, ...]

    @property
    def left_cents(self) -> int:
        return self.grant.amount_cents - sum(one.amount_cents for one in self.repayments)

    @property
    def schedule(self) -> tuple[Instalment, ...]:
        return tuple(_schedule(self.grant))


def check_grant(grant: Grant) -> None:
    """WrongInputError with every fault of a gift or a loan."""
    refuse_if_any(list(_faults(grant)))


def repay(loan: Loan, asked: Repayment) -> tuple[Repayment, bool]:
    """The repayment as it is recorded, and whether it is new."""
    for known in loan.repayments:
        if known.id == asked.id:
            return repeated(known, asked), False
    grant = loan.grant
    if asked.from_remainder and (grant.agreed_on is None or grant.agreed_on > asked.paid_on):
        raise ConflictError(
            "The person had not agreed to repay from the remainder: record the agreement first, or another source."
        )
    if asked.amount_cents > loan.left_cents:
        raise ConflictError(f"Only {loan.left_cents} cents of this loan are left: give no more than that.")
    number = len(loan.repayments) + 1
    left = loan.left_cents - asked.amount_cents
    return Repayment(asked.id, grant.id, asked.paid_on, asked.amount_cents, asked.from_remainder, left, number), True


def refuse_replacing(loan: Loan) -> None:
    """A loan of which something was repaid is not replaced: what was repaid belongs to it."""
    if loan.repayments:
        raise ConflictError("Something was repaid of this loan already: enter a new loan beside it.")


def loans(grants: Sequence[Grant], repayments: Sequence[Repayment]) -> tuple[Loan, ...]:
    """Every loan among the grants, with what was repaid of it in order."""
    return tuple(
        Loan(grant, tuple(one for one in repayments if one.loan_id == grant.id))
        for grant in grants
        if grant.form is GrantForm.LOAN
    )


def _schedule(grant: Grant) -> Iterator[Instalment]:
    """The same amount each month, the last one what is left."""
    month, left = grant.repay_from, grant.amount_cents
    while month is not None and grant.repay_cents and left > 0:
        yield Instalment(month, min(grant.repay_cents, left))
        left -= grant.repay_cents
        month = next_month(month)


def _faults(grant: Grant) -> Iterator[Fault]:
    is_loan = grant.form is GrantForm.LOAN
    if is_loan and grant.kind not in LOAN_KINDS:
        names = ", ".join(LOAN_KINDS)
        yield Fault("kind", "no_loan", f"Only {names} can be a loan: say that it is a gift, or give another kind.")
    for name in ("repay_from", "repay_cents"):
        if is_loan and getattr(grant, name) is None:
            sentence = "A loan says from when and with how much a month it is repaid: add it."
            yield Fault(name, "schedule_missing", sentence)
        if not is_loan and getattr(grant, name) is not None:
            yield Fault(name, "gift_repaid", "A gift is not repaid: leave this out, or say that it is a loan.")
    if is_loan and grant.repay_cents and grant.amount_cents > grant.repay_cents * SCHEDULE_MONTHS_MAX:
        sentence = f"This takes more than {SCHEDULE_MONTHS_MAX} months to repay: give more a month."
        yield Fault("repay_cents", "too_slow", sentence)
    if is_loan and grant.repay_from is not None and grant.repay_from < grant.month:
        yield Fault("repay_from", "before_the_loan", "It is repaid before it is given: give a later month.")
