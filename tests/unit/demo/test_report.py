"""The report of a season is whole and readable, in a terminal and as a page, with nothing from elsewhere."""

import html
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

# The pilots as planned stand beside the tests, which are no package.
from demo_pilots import pilots_as_planned
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from demo.chain import DemoError
from demo.charts import nice_ticks
from demo.checks import Check, require_all_hold
from demo.counts import MoneyMonth
from demo.expectations import expect
from demo.main import conclude
from demo.page import keep_dates_whole, render_page
from demo.people import CaseloadWeek, FunnelStep
from demo.pilots.rows import GROUPS
from demo.planner import plan
from demo.report import Report, Town
from demo.samples import Sample
from demo.story import Season
from demo.terminal import print_report

MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
SAMPLES = (
    Sample("nl", "relief_started", "email", "Wij betalen uw vaste lasten", "Beste lezer,\n\nUw huur & gas."),
    Sample("en", "relief_started", "email", "We pay your fixed charges", "Dear reader,\n\nYour rent & gas."),
    Sample("ar", "relief_started", "letter", "سندفع تكاليفك الثابتة", "عزيزي القارئ،\n\nسندفع إيجارك: €‎ 500.00"),
    Sample("ti", "relief_started", "letter", "ስሩዕ ክፍሊትካ ንኸፍል", "ክቡር ኣንባቢ፡\n\nክራይካ ንኸፍል።"),
)


FUNNEL = (
    FunnelStep("file_opened", 61, 35),
    FunnelStep("invited", 61, 35),
    FunnelStep("intake_completed", 56, 35),
    FunnelStep("plan_signed", 47, 35),
    FunnelStep("relief_started", 0, 35),
)
TOWNS = (
    Town("gm0637", "Zoetermeer", 23, 61, 80, 75, 66, 19, 10_400_000, 500),
    Town("gm0080", "Leeuwarden", 0, 0, 16, 16, 16, 16, 8_813_500, 312),
)


def sample_months() -> tuple[MoneyMonth, ...]:
    return tuple(
        MoneyMonth(month, 35, 4_900_000, 3_200_000 + 900 * index, 1_455_000 - 900 * index, 68_000 - 900 * index)
        for index, month in enumerate(MONTHS)
    )


def sample_caseload(season: Season) -> tuple[CaseloadWeek, ...]:
    return tuple(
        CaseloadWeek(
            last_day=week.days[-1],
            before_intake=max(0, 20 - abs(week.number - 18)),
            before_plan=max(0, 14 - abs(week.number - 24)),
            in_relief=35 if 26 <= week.number < 52 else 0,
            plan_signed=min(47, max(0, 3 * (week.number - 8))),
        )
        for week in season.weeks
    )


def sample_report() -> Report:
    """A report with the planned figures of a season and invented money."""
    season = plan(2010)
    expected = expect(season)
    months = sample_months()
    return Report(
        figures=season.figures,
        seed=season.seed,
        first_day=season.size.first_day,
        last_day=season.size.last_day,
        ambassadors=expected.ambassadors,
        outreaches=expected.outreaches,
        people_reached=expected.people_reached,
        candidates=expected.candidates,
        candidates_by_channel=dict(expected.candidates_by_channel),
        withdrawn=expected.withdrawn,
        files_by_target_group={"voluntary": 61, "asylum_status_holder": 35},
        intakes_completed=expected.intakes_completed,
        signed_plans=expected.signed_plans,
        signed_plans_recruited=expected.signed_plans_recruited,
        group_target_signed_plans=75,
        plans_by_route={"b1_route": 38, "education_route": 15, "z_route": 29},
        deadlines_missed=expected.deadlines_missed,
        households_in_relief=expected.households_in_relief,
        households_falling_short=expected.households_falling_short,
        months_run=expected.months_run,
        deducted_cents=sum(month.deducted_cents for month in months),
        remainder_cents=sum(month.remainder_cents for month in months),
        holiday_reserve_cents=sum(month.holiday_reserve_cents for month in months),
        shortfall_cents=sum(month.shortfall_cents for month in months),
        ledger_sum_cents=0,
        open_tasks_by_kind={"shortfall": 24},
        messages=812,
        messages_by_language={"nl": 150, "en": 160, "ar": 260, "ti": 170, "mul": 72},
        messages_by_template={"relief_started": 35, "month_paid": 210, "intake_invitation": 102},
        messages_by_channel={"email": 540, "letter": 272},
        events=sum(expected.events_by_type.values()),
        events_by_type=dict(expected.events_by_type),
        parked=0,
        months=months,
        funnel=FUNNEL,
        caseload=sample_caseload(season),
        towns=TOWNS,
        pilots=pilots_as_planned(season, expected),
        neighbourhoods=season.figures.leeuwarden.neighbourhoods,
        samples=SAMPLES,
        checks=(Check("Candidates", 61, 61), Check("Months run", 210, 210)),
        duration_seconds=61.2,
    )


