"""Whole random lives for the month's statement: a Situation, a municipality's choices, and the months to look at.

Everything is drawn from the given random.Random, so that a seed names a life and hypothesis can shrink one. Days lie
near those that matter: birthdays 18, 21, 27 and 67, both changes of the norms, 29 February, the ends of months.
"""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from plain_days import days_in, month_of, next_month
from plain_statement import CHOICES, KINDS
from random_means import CREDITORS, attachments_of, chance, day_in, discounts_of, income_of, reductions_of

from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceKind,
    AllowanceTerms,
    ChargeTerms,
    Child,
    ClaimTerms,
    Composition,
    GrantTerms,
    ParentsSupport,
    PayOut,
    SingleNormGround,
    Situation,
)
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass

MONTHS_OF_A_LIFE = 7
FIRST_DAY = date(2025, 7, 1)
DAYS_TO_BEGIN_IN = 1_100  # so that some live to see the pension age of 2028


def birthday(random: Random, years: int, first: date, earliest: int) -> date:
    """Born so that this age is reached within the life, or on 29 February when that is near."""
    reached = first + timedelta(days=random.randint(earliest, 200))
    if (reached.year - years) % 4 == 0 and reached.month in (2, 3) and chance(random, 70):
        return date(reached.year - years, 2, 29)
    return date(reached.year - years, reached.month, min(reached.day, 28))


def adult(random: Random, first: date) -> Adult:
    support = random.choice(tuple(ParentsSupport))
    match random.randrange(8):
        case 0 | 1:
            return Adult(age=random.choice((18, 19, 20, 21, 26, 27, 40, 66, 67, 80)), parents_support=support)
        case 2:
            earliest = -30 if chance(random, 5) else -700  # a few are under 18, and refused
            return Adult(birthday(random, 18, first, earliest) - timedelta(days=200), parents_support=support)
        case 3:
            return Adult(birthday(random, 67, first, -30), parents_support=support)
        case 4 | 5:
            return Adult(birthday(random, 27, first, -30), parents_support=support)
        case _:
            return Adult(birthday(random, 21, first, -30), parents_support=support)


def special(random: Random, adults: list[Adult]) -> tuple[Adult, ...]:
    """The same adults, some in an institution, a spouse without a right; a few that are refused."""
    if chance(random, 12):
        one = random.randrange(len(adults))
        adults[one] = replace(adults[one], in_institution=True)
    if chance(random, 20 if len(adults) > 1 else 1):
        ground = random.choice((None, *SingleNormGround))
        one = 0 if chance(random, 3) else -1
        adults[one] = replace(adults[one], has_right=False, single_norm_ground=ground)
        if chance(random, 10):
            adults = [replace(adult, in_institution=True) for adult in adults]
    return tuple(adults)


def child(random: Random, first: date) -> Child:
    match random.randrange(5):
        case 0:
            return Child(birthday(random, 0, first, -30))
        case 1 | 2:
            return Child(age=random.choice((0, 5, 17, 18)))
        case _:
            return Child(birthday(random, 18, first, -30))


def composition(random: Random, first: date, from_day: date) -> Composition:
    kind = random.choice(tuple(HouseholdType))
    return Composition(
        from_day=from_day,
        kind=kind,
        adults=special(random, [adult(random, first) for _ in range(2 if kind is HouseholdType.COUPLE else 1)]),
        children=tuple(child(random, first) for _ in range(random.randrange(3))),
        cost_sharers=random.choice((0, 0, 0, 1, 2, 3, 4)),
        pay_out=random.choice(tuple(PayOut)),
    )


def terms(random: Random, key: str, kind: ChargeKind, first: date) -> ChargeTerms:
    from_day = day_in(random, first, -60, 150) if chance(random, 60) else first
    until_day = max(from_day, day_in(random, from_day, 0, 150)) if chance(random, 35) else None
    first_due = month_of(from_day) if chance(random, 25) else None
    while first_due and chance(random, 50):
        first_due = next_month(first_due)
    return ChargeTerms(
        key=key,
        kind=kind,
        creditor=random.choice(CREDITORS),
        amount_cents=random.choice((random.randint(1, 9_999), random.randint(1, 99_999))),
        from_day=from_day,
        until_day=until_day,
        first_due=first_due,
        known_on=day_in(random, first, 0, 200) if chance(random, 15) else None,
    )


