"""What a household has and owes beside its norm: allowances, grants and loans, claims, assets, and how it is paid.

None of it is overwritten: a version may take the place of an earlier one, and both stay on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import (
    AllowanceKind,
    AllowanceTerms,
    ClaimTerms,
    GrantTerms,
)
from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated

ITEMS_MAX = 100  # of one kind and household, versions included


class GrantForm(StrEnum):
    """Whether what is given comes back."""

    GIFT = "gift"
    LOAN = "loan"


class AssetKind(StrEnum):
    """Where a household's assets come from."""

    SAVINGS = "savings"
    IND_PENALTY_MONEY = "ind_penalty_money"
    OTHER = "other"


@dataclass(frozen=True)
class Allowance:
    """An allowance of the tax service per month, routed via the municipality or paid to the person."""

    id: UUID
    kind: AllowanceKind
    amount_cents: int
    is_routed: bool
    from_month: str | None = None
    until_month: str | None = None
    replaces: UUID | None = None

    @property
    def terms(self) -> AllowanceTerms:
        return AllowanceTerms(self.kind, self.amount_cents, self.is_routed, self.from_month, self.until_month)


@dataclass(frozen=True)
class Grant:
    """Money given in a month. A loan says from which month and with how much a month it is repaid.

    `is_routed`: it is added to the month's statement, so that charges can be paid from it. `agreed_on`: the day on
    which the person agreed to repay from the remainder; without it, nothing is taken from the remainder.
    """

    id: UUID
    kind: GrantKind
    form: GrantForm
    amount_cents: int
    month: str
    is_routed: bool = True
    repay_from: str | None = None
    repay_cents: int | None = None
    agreed_on: date | None = None
    replaces: UUID | None = None

    @property
    def terms(self) -> GrantTerms:
        return GrantTerms(self.kind, self.amount_cents, self.month)


@dataclass(frozen=True)
class Claim:
    """A debt that is asked back monthly (COA): on record, said, and never withheld under art. 56a."""

    id: UUID
    creditor: str
    amount_cents: int
    total_cents: int
    from_day: date
    replaces: UUID | None = None

    @property
    def terms(self) -> ClaimTerms:
        return ClaimTerms(self.creditor, self.amount_cents)


@dataclass(frozen=True)
class Asset:
    """What a household was seen to own on a day."""

    id: UUID
    kind: AssetKind
    amount_cents: int
    seen_on: date
    replaces: UUID | None = None


@dataclass(frozen=True)
class PaymentTerms:
    """How this household is paid where it differs from the policy."""

    id: UUID
    from_day: date
    prepay: bool | None = None
    pay_on: tuple[date, ...] | None = None


def folded(versions: Sequence[PaymentTerms]) -> PaymentTerms | None:
    """What holds of all terms recorded: of each, the last that was given."""
    if len(versions) <= 1:
        return versions[0] if versions else None
    prepay, dates = (
        next((value for one in reversed(versions) if (value := getattr(one, name)) is not None), None)
        for name in ("prepay", "pay_on")
    )
    return PaymentTerms(versions[-1].id, versions[-1].from_day, prepay, dates)


class Replacing(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def replaces(self) -> UUID | None: ...


Item = TypeVar("Item", bound=Replacing)


def standing(items: Iterable[Item]) -> tuple[Item, ...]:
    """Those that no other one has replaced."""
    items = tuple(items)
    gone = {one.replaces for one in items}
    return tuple(one for one in items if one.id not in gone)


def add_item(existing: Sequence[Item], item: Item) -> bool:
    """Whether the item is new; False when the same was sent before. Only what stands can be replaced."""
    for known in existing:
        if known.id == item.id:
            repeated(known, item)  # type: ignore[type-var]  # every item is a dataclass, which a protocol can not say
            return False
    if item.replaces is not None and item.replaces not in {one.id for one in standing(existing)}:
        raise ConflictError("What this replaces is not on record or was replaced already: give the id of what stands.")
    if len(existing) >= ITEMS_MAX:
        raise ConflictError(f"A household has at most {ITEMS_MAX} of these on record: put small ones together.")
    return True


def check_allowance(allowance: Allowance) -> None:
    if allowance.from_month and allowance.until_month and allowance.until_month < allowance.from_month:
        raise WrongInputError(
            Fault(
                "until_month",
                "ends_before_it_begins",
                "The allowance ends before it begins: give a later last month or leave it open.",
            )
        )


def over_limit_cents(assets: Sequence[Asset], seen_on: date, limit_cents: int) -> int:
    """By how much all assets together are over the law's limit: of each kind, what was last seen until that day."""
    latest: dict[AssetKind, Asset] = {}
    for one in sorted((one for one in standing(assets) if one.seen_on <= seen_on), key=lambda one: one.seen_on):
        latest[one.kind] = one
    return max(sum(one.amount_cents for one in latest.values()) - limit_cents, 0)
