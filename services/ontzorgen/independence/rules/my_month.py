"""A household's month as the person sees it: what came in, what was paid, what is left, and what comes next.

In codes and cents only; whoever shows it puts the words to them, in the person's own language.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.ontzorgen.independence.rules.own_month import OwnMonth
from services.ontzorgen.statement.rules.statement import Statement
from shared.calendar import month_end, month_of, month_start, next_month
from shared.events.codes import ChargeKind


@dataclass(frozen=True)
class Amount:
    """Something that came in (positive) or was set aside (negative)."""

    code: str
    cents: int


@dataclass(frozen=True)
class PaidCharge:
    """One charge of the month. `for_month` is another month where it waited for this one or is paid ahead."""

    kind: ChargeKind
    due_cents: int
    paid_cents: int
    for_month: str = ""


@dataclass(frozen=True)
class UpcomingMonth:
    """What to expect: the next month's charges, and which of them the person pays alone from then on."""

    month: str
    pay_on: date
    withheld: tuple[Amount, ...]
    pays_alone: tuple[ChargeKind, ...]
    relief_ends_on: date | None


@dataclass(frozen=True)
class MyMonth:
    """The whole view. What came in is what was paid, what is left and nothing else; `own` is one person's part."""

    month: str
    came_in: tuple[Amount, ...]
    came_in_cents: int
    paid: tuple[PaidCharge, ...]
    paid_cents: int
    left_cents: int
    short_cents: int
    next: UpcomingMonth | None
    own: OwnMonth | None = None


@dataclass(frozen=True)
class BookedMonth:
    """The month's statement in its amounts. `holiday_paid_cents` was set aside before and is paid now."""

    month: str
    norm_cents: int
    holiday_reserve_cents: int
    other_income_cents: int
    remainder_cents: int
    shortfall_cents: int
    income_cents: int = 0
    reduction_cents: int = 0
    attachment_cents: int = 0
    holiday_paid_cents: int = 0


def summarise_statement(statement: Statement) -> tuple[BookedMonth, list[PaidCharge]]:
    """Return the amounts of a month's statement, and its charges."""
    booked = BookedMonth(
        month=statement.month,
        norm_cents=statement.norm_cents,
        holiday_reserve_cents=statement.holiday_reserve_cents,
        other_income_cents=statement.routed_allowances_cents + statement.grants_cents,
        remainder_cents=statement.remainder_cents,
        shortfall_cents=statement.shortfall_cents,
        income_cents=statement.income_cents,
        reduction_cents=statement.reduction_cents,
        attachment_cents=statement.attachment_cents,
        holiday_paid_cents=statement.holiday_paid_cents,
    )
    charges = statement.charges
    return booked, [PaidCharge(due.kind, due.due_cents, due.paid_cents, due.for_month) for due in charges]


def show_my_month(
    booked: BookedMonth,
    charges: Sequence[PaidCharge],
    last_day: date,
    pay_on: date,
    kinds_let_go: Collection[ChargeKind],
) -> MyMonth:
    """Return the view of a month that was run; the person pays `kinds_let_go` alone in the month after it.

    `pay_on` is the first day in that month on which money comes.
    """
    amounts = tuple(
        Amount(code, cents)
        for code, cents in (
            ("assistance", booked.norm_cents),
            ("income", -booked.income_cents),
            ("reduction", -booked.reduction_cents),
            ("holiday_reserve", -booked.holiday_reserve_cents),
            ("attachment", -booked.attachment_cents),
            ("allowances_and_grants", booked.other_income_cents),
            ("holiday_allowance", booked.holiday_paid_cents),
        )
        if cents
    )
    came_in_cents = sum(amount.cents for amount in amounts)
    left_cents = booked.remainder_cents + booked.holiday_paid_cents
    return MyMonth(
        month=booked.month,
        came_in=amounts,
        came_in_cents=came_in_cents,
        paid=tuple(charges),
        paid_cents=came_in_cents - left_cents,
        left_cents=left_cents,
        short_cents=booked.shortfall_cents,
        next=_expect_month(next_month(booked.month), charges, last_day, pay_on, kinds_let_go),
    )


def _expect_month(
    month: str, charges: Sequence[PaidCharge], last_day: date, pay_on: date, kinds_let_go: Collection[ChargeKind]
) -> UpcomingMonth | None:
    """Return what to expect of a month; None if relief does not reach it."""
    if last_day < month_start(month):
        return None
    return UpcomingMonth(
        month=month,
        pay_on=pay_on,
        withheld=tuple(_expect_withheld(month, charges, last_day, kinds_let_go)),
        pays_alone=tuple(sorted(kinds_let_go)),
        relief_ends_on=last_day if last_day <= month_end(month) else None,
    )


def _expect_withheld(
    month: str, charges: Sequence[PaidCharge], last_day: date, kinds_let_go: Collection[ChargeKind]
) -> Iterator[Amount]:
    """Yield what is due as the last of the months that were paid was, all charges of a kind together.

    Nothing where that was paid ahead and is relief's last.
    """
    for kind in dict.fromkeys(charge.kind for charge in charges):
        last = max(charge.for_month for charge in charges if charge.kind is kind)
        is_paid_ahead = last >= month == month_of(last_day)
        if kind not in kinds_let_go and not is_paid_ahead:
            yield Amount(
                kind, sum(charge.due_cents for charge in charges if (charge.kind, charge.for_month) == (kind, last))
            )
