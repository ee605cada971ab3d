"""What neighbourhood mothers are paid: their minutes times the fee of the policy, each piece of work once.

A payment is recorded here and paid by the municipality's own administration: nothing of it is a household's money, so
the ledger of households has no part in it. Work that is recorded late comes with the next payment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.rules.neighbourhood_mothers import Engagement, MotherEngagement
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.calendar import month_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError

_MINUTES_IN_HOUR = 60


@dataclass(frozen=True)
class MotherPayment:
    """What a guide is paid for all work until the end of a month that was not paid before."""

    id: UUID
    mother_id: UUID
    month: str
    paid_on: date
    minutes: int = 0
    fee_cents_per_hour: int = 0
    amount_cents: int = 0


@dataclass(frozen=True)
class WorkTotal:
    """All work of one kind in a period: how much of it is paid."""

    engagement: Engagement
    minutes: int
    paid_minutes: int


def compute_amount_cents(minutes: int, fee_cents_per_hour: int) -> int:
    """Return what so many minutes are paid, rounded once, half a cent up."""
    return (2 * minutes * fee_cents_per_hour + _MINUTES_IN_HOUR) // (2 * _MINUTES_IN_HOUR)


def select_payable(engagements: Iterable[MotherEngagement], month: str) -> list[MotherEngagement]:
    """Return the unpaid work until the end of a month."""
    return [engagement for engagement in engagements if engagement.on_day <= month_end(month)]


def pay(
    payment: MotherPayment, unpaid: Sequence[MotherEngagement], policy: IndependencePolicy
) -> tuple[MotherPayment, list[MotherEngagement]]:
    """Return the payment with its amount, and the work that it pays."""
    fee_cents = policy.mother_fee_cents_per_hour
    if not fee_cents:
        raise ConflictError(
            "fee_not_in_policy",
            "The policy of this municipality has no fee for neighbourhood mothers: enter it there first.",
        )
    if payment.paid_on <= month_end(payment.month):
        sentence = f"The month ends on {month_end(payment.month)}: pay it after that, when all work is recorded."
        raise WrongInputError(Fault("paid_on", "month_not_over", sentence))
    payable = select_payable(unpaid, payment.month)
    if not payable:
        raise ConflictError(
            "work_already_paid", "All work until the end of this month is paid already: record what is missing first."
        )
    minutes = sum(engagement.minutes for engagement in payable)
    amount_cents = compute_amount_cents(minutes, fee_cents)
    return (
        MotherPayment(payment.id, payment.mother_id, payment.month, payment.paid_on, minutes, fee_cents, amount_cents),
        payable,
    )
