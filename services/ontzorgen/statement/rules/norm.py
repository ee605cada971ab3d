"""A household's norm of one month, from its composition and ages on each day with a right (Participatiewet 19a-22a).

A day counts with the norm per month in force that day; the sum over the days is divided by the days of the month and
rounded half up once. A month in which nothing changes is one multiplication.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import DayLaw, NormCategory
from services.ontzorgen.statement.rules.month_rules import MonthlyNorm, MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, Situation
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import HouseholdType

ADULT_YEARS = 18
GROWN_YEARS = 21
_UNDERAGE, YOUNG, GROWN, PENSIONER = range(4)
_UNABLE = 10  # added to YOUNG: someone of 18 to 20 whose parents can not support them


class NormPart(NamedTuple):
    """Days of the month that share one norm."""

    norm: MonthlyNorm
    law: DayLaw
    days: int


def composition_on(situation: Situation, day: date) -> Composition:
    """Who lives there on a day: the latest composition that has begun; the first one also before its own day."""
    compositions = situation.compositions
    if len(compositions) == 1:
        return compositions[0]
    if not compositions:
        raise _refusal("household", "nobody", "The household has nobody in it: give at least one adult.")
    in_order = sorted(compositions, key=lambda one: one.from_day)
    begun = [one for one in in_order if one.from_day <= day]
    return begun[-1] if begun else in_order[0]


def month_norm_cents(situation: Situation, rules: MonthRules, first: date, last: date) -> int:
    """The norm over the days with a right, holiday allowance included."""
    days = rules.days.days
    steady = _steady(situation, rules, first, last)
    if steady is None:
        total = sum(part.norm.cents * part.days for part in norm_parts(situation, rules, first, last))
    elif (right := last.day - first.day + 1) == days:
        return steady.cents
    else:
        total = steady.cents * right
    return (2 * total + days) // (2 * days)


def norm_parts(situation: Situation, rules: MonthRules, first: date, last: date) -> list[NormPart]:
    """The days with a right, day by day, put together where the norm stays the same."""
    every_day = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    by_day = ((norm_on(situation, rules, day), rules.law_on(day)) for day in every_day)
    return [NormPart(norm, law, len(list(found))) for (norm, law), found in groupby(by_day, key=_same)]


def _same(one: tuple[MonthlyNorm, DayLaw]) -> tuple[MonthlyNorm, DayLaw]:
    return one


def norm_on(situation: Situation, rules: MonthRules, day: date) -> MonthlyNorm:
    """The norm per month of a household as it is on one day."""
    law = rules.law_on(day)
    composition = composition_on(situation, day)
    bands = _bands(composition, day, law)
    return _remembered(rules, law, composition, bands, has_child=_counts_children(bands) and _child(composition, day))


def is_young(adult: Adult, day: date) -> bool:
    """Whether someone is 18 to 20."""
    return ADULT_YEARS <= _years(adult, day) < GROWN_YEARS


def _steady(situation: Situation, rules: MonthRules, first: date, last: date) -> MonthlyNorm | None:
    """The norm of a month in which neither law nor household changes; None when something may."""
    if len(situation.compositions) != 1 or len(rules.segments) != 1:
        return None
    composition = situation.compositions[0]
    law = rules.segments[0][1]
    if law is None:
        raise rules.law.norm_missing(first)
    bands = _bands(composition, first, law)
    if bands != _bands(composition, last, law):
        return None
    if not _counts_children(bands):
        return _remembered(rules, law, composition, bands, has_child=False)
    if any(child.born_on is not None for child in composition.children):
        return None
    return _remembered(rules, law, composition, bands, has_child=_child(composition, first))


def _remembered(
    rules: MonthRules, law: DayLaw, composition: Composition, bands: tuple[int, ...], *, has_child: bool
) -> MonthlyNorm:
    key = (id(law), composition.kind._value_, bands, composition.cost_sharers, has_child)
    norm = rules.norms.get(key)
    if norm is None:
        norm = rules.norms[key] = _norm(law, composition.kind, bands, composition.cost_sharers, has_child=has_child)
    return norm


def _bands(composition: Composition, day: date, law: DayLaw) -> tuple[int, ...]:
    return tuple([_band(adult, day, law.pension_age.years) for adult in composition.adults])


def _band(adult: Adult, day: date, pension_years: int) -> int:
    years = _years(adult, day)
    if years < ADULT_YEARS:
        return _UNDERAGE
    if years < GROWN_YEARS:
        return YOUNG + _UNABLE if adult.parents_support is ParentsSupport.UNABLE else YOUNG
    return GROWN if years < pension_years else PENSIONER


def _years(person: Adult | Child, day: date) -> int:
    """Full years on a day; a birthday counts from the day itself, 29 February from 1 March in common years."""
    born = person.born_on
    if born is None:
        if person.age is None:
            raise _refusal("household", "age_missing", "Someone has neither age nor day of birth: give one of them.")
        return person.age
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _child(composition: Composition, day: date) -> bool:
    return any(0 <= _years(child, day) < ADULT_YEARS for child in composition.children)


def _counts_children(bands: tuple[int, ...]) -> bool:
    """Children matter only to couples with someone under 21."""
    return len(bands) > 1 and any(_is_young(band) for band in bands)


def _is_young(band: int) -> bool:
    return band % _UNABLE == YOUNG


def _norm(
    law: DayLaw, kind: HouseholdType, bands: tuple[int, ...], cost_sharers: int, *, has_child: bool
) -> MonthlyNorm:
    """The norm per month, with the supplement of those whose parents can not support them (art. 20(3)(4))."""
    _refuse_odd(kind, bands)
    category = _category(bands, has_child=has_child)
    amounts = law.norms.norm_cents
    is_shared = cost_sharers > 0 and not all(_is_young(band) for band in bands)
    base_cents = sum(_shared(law, category, bands, cost_sharers)) if is_shared else amounts[category]
    cap = law.youth_cap
    if cap is None or not any(_is_young(band) for band in bands):
        return MonthlyNorm(base_cents, 0, category, is_shared)
    grown = NormCategory.COUPLE_FROM_21 if len(bands) > 1 else NormCategory.SINGLE_FROM_21
    cap_cents = (2 * amounts[grown] * cap.percent_of_norm_from_21 + 100) // 200
    unable = sum(band == YOUNG + _UNABLE for band in bands)
    supplement_cents = unable * amounts.get(NormCategory.YOUTH_SUPPLEMENT, 0)
    cents = min(base_cents + supplement_cents, max(cap_cents, base_cents))
    return MonthlyNorm(cents, cents - base_cents, category, is_shared)


def _shared(law: DayLaw, category: NormCategory, bands: tuple[int, ...], cost_sharers: int) -> Iterator[int]:
    """What each adult has who shares costs: those of 21 and older by the formula, the young their own norm."""
    amounts = law.norms.norm_cents
    pensioners = (NormCategory.SINGLE_PENSION_AGE, NormCategory.COUPLE_PENSION_AGE)
    couple = NormCategory.COUPLE_PENSION_AGE if category in pensioners else NormCategory.COUPLE_FROM_21
    people = cost_sharers + sum(not _is_young(band) for band in bands)
    for band in bands:
        if _is_young(band):
            yield amounts[NormCategory.SINGLE_18_TO_20]
        else:
            yield law.cost_sharers.amount_cents(people, amounts[couple])


def _category(bands: tuple[int, ...], *, has_child: bool) -> NormCategory:
    young = sum(_is_young(band) for band in bands)
    if len(bands) == 1:
        if young:
            return NormCategory.SINGLE_18_TO_20
        return NormCategory.SINGLE_PENSION_AGE if bands[0] == PENSIONER else NormCategory.SINGLE_FROM_21
    if young == len(bands):
        return NormCategory.COUPLE_18_TO_20_WITH_CHILD if has_child else NormCategory.COUPLE_18_TO_20
    if young:
        return NormCategory.COUPLE_MIXED_WITH_CHILD if has_child else NormCategory.COUPLE_MIXED
    return NormCategory.COUPLE_PENSION_AGE if PENSIONER in bands else NormCategory.COUPLE_FROM_21


def _refuse_odd(kind: HouseholdType, bands: tuple[int, ...]) -> None:
    """WrongInputError for a number of adults that does not fit, and for an adult under 18."""
    adults = 2 if kind is HouseholdType.COUPLE else 1
    if len(bands) != adults:
        words = f"A household of kind {kind} has exactly {'two adults' if adults > 1 else 'one adult'}"
        raise _refusal("household.adults", "adults_do_not_fit", f"{words}: give as many, or another kind.")
    if _UNDERAGE in bands:
        sentence = "An adult is under 18 on a day with a right: list them as a child, or correct the age."
        raise _refusal("household.adults", "adult_under_18", sentence)


def _refusal(field: str, code: str, sentence: str) -> WrongInputError:
    return WrongInputError(Fault(field, code, sentence))
