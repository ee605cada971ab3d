"""Law, policy and month resolved once: what every household's statement of that month shares.

Built once per municipality and month, so that a run over many households pays for dates, tables and priorities once.
`norms` is a memory of norms already computed; everything else never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from services.ontzorgen.policies.rules.law import DayLaw, Law, NormCategory
from services.ontzorgen.statement.rules.situation import GrantKind
from shared.calendar import month_end, month_start
from shared.events.codes import ChargeKind, SelfRelianceClass


class PolicyTerms(Protocol):
    """What a statement needs of a municipality's policy."""

    @property
    def written_in(self) -> str: ...
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
    def withheld(self, self_reliance: SelfRelianceClass | None) -> frozenset[ChargeKind]: ...
    def discount(self, kind: ChargeKind, self_reliance: SelfRelianceClass | None) -> int: ...
    def pays_weekly(self, self_reliance: SelfRelianceClass | None) -> bool: ...
    def grant_key(self, kind: GrantKind) -> str | None: ...


class MonthDays(NamedTuple):
    """A calendar month: its name, its first and last day, how many days it has."""

    month: str
    first: date
    last: date
    days: int


@lru_cache(maxsize=4096)
def month_days(month: str) -> MonthDays:
    """The days of a month, remembered."""
    first, last = month_start(month), month_end(month)
    return MonthDays(month, first, last, last.day)


class KindTerms(NamedTuple):
    """How charges of one kind are paid: in which place when short, by the day or not, what is left after discount."""

    rank: int
    by_day: bool
    percent: int


class MonthlyNorm(NamedTuple):
    """The norm of one composition for a whole month; the supplement of the young is part of `cents`."""

    cents: int
    supplement_cents: int
    category: NormCategory
    shared: bool


NormKey = tuple[int, str, tuple[int, ...], int, bool]  # a table, a kind of household, ages, cost sharers, children


@dataclass(frozen=True, slots=True)
class MonthRules:
    """Everything of law, policy and month. `kinds` has for each class of self-reliance the kinds that are withheld."""

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
    def of(cls, law: Law, policy: PolicyTerms, month: str) -> "MonthRules":
        """Resolve a month; WrongInputError comes later, when a household has a right on a day without a norm."""
        days = month_days(month)
        starts = [days.first, *(day for day in law.changes() if days.first < day <= days.last)]
        classes: tuple[SelfRelianceClass | None, ...] = (None, *SelfRelianceClass)
        every_day = (days.first + timedelta(days=passed) for passed in range(days.days))
        last = law.at(days.last)
        return cls(
            days=days,
            law=law,
            segments=tuple((day, law.at(day)) for day in starts),
            norm_outdated=last is not None and last.norms.is_outdated_on(days.last),
            run_on=days.first.replace(day=policy.run_day),
            pay_on=days.first.replace(day=policy.pay_day),
            weekly_on=tuple(day for day in every_day if day.weekday() == policy.weekday),
            weekly_classes=frozenset(one for one in classes if policy.pays_weekly(one)),
            prepay=policy.prepay,
            kinds={one: _kinds(policy, one) for one in classes},
            policy_basis=f"policy {policy.written_in} {policy.valid_from}",
            policy=policy,
        )

    def law_on(self, day: date) -> DayLaw:
        """What holds on a day of this month; WrongInputError when no table had begun."""
        found = next((law for begin, law in reversed(self.segments) if begin <= day), None)
        if found is None:
            raise self.law.norm_missing(day)
        return found


def _kinds(policy: PolicyTerms, self_reliance: SelfRelianceClass | None) -> dict[ChargeKind, KindTerms]:
    withheld = policy.withheld(self_reliance)
    return {
        kind: KindTerms(rank, kind not in policy.whole_month_kinds, 100 - policy.discount(kind, self_reliance))
        for rank, kind in enumerate(policy.pay_order)
        if kind in withheld
    }
