"""What a season must lead to, counted from its commands alone; compared with what the services hold at the end.

No norm and no route is known here: those are the services' business. What creditors ask is known, so that every cent
asked must come back as paid or as short.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from meedoen.demo.arrivals import PIP_DAYS_MAX
from meedoen.demo.story import Command, Season, Step
from shared.calendar import add_months, month_of, month_start, months_between, period_end
from shared.events.codes import AgeBand

# Which messages a fact gives rise to; with it, an event that was lost on its way to notifications is seen.
_MESSAGES = {
    "recruitment.candidate-recruited": ("welcome",),
    "intake.intake-scheduled": ("intake_scheduled",),
    "intake.intake-completed": ("intake_completed",),
    "intake.pip-signed": ("pip_signed",),
    "intake.deadline-missed": ("deadline_missed", "deadline_missed_staff"),
    "ontzorgen.relief-started": ("relief_started",),
    "ontzorgen.mandate-granted": ("mandate_granted",),
    "ontzorgen.fixed-charges-deducted": ("month_deducted",),
    "ontzorgen.shortfall-found": ("shortfall_found", "shortfall_found_staff"),
    "ontzorgen.relief-ended": ("relief_ended",),
}


@dataclass(frozen=True)
class Expected:
    """The figures of a season that follow from its plan; `events_by_type` leaves out what notifications tells."""

    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: Mapping[str, int]
    withdrawn: int
    files: int
    intakes_completed: int
    signed_plans: int
    signed_plans_recruited: int
    households_in_relief: int
    households_falling_short: int
    months_run: int
    asked_cents: int
    deadlines_missed: int
    events_by_type: Mapping[str, int]
    messages_by_template: Mapping[str, int]


def expect(season: Season) -> Expected:
    told = _Told(season)
    short = sum(relief["age_band"] == AgeBand.FROM_18_TO_20 for relief in told.reliefs)
    events = _events(told, short)
    return Expected(
        ambassadors=told.count(Step.AMBASSADOR),
        outreaches=told.count(Step.OUTREACH),
        people_reached=sum(command.body["people_reached"] for command in told.by_step[Step.OUTREACH]),
        candidates=len(told.recruited),
        candidates_by_channel=dict(Counter(command.body["channel"] for command in told.recruited.values())),
        withdrawn=told.count(Step.WITHDRAWAL),
        files=len(told.recruited) + told.count(Step.FILE),
        intakes_completed=told.count(Step.INTAKE),
        signed_plans=len(told.signed),
        signed_plans_recruited=len(told.signed & told.recruited.keys()),
        households_in_relief=len(told.reliefs),
        households_falling_short=short if told.months else 0,
        months_run=len(told.reliefs) * told.months,
        asked_cents=sum(command.body["amount_cents"] for command in told.by_step[Step.CHARGE]) * told.months,
        deadlines_missed=told.late,
        events_by_type=_types(events),
        messages_by_template=_messages(events),
    )


class _Told:
    """The season's commands by step, and what several figures need of them."""

    def __init__(self, season: Season) -> None:
        self.by_step: dict[Step, list[Command]] = {step: [] for step in Step}
        for command in season.commands:
            self.by_step[command.step].append(command)
        self.recruited = {command.subject: command for command in self.by_step[Step.CANDIDATE]}
        self.signed = {command.subject for command in self.by_step[Step.SIGNATURE]}
        self.reliefs = _reliefs(self.by_step, self.signed)
        self.months = _months(season)
        self.is_over = _is_over(season)
        self.late = _late(season, self.by_step)

    def count(self, step: Step) -> int:
        return len(self.by_step[step])


def _events(told: _Told, short: int) -> dict[str, int]:
    brought = [len(command.body["ambassador_ids"]) for one, command in told.recruited.items() if one in told.signed]
    return {
        "recruitment.ambassador-appointed": told.count(Step.AMBASSADOR),
        "recruitment.outreach-held": told.count(Step.OUTREACH),
        "recruitment.candidate-recruited": len(told.recruited),
        "recruitment.candidate-withdrawn": told.count(Step.WITHDRAWAL),
        "recruitment.ambassador-credited": sum(brought),
        "intake.file-opened": len(told.recruited) + told.count(Step.FILE),
        "intake.intake-scheduled": told.count(Step.TALK),
        "intake.intake-completed": told.count(Step.INTAKE),
        "intake.pip-signed": len(told.signed),
        "intake.deadline-missed": told.late,
        "ontzorgen.relief-started": len(told.reliefs),
        "ontzorgen.mandate-granted": told.count(Step.MANDATE),
        "ontzorgen.fixed-charges-deducted": len(told.reliefs) * told.months,
        "ontzorgen.shortfall-found": short * told.months,
        "ontzorgen.relief-ended": len(told.reliefs) if told.is_over else 0,
    }


def _types(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"nl.meedoen.{name}.v1": count for name, count in sorted(counts.items()) if count}


def _messages(counts: Mapping[str, int]) -> dict[str, int]:
    return {template: counts[name] for name, templates in _MESSAGES.items() for template in templates if counts[name]}


def _reliefs(by_step: Mapping[Step, Iterable[Command]], signed: Iterable[UUID]) -> list[Mapping[str, str]]:
    agreed = {command.subject: command.body.get("relief") for command in by_step[Step.PLAN]}
    return [relief for person in signed if (relief := agreed[person])]


def _months(season: Season) -> int:
    """How many months are run in each household: those of its relief that have begun by the season's last day."""
    size = season.size
    last_relief_day = period_end(size.relief_from, size.relief_months)
    last_month = month_of(min(last_relief_day, size.last_day))
    months = months_between(month_of(size.relief_from), last_month)
    return sum(month_start(month) <= size.last_day for month in months)


def _is_over(season: Season) -> bool:
    return season.size.last_day >= add_months(season.size.relief_from, season.size.relief_months)


def _late(season: Season, by_step: Mapping[Step, Iterable[Command]]) -> int:
    """Whose ten weeks end, within the season, before the plan is signed."""
    registered = {command.subject: command.day for command in by_step[Step.REGISTRATION]}
    signed = {command.subject: command.day for command in by_step[Step.SIGNATURE]}
    return sum(
        signed.get(person, season.size.last_day + timedelta(days=1)) > due_on
        for person, day in registered.items()
        if (due_on := day + timedelta(days=PIP_DAYS_MAX)) < season.size.last_day
    )
