"""Law, policy and month resolved once: what every household's statement of that month shares.

Built once per municipality and month, so that a run over many households looks up dates, tables and priorities once.
`norms` caches norms already computed; everything else never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from services.ontzorgen.policies.rules.law import DayLaw, Law, NormCategory
from services.ontzorgen.policies.rules.relief import GrantKind, HolidayAtReliefEnd
from shared.calendar import month_end, month_start
from shared.events.codes import ChargeKind, SelfRelianceClass

IN_FULL_PERCENT: Final = 100


class PolicyTerms(Protocol):
    """What a statement needs of a municipality's policy."""

    @property
    def source_file(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def run_day(self) -> int: ...
    @property
    def pay_day(self) -> int: ...
    @property
    def prepay(self) -> bool: ...
    @property
    def whole_month_kinds(self) -> frozenset[ChargeKind]: ...
    @property
    def pay_order(self) -> tuple[ChargeKind, ...]: ...
    @property
    def weekday(self) -> int: ...
    @property
    def holiday_at_relief_end(self) -> HolidayAtReliefEnd: ...
    def list_withheld_kinds(self, self_reliance: SelfRelianceClass | None) -> frozenset[ChargeKind]: ...
    def get_discount_percent(self, kind: ChargeKind, self_reliance: SelfRelianceClass | None) -> int: ...
    def pays_weekly(self, self_reliance: SelfRelianceClass | None) -> bool: ...
    def find_grant_key(self, kind: GrantKind) -> str | None: ...


class MonthDays(NamedTuple):
    """A calendar month: its name, its first and last day, how many days it has."""

    month: str
    first: date
    last: date
    days: int


@lru_cache(maxsize=4096)
def get_month_days(month: str) -> MonthDays:
    """Return the days of a month; cached."""
    first, last = month_start(month), month_end(month)
    return MonthDays(month, first, last, last.day)


class KindTerms(NamedTuple):
    """How charges of one kind are paid: their rank when money is short, by the day or not, and at which percentage.

    `payable_percent` is 100 minus the discount of the policy file.
    """

    rank: int
    by_day: bool
    payable_percent: int


class AgeGroup(IntEnum):
    """The ages that norms tell apart."""

    UNDERAGE = 0
    YOUNG = 1
    GROWN = 2
    PENSIONER = 3


AGE_BITS: Final = 3
PARENTS_ARE_UNABLE: Final = 4
WITHOUT_RIGHT: Final = 8
GIVES_SINGLE_NORM: Final = 16
IN_INSTITUTION: Final = 32


class AdultGroup(NamedTuple):
    """What the norm depends on of one adult. `gives_single_norm`: of a spouse without a right, who has the ground."""

    age: AgeGroup
    parents_are_unable: bool
    has_right: bool
    gives_single_norm: bool
    in_institution: bool

    @classmethod
    def unpack(cls, code: int) -> "AdultGroup":
        """Return the group of a number: an age and flags. A run computes many statements, and numbers are quick."""
        return cls(
            age=AgeGroup(code & AGE_BITS),
            parents_are_unable=bool(code & PARENTS_ARE_UNABLE),
            has_right=not code & WITHOUT_RIGHT,
            gives_single_norm=bool(code & GIVES_SINGLE_NORM),
            in_institution=bool(code & IN_INSTITUTION),
        )


class NormRule(StrEnum):
    """How an amount of the norm follows from a row of the law's table."""

    ROW = "row"
    COST_SHARERS = "cost_sharers"
    SPOUSE_WITHOUT_RIGHT = "spouse_without_right"
    DECISION = "decision"


class NormAmount(NamedTuple):
    """One part of a norm: cents per month, the row of the table, and how it follows from that row."""

    cents: int
    category: NormCategory
    rule: NormRule = NormRule.ROW


class MonthlyNorm(NamedTuple):
    """The norm of one composition for a whole month, and the amounts that it is the sum of."""

    cents: int
    amounts: tuple[NormAmount, ...]


# Table, kind of household, groups of the adults as numbers, cost sharers, whether there is a child.
NormKey = tuple[int, str, tuple[int, ...], int, bool]


@dataclass(frozen=True, slots=True)
class MonthRules:
    """Law, policy and month together. `kinds` has the kinds that are withheld, by class of self-reliance.

    `segments` are the first days of stretches in which the law stays the same, with what then holds (None: no table).
    """

    days: MonthDays
    law: Law
    segments: tuple[tuple[date, DayLaw | None], ...]
    norm_outdated: bool
    run_on: date
    pay_on: date
    weekly_on: tuple[date, ...]
    weekly_classes: frozenset[SelfRelianceClass | None]
    prepay: bool
    kinds: Mapping[SelfRelianceClass | None, Mapping[ChargeKind, KindTerms]]
    policy_basis: str
    policy: PolicyTerms
    norms: dict[NormKey, MonthlyNorm] = field(default_factory=dict, compare=False, repr=False)

    @property
    def month(self) -> str:
        return self.days.month

    @classmethod
    def resolve(cls, law: Law, policy: PolicyTerms, month: str) -> "MonthRules":
        """Return the rules of a month; a day without a norm is refused later, if a household has a right on it."""
        days = get_month_days(month)
        starts = [days.first, *(day for day in law.list_change_days() if days.first < day <= days.last)]
        classes: tuple[SelfRelianceClass | None, ...] = (None, *SelfRelianceClass)
        every_day = (days.first + timedelta(days=offset) for offset in range(days.days))
        last_law = law.in_force(days.last)
        return cls(
            days=days,
            law=law,
            segments=tuple((day, law.in_force(day)) for day in starts),
            norm_outdated=last_law is not None and last_law.norms.is_outdated_on(days.last),
            run_on=days.first.replace(day=policy.run_day),
            pay_on=days.first.replace(day=policy.pay_day),
            weekly_on=tuple(day for day in every_day if day.weekday() == policy.weekday),
            weekly_classes=frozenset(measured for measured in classes if policy.pays_weekly(measured)),
            prepay=policy.prepay,
            kinds={measured: _resolve_kinds(policy, measured) for measured in classes},
            policy_basis=f"policy {policy.source_file} {policy.valid_from}",
            policy=policy,
        )

    def law_on(self, day: date) -> DayLaw:
        """Return the law in force on a day of this month; WrongInputError if no table had begun."""
        for begin, day_law in reversed(self.segments):
            if begin <= day and day_law is not None:
                return day_law
        raise self.law.build_missing_norm_refusal(day)


def _resolve_kinds(policy: PolicyTerms, self_reliance: SelfRelianceClass | None) -> dict[ChargeKind, KindTerms]:
    withheld = policy.list_withheld_kinds(self_reliance)
    return {
        kind: KindTerms(
            rank=rank,
            by_day=kind not in policy.whole_month_kinds,
            payable_percent=IN_FULL_PERCENT - policy.get_discount_percent(kind, self_reliance),
        )
        for rank, kind in enumerate(policy.pay_order)
        if kind in withheld
    }
