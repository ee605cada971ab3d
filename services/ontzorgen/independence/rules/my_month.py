"""A household's month as the person sees it: what came in, what was paid, what is left, and what comes next.

In codes and cents only; whoever shows it puts the words to them, in the person's own language.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.calendar import month_end, month_start, next_month
from shared.events.codes import ChargeKind


@dataclass(frozen=True)
class Amount:
    """Something that came in (positive) or was kept aside (negative)."""

    code: str
    cents: int


@dataclass(frozen=True)
class Paid:
    """One charge of the month."""

    kind: ChargeKind
    due_cents: int
    paid_cents: int


@dataclass(frozen=True)
class Next:
    """What to expect: the next month's charges, and which of them the person pays alone from then on."""

    month: str
    pay_on: date
    withheld: tuple[Amount, ...]
    pays_alone: tuple[ChargeKind, ...]
    relief_ends_on: date | None


@dataclass(frozen=True)
class MyMonth:
    """The whole view. What came in is what was paid, what is left and nothing else."""

    month: str
    came_in: tuple[Amount, ...]
    came_in_cents: int
    paid: tuple[Paid, ...]
    paid_cents: int
    left_cents: int
    short_cents: int
    next: Next | None


@dataclass(frozen=True)
class Booked:
    """The month's statement in its amounts."""

    month: str
    norm_cents: int
    holiday_reserve_cents: int
    other_income_cents: int
    remainder_cents: int
    shortfall_cents: int
    correction_cents: int = 0


def my_month(
    booked: Booked, paid: Sequence[Paid], last_day: date, pay_day: int, let_go: Collection[ChargeKind]
) -> MyMonth:
    """The view of a month that was run; `let_go` are the kinds that the person pays alone in the month after it."""
    amounts = tuple(
        Amount(code, cents)
        for code, cents in (
            ("assistance", booked.norm_cents),
            ("holiday_reserve", -booked.holiday_reserve_cents),
            ("allowances_and_grants", booked.other_income_cents),
        )
        if cents
    )
    came_in_cents = sum(one.cents for one in amounts)
    return MyMonth(
        month=booked.month,
        came_in=amounts,
        came_in_cents=came_in_cents,
        paid=tuple(paid),
        paid_cents=came_in_cents - booked.remainder_cents,
        left_cents=booked.remainder_cents,
        short_cents=booked.shortfall_cents,
        next=_next(next_month(booked.month), paid, last_day, pay_day, let_go),
    )


def _next(
    month: str, paid: Sequence[Paid], last_day: date, pay_day: int, let_go: Collection[ChargeKind]
) -> Next | None:
    """None when relief does not reach the next month."""
    if last_day < month_start(month):
        return None
    return Next(
        month=month,
        pay_on=month_start(month).replace(day=pay_day),
        withheld=tuple(_withheld(paid, let_go)),
        pays_alone=tuple(sorted(let_go)),
        relief_ends_on=last_day if last_day <= month_end(month) else None,
    )


def _withheld(paid: Sequence[Paid], let_go: Collection[ChargeKind]) -> Iterator[Amount]:
    """As this month, as far as is known now; all charges of a kind together."""
    for kind in dict.fromkeys(one.kind for one in paid):
        if kind not in let_go:
            yield Amount(kind, sum(one.due_cents for one in paid if one.kind is kind))
