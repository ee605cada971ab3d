"""How a supplier's guarantee of payment stands: only the months it is about, and the largest shortfall first."""

from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.supplier_discounts import DiscountAgreement, DiscountEnding, DiscountView
from services.ontzorgen.run.rules.guarantees import (
    Guarantee,
    GuaranteedMonth,
    GuaranteeShortfall,
    assess_guarantee,
)
from shared.events.codes import ChargeKind

AGREEMENT = DiscountAgreement(UUID(int=1), "vattenfall", ChargeKind.ENERGY, 5, 6, date(2026, 3, 1))
UNTIL_MAY = DiscountView(AGREEMENT, DiscountEnding(AGREEMENT.id, date(2026, 5, 31)))
BEFORE = GuaranteedMonth("2026-02", 3, 30_000, 0, 0)
MARCH = GuaranteedMonth("2026-03", 3, 30_000, 30_000, 0)
APRIL = GuaranteedMonth("2026-04", 3, 30_000, 20_000, 10_000)
MAY = GuaranteedMonth("2026-05", 4, 40_000, 30_000, 4_000)
AFTER = GuaranteedMonth("2026-06", 4, 40_000, 0, 0)


def short(household: int, month: str, cents: int) -> GuaranteeShortfall:
    return GuaranteeShortfall(UUID(int=household), month, cents)


def test_it_is_about_its_own_months_in_order_and_the_largest_oldest_shortfall_comes_first() -> None:
    largest, older, low, high = (
        short(9, "2026-05", 3_000),
        short(8, "2026-04", 1_500),
        short(1, "2026-05", 1_500),
        short(2, "2026-05", 1_500),
    )
    outside = (short(1, "2026-02", 9_000), short(1, "2026-06", 9_000))
    guarantee = assess_guarantee(UNTIL_MAY, [AFTER, MAY, BEFORE, APRIL, MARCH], [*outside, high, low, older, largest])
    assert guarantee == Guarantee(UNTIL_MAY, (MARCH, APRIL, MAY), (largest, older, low, high))
    assert (guarantee.months_kept, guarantee.unpaid_cents) == (2, 6_000)
