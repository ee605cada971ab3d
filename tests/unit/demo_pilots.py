"""Figures of the pilots that agree with the plan of a season, with invented money: for tests of checks and report."""

from demo.expectations import ExpectedFigures
from demo.figures import Pilot
from demo.pilots.counts import PilotCounts, PilotMonth
from demo.pilots.expectations import PilotExpected
from demo.story import Season

HOLIDAY_CENTS, LEFT_CENTS = 8_000, 40_000


def pilots_as_planned(season: Season, expected: ExpectedFigures) -> tuple[PilotCounts, ...]:
    return tuple(_counts_as_planned(pilot, expected.pilots[pilot.municipality]) for pilot in season.pilots)


def _counts_as_planned(pilot: Pilot, plan: PilotExpected) -> PilotCounts:
    """Everything that is asked is paid, in one month of all households."""
    spent_cents = plan.charged_cents + HOLIDAY_CENTS + LEFT_CENTS + plan.attachment_cents
    norm_cents = spent_cents + plan.income_cents - plan.grants_cents - plan.loans_cents
    month = PilotMonth(
        month="2026-07",
        households=plan.households,
        norm_cents=norm_cents,
        holiday_reserve_cents=HOLIDAY_CENTS,
        grants_cents=plan.grants_cents + plan.loans_cents,
        deducted_cents=plan.charged_cents,
        remainder_cents=LEFT_CENTS,
        shortfall_cents=0,
    )
    planned_figures = {
        name: getattr(plan, name) for name in PilotExpected.__dataclass_fields__ if name != "charged_cents"
    }
    return PilotCounts(
        pilot=pilot,
        norm_cents=norm_cents,
        deducted_cents=plan.charged_cents,
        remainder_cents=LEFT_CENTS,
        holiday_reserve_cents=HOLIDAY_CENTS,
        shortfall_cents=0,
        holiday_paid_cents=HOLIDAY_CENTS // 2,
        holiday_handed_over_cents=HOLIDAY_CENTS // 4,
        reserve_left_cents=HOLIDAY_CENTS // 4,
        reserve_after_relief_cents=0,
        booked_reserve_cents=HOLIDAY_CENTS // 4,
        resolved_cents=0,
        paid_later_cents=0,
        extra_charges_cents=plan.extra_charges * 1_500,
        runs=6,
        payments_to_people=plan.months_run,
        payments_of_runs=100,
        payments_released=100 + plan.payments_refused,
        payments_matched=100,
        run_cents=plan.charged_cents,
        booked_deducted_cents=plan.charged_cents,
        ledger_sum_cents=0,
        months=(month,),
        **planned_figures,
    )
