"""The law's amounts as dated tables: norms, youth supplement and cap, cost sharers, holiday allowance, asset limits.

The tables themselves stand in policies/law/norms.toml, with article and source beside each amount. No table is used
before its first day. The newest stays in force until the next one is entered: paying by the last known norm harms
less than not paying the rent, and a month after the expected change states that its norm is out of date. What has
never changed is a constant here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from shared.calendar import add_months
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import AgeBand, HouseholdType
from shared.money import round_half_up

RELIEF_MONTHS: Final = 6  # Participatiewet art. 56a: fixed charges are paid for the first six months
ADULT_YEARS: Final = 18  # Participatiewet art. 20: from this age on someone counts for the norm
EXEMPT_PERCENT_MAX: Final = 25  # Participatiewet art. 31(2)(n): of earnings, no more than this part is exempt
FULL_NORM_YEARS: Final = 21  # Participatiewet art. 21: from this age on the full norm holds
PENSION_YEARS_MIN: Final = 60  # no pension age in the table is lower
_MONTHS_IN_YEAR: Final = 12


class NormCategory(StrEnum):
    """The rows of the law's table (Participatiewet arts 20-24a)."""

    SINGLE_FROM_21 = "single_from_21"
    COUPLE_FROM_21 = "couple_from_21"
    SINGLE_18_TO_20 = "single_18_to_20"
    COUPLE_18_TO_20 = "couple_18_to_20"
    COUPLE_18_TO_20_WITH_CHILD = "couple_18_to_20_with_child"
    COUPLE_MIXED = "couple_mixed"
    COUPLE_MIXED_WITH_CHILD = "couple_mixed_with_child"
    YOUTH_SUPPLEMENT = "youth_supplement"
    SINGLE_PENSION_AGE = "single_pension_age"
    COUPLE_PENSION_AGE = "couple_pension_age"
    SINGLE_IN_INSTITUTION = "single_in_institution"
    COUPLE_IN_INSTITUTION = "couple_in_institution"
    SINGLE_IN_INSTITUTION_ADDITION = "single_in_institution_addition"
    COUPLE_IN_INSTITUTION_ADDITION = "couple_in_institution_addition"
    CHILD_ADDITION = "child_addition"


@dataclass(frozen=True)
class NormTable:
    """The norms per month, net, holiday allowance included, in cents, from `valid_from` on."""

    valid_from: date
    next_change_on: date
    source: str
    holiday_percent: int
    norm_cents: Mapping[NormCategory, int]

    def is_outdated_on(self, day: date) -> bool:
        """Return whether the law changes its amounts by this day, so that a newer table is missing."""
        return day >= self.next_change_on


@dataclass(frozen=True)
class YouthCap:
    """Norm and supplement together are at most this percentage of the norm from 21 on."""

    valid_from: date
    article: str
    source: str
    percent_of_norm_from_21: int


@dataclass(frozen=True)
class CostSharerFormula:
    """What each of A cost sharers has: (fixed + A times each) percent, divided by A, of the couple's norm."""

    valid_from: date
    article: str
    source: str
    fixed_percent: int
    each_percent: int

    def compute_share_cents(self, people: int, couple_norm_cents: int) -> int:
        """Return the norm of one of so many people."""
        percent = self.fixed_percent + people * self.each_percent
        return round_half_up(percent * couple_norm_cents, 100 * people)


@dataclass(frozen=True)
class PensionAge:
    """The age from which on those born on or after a day have the norm of pension age."""

    born_from: date
    article: str
    source: str
    years: int
    months: int

    def has_reached(self, born_on: date, day: date) -> bool:
        """Return whether someone has this age on a day; a day that does not exist is the first of the next month."""
        reached_on = add_months(born_on, _MONTHS_IN_YEAR * self.years + self.months)
        return day > reached_on or (day == reached_on and day.day == born_on.day)


@dataclass(frozen=True)
class AssetLimit:
    """What a household may own before it has no right to assistance."""

    valid_from: date
    article: str
    source: str
    single_cents: int
    others_cents: int

    def get_limit_cents(self, kind: HouseholdType) -> int:
        """Return the limit for a kind of household."""
        return self.single_cents if kind is HouseholdType.SINGLE else self.others_cents


@dataclass(frozen=True)
class WorkExemption:
    """What is left of earnings: so much of them, up to so much a month, for so many months, from an age on."""

    valid_from: date
    article: str
    source: str
    percent_max: int
    cents_max: int
    months_max: int
    years_min: int


