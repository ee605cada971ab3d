"""A household's norm of one month, from its composition and ages on each day with a right (Participatiewet 19a-22a).

A day counts with the norm per month in force that day; the sum over the days is divided by the days of the month and
rounded half up once. A month in which nothing changes is one multiplication.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import ADULT_YEARS, FULL_NORM_YEARS, DayLaw, NormCategory
from services.ontzorgen.statement.rules.month_rules import MonthlyNorm, MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, Situation
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import HouseholdType
from shared.money import round_half_up

_UNDERAGE, _YOUNG, _GROWN, _PENSIONER = range(4)  # age groups that the norms tell apart
_UNABLE = 10  # added to _YOUNG: someone of 18 to 20 whose parents cannot support them


class NormPart(NamedTuple):
    """Days of the month that share one norm."""

    norm: MonthlyNorm
    law: DayLaw
    days: int


def find_composition(situation: Situation, day: date) -> Composition:
    """Return who lives there on a day: the latest composition that has begun, or the first one before its own day."""
    compositions = situation.compositions
    if len(compositions) == 1:
        return compositions[0]
    if not compositions:
        raise _build_refusal("household", "nobody", "The household has nobody in it: give at least one adult.")
    in_order = sorted(compositions, key=lambda composition: composition.from_day)
    begun = [composition for composition in in_order if composition.from_day <= day]
    return begun[-1] if begun else in_order[0]


def compute_norm_cents(situation: Situation, rules: MonthRules, first: date, last: date) -> int:
    """Return the norm over the days with a right, holiday allowance included."""
    days = rules.days.days
    norm = _find_constant_norm(situation, rules, first, last)
    if norm is None:
        total_cents = sum(part.norm.cents * part.days for part in split_norm(situation, rules, first, last))
    elif (days_with_right := last.day - first.day + 1) == days:
        return norm.cents
    else:
        total_cents = norm.cents * days_with_right
    return round_half_up(total_cents, days)


def split_norm(situation: Situation, rules: MonthRules, first: date, last: date) -> list[NormPart]:
    """Return the days with a right, day by day, put together where the norm stays the same."""
    every_day = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    by_day = ((_compute_norm_on(situation, rules, day), rules.law_on(day)) for day in every_day)
    return [NormPart(norm, law, len(list(days))) for (norm, law), days in groupby(by_day)]


def is_young(adult: Adult, day: date) -> bool:
    """Return whether someone is 18 to 20."""
    return ADULT_YEARS <= _count_years(adult, day) < FULL_NORM_YEARS


def has_reached(adult: Adult, years: int, day: date) -> bool:
    """Return whether someone has this age on a day."""
    return _count_years(adult, day) >= years


def _compute_norm_on(situation: Situation, rules: MonthRules, day: date) -> MonthlyNorm:
    """Return the norm per month of a household as it is on one day."""
    law = rules.law_on(day)
    composition = find_composition(situation, day)
    groups = _group_adults(composition, day, law)
    has_child = _depends_on_children(groups) and _has_child(composition, day)
    return _look_up_norm(rules, law, composition, groups, has_child=has_child)


def _find_constant_norm(situation: Situation, rules: MonthRules, first: date, last: date) -> MonthlyNorm | None:
    """Return the norm of a month in which neither law nor household changes; None if something may change."""
    if len(situation.compositions) != 1 or len(rules.segments) != 1:
        return None
    composition = situation.compositions[0]
    law = rules.segments[0][1]
    if law is None:
        raise rules.law.build_missing_norm_refusal(first)
    groups = _group_adults(composition, first, law)
    if groups != _group_adults(composition, last, law):
        return None
    if not _depends_on_children(groups):
        return _look_up_norm(rules, law, composition, groups, has_child=False)
    if any(child.born_on is not None for child in composition.children):
        return None
    return _look_up_norm(rules, law, composition, groups, has_child=_has_child(composition, first))


def _look_up_norm(
    rules: MonthRules, law: DayLaw, composition: Composition, groups: tuple[int, ...], *, has_child: bool
) -> MonthlyNorm:
    """Return a norm from the cache of the month's rules, computed the first time."""
    key = (id(law), composition.kind._value_, groups, composition.cost_sharers, has_child)
    norm = rules.norms.get(key)
    if norm is None:
        norm = _compute_norm(law, composition.kind, groups, composition.cost_sharers, has_child=has_child)
        rules.norms[key] = norm
    return norm


def _group_adults(composition: Composition, day: date, law: DayLaw) -> tuple[int, ...]:
    return tuple([_find_age_group(adult, day, law.pension_age.years) for adult in composition.adults])


