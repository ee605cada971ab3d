"""Discounts that suppliers give for the certainty of being paid (vastelastenpakket)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import ChargeKind


@dataclass(frozen=True)
class DiscountAgreement:
    """A creditor gives a discount for the certainty of being paid."""

    id: UUID
    creditor: str
    kind: ChargeKind
    discount_percent: int
    guaranteed_months: int
    from_day: date
    until_day: date | None = None


def check_agreement(existing: Sequence[DiscountAgreement], agreement: DiscountAgreement) -> None:
    """Refuse an agreement that ends before it begins, or overlaps one with this creditor for this kind."""
    if agreement.until_day is not None and agreement.until_day < agreement.from_day:
        sentence = "The agreement ends before it begins: give a later last day or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    for other in existing:
        if (other.creditor, other.kind) == (agreement.creditor, agreement.kind) and _overlaps(other, agreement):
            until = other.until_day or "further notice"
            raise ConflictError(f"There is an agreement from {other.from_day} until {until}: give days outside it.")


def _overlaps(first: DiscountAgreement, second: DiscountAgreement) -> bool:
    return first.from_day <= (second.until_day or date.max) and second.from_day <= (first.until_day or date.max)
