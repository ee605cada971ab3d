"""What a household has and owes beside its norm: allowances, grants and loans, claims, assets, and payment terms.

None of it is overwritten: a version may replace an earlier one, and both stay on record.
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
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content

ITEMS_MAX = 100  # of one kind and household, versions included


class GrantForm(StrEnum):
    """Whether a grant is to be repaid."""

    GIFT = "gift"
    LOAN = "loan"


class AssetKind(StrEnum):
    """Where a household's assets come from."""

    SAVINGS = "savings"
    IND_PENALTY_MONEY = "ind_penalty_money"
    OTHER = "other"


@dataclass(frozen=True)
class Allowance:
    """A monthly allowance of the tax service, routed through the municipality or paid to the person."""

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
    """Money given in a month. A loan has the first month and the monthly amount of its repayment.

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
    """A debt of one person that is reclaimed monthly (COA): on record, shown, and never withheld under art. 56a.

    `person_id` None, before it is recorded: the household's own person.
    """

    id: UUID
    creditor: str
    amount_cents: int
    total_cents: int
    from_day: date
    replaces: UUID | None = None
    person_id: UUID | None = None

    @property
    def terms(self) -> ClaimTerms:
        return ClaimTerms(self.creditor, self.amount_cents)


@dataclass(frozen=True)
class Asset:
    """What a household owned on the day that it was assessed."""

    id: UUID
    kind: AssetKind
    amount_cents: int
    seen_on: date
    replaces: UUID | None = None


@dataclass(frozen=True)
class PaymentTerms:
    """How this household is paid where that differs from the policy."""

    id: UUID
    from_day: date
    prepay: bool | None = None
    pay_on: tuple[date, ...] | None = None


def combine_terms(versions: Sequence[PaymentTerms]) -> PaymentTerms | None:
    """Return the terms in force: of each field the value that was recorded last; None if none was recorded."""
    if len(versions) <= 1:
        return versions[0] if versions else None
    prepay, dates = (
        next((value for version in reversed(versions) if (value := getattr(version, name)) is not None), None)
        for name in ("prepay", "pay_on")
    )
    return PaymentTerms(versions[-1].id, versions[-1].from_day, prepay, dates)


class Replacing(Protocol):
    """A version that may replace an earlier one."""

    @property
    def id(self) -> UUID: ...
    @property
    def replaces(self) -> UUID | None: ...


Item = TypeVar("Item", bound=Replacing)


def drop_replaced(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items that no other one replaces."""
    items = tuple(items)
    replaced = {item.replaces for item in items}
    return tuple(item for item in items if item.id not in replaced)


def add_item(existing: Sequence[Item], item: Item) -> bool:
    """Return whether the item is new; False if the same was sent before. An item is replaced once."""
    for recorded in existing:
        if recorded.id == item.id:
            require_same_content(recorded, item)  # type: ignore[type-var]  # every item is a dataclass, which a protocol cannot say
            return False
    if item.replaces is not None and item.replaces not in {current.id for current in drop_replaced(existing)}:
        raise ConflictError(
            "replaces_no_current_version",
            "What this replaces is not on record or was replaced already: give the id of the current version.",
        )
    if len(existing) >= ITEMS_MAX:
        raise ConflictError(
            "too_many_items", f"A household has at most {ITEMS_MAX} of these on record: combine small ones."
        )
    return True


def check_allowance(allowance: Allowance) -> None:
    """Refuse an allowance that ends before it begins."""
    if allowance.from_month and allowance.until_month and allowance.until_month < allowance.from_month:
        raise WrongInputError(
            Fault(
                "until_month",
                "ends_before_it_begins",
                "The allowance ends before it begins: give a later last month or leave it open.",
            )
        )


def over_limit_cents(assets: Sequence[Asset], seen_on: date, limit_cents: int) -> int:
    """Return by how much all assets exceed the law's limit: of each kind, the last one assessed until that day."""
    assessed = (asset for asset in drop_replaced(assets) if asset.seen_on <= seen_on)
    latest = {asset.kind: asset for asset in sorted(assessed, key=lambda asset: asset.seen_on)}
    return max(sum(asset.amount_cents for asset in latest.values()) - limit_cents, 0)