@dataclass(frozen=True)
class DayLaw:
    """Everything that is in force on one day for a norm. `youth_cap` None: the law had no supplement yet."""

    norms: NormTable
    cost_sharers: CostSharerFormula
    pension_ages: tuple[PensionAge, ...]
    youth_cap: YouthCap | None

    def find_pension_age(self, born_on: date) -> PensionAge:
        """Return the pension age of someone born on a day; before the first row, that of the first."""
        rows = [row for row in self.pension_ages if row.born_from <= born_on]
        return rows[-1] if rows else self.pension_ages[0]


class _Dated(Protocol):
    @property
    def valid_from(self) -> date: ...


D = TypeVar("D", bound=_Dated)


@dataclass(frozen=True)
class Law:
    """Every table, oldest first, and the article of each row."""

    tables: tuple[NormTable, ...]
    articles: Mapping[NormCategory, str]
    holiday_article: str
    youth_caps: tuple[YouthCap, ...]
    cost_sharers: tuple[CostSharerFormula, ...]
    pension_ages: tuple[PensionAge, ...]
    asset_limits: tuple[AssetLimit, ...]
    work_exemptions: tuple[WorkExemption, ...]

    def get_norms(self, day: date, field: str = "assistance_from") -> NormTable:
        """Return the norms in force on a day; before the first table WrongInputError about the field with the day."""
        if (table := _find_newest(self.tables, day)) is None:
            raise _build_missing_refusal(field, day, self.tables, "norm_missing", "norm")
        return table

    def in_force(self, day: date) -> DayLaw | None:
        """Return all that is in force on a day for a norm; None before the first table."""
        table = _find_newest(self.tables, day)
        cost_sharers = _find_newest(self.cost_sharers, day)
        if table is None or cost_sharers is None:
            return None
        return DayLaw(table, cost_sharers, self.pension_ages, _find_newest(self.youth_caps, day))

    def list_change_days(self) -> tuple[date, ...]:
        """Return the days on which something of a norm changes for every household."""
        tables: tuple[_Dated, ...] = (*self.tables, *self.youth_caps, *self.cost_sharers)
        return tuple(sorted({table.valid_from for table in tables}))

    def get_asset_limit(self, day: date) -> AssetLimit:
        """Return the limits in force on a day; WrongInputError before the first ones."""
        if (limit := _find_newest(self.asset_limits, day)) is None:
            raise _build_missing_refusal("assets_cents", day, self.asset_limits, "asset_limit_missing", "asset limit")
        return limit

    def get_work_exemption(self, day: date) -> WorkExemption:
        """Return the exemption of earnings in force on a day; WrongInputError before the first one."""
        if (exemption := _find_newest(self.work_exemptions, day)) is None:
            raise _build_missing_refusal(
                "income", day, self.work_exemptions, "work_exemption_missing", "work exemption"
            )
        return exemption

    def build_missing_norm_refusal(self, day: date) -> WrongInputError:
        """Return the refusal of a month with a day before the first table."""
        return _build_missing_refusal("month", day, self.tables, "norm_missing", "norm")


def _find_newest(tables: Sequence[D], day: date) -> D | None:
    begun = [table for table in tables if table.valid_from <= day]
    return begun[-1] if begun else None


def _build_missing_refusal(field: str, day: date, tables: Sequence[_Dated], code: str, subject: str) -> WrongInputError:
    first = tables[0].valid_from
    sentence = f"There is no {subject} for {day}: enter the table from before {first} first."
    return WrongInputError(Fault(field, code, sentence))


_COUPLES = {
    (AgeBand.FROM_21, False): NormCategory.COUPLE_FROM_21,
    (AgeBand.FROM_21, True): NormCategory.COUPLE_FROM_21,
    (AgeBand.FROM_18_TO_20, False): NormCategory.COUPLE_18_TO_20,
    (AgeBand.FROM_18_TO_20, True): NormCategory.COUPLE_18_TO_20_WITH_CHILD,
    (AgeBand.MIXED, False): NormCategory.COUPLE_MIXED,
    (AgeBand.MIXED, True): NormCategory.COUPLE_MIXED_WITH_CHILD,
}
_ONE_ADULT = {
    AgeBand.FROM_21: NormCategory.SINGLE_FROM_21,
    AgeBand.FROM_18_TO_20: NormCategory.SINGLE_18_TO_20,
}


def select_category(household_type: HouseholdType, age_band: AgeBand, *, has_children: bool) -> NormCategory:
    """Return the row for a household (arts 20 and 21); children matter only to couples with someone under 21."""
    if household_type is HouseholdType.COUPLE:
        return _COUPLES[age_band, has_children]
    category = _ONE_ADULT.get(age_band)
    if category is None:
        raise WrongInputError(
            Fault(
                "age_band",
                "one_adult_two_ages",
                "A household with one adult cannot have two age bands: give 18_20 or 21_plus, or say it is a couple.",
            )
        )
    return category