def versions_of(random: Random, key: str, first: date) -> list[ChargeTerms]:
    """One charge and up to three changes of it, each known on another day; or followed by another from the outset."""
    versions = [terms(random, key, random.choice(tuple(ChargeKind)), first)]
    begun = versions[0]
    if begun.until_day and chance(random, 30):
        after = begun.until_day + timedelta(days=random.choice((1, 1, 20)))
        versions.append(replace(begun, amount_cents=random.randint(1, 99_999), from_day=after, until_day=None))
    while len(versions) < 5 and chance(random, 35):
        change = replace(
            terms(random, key, begun.kind, first),
            creditor=begun.creditor,
            known_on=first + timedelta(days=random.randint(1, 210)),
        )
        if change.known_on not in {version.known_on for version in versions}:
            versions.append(change)
    random.shuffle(versions)
    return versions


def choices_of(random: Random) -> dict[str, Any]:
    """What a municipality may choose, as the plain implementation takes it."""
    packages = {name: random.sample(KINDS, random.randint(4, len(KINDS))) for name in CHOICES["withheld"]}
    return {
        "withheld": packages if chance(random, 30) else CHOICES["withheld"],
        "whole_month_kinds": random.sample(KINDS, 7) if chance(random, 20) else CHOICES["whole_month_kinds"],
        "priority": random.sample(KINDS, 4) if chance(random, 30) else CHOICES["priority"],
        "discount_percent": {random.choice(KINDS): random.randint(1, 30) for _ in range(random.choice((0, 0, 1, 3)))},
        "prepay": chance(random, 25),
        "run_day": random.choice((1, 1, 15, random.randint(1, 28))),
        "weekly": random.choice(([], [], [None, "not_self_reliant"], list(CHOICES["withheld"]))),
        "weekday": random.randrange(7),
        "pay_day": random.choice((1, 20, random.randint(1, 28))),
        "holiday_at_relief_end": random.choice(("hand_over", "hand_over", "pay")),
    }


def allowances_of(random: Random, months: list[str]) -> tuple[AllowanceTerms, ...]:
    return tuple(
        AllowanceTerms(
            kind=random.choice(tuple(AllowanceKind)),
            amount_cents=random.randint(1, 30_000),
            is_routed=chance(random, 70),
            from_month=random.choice((None, *months)),
            until_month=random.choice((None, *months)),
        )
        for _ in range(random.choice((0, 0, 1, 2)))
    )


def dates_of(random: Random, months: list[str]) -> tuple[date, ...] | None:
    if chance(random, 60):
        return None
    return tuple(day for month in months for day in sorted(random.sample(days_in(month), random.randint(1, 5))))


def random_life(random: Random) -> tuple[Situation, dict[str, Any], list[str]]:
    """One household over seven months, its municipality's choices, and those months."""
    first = day_in(random, FIRST_DAY, 0, DAYS_TO_BEGIN_IN) if chance(random, 80) else FIRST_DAY
    first = max(first, FIRST_DAY)
    months = [month_of(first)]
    while len(months) < MONTHS_OF_A_LIFE:
        months.append(next_month(months[-1]))
    changes = sorted({day_in(random, first, 1, 200) for _ in range(random.choice((0, 0, 1, 2)))})
    charges = [versions_of(random, f"charge {number}", first) for number in range(random.randint(0, 5))]
    situation = Situation(
        right_from=first,
        compositions=tuple(composition(random, first, day) for day in (first, *changes) if day >= first),
        right_until=max(first, day_in(random, first, 0, 230)) if chance(random, 35) else None,
        last_day=max(first, day_in(random, first, 0, 230)) if chance(random, 35) else None,
        charges=tuple(version for versions in charges for version in versions),
        allowances=allowances_of(random, months),
        grants=tuple(
            GrantTerms(random.choice(tuple(GrantKind)), random.randint(1, 90_000), random.choice(months))
            for _ in range(random.choice((0, 0, 1, 2)))
        ),
        claims=(ClaimTerms("coa", random.randint(1, 20_000)),) if chance(random, 20) else (),
        prepay=random.choice((None, None, True, False)),
        self_reliance=random.choice((None, *SelfRelianceClass)),
        payment_dates=dates_of(random, months),
        income=income_of(random, first),
        reductions=reductions_of(random, first),
        attachments=attachments_of(random, first),
        discounts=discounts_of(random, first),
    )
    return situation, choices_of(random), months
