"""Income beside the benefit, counted by the day, and what of earnings is exempt (Participatiewet art. 31(2)(n), (5)).

Each day counts with the income per month that it has, divided by the days of the month. The exemption holds for one
person's earnings together: up to the amount a month, in all as many months as the law allows, a day counting as its
part of a month. Income and exemption are each rounded half up once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.statement.rules.month_rules import IN_FULL_PERCENT, MonthRules, get_month_days
from services.ontzorgen.statement.rules.norm import find_composition, has_reached
from services.ontzorgen.statement.rules.situation import PERSON, Adult, IncomeKind, IncomeTerms, Situation
from shared.calendar import month_of, months_between
from shared.money import round_half_up


class Income(NamedTuple):
    """What of a month's income is counted, and what is exempt."""

    counted_cents: int
    exempt_cents: int


NO_INCOME = Income(0, 0)


def compute_income(situation: Situation, rules: MonthRules, first: date, last: date) -> Income:
    """Return the income of the days with a right; WrongInputError for exempt earnings before the law's first table."""
    parts = split_income(situation, rules, first, last)
    if not parts:
        return NO_INCOME
    exempt = sum(
        _sum_exemption(situation, payee, income, rules, first, last)
        for payee, income in _group_exempt(terms for terms, _ in parts).items()
    )
    exempt_cents = round_half_up(exempt, IN_FULL_PERCENT * rules.days.days)
    return Income(sum(cents for _, cents in parts) - exempt_cents, exempt_cents)


def split_income(situation: Situation, rules: MonthRules, first: date, last: date) -> list[tuple[IncomeTerms, int]]:
    """Return each income of the days with a right in cents, exempt or not; rounded so that they sum up."""
    parts = []
    numerator = cents_before = 0
    for terms in situation.income:
        begin = max(first, terms.from_day)
        end = last if terms.until_day is None else min(last, terms.until_day)
        if begin <= end:
            numerator += terms.amount_cents * _count_days_with_earner(situation, terms.payee, begin, end)
            cents_until = round_half_up(numerator, rules.days.days)
            parts.append((terms, cents_until - cents_before))
            cents_before = cents_until
    return parts


def _count_days_with_earner(situation: Situation, payee: str, first: date, last: date) -> int:
    if len(situation.compositions) == 1:
        return 0 if _find_earner(situation, payee, first) is None else last.day - first.day + 1
    return sum(_find_earner(situation, payee, day) is not None for day in _list_days(first, last))


def _sum_exemption(
    situation: Situation, payee: str, income: Iterable[IncomeTerms], rules: MonthRules, first: date, last: date
) -> int:
    """Return one person's exemption, in hundredths of cents per month summed over the days that have it."""
    exempt = 0
    days = list(_list_exempt_days(situation, payee, rules.law, first, last))
    for day in days[: _count_remaining_days(situation, payee, rules) if days else 0]:
        law = rules.law.get_work_exemption(day)
        percents = (
            terms.amount_cents * min(terms.exempt_percent, law.percent_max) for terms in income if _holds(terms, day)
        )
        exempt += min(sum(percents), IN_FULL_PERCENT * law.cents_max)
    return exempt


def _count_remaining_days(situation: Situation, payee: str, rules: MonthRules) -> int:
    """Return for how many days of this month earnings may still be exempt, after the earlier months."""
    months_max = rules.law.get_work_exemption(rules.days.last).months_max
    used = Fraction(0)
    for month in months_between(month_of(situation.right_from), rules.month):
        days = get_month_days(month)
        if month == rules.month or used >= months_max:
            break
        begin = max(days.first, situation.right_from)
        used_days = sum(1 for _ in _list_exempt_days(situation, payee, rules.law, begin, days.last))
        used += Fraction(min(used_days, int((months_max - used) * days.days)), days.days)
    return int((months_max - used) * rules.days.days)


def _list_exempt_days(situation: Situation, payee: str, law: Law, first: date, last: date) -> Iterator[date]:
    """Yield the days on which this person has earnings that are exempt, and the age for it."""
    income = _group_exempt(situation.income)[payee]
    for day in _list_days(first, last):
        if any(_holds(terms, day) for terms in income):
            earner = _find_earner(situation, payee, day)
            if earner is not None and has_reached(earner, law.get_work_exemption(day).years_min, day):
                yield day


def _group_exempt(income: Iterable[IncomeTerms]) -> Mapping[str, list[IncomeTerms]]:
    """Return earnings of which something is exempt, by whose they are."""
    by_payee: dict[str, list[IncomeTerms]] = {}
    for terms in income:
        if terms.kind is IncomeKind.EARNINGS and terms.exempt_percent:
            by_payee.setdefault(terms.payee, []).append(terms)
    return by_payee


def _find_earner(situation: Situation, payee: str, day: date) -> Adult | None:
    """Return whose income it is; None for a partner on a day without one, or without one who has a right."""
    adults = find_composition(situation, day).adults
    index = 0 if payee == PERSON else 1
    return adults[index] if index < len(adults) and adults[index].has_right else None


def _list_days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _holds(terms: IncomeTerms, day: date) -> bool:
    return terms.from_day <= day and (terms.until_day is None or day <= terms.until_day)
