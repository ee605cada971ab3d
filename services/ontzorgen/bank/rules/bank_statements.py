"""A statement of the bank as plain values: its head with the balances, its entries, and the payments in them.

Amounts are signed cents from the account's side: what leaves it is negative.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.ontzorgen.bank.rules.messages import NOT_PROVIDED, ForeignFileError
from shared.errors.refusals import ConflictError


class Detail(NamedTuple):
    """One payment inside an entry. A tuple, as there are many: a frozen dataclass takes three times as long to make."""

    amount_cents: int | None
    end_to_end_id: str
    reference: str
    return_code: str


class Entry(NamedTuple):
    """One booking. `batch_id` is our PmtInfId where the bank books a batch; `details` may be empty then."""

    number: int
    reference: str
    booked_on: date
    amount_cents: int
    batch_id: str
    details: tuple[Detail, ...]

    @property
    def is_batch(self) -> bool:
        """Whether it books a batch as one: no payment in it is named, or one that names the batch alone."""
        if not self.batch_id or len(self.details) > 1:
            return False
        return all(detail.end_to_end_id in NOT_PROVIDED and not detail.return_code for detail in self.details)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What a statement opens with. Balances are signed cents."""

    number: int
    id: str
    iban: str
    currency: str
    opening_cents: int
    closing_cents: int


def require_own_account(head: StatementHead, ibans: Collection[str]) -> None:
    """ForeignFileError unless the statement is of one of the municipality's accounts."""
    if head.iban not in ibans:
        raise ForeignFileError("This statement is of an account that is not this municipality's: send your own.")


def require_same_balances(head: StatementHead, opening_cents: int, closing_cents: int) -> None:
    """ConflictError unless a statement that was read before had the balances of this one."""
    if (opening_cents, closing_cents) != (head.opening_cents, head.closing_cents):
        raise ConflictError(
            "A statement with this number was read before with other balances: ask the bank which of the two is right."
        )
