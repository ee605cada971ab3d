"""The law's amounts as dated tables: which norm a household has on a day, and which part of it is holiday allowance.

The tables themselves stand in policies/law/norms.toml, with article and source beside each amount. No table is used
before its first day. The newest stays in force until the next one is entered: paying by the last known norm harms
less than not paying the rent, and a month after the expected change says that its norm is out of date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events.codes import AgeBand, HouseholdType
from shared.refusals import Fault, WrongInputError


class NormCategory(StrEnum):
    """The rows of the law's table (Participatiewet arts 20-23)."""

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


@dataclass(frozen=True)
class NormTable:
    """The norms per month, net, holiday allowance included, in cents, from `valid_from` on."""

    valid_from: date
    next_change_on: date
    source: str
    holiday_percent: int
    norm_cents: Mapping[NormCategory, int]

    def is_outdated_on(self, day: date) -> bool:
        """Whether the law changes its amounts before this day, so that a newer table is missing."""
        return day >= self.next_change_on


@dataclass(frozen=True)
class Law:
    """Every table, oldest first, and the article of each row."""

    tables: tuple[NormTable, ...]
    articles: Mapping[NormCategory, str]

    def on(self, day: date) -> NormTable:
        """The table in force on a day; WrongInputError before the first one."""
        begun = [table for table in self.tables if table.valid_from <= day]
        if not begun:
            raise WrongInputError(
                Fault(
                    "assistance_from",
                    "norm_missing",
                    f"There is no norm for {day}: enter the table from before {self.tables[0].valid_from} first.",
                )
            )
        return begun[-1]


_OF_COUPLES = {
    (AgeBand.FROM_21, False): NormCategory.COUPLE_FROM_21,
    (AgeBand.FROM_21, True): NormCategory.COUPLE_FROM_21,
    (AgeBand.FROM_18_TO_20, False): NormCategory.COUPLE_18_TO_20,
    (AgeBand.FROM_18_TO_20, True): NormCategory.COUPLE_18_TO_20_WITH_CHILD,
    (AgeBand.MIXED, False): NormCategory.COUPLE_MIXED,
    (AgeBand.MIXED, True): NormCategory.COUPLE_MIXED_WITH_CHILD,
}
_OF_ONE_ADULT = {
    AgeBand.FROM_21: NormCategory.SINGLE_FROM_21,
    AgeBand.FROM_18_TO_20: NormCategory.SINGLE_18_TO_20,
}


def category_of(household_type: HouseholdType, age_band: AgeBand, *, has_children: bool) -> NormCategory:
    """The row that holds for a household (arts 20 and 21); children matter only to couples with someone under 21."""
    if household_type is HouseholdType.COUPLE:
        return _OF_COUPLES[age_band, has_children]
    category = _OF_ONE_ADULT.get(age_band)
    if category is None:
        raise WrongInputError(
            Fault(
                "age_band",
                "one_adult_two_ages",
                "A household with one adult can not have two age bands: give 18_20 or 21_plus, or say it is a couple.",
            )
        )
    return category
