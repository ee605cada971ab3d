"""Loans of a household (furnishing, bridging, advance): how they are to be repaid, and what was repaid.

Repaying a loan is not a payment under art. 56a: it has its own register, lowers what the person receives only where the
person agreed, and never exceeds what is left of the loan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.calendar import next_month
from shared.errors.refusals import ConflictError, Fault, refuse_if_any, require_same_content

LOAN_KINDS = (GrantKind.FURNISHING_CREDIT, GrantKind.BRIDGING, GrantKind.ADVANCE)
SCHEDULE_MONTHS_MAX = 120


@dataclass(frozen=True)
class Repayment:
    """A repaid part of a loan; `left_cents` is what was left of the loan afterwards."""

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
    """A loan with its repayments."""

    grant: Grant
    repayments: tuple[Repayment, ...]

    @property
    def left_cents(self) -> int:
        return self.grant.amount_cents - sum(repayment.amount_cents for repayment in self.repayments)

    @property
    def schedule(self) -> tuple[Instalment, ...]:
        return tuple(_schedule_instalments(self.grant))


def check_grant(grant: Grant) -> None:
    """Refuse a gift or a loan that is wrong; WrongInputError has every fault."""
    refuse_if_any(list(_find_faults(grant)))


def repay(loan: Loan, repayment: Repayment) -> tuple[Repayment, bool]:
    """Return the repayment to record, and whether it is new."""
    for recorded in loan.repayments:
        if recorded.id == repayment.id:
            return require_same_content(recorded, repayment), False
    grant = loan.grant
    if repayment.from_remainder and (grant.agreed_on is None or grant.agreed_on > repayment.paid_on):
        raise ConflictError(
            "repayment_not_agreed",
            "The person had not agreed to repay from the remainder: record the agreement first, or give another "
            "source.",
        )
    if repayment.amount_cents > loan.left_cents:
        raise ConflictError(
            "more_than_loan_left", f"Only {loan.left_cents} cents of this loan are left: give no more than that."
        )
    left_cents = loan.left_cents - repayment.amount_cents
    number = len(loan.repayments) + 1
    return replace(repayment, loan_id=grant.id, left_cents=left_cents, repayment_no=number), True


def refuse_replacing(loan: Loan) -> None:
    """Refuse to replace a loan of which something was repaid: the repayments belong to it."""
    if loan.repayments:
        raise ConflictError("loan_partly_repaid", "Part of this loan is repaid already: enter a new loan beside it.")


def list_loans(grants: Sequence[Grant], repayments: Sequence[Repayment]) -> tuple[Loan, ...]:
    """Return every loan among the grants with its repayments in order."""
    return tuple(
        Loan(grant, tuple(repayment for repayment in repayments if repayment.loan_id == grant.id))
        for grant in grants
        if grant.form is GrantForm.LOAN
    )


def _schedule_instalments(grant: Grant) -> Iterator[Instalment]:
    """Yield the same amount each month, and in the last month what is left."""
    month, left_cents = grant.repay_from, grant.amount_cents
    while month is not None and grant.repay_cents and left_cents > 0:
        yield Instalment(month, min(grant.repay_cents, left_cents))
        left_cents -= grant.repay_cents
        month = next_month(month)


def _find_faults(grant: Grant) -> Iterator[Fault]:
    is_loan = grant.form is GrantForm.LOAN
    if is_loan and grant.kind not in LOAN_KINDS:
        names = ", ".join(LOAN_KINDS)
        yield Fault("kind", "no_loan", f"Only {names} can be a loan: give gift as form, or another kind.")
    for name in ("repay_from", "repay_cents"):
        if is_loan and getattr(grant, name) is None:
            sentence = "A loan needs the first month and the monthly amount of its repayment: add this."
            yield Fault(name, "schedule_missing", sentence)
        if not is_loan and getattr(grant, name) is not None:
            yield Fault(name, "gift_repaid", "A gift is not repaid: leave this out, or give loan as form.")
    if is_loan and grant.repay_cents and grant.amount_cents > grant.repay_cents * SCHEDULE_MONTHS_MAX:
        sentence = f"This takes more than {SCHEDULE_MONTHS_MAX} months to repay: give a higher monthly amount."
        yield Fault("repay_cents", "too_slow", sentence)
    if is_loan and grant.repay_from is not None and grant.repay_from < grant.month:
        yield Fault(
            "repay_from", "before_the_loan", "The repayment begins before the loan is given: give a later month."
        )