class Outline(HTMLParser):
    """What a page holds: tags with their attributes, whether they nest, and links to elsewhere."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def report() -> Report:
    return sample_report()


def test_the_page_needs_nothing_from_elsewhere(report: Report) -> None:
    text = render_page(report)
    outline = Outline(text)
    assert outline.open == []
    assert not any(outline.of(tag) for tag in ("script", "link", "img", "iframe", "object"))
    assert not any({"src", "href", "srcset"} & attributes.keys() for _, attributes in outline.tags)
    assert "@import" not in text
    assert "http" not in text
    assert text.count("url(") == text.count("url(#")


def test_every_chart_speaks_or_stands_beside_its_figures(report: Report) -> None:
    text = render_page(report)
    outline = Outline(text)
    charts = [chart for chart in outline.of("svg") if chart.get("aria-hidden") != "true"]
    assert charts
    assert all(chart.get("role") == "img" and chart.get("aria-label") for chart in charts)
    assert len(outline.of("figure")) >= 6
    assert all(f"{week.last_day:%d %b %Y}" in text for week in report.caseload)


def test_a_message_is_shown_in_its_language_and_direction_and_can_not_become_markup(report: Report) -> None:
    wild = replace(
        report, samples=(*SAMPLES, Sample("en", "relief_started", "email", "<b>", "<script>alert(1)</script>"))
    )
    text = render_page(wild)
    spoken = {(attributes["lang"], attributes["dir"]) for attributes in Outline(text).of("div") if "dir" in attributes}
    assert spoken == {("nl", "ltr"), ("en", "ltr"), ("ar", "rtl"), ("ti", "ltr")}
    assert "<script>" not in text


def test_the_json_has_every_figure_and_two_reports_differ_in_duration_alone(report: Report, tmp_path: Path) -> None:
    report.write(tmp_path / "one.json")
    replace(report, duration_seconds=99.9).write(tmp_path / "other.json")
    first, second = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("one.json", "other.json"))
    expected_keys = (
        "seed ambassadors candidates candidates_by_channel intakes_completed signed_plans households_in_relief "
        "months_run deducted_cents ledger_sum_cents messages_by_language events_by_type parked checks "
        "pilots duration_seconds"
    )
    assert set(expected_keys.split()) <= first.keys()
    assert {name for name in first if first[name] != second[name]} == {"duration_seconds"}
    assert [pilot["municipality"] for pilot in first["pilots"]] == [
        pilot.municipality for pilot in report.figures.pilots
    ]
    assert all(isinstance(pilot["deducted_cents"], int) and pilot["sets_apart"] for pilot in first["pilots"])


@pytest.mark.parametrize(("width", "used"), [(80, 80), (120, 120), (200, 120)])
def test_the_page_of_text_fits_the_terminal(report: Report, width: int, used: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    print_report(console, report, (Path("build/demo/report.html"), Path("build/demo/report.json")))
    text = console.export_text()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= used
    for expected_text in ("47 of 75 plans signed (63 %)", "61", "Brede intake completed", "All 2 hold", "meedoen up"):
        assert expected_text in text
    assert all(row.title in text for group in GROUPS for row in group.rows)


def test_the_pilots_stand_beside_each_other_with_what_sets_each_apart(report: Report) -> None:
    text = render_page(report)
    for pilot_counts in report.pilots:
        assert html.escape(pilot_counts.pilot.sets_apart, quote=False).replace("'", "&#39;") in text
    for row in (row for group in GROUPS for row in group.rows):
        cells = "".join(f"<td>{row.cell(pilot_counts)}</td>" for pilot_counts in report.pilots)
        assert f'<th scope="row">{row.title}</th>{cells}' in text


def test_a_date_in_figures_is_not_broken_over_two_lines_and_markup_stays_text() -> None:
    assert keep_dates_whole("<b> 31-12-2026") == '&lt;b&gt; <span class="whole">31-12-2026</span>'


def test_a_season_that_fails_a_check_is_shown_and_written_all_the_same(report: Report, tmp_path: Path) -> None:
    screen = io.StringIO()
    wrong = replace(report, checks=(Check("Den Haag: sum of the ledger in cents", 0, 1),))
    with pytest.raises(DemoError, match=r"Den Haag: sum of the ledger in cents: expected 0, counted 1\."):
        conclude(wrong, tmp_path, Console(file=screen, width=100))
    assert "expected 0, counted 1." in screen.getvalue()
    assert {file.name for file in tmp_path.iterdir()} == {"report.html", "report.json"}


def test_a_figure_that_differs_is_told_in_a_sentence_and_in_the_report(report: Report) -> None:
    differing = replace(report, checks=(Check("Candidates", 61, 60), Check("Months run", 210, 210)))
    with pytest.raises(DemoError, match=r"Candidates: expected 61, counted 60\."):
        require_all_hold(differing.checks)
    assert "1 of 2 checks fail" in render_page(differing)
    require_all_hold(report.checks)


@given(st.floats(min_value=0, max_value=10**9))
def test_the_scale_of_a_chart_reaches_its_highest_column_in_few_round_steps(highest: float) -> None:
    ticks = nice_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= 6
    steps = {round(after - before, 6) for before, after in pairwise(ticks)}
    assert len(steps) == 1
