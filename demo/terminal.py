"""The report as a page of text: tables, bars and a plot of the caseload, for a terminal of 80 columns or more."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo import labels
from demo.people import CaseloadWeek
from demo.pilots.rows import GROUPS
from demo.report import Report
from demo.story import DAYS_IN_WEEK

PLOT_ROWS = 9
COLUMNS_MAX = 120
BAR_COLUMNS_MAX = 40
FULL_NAMES_COLUMNS_MIN = 110
# Distinguished by shape as well as by colour.
_POINTS = {
    "before_intake": ("░", "yellow"),
    "before_plan": ("▒", "cyan"),
    "in_relief": ("█", "green"),
    "plan_signed": ("▓", "blue"),
}
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def print_report(console: Console, report: Report, files: Sequence[Path]) -> None:
    """Print the page, at most COLUMNS_MAX wide."""
    width = min(console.width, COLUMNS_MAX)
    for part in _build_page(report, width, files):
        console.print(part, width=width, highlight=False)


def _build_page(report: Report, width: int, files: Sequence[Path]) -> Iterable[RenderableType]:
    towns = " and ".join(town.name for town in report.towns)
    yield ""
    days = f"{report.first_day:%-d %B %Y} to {report.last_day:%-d %B %Y}"
    counted = "Counted from the services' own data."
    beside = ", and six pilots side by side" if report.pilots else ""
    yield Panel(f"[bold]A season in {towns}{beside}[/]\n{days}, seed {report.seed}. {counted}", box=box.HEAVY)
    yield _towns(report)
    yield _add_title("Recruitment (werving)", _recruitment(report, width))
    yield _add_title("Leeuwarden: people who need Dutch, by neighbourhood", _neighbourhoods(report, width))
    yield _add_title("From a first talk to relief", _funnel(report))
    yield _add_title("Caseload at the end of each week", _caseload(report.caseload, width))
    yield _add_title("Money per month of relief", _money(report))
    if report.pilots:
        yield _add_title("Six pilots of relief, side by side", _pilots(report, width))
    yield _add_title(
        "Messages by language, in all municipalities",
        _bars(_label_counts(report.messages_by_language, labels.LANGUAGES), width),
    )
    yield _add_title(f"Events in the four logs: {report.events:,}", _events(report, width))
    yield _add_title("Checks", _checks(report))
    yield _add_title("Next", _next(files))


def _add_title(title: str, part: RenderableType) -> RenderableType:
    return Group(Text(f"\n{title}", style="bold"), Padding(part, (0, 0, 0, 2)))


def _towns(report: Report) -> Table:
    table = _table("", *(town.name for town in report.towns))
    rows = {
        "Ambassadors": "ambassadors",
        "Candidates": "candidates",
        "Files": "files",
        "Intakes completed": "intakes_completed",
        "Plans signed": "signed_plans",
        "Households in relief": "households_in_relief",
        "Messages": "messages",
    }
    for name, field in rows.items():
        table.add_row(name, *(f"{getattr(town, field):,}" for town in report.towns))
    table.add_row("Fixed charges paid", *(labels.euro(town.deducted_cents) for town in report.towns))
    return table


def _recruitment(report: Report, width: int) -> RenderableType:
    signed, target = report.signed_plans_recruited, report.group_target_signed_plans
    return Group(
        f"{report.ambassadors} ambassadors went out {report.outreaches} times, talked with {report.people_reached:,} "
        f"people and found {report.candidates} candidates; {report.withdrawn} withdrew.",
        _bars(_label_counts(report.candidates_by_channel, labels.CHANNELS), width),
        f"\nTarget of the group: {signed} of {target} plans signed ({labels.percent(signed, target)}).",
        _bar(signed, target, min(BAR_COLUMNS_MAX, width - 30), "green", show_rest=True),
    )


def _neighbourhoods(report: Report, width: int) -> Table:
    neighbourhoods = sorted(report.neighbourhoods, key=lambda neighbourhood: -neighbourhood.obligated)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("")
    table.add_column("obligated", justify="right")
    table.add_column("others", justify="right")
    table.add_column("")
    highest = max((neighbourhood.obligated for neighbourhood in neighbourhoods), default=0)
    for neighbourhood in neighbourhoods:
        bar = _bar(neighbourhood.obligated, highest, min(BAR_COLUMNS_MAX, width - 54), "blue")
        table.add_row(neighbourhood.name, str(neighbourhood.obligated), str(neighbourhood.needs_but_not_obligated), bar)
    return table


def _funnel(report: Report) -> Table:
    table = _table("", "Candidates", "Status holders", "Together")
    for step in report.funnel:
        voluntary, obligated = step.voluntary, step.asylum_status_holder
        table.add_row(labels.STEPS[step.step], _or_dash(voluntary), _or_dash(obligated), str(voluntary + obligated))
    table.add_section()
    table.add_row("Plan later than the law's ten weeks", "-", _or_dash(report.deadlines_missed), "")
    for route, count in report.plans_by_route.items():
        table.add_row(f"Plans: {labels.ROUTES.get(route, route)}", "", "", str(count))
    return table


def _caseload(weeks: Sequence[CaseloadWeek], width: int) -> RenderableType:
    """Plot one character column a week, two if there is room; each character stands for several people."""
    column_width = 2 if len(weeks) * 2 + 8 <= width else 1
    highest = max((sum(getattr(week, point) for point in _POINTS) for week in weeks), default=0)
    people_per_row = max(1, -(-highest // PLOT_ROWS))
    stacks = [_stack(week, people_per_row) for week in weeks]
    plot = Text()
    for row in range(max((len(stack) for stack in stacks), default=0) - 1, -1, -1):
        plot.append(f"{(row + 1) * people_per_row:>4} ")
        for stack in stacks:
            shape, colour = _POINTS[stack[row]] if row < len(stack) else (" ", "")
            plot.append(shape * column_width, style=colour)
        plot.append("\n")
    plot.append("     " + _axis(weeks, column_width) + "\n")
    keys = [
        Text.assemble((f"{shape}{shape} ", colour), labels.POINTS[point]) for point, (shape, colour) in _POINTS.items()
    ]
    return Group(plot, Padding(Columns(keys, width=33), (0, 0, 0, 5)))


def _stack(week: CaseloadWeek, people_per_row: int) -> list[str]:
    """Stack from below; rounding is kept within the column, so that its height is right."""
    stack: list[str] = []
    people_below = 0
    for point in ("plan_signed", "in_relief", "before_plan", "before_intake"):
        people_below += getattr(week, point)
        stack += [point] * (round(people_below / people_per_row) - len(stack))
    return stack


def _axis(weeks: Sequence[CaseloadWeek], columns: int) -> str:
    """Return the months' names below the weeks in which they begin."""
    axis = ""
    for index, week in enumerate(weeks):
        if week.last_day.day <= DAYS_IN_WEEK:
            axis = axis.ljust(index * columns) + f"{week.last_day:%b}"
    return axis


