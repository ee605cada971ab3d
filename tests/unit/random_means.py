"""What a random life has beside its benefit and its charges: income, reductions, attachments, discounts."""

from datetime import date, timedelta
from random import Random
from typing import Any

from plain_days import days_in, month_of

from services.ontzorgen.statement.rules.situation import (
    AttachmentKind,
    AttachmentTerms,
    DiscountTerms,
    IncomeKind,
    IncomeTerms,
    ReductionTerms,
)
from shared.events.codes import ChargeKind

CREDITORS = ("de woning", "de zorg", "het licht", "het water", "alles in een")


def chance(random: Random, percent: int) -> bool:
    return random.randrange(100) < percent


def day_in(random: Random, first: date, earliest: int, latest: int) -> date:
    """A day so many days from the first; half of them on the edge of a month."""
    day = first + timedelta(days=random.randint(earliest, latest))
    if chance(random, 50):
        days = days_in(month_of(day))
        day = random.choice((days[0], days[-1], days[14], days[-2]))
    return day


def period(random: Random, first: date) -> dict[str, Any]:
    """A first day, and perhaps a last one."""
    from_day = day_in(random, first, -60, 150) if chance(random, 60) else first
    until_day = max(from_day, day_in(random, from_day, 0, 150)) if chance(random, 40) else None
    return {"from_day": from_day, "until_day": until_day}


def income_of(random: Random, first: date) -> tuple[IncomeTerms, ...]:
    """Half of the lives have none; a few have more than their norm."""
    return tuple(
        IncomeTerms(
            kind=random.choice((*IncomeKind, IncomeKind.EARNINGS, IncomeKind.EARNINGS)),
            amount_cents=random.choice((random.randint(1, 60_000), random.randint(1, 180_000))),
            exempt_percent=random.choice((0, random.randint(1, 25), 25, 25)),
            payee=random.choice(("person", "person", "partner")),
            **period(random, first),
        )
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3)))
    )


def reductions_of(random: Random, first: date) -> tuple[ReductionTerms, ...]:
    return tuple(
        ReductionTerms(percent=random.choice((5, 20, 100, random.randint(1, 100))), **period(random, first))
        for _ in range(random.choice((0, 0, 0, 0, 1, 2)))
    )


def attachments_of(random: Random, first: date) -> tuple[AttachmentTerms, ...]:
    return tuple(
        AttachmentTerms(
            key=f"attachment {number}",
            kind=random.choice(tuple(AttachmentKind)),
            creditor=random.choice(("de deurwaarder", *CREDITORS)),
            amount_cents=random.choice((random.randint(1, 20_000), random.randint(1, 150_000))),
            protected_cents=random.choice((0, random.randint(1, 150_000), random.randint(60_000, 130_000))),
            **period(random, first),
        )
        for number in range(random.choice((0, 0, 0, 1, 2, 3)))
    )


def discounts_of(random: Random, first: date) -> tuple[DiscountTerms, ...]:
    return tuple(
        DiscountTerms(
            creditor=random.choice(CREDITORS),
            percent=random.choice((5, 10, random.randint(1, 100))),
            kind=random.choice(tuple(ChargeKind)) if chance(random, 40) else None,
            known_on=day_in(random, first, 0, 200) if chance(random, 35) else None,
            **period(random, first),
        )
        for _ in range(random.choice((0, 0, 1, 2, 3)))
    )