def _find_age_group(adult: Adult, day: date, pension_years: int) -> int:
    years = _count_years(adult, day)
    if years < ADULT_YEARS:
        return _UNDERAGE
    if years < FULL_NORM_YEARS:
        return _YOUNG + _UNABLE if adult.parents_support is ParentsSupport.UNABLE else _YOUNG
    return _GROWN if years < pension_years else _PENSIONER


def _count_years(person: Adult | Child, day: date) -> int:
    """Return full years on a day; a birthday counts from the day itself, 29 February from 1 March in common years."""
    born = person.born_on
    if born is None:
        if person.age is None:
            sentence = "Someone has neither age nor day of birth: give one of them."
            raise _build_refusal("household", "age_missing", sentence)
        return person.age
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _has_child(composition: Composition, day: date) -> bool:
    return any(0 <= _count_years(child, day) < ADULT_YEARS for child in composition.children)


def _depends_on_children(groups: tuple[int, ...]) -> bool:
    """Children matter only to couples with someone under 21."""
    return len(groups) > 1 and any(_is_young_group(group) for group in groups)


def _is_young_group(group: int) -> bool:
    return group % _UNABLE == _YOUNG


def _compute_norm(
    law: DayLaw, kind: HouseholdType, groups: tuple[int, ...], cost_sharers: int, *, has_child: bool
) -> MonthlyNorm:
    """Return the norm per month, with the supplement of those whose parents cannot support them (art. 20(3)(4))."""
    _require_fitting_adults(kind, groups)
    category = _select_category(groups, has_child=has_child)
    amounts = law.norms.norm_cents
    is_shared = cost_sharers > 0 and not all(_is_young_group(group) for group in groups)
    base_cents = sum(_share_costs(law, category, groups, cost_sharers)) if is_shared else amounts[category]
    cap = law.youth_cap
    if cap is None or not any(_is_young_group(group) for group in groups):
        return MonthlyNorm(base_cents, 0, category, is_shared)
    full_norm = NormCategory.COUPLE_FROM_21 if len(groups) > 1 else NormCategory.SINGLE_FROM_21
    cap_cents = round_half_up(amounts[full_norm] * cap.percent_of_norm_from_21, 100)
    unable = sum(group == _YOUNG + _UNABLE for group in groups)
    supplement_cents = unable * amounts.get(NormCategory.YOUTH_SUPPLEMENT, 0)
    cents = min(base_cents + supplement_cents, max(cap_cents, base_cents))
    return MonthlyNorm(cents, cents - base_cents, category, is_shared)


def _share_costs(law: DayLaw, category: NormCategory, groups: tuple[int, ...], cost_sharers: int) -> Iterator[int]:
    """Yield what each adult who shares costs has: from 21 on by the formula, the young their own norm."""
    amounts = law.norms.norm_cents
    pensioners = (NormCategory.SINGLE_PENSION_AGE, NormCategory.COUPLE_PENSION_AGE)
    couple = NormCategory.COUPLE_PENSION_AGE if category in pensioners else NormCategory.COUPLE_FROM_21
    people = cost_sharers + sum(not _is_young_group(group) for group in groups)
    for group in groups:
        if _is_young_group(group):
            yield amounts[NormCategory.SINGLE_18_TO_20]
        else:
            yield law.cost_sharers.compute_share_cents(people, amounts[couple])


def _select_category(groups: tuple[int, ...], *, has_child: bool) -> NormCategory:
    young = sum(_is_young_group(group) for group in groups)
    if len(groups) == 1:
        if young:
            return NormCategory.SINGLE_18_TO_20
        return NormCategory.SINGLE_PENSION_AGE if groups[0] == _PENSIONER else NormCategory.SINGLE_FROM_21
    if young == len(groups):
        return NormCategory.COUPLE_18_TO_20_WITH_CHILD if has_child else NormCategory.COUPLE_18_TO_20
    if young:
        return NormCategory.COUPLE_MIXED_WITH_CHILD if has_child else NormCategory.COUPLE_MIXED
    return NormCategory.COUPLE_PENSION_AGE if _PENSIONER in groups else NormCategory.COUPLE_FROM_21


def _require_fitting_adults(kind: HouseholdType, groups: tuple[int, ...]) -> None:
    """Raise WrongInputError for a number of adults that does not fit, and for an adult under 18."""
    adults = 2 if kind is HouseholdType.COUPLE else 1
    if len(groups) != adults:
        words = f"A household of kind {kind} has exactly {'two adults' if adults > 1 else 'one adult'}"
        raise _build_refusal("household.adults", "adults_do_not_fit", f"{words}: give as many, or another kind.")
    if _UNDERAGE in groups:
        sentence = "An adult is under 18 on a day with a right: list them as a child, or correct the age."
        raise _build_refusal("household.adults", "adult_under_18", sentence)


def _build_refusal(field: str, code: str, sentence: str) -> WrongInputError:
    return WrongInputError(Fault(field, code, sentence))