def _money(report: Report) -> RenderableType:
    table = _table("Month", "Norms", "Holiday reserve", "Creditors", "To the people", "Short")
    for month in report.months:
        table.add_row(
            labels.month_name(month.month),
            *map(
                labels.euro,
                (
                    month.norm_cents,
                    month.holiday_reserve_cents,
                    month.deducted_cents,
                    month.remainder_cents,
                    month.shortfall_cents,
                ),
            ),
        )
    return Group(
        table,
        f"{report.months_run} months run for {report.households_in_relief} households: "
        f"{labels.euro_exact(report.deducted_cents)} paid to creditors. "
        f"The ledger sums to {report.ledger_sum_cents} cents.",
        f"{report.households_falling_short} households could not pay everything: "
        f"{labels.euro_exact(report.shortfall_cents)} is short, "
        f"with {report.open_tasks_by_kind.get('shortfall', 0)} tasks for a case manager.",
    )


def _pilots(report: Report, width: int) -> RenderableType:
    """Show figures below each other, pilots beside each other; short names if there is little room."""
    is_wide = width >= FULL_NAMES_COLUMNS_MIN
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, int(is_wide)))
    table.add_column("")
    for pilot_counts in report.pilots:
        table.add_column(pilot_counts.pilot.name if is_wide else pilot_counts.pilot.short_name, justify="right")
    for group in GROUPS:
        table.add_section()
        for row in group.rows:
            table.add_row(row.title, *map(row.cell, report.pilots))
    descriptions = Table.grid(padding=(0, 2, 0, 0))
    for pilot_counts in report.pilots:
        descriptions.add_row(Text(pilot_counts.pilot.name, style="bold"), pilot_counts.pilot.sets_apart)
    return Group(table, descriptions)


def _events(report: Report, width: int) -> RenderableType:
    lines = [Text(f"{count:>5,} {labels.label_event(kind)}") for kind, count in report.events_by_type.items()]
    return Columns(lines, width=32 if width < COLUMNS_MAX else 36, column_first=True)


def _checks(report: Report) -> RenderableType:
    failed = [check for check in report.checks if not check.holds]
    if not failed:
        return Text(
            f"All {len(report.checks)} hold: the plan of the season and of each pilot, the totals and the logs agree, "
            f"{report.parked} events are parked.",
            style="green",
        )
    return Group(*(Text(check.sentence, style="bold red") for check in failed))


def _next(files: Sequence[Path]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for file in files:
        table.add_row(str(file), "this report, for a browser" if file.suffix == ".html" else "every figure")
    table.add_row("meedoen up", "the same chain, to use by hand; meedoen status, meedoen down")
    table.add_row("meedoen demo --seed 7", "another season")
    table.add_row("README.md, ARCHITECTURE.md", "what it is and how it is built")
    return table


def _label_counts(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, int]]:
    return sorted(((names.get(code, code), count) for code, count in counts.items()), key=lambda pair: -pair[1])


def _bars(counts: Sequence[tuple[str, int]], width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    highest = max((count for _, count in counts), default=0)
    columns = min(BAR_COLUMNS_MAX, width - 44)
    for name, count in counts:
        table.add_row(name, f"{count:>5,}", _bar(count, highest, columns, "blue"))
    return table


def _bar(amount: int, total: int, columns: int, colour: str, *, show_rest: bool = False) -> Text:
    """Return a bar in eighths of a column; `show_rest` shows what is missing to the total."""
    eighths = round(8 * columns * min(amount, total) / total) if total else 0
    full, remainder = divmod(eighths, 8)
    bar = Text("█" * full + _EIGHTHS[remainder].strip(), style=colour)
    if show_rest:
        bar.append("·" * (columns - len(bar)), style="dim")
    return bar


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _or_dash(count: int) -> str:
    return str(count) if count else "-"
