"""An event that is lost, and a cent that is wrong, end the demo with a sentence and an exit code of one."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

# The pilots as planned stand beside the tests, which are no package.
from demo_pilots import pilots_as_planned

from demo.chain import DemoError
from demo.checks import build_checks, require_all_hold
from demo.counts import MoneyMonth, SeasonCounts, TownTotals
from demo.expectations import ExpectedFigures, expect
from demo.pilots.counts import PilotCounts
from demo.planner import plan
from demo.story import Season

SENT = "nl.meedoen.notifications.notification-sent.v1"
# What stands in the report and follows from nothing that is known without the law's amounts.
FOLLOWS_FROM_NOTHING = {"pilot", "months", "extra_charges_cents", "runs", "payments_to_people"}


@pytest.fixture(scope="module")
def season() -> Season:
    return plan(2010)


@pytest.fixture(scope="module")
def expected(season: Season) -> ExpectedFigures:
    return expect(season)


@pytest.fixture(scope="module")
def counted(season: Season, expected: ExpectedFigures) -> SeasonCounts:
    """What the services would hold, had everything gone as planned; all of it in one town."""
    written = dict(expected.messages_by_template)
    total = sum(written.values())
    messages = {"total": total, "by_template": written, "by_state": {"sent": total}, "by_language": {"nl": total}}
    recruitment = {name: getattr(expected, name) for name in ("ambassadors", "outreaches", "people_reached")}
    recruitment |= {name: getattr(expected, name) for name in ("candidates", "withdrawn", "candidates_by_channel")}
    recruitment["signed_plans"] = expected.signed_plans_recruited
    names = ("files", "intakes_completed", "signed_plans", "deadlines_missed")
    ledger = {
        "households": expected.households_in_relief,
        "months_run": expected.months_run,
        "deducted_cents": expected.charged_cents,
        "sum_cents": 0,
        "holiday_paid_cents": 500,
        "holiday_handed_over_cents": 400,
        "holiday_reserve_cents": 100,
    }
    town = TownTotals(recruitment, {name: getattr(expected, name) for name in names}, ledger, messages)
    return SeasonCounts(
        towns={season.towns[0]: town},
        messages=(messages,),
        pilots=pilots_as_planned(season, expected),
        group_target=75,
        neighbourhoods=(),
        tasks_by_kind={},
        reserve_after_relief_cents=0,
        events_by_type={**expected.events_by_type, SENT: total},
        published_deducted_cents=expected.charged_cents,
        published_messages_by_language={"nl": total},
        households_falling_short=expected.households_falling_short,
        months=(MoneyMonth("2026-07", 35, expected.charged_cents + 1_000, expected.charged_cents, 0, 0),),
        funnel=(),
        caseload=(),
        samples=(),
    )


def refused(expected: ExpectedFigures, counted: SeasonCounts, parked: int = 0, waiting: int = 0) -> str:
    """The sentence with which the demo ends."""
    with pytest.raises(DemoError) as ended:
        require_all_hold(build_checks(expected, counted, parked, waiting))
    return str(ended.value)


def test_a_season_that_went_as_planned_is_not_refused(expected: ExpectedFigures, counted: SeasonCounts) -> None:
    require_all_hold(build_checks(expected, counted, parked=0, waiting=0))


def test_an_event_that_is_lost_or_doubled_is_seen_whatever_its_type(
    expected: ExpectedFigures, counted: SeasonCounts
) -> None:
    for kind, number in counted.events_by_type.items():
        for wrong in (number - 1, number + 1):
            sentence = refused(expected, replace(counted, events_by_type={**counted.events_by_type, kind: wrong}))
            assert str(wrong) in sentence
            assert "expected" in sentence


def test_every_figure_of_a_pilot_that_is_off_by_one_is_seen(expected: ExpectedFigures, counted: SeasonCounts) -> None:
    """Also a household, a payment, or a cent anywhere between the norm and the bank."""
    looked_at = [field.name for field in fields(PilotCounts) if field.name not in FOLLOWS_FROM_NOTHING]
    assert "ledger_sum_cents" in looked_at
    for index, pilot in enumerate(counted.pilots):
        for name in looked_at:
            off = replace(pilot, **{name: getattr(pilot, name) + 1})
            pilots = (*counted.pilots[:index], off, *counted.pilots[index + 1 :])
            assert f"{pilot.pilot.name}: " in refused(expected, replace(counted, pilots=pilots)), name


def _off(**change: Any) -> Callable[[SeasonCounts], SeasonCounts]:
    return lambda counted: replace(counted, **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_off(published_deducted_cents=1), "Cents deducted, as published and as booked"),
        (_off(months=()), "Cents deducted, by month and in all"),
        (_off(reserve_after_relief_cents=1), "Cents of holiday allowance left after relief"),
        (_off(messages=()), "Messages sent, as published and as stored"),
        (_off(published_messages_by_language={"ti": 1}), "Messages in ti, as published and as stored"),
    ],
)
def test_figures_of_the_services_that_differ_among_themselves_are_seen(
    change: Callable[[SeasonCounts], SeasonCounts],
    sentence: str,
    expected: ExpectedFigures,
    counted: SeasonCounts,
) -> None:
    assert sentence in refused(expected, change(counted))


def test_what_is_held_back_at_the_end_is_told(expected: ExpectedFigures, counted: SeasonCounts) -> None:
    assert "Parked events: expected 0, counted 2." in refused(expected, counted, parked=2)
    assert "Events that still wait: expected 0, counted 3." in refused(expected, counted, waiting=3)


def test_the_order_in_which_languages_were_told_changes_no_report(
    expected: ExpectedFigures, counted: SeasonCounts
) -> None:
    languages_in_order = ({"ar": 1, "ti": 2}, {"ti": 2, "ar": 1})
    first, second = (
        build_checks(expected, replace(counted, published_messages_by_language=each), 0, 0)
        for each in languages_in_order
    )
    assert first == second
