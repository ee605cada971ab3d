"""What a month with a shortfall left unpaid and a later month pays: each part of a charge once, in order of payment.

It is still due when a shortfall is resolved with a grant, or with a later month whose own money pays it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.charges import charge_id_of, charge_key
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.situation import UnpaidTerms
from shared.events.codes import ChargeKind


@dataclass(frozen=True)
class UnpaidCharge:
    """The part of a charge for `for_month` that was left unpaid in `unpaid_in` and is paid in `month`.

    `charge_id` is the id that all versions of the charge share.
    """

    id: UUID
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: str
    unpaid_in: str
    month: str
    amount_cents: int

    @property
    def terms(self) -> UnpaidTerms:
        key = charge_key(self.creditor, self.kind, self.charge_id)
        return UnpaidTerms(key, self.kind, self.creditor, self.for_month, self.unpaid_in, self.month, self.amount_cents)


def list_unpaid_charges(
    household_id: UUID,
    charges: Sequence[ChargeMonth],
    corrections: Sequence[Correction],
    order: Sequence[ChargeKind],
    *,
    unpaid_in: str,
    month: str,
    cents_max: int | None,
) -> list[UnpaidCharge]:
    """Return what a statement left unpaid, to be paid in `month`: at most `cents_max` in all, or all of it if None."""
    open_cents: defaultdict[tuple[int, str, str, UUID], int] = defaultdict(int)
    lines: list[tuple[ChargeMonth | Correction, int]] = [(charge, charge.unpaid_cents) for charge in charges]
    lines += [(correction, correction.cents - correction.paid_cents) for correction in corrections]
    for line, cents in lines:
        open_cents[order.index(line.kind), line.for_month, line.creditor, charge_id_of(line.key)] += cents
    unpaid = []
    left_cents = sum(open_cents.values()) if cents_max is None else cents_max
    for (rank, for_month, creditor, charge_id), cents in sorted(open_cents.items()):
        amount_cents = min(cents, left_cents)
        left_cents -= amount_cents
        if amount_cents:
            unpaid.append(
                UnpaidCharge(
                    id=uuid5(household_id, f"unpaid {unpaid_in} {charge_id} {for_month}"),
                    charge_id=charge_id,
                    kind=order[rank],
                    creditor=creditor,
                    for_month=for_month,
                    unpaid_in=unpaid_in,
                    month=month,
                    amount_cents=amount_cents,
                )
            )
    return unpaid
