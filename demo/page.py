"""The report as one HTML file that needs nothing from elsewhere: charts are SVG inside it, tables stand behind them."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from demo import charts, words
from demo.charts import Column, Plot
from demo.pilots.counted import PilotCounts
from demo.pilots.rows import GROUPS
from demo.report import Report
from demo.samples import Sample
from demo.story import DAYS_IN_WEEK

_DATE = re.compile(r"\d+(?:-\d+)+")
TEMPLATE = "report.html.j2"
# From below; the page's colours and patterns go by these names.
_CASELOAD = ("plan_signed", "in_relief", "before_plan", "before_intake")
_MONEY = {
    "deducted_cents": "Paid to creditors",
    "remainder_cents": "To the people",
    "holiday_reserve_cents": "Holiday reserve",
    "shortfall_cents": "Short",
}


def write_page(report: Report, file: Path) -> None:
    file.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    environment = Environment(
        loader=PackageLoader("demo", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        euro=words.euro,
        euro_exact=words.euro_exact,
        month=words.month_name,
        event=words.event_in_words,
        whole_dates=whole_dates,
    )
    template = environment.get_template(TEMPLATE)
    return template.render(
        report=report,
        words=words,
        share=charts.share,
        percent=words.percent,
        caseload=_caseload(report),
        caseload_series={point: words.POINTS[point] for point in _CASELOAD},
        money=_money(report),
        money_series=_MONEY,
        pilot_groups=GROUPS,
        pilot_plots=_pilots(report),
        samples=_by_template(report),
        **_bars(report),
    )


def whole_dates(text: str) -> Markup:
    """Text in which no line ends within a date of figures: browsers break those at their hyphens."""
    return Markup(_DATE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped here


def _caseload(report: Report) -> Plot:
    columns = []
    for week in report.caseload:
        amounts = {point: getattr(week, point) for point in _CASELOAD}
        parts = ", ".join(f"{words.POINTS[point].lower()} {amount}" for point, amount in amounts.items())
        label = f"{week.last_day:%b}" if week.last_day.day <= DAYS_IN_WEEK else ""
        columns.append(Column(label, f"Week to {week.last_day:%d %b %Y}: {parts}", amounts))
    return charts.stacked(columns, gap=0.12)


def _money(report: Report) -> Plot:
    columns = []
    for month in report.months:
        amounts = {name: getattr(month, name) / 100 for name in _MONEY}
        parts = ", ".join(f"{name.lower()} {words.euro(getattr(month, field))}" for field, name in _MONEY.items())
        name = words.month_name(month.month)
        columns.append(Column(words.short_month_name(month.month), f"{name}: {parts}", amounts))
    return charts.stacked(columns, gap=0.4)


def _pilots(report: Report) -> list[tuple[PilotCounts, Plot]]:
    """Each pilot's months for one household, on one scale and over the same months."""
    months = sorted({month.month for one in report.pilots for month in one.months})
    columns = {one.pilot.municipality: _of_pilot(one, months) for one in report.pilots}
    highest = max((column.height for own in columns.values() for column in own), default=0)
    return [(one, charts.stacked(columns[one.pilot.municipality], gap=0.35, highest=highest)) for one in report.pilots]


def _of_pilot(one: PilotCounts, months: Iterable[str]) -> list[Column]:
    by_month = {month.month: month for month in one.months}
    columns = []
    for name in months:
        amounts: dict[str, float] = dict.fromkeys(_MONEY, 0)
        if month := by_month.get(name):
            amounts = {field: getattr(month, field) / 100 / month.households for field in _MONEY}
        parts = ", ".join(f"{what.lower()} € {amounts[field]:,.0f}" for field, what in _MONEY.items())
        sentence = f"{words.month_name(name)}, {month.households if month else 0} households, for one: {parts}"
        columns.append(Column(words.short_month_name(name), sentence, amounts))
    return columns


def _by_template(report: Report) -> list[tuple[str, list[Sample]]]:
    by_template: dict[str, list[Sample]] = {}
    for sample in report.samples:
        title = words.TEMPLATES.get(sample.template, words.code_in_words(sample.template))
        by_template.setdefault(title, []).append(sample)
    return list(by_template.items())


def _bars(report: Report) -> dict[str, Any]:
    """Counts by name, most first."""
    return {
        "channels": _named(report.candidates_by_channel, words.CHANNELS),
        "languages": _named(report.messages_by_language, words.LANGUAGES),
        "message_channels": _named(report.messages_by_channel, words.MESSAGE_CHANNELS),
        "routes": _named(report.plans_by_route, words.ROUTES),
        "tasks": _named(report.open_tasks_by_kind, words.TASKS),
    }


def _named(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, int]]:
    named = [(names.get(code, words.code_in_words(code)), count) for code, count in counts.items()]
    return sorted(named, key=lambda pair: -pair[1])
