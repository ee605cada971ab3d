"""What a short month left unpaid and a later month pays: each part of a charge once, by the order of payment.

The creditor still waits for it when a shortfall is resolved with money, or with a month whose own money pays it.
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
    """What of one charge, asked for `for_month`, the money of `unpaid_in` did not reach, and in which month it is paid.

    `charge_id` is the id by which the charge stays known through its versions.
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


def unpaid_charges(
    household_id: UUID,
    charges: Sequence[ChargeMonth],
    corrections: Sequence[Correction],
    order: Sequence[ChargeKind],
    *,
    unpaid_in: str,
    month: str,
    cents_max: int | None,
) -> list[UnpaidCharge]:
    """What a statement left unpaid, to be paid in `month`; at most `cents_max` together, None for all of it."""
    open_cents: defaultdict[tuple[int, str, str, UUID], int] = defaultdict(int)
    asked: list[tuple[ChargeMonth | Correction, int]] = [(one, one.unpaid_cents) for one in charges]
    asked += [(one, one.cents - one.paid_cents) for one in corrections]
    for one, cents in asked:
        open_cents[order.index(one.kind), one.for_month, one.creditor, charge_id_of(one.key)] += cents
    found = []
    left_cents = sum(open_cents.values()) if cents_max is None else cents_max
    for (rank, for_month, creditor, charge_id), cents in sorted(open_cents.items()):
        taken_cents = min(cents, left_cents)
        left_cents -= taken_cents
        if taken_cents:
            made = uuid5(household_id, f"unpaid {unpaid_in} {charge_id} {for_month}")
            found.append(UnpaidCharge(made, charge_id, order[rank], creditor, for_month, unpaid_in, month, taken_cents))
    return found
