"""What each pilot must lead to, counted from the season's commands alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.pilots.homes import BY_LAW
from demo.pilots.planned_households import last_day_of, list_planned_households
from demo.story import Season


@dataclass(frozen=True)
class PilotExpected:
    """The figures of one pilot that follow from its plan. `charged_cents` is after discount."""

    households: int
    months_run: int
    charged_cents: int
    discount_cents: int
    extra_charges: int
    income_cents: int
    attachment_cents: int
    shortfalls_found: int
    shortfalls_resolved: int
    grants_cents: int
    loans_cents: int
    repaid_cents: int
    extended: int
    phased_out: int
    coaching_minutes: int
    lessons_attended: int
    payments_refused: int


def expect_pilots(season: Season) -> dict[str, PilotExpected]:
    """Return the expected figures by municipality."""
    return {pilot.municipality: _expect(season, pilot.municipality) for pilot in season.pilots}


def _expect(season: Season, municipality: str) -> PilotExpected:
    homes = list_planned_households(season, municipality)
    until = last_day_of(season, municipality)
    paid = [(home, month) for home in homes for month in home.paid_months(until)]
    grants = [grant for home in homes for grant in home.grants]
    resolved = [resolution for home in homes for resolution in home.resolved]
    return PilotExpected(
        households=len(homes),
        months_run=sum(len(home.months(until)) for home in homes),
        charged_cents=sum(home.charged_cents(month) for home, month in paid),
        discount_cents=sum(home.discount_cents(month) for home, month in paid),
        extra_charges=sum(kind not in BY_LAW for home, month in paid for kind in home.paid_kinds(month)),
        income_cents=sum(home.income_cents * len(home.months(until)) for home in homes),
        attachment_cents=sum(home.attachment_cents * len(home.months(until)) for home in homes),
        shortfalls_found=sum(len(home.short_months(until)) for home in homes),
        shortfalls_resolved=len(resolved),
        grants_cents=_sum_cents(grants, "gift") + sum(resolution["granted_cents"] for resolution in resolved),
        loans_cents=_sum_cents(grants, "loan"),
        repaid_cents=sum(home.repaid_cents for home in homes),
        extended=sum(home.extended_months > 0 for home in homes),
        phased_out=sum(home.is_phased_out and home.last_day < until for home in homes),
        coaching_minutes=sum(home.coaching_minutes for home in homes),
        lessons_attended=sum(home.lessons for home in homes),
        payments_refused=sum(home.refused_payments(until) for home in homes),
    )


def _sum_cents(grants: Iterable[Mapping[str, Any]], form: str) -> int:
    return sum(grant["amount_cents"] for grant in grants if grant["form"] == form)
