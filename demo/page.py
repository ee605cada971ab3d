"""The report as one self-contained HTML file: charts are SVG, each with its table."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from demo import charts, labels
from demo.charts import Column, Plot
from demo.pilots.counts import PilotCounts
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
    file.write_text(render_page(report), encoding="utf-8")


def render_page(report: Report) -> str:
    environment = Environment(
        loader=PackageLoader("demo", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        euro=labels.euro,
        euro_exact=labels.euro_exact,
        month=labels.month_name,
        event=labels.label_event,
        keep_dates_whole=keep_dates_whole,
    )
    template = environment.get_template(TEMPLATE)
    return template.render(
        report=report,
        words=labels,
        share=charts.percent_of,
        percent=labels.percent,
        caseload=_caseload_plot(report),
        caseload_series={point: labels.POINTS[point] for point in _CASELOAD},
        money=_money_plot(report),
        money_series=_MONEY,
        pilot_groups=GROUPS,
        pilot_plots=_pilot_plots(report),
        samples=_samples_by_template(report),
        **_bars(report),
    )


def keep_dates_whole(text: str) -> Markup:
    """Mark the dates in a text, so that browsers do not break them at their hyphens."""
    return Markup(_DATE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped here


def _caseload_plot(report: Report) -> Plot:
    columns = []
    for week in report.caseload:
        amounts = {point: getattr(week, point) for point in _CASELOAD}
        parts = ", ".join(f"{labels.POINTS[point].lower()} {amount}" for point, amount in amounts.items())
        label = f"{week.last_day:%b}" if week.last_day.day <= DAYS_IN_WEEK else ""
        columns.append(Column(label, f"Week to {week.last_day:%d %b %Y}: {parts}", amounts))
    return charts.stack_columns(columns, gap=0.12)


def _money_plot(report: Report) -> Plot:
    columns = []
    for month in report.months:
        amounts = {name: getattr(month, name) / 100 for name in _MONEY}
        parts = ", ".join(f"{name.lower()} {labels.euro(getattr(month, field))}" for field, name in _MONEY.items())
        name = labels.month_name(month.month)
        columns.append(Column(labels.short_month_name(month.month), f"{name}: {parts}", amounts))
    return charts.stack_columns(columns, gap=0.4)


def _pilot_plots(report: Report) -> list[tuple[PilotCounts, Plot]]:
    """Return each pilot's months for one household, on one scale and over the same months."""
    months = sorted({month.month for pilot_counts in report.pilots for month in pilot_counts.months})
    columns = {pilot_counts.pilot.municipality: _pilot_columns(pilot_counts, months) for pilot_counts in report.pilots}
    highest = max((column.height for pilot_columns in columns.values() for column in pilot_columns), default=0)
    return [
        (pilot_counts, charts.stack_columns(columns[pilot_counts.pilot.municipality], gap=0.35, highest=highest))
        for pilot_counts in report.pilots
    ]


def _pilot_columns(pilot_counts: PilotCounts, months: Iterable[str]) -> list[Column]:
    by_month = {month.month: month for month in pilot_counts.months}
    columns = []
    for name in months:
        amounts: dict[str, float] = dict.fromkeys(_MONEY, 0)
        if month := by_month.get(name):
            amounts = {field: getattr(month, field) / 100 / month.households for field in _MONEY}
        parts = ", ".join(f"{label.lower()} € {amounts[field]:,.0f}" for field, label in _MONEY.items())
        sentence = f"{labels.month_name(name)}, {month.households if month else 0} households, for one: {parts}"
        columns.append(Column(labels.short_month_name(name), sentence, amounts))
    return columns


def _samples_by_template(report: Report) -> list[tuple[str, list[Sample]]]:
    by_template: dict[str, list[Sample]] = {}
    for sample in report.samples:
        title = labels.TEMPLATES.get(sample.template, labels.label_code(sample.template))
        by_template.setdefault(title, []).append(sample)
    return list(by_template.items())


def _bars(report: Report) -> dict[str, Any]:
    """Return counts by name, largest first."""
    return {
        "channels": _label_counts(report.candidates_by_channel, labels.CHANNELS),
        "languages": _label_counts(report.messages_by_language, labels.LANGUAGES),
        "message_channels": _label_counts(report.messages_by_channel, labels.MESSAGE_CHANNELS),
        "routes": _label_counts(report.plans_by_route, labels.ROUTES),
        "tasks": _label_counts(report.open_tasks_by_kind, labels.TASKS),
    }


def _label_counts(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, int]]:
    labelled = [(names.get(code, labels.label_code(code)), count) for code, count in counts.items()]
    return sorted(labelled, key=lambda pair: -pair[1])
