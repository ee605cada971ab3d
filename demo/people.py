"""How far people came, and how many were where at the end of each week: from the services' events, by their dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo.logs import Logs
from demo.story import DAYS_IN_WEEK, Season
from shared.events import (
    CandidateWithdrawn,
    EventData,
    FileOpened,
    IntakeCompleted,
    IntakeScheduled,
    PIPSigned,
    ReliefEnded,
    ReliefStarted,
)
from shared.events.codes import TargetGroup

_DAY_FIELDS: Mapping[type[EventData], str] = {
    FileOpened: "opened_on",
    IntakeScheduled: "planned_on",
    IntakeCompleted: "completed_on",
    PIPSigned: "signed_on",
    CandidateWithdrawn: "withdrawn_on",
    ReliefStarted: "first_day",
    ReliefEnded: "ended_on",
}
_STEPS = {
    "file_opened": "opened_on",
    "invited": "planned_on",
    "intake_completed": "completed_on",
    "plan_signed": "signed_on",
    "relief_started": "first_day",
}


@dataclass
class PersonHistory:
    """What the events say of one person: the target group, and the (last) day of each step by its field."""

    target_group: str = ""
    days: dict[str, date] = field(default_factory=dict)

    def reached(self, step: str, end: date) -> bool:
        return self.days.get(step, date.max) <= end


@dataclass(frozen=True)
class FunnelStep:
    """How many people came as far as this step."""

    step: str
    voluntary: int
    asylum_status_holder: int


@dataclass(frozen=True)
class CaseloadWeek:
    """People with an open file at the end of a week, each counted at one point."""

    last_day: date
    before_intake: int
    before_plan: int
    in_relief: int
    plan_signed: int


async def load_histories(logs: Logs, municipalities: Iterable[str]) -> list[PersonHistory]:
    """Return everyone in these municipalities with a file or a registration."""
    codes = frozenset(municipalities)
    fields = {kind.event_type.type: name for kind, name in _DAY_FIELDS.items()}
    histories: dict[str, PersonHistory] = {}
    for event in await logs.list_events(*fields):
        if event.municipality not in codes:
            continue
        history = histories.setdefault(event.data["person_id"], PersonHistory())
        history.days[fields[event.type]] = date.fromisoformat(event.data[fields[event.type]])
        history.target_group = event.data.get("target_group", history.target_group)
    return list(histories.values())


def count_funnel(histories: Iterable[PersonHistory]) -> tuple[FunnelStep, ...]:
    people = list(histories)

    def count(name: str, group: TargetGroup) -> int:
        return sum(name in person.days and person.target_group == group for person in people)

    return tuple(
        FunnelStep(step, count(name, TargetGroup.VOLUNTARY), count(name, TargetGroup.ASYLUM_STATUS_HOLDER))
        for step, name in _STEPS.items()
    )


def count_caseload(histories: Iterable[PersonHistory], season: Season) -> tuple[CaseloadWeek, ...]:
    people = list(histories)
    ends = (week.first_day + timedelta(days=DAYS_IN_WEEK - 1) for week in season.weeks)
    return tuple(_count_week(end, people) for end in ends)


def _count_week(end: date, everyone: Iterable[PersonHistory]) -> CaseloadWeek:
    points = [_find_point(end, person) for person in everyone]
    return CaseloadWeek(
        last_day=end,
        before_intake=points.count("before_intake"),
        before_plan=points.count("before_plan"),
        in_relief=points.count("in_relief"),
        plan_signed=points.count("plan_signed"),
    )


def _find_point(end: date, person: PersonHistory) -> str | None:
    """Return where a person is; None without an open file. Relief counts from the plan on, until its last day."""
    if not person.reached("opened_on", end) or person.reached("withdrawn_on", end):
        return None
    if person.reached("signed_on", end):
        relieved = person.reached("first_day", end) and not person.reached("ended_on", end)
        return "in_relief" if relieved else "plan_signed"
    return "before_plan" if person.reached("completed_on", end) else "before_intake"
