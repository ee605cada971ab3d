"""A household's norm of one month, from its composition and ages on each day with a right (Participatiewet 19a-24a).

A day counts with the norm per month in force that day; the sum over the days is divided by the days of the month and
rounded half up once. A month in which nothing changes is one multiplication.
"""

from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import ADULT_YEARS, FULL_NORM_YEARS, PENSION_YEARS_MIN, DayLaw
from services.ontzorgen.statement.rules.month_rules import (
    AGE_BITS,
    GIVES_SINGLE_NORM,
    IN_INSTITUTION,
    PARENTS_ARE_UNABLE,
    WITHOUT_RIGHT,
    AdultGroup,
    AgeGroup,
    MonthlyNorm,
    MonthRules,
)
from services.ontzorgen.statement.rules.norm_amounts import compute_monthly_norm
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, Situation
from shared.calendar import add_months
from shared.errors.refusals import Fault, WrongInputError
from shared.money import round_half_up

_MONTHS_IN_YEAR = 12
_UNDERAGE, _YOUNG, _GROWN, _PENSIONER = (age.value for age in AgeGroup)


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
        adults = tuple(AdultGroup.unpack(group) for group in groups)
        norm = compute_monthly_norm(law, composition.kind, adults, composition.cost_sharers, has_child=has_child)
        rules.norms[key] = norm
    return norm


def _group_adults(composition: Composition, day: date, law: DayLaw) -> tuple[int, ...]:
    first_day = composition.from_day
    return tuple([_group_adult(adult, day, law, first_day) for adult in composition.adults])


def _group_adult(adult: Adult, day: date, law: DayLaw, first_day: date) -> int:
    years = _count_years(adult, day)
    if years < ADULT_YEARS:
        group = _UNDERAGE
    elif years < FULL_NORM_YEARS:
        group = _YOUNG | PARENTS_ARE_UNABLE if adult.parents_support is ParentsSupport.UNABLE else _YOUNG
    elif years < PENSION_YEARS_MIN or not _has_pension_age(adult, years, day, law, first_day):
        group = _GROWN
    else:
        group = _PENSIONER
    if not adult.has_right:
        group |= WITHOUT_RIGHT if adult.single_norm_ground is None else WITHOUT_RIGHT | GIVES_SINGLE_NORM
    if adult.in_institution:
        group |= IN_INSTITUTION
    return group


def _has_pension_age(adult: Adult, years: int, day: date, law: DayLaw, first_day: date) -> bool:
    """Return whether someone has reached their pension age; one known by age alone has had no month beyond it."""
    if adult.born_on is not None:
        return law.find_pension_age(adult.born_on).has_reached(adult.born_on, day)
    pension_age = law.find_pension_age(add_months(first_day, -_MONTHS_IN_YEAR * years))
    return years > pension_age.years or (years == pension_age.years and not pension_age.months)


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
    """Children matter only to couples with someone under 21, or with a spouse without a right."""
    return len(groups) > 1 and any(group & AGE_BITS == _YOUNG or group & WITHOUT_RIGHT for group in groups)


def _build_refusal(field: str, code: str, sentence: str) -> WrongInputError:
    return WrongInputError(Fault(field, code, sentence))
