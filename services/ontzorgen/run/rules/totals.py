"""The sums of a run: how many households, what is withheld, paid, set off and still short."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Totals:
    """The sums of the months of a run, or of a part of it. `attachment_cents` is what attaching creditors get."""

    households: int = 0
    norm_cents: int = 0
    deducted_cents: int = 0
    remainder_cents: int = 0
    shortfall_cents: int = 0
    correction_cents: int = 0
    payments: int = 0
    attachment_cents: int = 0
    set_off_cents: int = 0
    holiday_paid_cents: int = 0
    holiday_handed_over_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Everything that is paid, to creditors and persons."""
        return self.deducted_cents + self.remainder_cents + self.attachment_cents + self.holiday_paid_cents
