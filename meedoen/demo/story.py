"""What a season is made of: dated commands to services, put in order week by week. Data only; nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from meedoen.demo.figures import Figures
from shared.identity import Role

DAYS_IN_WEEK = 7
ServiceName = Literal["recruitment", "intake", "ontzorgen", "notifications"]
SERVICES: tuple[ServiceName, ...] = ("recruitment", "intake", "ontzorgen", "notifications")


class Step(StrEnum):
    """What a command does in the story."""

    NEIGHBOURHOOD = "neighbourhood"
    AMBASSADOR = "ambassador"
    PAIR = "pair"
    OUTREACH = "outreach"
    CONTACT = "contact"
    CANDIDATE = "candidate"
    WITHDRAWAL = "withdrawal"
    FILE = "file"
    REGISTRATION = "registration"
    TALK = "talk"
    PARTS = "parts"
    INTAKE = "intake"
    PLAN = "plan"
    SIGNATURE = "signature"
    CHARGE = "charge"
    MANDATE = "mandate"


class Wave(StrEnum):
    """Within a week: what must have gone through the whole chain before the next may begin, in this order."""

    SETTING_UP = "setting up"
    PEOPLE = "people"
    MONEY = "money"


@dataclass(frozen=True)
class Command:
    """One request. Those of one `subject` are sent in order; `body` is JSON without what `recall` fills in.

    `recall` names fields of the body that are taken from the service's answer to an earlier step of this subject:
    the learning route of a plan is the one that the rules of intake came to, and no guess of ours.
    """

    step: Step
    wave: Wave
    day: date
    municipality: str
    subject: UUID
    service: ServiceName
    role: Role
    path: str
    body: Mapping[str, Any]
    method: Literal["POST", "PUT"] = "POST"
    recall: Mapping[str, tuple[Step, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Week:
    """A week's commands by wave, and its days; the days start when every wave is through."""

    number: int
    first_day: date
    waves: tuple[tuple[Command, ...], ...]

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(days=ahead) for ahead in range(DAYS_IN_WEEK))


@dataclass(frozen=True)
class Season:
    """The whole plan. Equal seeds, figures and sizes give equal seasons."""

    seed: int
    figures: Figures
    size: "Size"
    weeks: tuple[Week, ...]

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(command for week in self.weeks for wave in week.waves for command in wave)

    @property
    def municipalities(self) -> tuple[str, ...]:
        return self.figures.zoetermeer.municipality, self.figures.leeuwarden.municipality


@dataclass(frozen=True)
class Size:
    """How long the season is and how many people are in it. `first_day` is a Monday."""

    first_day: date
    weeks: int
    recruiting_weeks: int
    ambassadors: int
    candidates: int
    status_holders: int
    late_plans: int
    relief_from: date
    relief_months: int

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(weeks=self.weeks, days=-1)


def whole_season(figures: Figures) -> Size:
    """A year: half of it recruiting, and on until the first day after the last relief."""
    return Size(
        first_day=date(2026, 1, 5),
        weeks=52,
        recruiting_weeks=figures.zoetermeer.recruiting_weeks,
        ambassadors=figures.zoetermeer.ambassadors,
        candidates=figures.zoetermeer.candidates,
        status_holders=figures.relief.status_holders,
        late_plans=3,
        relief_from=figures.relief.from_day,
        relief_months=figures.relief.months,
    )
