"""The guarantee of payment that a supplier's discount rests on: which months kept it, and what is short."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.rules.supplier_discounts import DiscountView


@dataclass(frozen=True, slots=True)
class GuaranteedMonth:
    """What a supplier was due for a month, over all households; `paid_later_cents` is what later months paid of it."""

    month: str
    households: int
    due_cents: int
    paid_cents: int
    paid_later_cents: int

    @property
    def unpaid_cents(self) -> int:
        return self.due_cents - self.paid_cents - self.paid_later_cents

    @property
    def is_kept(self) -> bool:
        """Whether nothing of it is left unpaid."""
        return self.unpaid_cents == 0


@dataclass(frozen=True, slots=True)
class GuaranteeShortfall:
    """What a household left unpaid to a supplier for a month, and no later month has paid."""

    household_id: UUID
    month: str
    unpaid_cents: int


@dataclass(frozen=True, slots=True)
class Guarantee:
    """How the guarantee of an agreement stands: its months of payment, and its shortfalls, the largest first."""

    view: DiscountView
    months: tuple[GuaranteedMonth, ...]
    shortfalls: tuple[GuaranteeShortfall, ...]

    @property
    def months_kept(self) -> int:
        return sum(month.is_kept for month in self.months)

    @property
    def unpaid_cents(self) -> int:
        return sum(month.unpaid_cents for month in self.months)


def assess_guarantee(
    view: DiscountView, months: Iterable[GuaranteedMonth], shortfalls: Iterable[GuaranteeShortfall]
) -> Guarantee:
    """Return how a guarantee stands in the months that it is about."""
    within = sorted((month for month in months if view.guarantees(month.month)), key=lambda month: month.month)
    short = [shortfall for shortfall in shortfalls if view.guarantees(shortfall.month)]
    short.sort(key=lambda shortfall: (-shortfall.unpaid_cents, shortfall.month, shortfall.household_id))
    return Guarantee(view, tuple(within), tuple(short))
