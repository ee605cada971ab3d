"""The lines that explain a month: each has a code with parameters beside its text, for screens with words of their own.

A code keeps its meaning and its parameters; texts may be improved. docs/explanations.md is generated from `MEANINGS`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

Parameter = bool | int | str | tuple[int, ...] | tuple[str, ...]


class LineCode(StrEnum):
    """Wat een regel van de uitleg zegt; docs/explanations.md noemt van elke code de betekenis en de parameters."""

    CHARGE = "charge"
    CORRECTION_KNOWN_LATE = "correction_known_late"
    CORRECTION_PAID_TOO_MUCH = "correction_paid_too_much"
    CORRECTION_UNPAID_THEN = "correction_unpaid_then"
    CREDIT_WAITING = "credit_waiting"
    LEFT_TO_PERSON = "left_to_person"
    DEBT_RECORDED = "debt_recorded"
    NORMS_OUTDATED = "norms_outdated"
    NORM = "norm"
    NORM_ADDITION = "norm_addition"
    INCOME_COUNTED = "income_counted"
    INCOME_EXEMPT = "income_exempt"
    INCOME_ABOVE_NORM = "income_above_norm"
    REDUCTION = "reduction"
    HOLIDAY_SET_ASIDE = "holiday_set_aside"
    HOLIDAY_PAID = "holiday_paid"
    HOLIDAY_BEYOND_RIGHT = "holiday_beyond_right"
    HOLIDAY_HANDED_OVER = "holiday_handed_over"
    ATTACHMENT = "attachment"
    ALLOWANCE_ROUTED = "allowance_routed"
    GRANT = "grant"
    PAYABLE_AS_RUN = "payable_as_run"
    ATTACHMENTS_AS_RUN = "attachments_as_run"
    ALLOWANCES_AS_RUN = "allowances_as_run"
    GRANTS_AS_RUN = "grants_as_run"
    CHARGE_AS_RUN = "charge_as_run"
    CORRECTION_AS_RUN = "correction_as_run"


class Meaning(NamedTuple):
    """What a line with a code says, and the names of its parameters."""

    says: str
    parameters: tuple[str, ...] = ()


_OF_CHARGE: Final = ("kind", "creditor", "for_month")
_OF_PAID: Final = (*_OF_CHARGE, "paid_cents")
_OF_NORM: Final = ("category", "rule", "days", "days_of_month")

MEANINGS: Final[Mapping[LineCode, Meaning]] = {
    LineCode.CHARGE: Meaning(
        "A fixed charge is due; `paid_cents` of it is paid, and `is_ahead` says that it is of a later month",
        (*_OF_PAID, "is_ahead"),
    ),
    LineCode.CORRECTION_KNOWN_LATE: Meaning("A charge of an earlier month became known late, or was raised", _OF_PAID),
    LineCode.CORRECTION_PAID_TOO_MUCH: Meaning("Too much was paid in an earlier month, and is set off", _OF_PAID),
    LineCode.CORRECTION_UNPAID_THEN: Meaning("What the money did not reach in `unpaid_in`", (*_OF_PAID, "unpaid_in")),
    LineCode.CREDIT_WAITING: Meaning(
        "`credit_cents` was paid too much, and waits until something is due to this creditor or it pays back",
        (*_OF_CHARGE, "credit_cents"),
    ),
    LineCode.LEFT_TO_PERSON: Meaning("A charge of this kind is not withheld: the person pays it", ("kind",)),
    LineCode.DEBT_RECORDED: Meaning("A debt is recorded, and is never withheld", ("creditor",)),
    LineCode.NORMS_OUTDATED: Meaning("The norms of this month are not entered yet: it is paid by the newest known"),
    LineCode.NORM: Meaning("The norm of the household, for `days` of the days of the month", _OF_NORM),
    LineCode.NORM_ADDITION: Meaning("An addition to the norm, for `days` of the days of the month", _OF_NORM),
    LineCode.INCOME_COUNTED: Meaning("Income of the person or partner, taken off the norm", ("kind", "payee")),
    LineCode.INCOME_EXEMPT: Meaning("The part of the earnings that is exempt"),
    LineCode.INCOME_ABOVE_NORM: Meaning("Income above the norm: nothing is granted"),
    LineCode.REDUCTION: Meaning("A reduction of these percentages for not meeting duties", ("percents",)),
    LineCode.HOLIDAY_SET_ASIDE: Meaning("Holiday allowance that is set aside"),
    LineCode.HOLIDAY_PAID: Meaning("Holiday allowance that was set aside is paid", ("paid_cents", "paid_on")),
    LineCode.HOLIDAY_BEYOND_RIGHT: Meaning(
        "Holiday allowance that was set aside beyond the right is handed over to the benefit administration",
        ("handed_over_cents",),
    ),
    LineCode.HOLIDAY_HANDED_OVER: Meaning(
        "Holiday allowance is handed over to the benefit administration at the end of relief", ("handed_over_cents",)
    ),
    LineCode.ATTACHMENT: Meaning(
        "An attachment or set-off takes its part of `asked_cents`; never below `protected_cents`, 0 if none holds",
        ("kind", "creditor", "asked_cents", "protected_cents"),
    ),
    LineCode.ALLOWANCE_ROUTED: Meaning("An allowance that is paid through the municipality", ("kind",)),
    LineCode.GRANT: Meaning("Money that the municipality grants beside the benefit", ("kind",)),
    LineCode.PAYABLE_AS_RUN: Meaning("What was payable of the benefit, as run: the file has changed since"),
    LineCode.ATTACHMENTS_AS_RUN: Meaning("What attachments and set-offs took, as run"),
    LineCode.ALLOWANCES_AS_RUN: Meaning("The allowances that were routed, as run"),
    LineCode.GRANTS_AS_RUN: Meaning("The grants, as run"),
    LineCode.CHARGE_AS_RUN: Meaning("A fixed charge, as run", _OF_CHARGE),
    LineCode.CORRECTION_AS_RUN: Meaning("A correction of an earlier month, as run", _OF_CHARGE),
}


class Line(NamedTuple):
    """One line of a statement: its text, and the code and parameters that a screen finds its own words by."""

    text: str
    cents: int
    basis: str
    code: LineCode
    parameters: dict[str, Parameter]


def build_line(code: LineCode, text: str, cents: int, basis: str, **parameters: Parameter) -> Line:
    """Return a line; the parameters are those that `MEANINGS` promises for its code."""
    return Line(text, cents, basis, code, parameters)
