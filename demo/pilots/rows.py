"""The rows of the table of pilots: one list for the terminal and the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.pilots.counts import PilotCounts

_MINUTES_IN_HOUR = 60


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"


def _euros(cents: int) -> str:
    return f"{round(cents / 100):,}" if cents else "-"


def _hours(minutes: int) -> str:
    return f"{minutes / _MINUTES_IN_HOUR:,.1f}".removesuffix(".0") if minutes else "-"


@dataclass(frozen=True)
class Row:
    """A figure of every pilot; `name` is the field of PilotCounts."""

    title: str
    name: str
    formatter: Callable[[int], str] = _count

    def cell(self, pilot: PilotCounts) -> str:
        return self.formatter(getattr(pilot, self.name))


@dataclass(frozen=True)
class Group:
    """Rows that belong together."""

    title: str
    rows: Sequence[Row]


GROUPS = (
    Group("Households", (Row("Households", "households"), Row("Months run", "months_run"))),
    Group(
        "Money",
        (
            Row("Norms, €", "norm_cents", _euros),
            Row("Gifts, €", "grants_cents", _euros),
            Row("Loans, €", "loans_cents", _euros),
            Row("Deducted, €", "deducted_cents", _euros),
            Row("To the person, €", "remainder_cents", _euros),
            Row("Income set off, €", "income_cents", _euros),
            Row("Attachments, €", "attachment_cents", _euros),
            Row("Holiday reserve, €", "holiday_reserve_cents", _euros),
            Row("Holiday paid, €", "holiday_paid_cents", _euros),
            Row("Handed over, €", "holiday_handed_over_cents", _euros),
            Row("Still set aside, €", "reserve_left_cents", _euros),
            Row("Loans repaid, €", "repaid_cents", _euros),
        ),
    ),
    Group(
        "Beyond the law's charges",
        (
            Row("Extra charges", "extra_charges"),
            Row("Extra charges, €", "extra_charges_cents", _euros),
            Row("Discounts, €", "discount_cents", _euros),
        ),
    ),
    Group(
        "Shortfalls",
        (
            Row("Shortfalls found", "shortfalls_found"),
            Row("Shortfalls solved", "shortfalls_resolved"),
            Row("Short, €", "shortfall_cents", _euros),
        ),
    ),
    Group(
        "Independence",
        (
            Row("Extended (art. 57)", "extended"),
            Row("Phased out", "phased_out"),
            Row("Coaching, hours", "coaching_minutes", _hours),
            Row("Lessons attended", "lessons_attended"),
        ),
    ),
    Group(
        "Runs and the bank",
        (
            Row("Runs released", "runs"),
            Row("Payments sent", "payments_released"),
            Row("Payments refused", "payments_refused"),
            Row("Payments matched", "payments_matched"),
            Row("Ledger sum, cents", "ledger_sum_cents", str),
        ),
    ),
)
