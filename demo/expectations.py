"""What a season must lead to, counted from its commands alone; compared with what the services hold at the end.

No norm and no route is known here: those are the services' business. What creditors charge is known, so that every cent
charged must be paid or reported as short. Figures are those of the season's two towns; events and messages those of all
municipalities, and `pilots` has each pilot's own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from demo.arrivals import PIP_DAYS_MAX
from demo.pilots.expectations import PilotExpected, expect_pilots
from demo.pilots.planned_households import PlannedHousehold, last_day_of, list_planned_households
from demo.story import Command, Season, Step

# Which messages a fact gives rise to; with it, an event that was lost on its way to notifications is seen.
_MESSAGES = {
    "recruitment.candidate-recruited": ("welcome",),
    "intake.intake-scheduled": ("intake_scheduled",),
    "intake.intake-completed": ("intake_completed",),
    "intake.pip-signed": ("pip_signed",),
    "intake.deadline-missed": ("deadline_missed", "deadline_missed_staff"),
    "ontzorgen.relief-started": ("relief_started",),
    "ontzorgen.fixed-charge-changed": ("fixed_charge_changed",),
    "ontzorgen.mandate-granted": ("mandate_granted",),
    "ontzorgen.self-reliance-measured": ("self_reliance_measured",),
    "ontzorgen.fixed-charges-deducted": ("month_deducted",),
    "ontzorgen.holiday-allowance-paid": ("holiday_allowance_paid",),
    "ontzorgen.holiday-allowance-handed-over": ("holiday_allowance_handed_over",),
    "ontzorgen.shortfall-found": ("shortfall_found", "shortfall_found_staff"),
    "ontzorgen.shortfall-resolved": ("shortfall_resolved",),
    "ontzorgen.payment-refused": ("payment_refused", "payment_refused_staff"),
    "ontzorgen.evaluation-opened": ("evaluation_opened", "evaluation_opened_staff"),
    "ontzorgen.relief-extended": ("relief_extended",),
    "ontzorgen.phase-out-started": ("phase_out_started",),
    "ontzorgen.phase-out-step-taken": ("phase_out_step_taken",),
    "ontzorgen.arrears-signalled": ("arrears_signalled", "arrears_signalled_staff"),
    "ontzorgen.relief-ended": ("relief_ended",),
}
_EVALUATION = timedelta(weeks=4)


@dataclass(frozen=True)
class ExpectedFigures:
    """The figures of a season that follow from its plan; `events_by_type` leaves out those of notifications."""

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
    charged_cents: int
    deadlines_missed: int
    pilots: Mapping[str, PilotExpected]
    events_by_type: Mapping[str, int]
    messages_by_template: Mapping[str, int]


def expect(season: Season) -> ExpectedFigures:
    commands = _CommandsByStep(season, season.towns)
    events = _events(_CommandsByStep(season, season.municipalities))
    return ExpectedFigures(
        ambassadors=commands.count(Step.AMBASSADOR),
        outreaches=commands.count(Step.OUTREACH),
        people_reached=sum(command.body["people_reached"] for command in commands.by_step[Step.OUTREACH]),
        candidates=len(commands.recruited),
        candidates_by_channel=dict(Counter(command.body["channel"] for command in commands.recruited.values())),
        withdrawn=commands.count(Step.WITHDRAWAL),
        files=len(commands.recruited) + commands.count(Step.FILE),
        intakes_completed=commands.count(Step.INTAKE),
        signed_plans=len(commands.signed),
        signed_plans_recruited=len(commands.signed & commands.recruited.keys()),
        households_in_relief=len(commands.homes),
        households_falling_short=sum(bool(home.short_months(until)) for home, until in commands.homes),
        months_run=sum(len(home.months(until)) for home, until in commands.homes),
        charged_cents=sum(
            home.charged_cents(month) for home, until in commands.homes for month in home.paid_months(until)
        ),
        deadlines_missed=commands.late,
        pilots=expect_pilots(season),
        events_by_type=_by_type(events),
        messages_by_template=_messages(events),
    )


class _CommandsByStep:
    """The commands of some municipalities by step, and what several figures need from them."""

    def __init__(self, season: Season, municipalities: Iterable[str]) -> None:
        codes = tuple(municipalities)
        self.by_step: dict[Step, list[Command]] = {step: [] for step in Step}
        for command in season.commands:
            if command.municipality in codes:
                self.by_step[command.step].append(command)
        self.recruited = {command.subject: command for command in self.by_step[Step.CANDIDATE]}
        self.signed = {command.subject for command in self.by_step[Step.SIGNATURE]}
        self.homes: list[tuple[PlannedHousehold, date]] = [
            (home, last_day_of(season, code)) for code in codes for home in list_planned_households(season, code)
        ]
        self.late = _count_late_plans(season, self.by_step)

    def count(self, step: Step) -> int:
        return len(self.by_step[step])


def _events(commands: _CommandsByStep) -> dict[str, int]:
    credit_counts = [
        len(command.body["ambassador_ids"])
        for subject, command in commands.recruited.items()
        if subject in commands.signed
    ]
    return {
        "recruitment.ambassador-appointed": commands.count(Step.AMBASSADOR),
        "recruitment.outreach-held": commands.count(Step.OUTREACH),
        "recruitment.candidate-recruited": len(commands.recruited),
        "recruitment.candidate-withdrawn": commands.count(Step.WITHDRAWAL),
        "recruitment.ambassador-credited": sum(credit_counts),
        "intake.file-opened": len(commands.recruited) + commands.count(Step.FILE),
        "intake.intake-scheduled": commands.count(Step.TALK),
        "intake.intake-completed": commands.count(Step.INTAKE),
        "intake.pip-signed": len(commands.signed),
        "intake.deadline-missed": commands.late,
        **_events_of_relief(commands),
    }


def _events_of_relief(commands: _CommandsByStep) -> dict[str, int]:
    decided = Counter(command.body["outcome"] for command in commands.by_step[Step.DECISION])
    return {
        "ontzorgen.relief-started": len(commands.homes),
        "ontzorgen.fixed-charge-changed": commands.count(Step.CHARGE),
        "ontzorgen.mandate-granted": commands.count(Step.MANDATE),
        "ontzorgen.self-reliance-measured": commands.count(Step.MEASUREMENT),
        "ontzorgen.fixed-charges-deducted": sum(len(home.months(until)) for home, until in commands.homes),
        "ontzorgen.holiday-allowance-paid": sum(
            home.has_holiday_allowance_in_june(until) for home, until in commands.homes
        ),
        "ontzorgen.holiday-allowance-handed-over": sum(home.count_hand_overs(until) for home, until in commands.homes),
        "ontzorgen.shortfall-found": sum(len(home.short_months(until)) for home, until in commands.homes),
        "ontzorgen.shortfall-resolved": commands.count(Step.RESOLUTION),
        "ontzorgen.payment-refused": sum(home.refused_payments(until) for home, until in commands.homes),
        "ontzorgen.evaluation-opened": sum(
            home.agreed_last_day - _EVALUATION <= until for home, until in commands.homes
        ),
        "ontzorgen.relief-extended": decided["extend"],
        "ontzorgen.phase-out-started": decided["phase_out"],
        "ontzorgen.phase-out-step-taken": commands.count(Step.PHASE_OUT_STEP),
        "ontzorgen.arrears-signalled": sum(home.signals for home, _ in commands.homes),
        "ontzorgen.relief-ended": sum(home.last_day < until for home, until in commands.homes),
    }


def _by_type(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"nl.meedoen.{name}.v1": count for name, count in sorted(counts.items()) if count}


def _messages(counts: Mapping[str, int]) -> dict[str, int]:
    return {template: counts[name] for name, templates in _MESSAGES.items() for template in templates if counts[name]}


def _count_late_plans(season: Season, by_step: Mapping[Step, Iterable[Command]]) -> int:
    """Count the people whose ten weeks end, within the season, before the plan is signed."""
    registered = {command.subject: command.day for command in by_step[Step.REGISTRATION]}
    signed = {command.subject: command.day for command in by_step[Step.SIGNATURE]}
    return sum(
        signed.get(person, season.size.last_day + timedelta(days=1)) > due_on
        for person, day in registered.items()
        if (due_on := day + timedelta(days=PIP_DAYS_MAX)) < season.size.last_day
    )
