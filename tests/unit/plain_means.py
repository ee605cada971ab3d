"""Plainly what lowers a benefit, and what comes beside it: income, reductions, attachments, discounts, holiday money.

Part of the plain implementation of the month's statement: day by day, from the statute, not from the rules.
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from plain_days import composition_on, days_in, month_of
from plain_norm import RefusedError, age, half_up

from services.ontzorgen.statement.rules.situation import (
    Adult,
    ChargeTerms,
    Composition,
    DiscountTerms,
    IncomeTerms,
    Situation,
)

Attached = list[tuple[str, str, str, int]]
EXEMPT_SINCE = date(2026, 1, 1)  # the first amount that is known
EXEMPT_A_MONTH = 285_00


def is_on(terms: Any, day: date) -> bool:
    return terms.from_day <= day <= (terms.until_day or date.max)


def earner(situation: Situation, payee: str, day: date) -> Adult | None:
    """Return whose income it is; a partner earns only while there is one with a right."""
    people = dict(zip(("person", "partner"), composition_on(situation, day).adults, strict=False))
    adult = people.get(payee)
    return adult if adult and adult.has_right else None


def income_of(situation: Situation, month: str, days: list[date]) -> tuple[int, int]:
    """Return the income of the month that counts, and what of it is exempt."""
    income = Fraction(0)
    for day in days:
        for terms in situation.income:
            if is_on(terms, day) and earner(situation, terms.payee, day):
                income += Fraction(terms.amount_cents, len(days_in(month)))
    exempt = sum(exemption_of(situation, payee, month, days) for payee in ("person", "partner"))
    return half_up(income) - half_up(exempt), half_up(exempt)


def exemption_of(situation: Situation, payee: str, month: str, days: list[date]) -> Fraction:
    """Return what of one person's earnings is exempt: every day from the right on uses its part of six months."""
    of_the_person = [terms for terms in situation.income if terms.payee == payee and terms.kind == "earnings"]
    if not any(terms.exempt_percent and is_on(terms, day) for terms in of_the_person for day in days):
        return Fraction(0)
    used = exempt = Fraction(0)
    day = situation.right_from
    while day <= days[-1]:
        share = Fraction(1, len(days_in(month_of(day))))
        rate = exempt_on(situation, payee, of_the_person, day)
        if rate and used + share <= 6:
            used += share
            exempt += rate * share if month_of(day) == month else 0
        day += timedelta(days=1)
    return exempt


def exempt_on(situation: Situation, payee: str, income: list[IncomeTerms], day: date) -> Fraction:
    """Return the exemption per month that holds on a day."""
    rate = sum(Fraction(terms.amount_cents * terms.exempt_percent, 100) for terms in income if is_on(terms, day))
    person = earner(situation, payee, day)
    if not rate or person is None:
        return Fraction(0)
    if day < EXEMPT_SINCE:
        raise RefusedError
    return Fraction(min(rate, EXEMPT_A_MONTH)) if age(person, day) >= 27 else Fraction(0)


def reduction_of(situation: Situation, month: str, norms: list[tuple[date, int]]) -> int:
    """Return what reductions take off the norms of the days."""
    reduction = Fraction(0)
    for day, norm in norms:
        percent = min(100, sum(terms.percent for terms in situation.reductions if is_on(terms, day)))
        reduction += Fraction(norm * percent, 100 * len(days_in(month)))
    return half_up(reduction)


def attachments_of(situation: Situation, payable: int, days: list[date]) -> tuple[Attached, int]:
    """Return what is taken by each, and the highest protected income."""
    left, protected, attached = payable, 0, []
    for terms in sorted(situation.attachments, key=lambda terms: (terms.from_day, terms.key)):
        if not any(is_on(terms, day) for day in days):
            continue
        protected = max(protected, terms.protected_cents)
        cents = min(terms.amount_cents, left - terms.protected_cents)
        if cents > 0:
            attached.append((terms.key, terms.kind.value, terms.creditor, cents))
            left -= cents
    return attached, protected


def keep_on(discounts: list[DiscountTerms], charge: ChargeTerms, day: date, percent_off: int) -> Fraction:
    """Return which part of a charge is due on a day; the highest discount holds, the policy's among them."""
    about_it = [terms for terms in discounts if terms.creditor == charge.creditor and terms.kind in (None, charge.kind)]
    agreed = [terms.percent for terms in about_it if is_on(terms, day)]
    return Fraction(100 - max([percent_off, *agreed]), 100)


def holiday_of(
    situation: Situation, choices: dict[str, Any], month: str, last_month: str, settled: dict[str, Any], own: int
) -> tuple[int, int]:
    """Return what is paid and what is handed over of the holiday allowance; the rest stays in `settled`."""
    before = settled["aside"]
    aside = before + own if month <= last_month else before
    paid = handed_over = 0
    if situation.right_until and month_of(situation.right_until) == month:
        paid = aside
    else:
        if month.endswith("-06"):
            paid = before
        if month == last_month and choices["holiday_at_relief_end"] == "pay":
            paid = aside
        elif month == last_month:
            handed_over = aside - paid
    settled["aside"] = aside - paid - handed_over
    return paid, handed_over


def shares_of(home: Composition, cents: int) -> dict[str, int]:
    if home.kind == "couple" and home.pay_out == "half_each" and home.adults[1].has_right:
        return {"person": cents - cents // 2, "partner": cents // 2}
    return {"person": cents}


def holiday_payments(
    situation: Situation, choices: dict[str, Any], month: str, days: list[date], cents: int
) -> list[tuple[date, str, int]]:
    day = max(days_in(month)[choices["pay_day"] - 1], situation.right_from)
    shares = shares_of(composition_on(situation, days[-1]), cents)
    return [(day, payee, share) for payee, share in shares.items() if share]
