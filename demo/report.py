"""The season in figures: `report.json`. Equal seeds give equal reports except for `duration_seconds`."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from demo.checks import Check
from demo.counts import MoneyMonth, SeasonCounts
from demo.figures import Figures, Neighbourhood
from demo.people import CaseloadWeek, FunnelStep
from demo.pilots.counts import PilotCounts
from demo.samples import Sample
from demo.story import Season

LEFT_OUT_OF_JSON = ("figures", "samples", "neighbourhoods")


@dataclass(frozen=True)
class Town:
    """One municipality's part."""

    code: str
    name: str
    ambassadors: int
    candidates: int
    files: int
    intakes_completed: int
    signed_plans: int
    households_in_relief: int
    deducted_cents: int
    messages: int


@dataclass(frozen=True)
class Report:
    """Everything reported of a season. Money in cents; counted from what the services hold, both towns together.

    `pilots` has each pilot by itself; events, messages and the ledger's sum are over all municipalities.

    `signed_plans` are all plans, `signed_plans_recruited` those of candidates, which count for the group's target.
    `households_in_relief` are those for which relief was started. `caseload` is at the end of each week.
    """

    figures: Figures
    seed: int
    first_day: date
    last_day: date
    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: dict[str, int]
    withdrawn: int
    files_by_target_group: dict[str, int]
    intakes_completed: int
    signed_plans: int
    signed_plans_recruited: int
    group_target_signed_plans: int
    plans_by_route: dict[str, int]
    deadlines_missed: int
    households_in_relief: int
    households_falling_short: int
    months_run: int
    deducted_cents: int
    remainder_cents: int
    holiday_reserve_cents: int
    shortfall_cents: int
    ledger_sum_cents: int
    open_tasks_by_kind: dict[str, int]
    messages: int
    messages_by_language: dict[str, int]
    messages_by_template: dict[str, int]
    messages_by_channel: dict[str, int]
    events: int
    events_by_type: dict[str, int]
    parked: int
    months: tuple[MoneyMonth, ...]
    funnel: tuple[FunnelStep, ...]
    caseload: tuple[CaseloadWeek, ...]
    towns: tuple[Town, ...]
    pilots: tuple[PilotCounts, ...]
    neighbourhoods: tuple[Neighbourhood, ...]
    samples: tuple[Sample, ...]
    checks: tuple[Check, ...]
    duration_seconds: float

    def document(self) -> dict[str, Any]:
        """Return what `report.json` holds, with whether each check holds."""
        document = asdict(self)
        for name in LEFT_OUT_OF_JSON:
            del document[name]
        document["pilots"] = [pilot.document() for pilot in self.pilots]
        document["checks"] = [{**asdict(check), "holds": check.holds} for check in self.checks]
        return document

    def write(self, file: Path) -> None:
        file.write_text(
            json.dumps(self.document(), indent=2, ensure_ascii=False, default=date.isoformat) + "\n", encoding="utf-8"
        )


def build_report(
    season: Season, counts: SeasonCounts, checks: tuple[Check, ...], parked: int, duration_seconds: float
) -> Report:
    return Report(
        figures=season.figures,
        seed=season.seed,
        first_day=season.size.first_day,
        last_day=season.size.last_day,
        **_recruitment_figures(counts),
        **_intake_figures(counts),
        **_money_figures(counts),
        **_message_figures(counts),
        events=sum(counts.events_by_type.values()),
        events_by_type=dict(counts.events_by_type),
        parked=parked,
        months=counts.months,
        funnel=counts.funnel,
        caseload=counts.caseload,
        towns=tuple(_town(season.figures, code, counts) for code in counts.towns),
        pilots=counts.pilots,
        neighbourhoods=counts.neighbourhoods,
        samples=counts.samples,
        checks=checks,
        duration_seconds=round(duration_seconds, 1),
    )


def _recruitment_figures(counts: SeasonCounts) -> dict[str, Any]:
    names = ("ambassadors", "outreaches", "people_reached", "candidates", "withdrawn")
    return {
        **{name: counts.total("recruitment", name) for name in names},
        "candidates_by_channel": counts.totals("recruitment", "candidates_by_channel"),
        "signed_plans_recruited": counts.total("recruitment", "signed_plans"),
        "group_target_signed_plans": counts.group_target,
    }


def _intake_figures(counts: SeasonCounts) -> dict[str, Any]:
    return {
        **{name: counts.total("intake", name) for name in ("intakes_completed", "signed_plans", "deadlines_missed")},
        **{name: counts.totals("intake", name) for name in ("files_by_target_group", "plans_by_route")},
    }


def _money_figures(counts: SeasonCounts) -> dict[str, Any]:
    names = ("months_run", "deducted_cents", "remainder_cents", "holiday_reserve_cents")
    return {
        **{name: counts.total("ledger", name) for name in names},
        "households_in_relief": counts.total("ledger", "households"),
        "households_falling_short": counts.households_falling_short,
        "shortfall_cents": sum(month.shortfall_cents for month in counts.months),
        "ledger_sum_cents": counts.ledger_sum_cents,
        "open_tasks_by_kind": dict(counts.tasks_by_kind),
    }


def _message_figures(counts: SeasonCounts) -> dict[str, Any]:
    return {
        "messages": counts.total("messages", "total"),
        **{
            f"messages_{name}": counts.totals("messages", name) for name in ("by_language", "by_template", "by_channel")
        },
    }


def _town(figures: Figures, code: str, counts: SeasonCounts) -> Town:
    town = counts.towns[code]
    return Town(
        code=code,
        name=figures.town(code),
        ambassadors=town.recruitment["ambassadors"],
        candidates=town.recruitment["candidates"],
        files=town.intake["files"],
        intakes_completed=town.intake["intakes_completed"],
        signed_plans=town.intake["signed_plans"],
        households_in_relief=town.ledger["households"],
        deducted_cents=town.ledger["deducted_cents"],
        messages=town.messages["total"],
    )
