"""A short season is played on the whole chain, on real PostgreSQL and the embedded broker, and its figures agree."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from demo.expectations import ExpectedFigures, expect
from demo.main import play_season
from demo.planner import plan
from demo.story import Season, Size, Step, Week

pytestmark = pytest.mark.timeout(180)

SHORT = Size(
    first_day=date(2026, 6, 15),
    weeks=4,
    recruiting_weeks=2,
    ambassadors=5,
    candidates=4,
    status_holders=5,
    late_plans=1,
    relief_from=date(2026, 7, 1),
    relief_months=6,
    pilot_households=1,
    pilots_from=date(2026, 7, 1),
    pilots_until=date(2026, 12, 31),
)


def spoil_first_command(season: Season) -> Season:
    """The same season up to its first neighbourhood, which cannot be used."""
    first = next(command for command in season.weeks[0].waves[0] if command.step is Step.NEIGHBOURHOOD)
    wrong = replace(first, body={**first.body, "obligated": -1})
    return replace(season, weeks=(Week(1, season.size.first_day, ((wrong,),)),))


def play_short_season(season: Season, out: Path) -> tuple[int, str]:
    """The exit code and what was shown."""
    screen = io.StringIO()
    code = play_season(season, out, console=Console(file=screen, width=100))
    return code, screen.getvalue()


@pytest.fixture(scope="module")
def season() -> Season:
    return plan(3, size=SHORT)


@pytest.fixture(scope="module")
def expected(season: Season) -> ExpectedFigures:
    return expect(season)


@pytest.fixture(scope="module")
def outcome(season: Season, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, dict[str, Any], str]:
    out = tmp_path_factory.mktemp("demo")
    code, screen = play_short_season(season, out)
    assert code == 0, screen
    figures = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return code, screen, figures, (out / "report.html").read_text(encoding="utf-8")


def test_a_short_season_ends_with_every_figure_counted_from_the_services(
    outcome: tuple[int, str, dict[str, Any], str], expected: ExpectedFigures
) -> None:
    figures = outcome[2]
    assert expected.households_in_relief == 4  # the fifth signs too late for a season this short
    assert expected.months_run == 4
    for name in (
        "ambassadors",
        "candidates",
        "intakes_completed",
        "signed_plans",
        "households_in_relief",
        "months_run",
    ):
        assert figures[name] == getattr(expected, name), name
    assert figures["deducted_cents"] + figures["shortfall_cents"] == expected.charged_cents > 0
    assert (figures["ledger_sum_cents"], figures["parked"]) == (0, 0)
    assert all(check["holds"] for check in figures["checks"])


def test_the_pilots_of_a_short_season_are_counted_from_the_services_too(
    outcome: tuple[int, str, dict[str, Any], str], expected: ExpectedFigures
) -> None:
    """One household each: July is run, paid by the bank, refused once in Den Haag, and sent again."""
    pilots = {pilot["municipality"]: pilot for pilot in outcome[2]["pilots"]}
    assert pilots.keys() == expected.pilots.keys()
    for code, pilot in pilots.items():
        assert pilot["months_run"] == expected.pilots[code].months_run > 0
        assert pilot["payments_matched"] == pilot["payments_of_runs"] > 0
        assert pilot["ledger_sum_cents"] == 0
    refused = {code: pilot["payments_refused"] for code, pilot in pilots.items() if pilot["payments_refused"]}
    assert refused == {"gm0518": 1}
    assert pilots["gm0518"]["payments_released"] == pilots["gm0518"]["payments_of_runs"] + 1
    assert pilots["gm0779"]["loans_cents"] > 0


def test_every_message_of_the_season_was_rendered_and_told(outcome: tuple[int, str, dict[str, Any], str]) -> None:
    _, _, figures, page = outcome
    published = figures["events_by_type"]["nl.meedoen.notifications.notification-sent.v1"]
    assert published == figures["messages"] == sum(figures["messages_by_language"].values()) > 0
    assert 'class="subject"' in page


def test_progress_and_figures_are_readable_where_there_is_no_terminal(
    outcome: tuple[int, str, dict[str, Any], str],
) -> None:
    screen = outcome[1]
    assert "Week  1 of 4" in screen
    assert "Week  4 of 4" in screen
    assert "\x1b" not in screen
    assert screen.rstrip().splitlines()[-1].strip().startswith("README.md")


def test_a_command_that_is_refused_ends_the_demo_with_a_sentence(season: Season, tmp_path: Path) -> None:
    code, screen = play_short_season(spoil_first_command(season), tmp_path)
    assert code == 1
    assert "The neighbourhood of 2026-06-15 was refused by recruitment:" in " ".join(screen.split())
    assert "obligated" in screen
    assert not list(tmp_path.iterdir())
