"""The parts of a season: dated commands to services, in order week by week. Data only; nothing is sent here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from demo.figures import Figures, Pilot
from shared.identity import Role
from shared.service_names import ServiceName

DAYS_IN_WEEK = 7
OFFICE, COLLEAGUE = "office", "colleague"


class Step(StrEnum):
    """The purpose of a command in the story."""

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
    CREDITOR = "creditor"
    DISCOUNT = "discount agreement"
    MEETING = "meeting of the sounding board"
    ACCOUNT = "account"
    CONFIRMATION = "confirmation of an account"
    CHARGE = "charge"
    MANDATE = "mandate"
    COMPOSITION = "members of a household"
    INCOME = "income"
    ATTACHMENT = "attachment"
    APPLICATION = "application"
    APPLICATION_DECISION = "decision on an application"
    MEASUREMENT = "measurement"
    GRANT = "grant"
    REPAYMENT = "repayment"
    RESOLUTION = "resolution of a shortfall"
    GUIDANCE = "guidance"
    COACHING = "coaching"
    SESSION = "talk with the coach"
    ENROLMENT = "enrolment"
    LESSON = "lesson"
    MONEY_DECISION = "decision on weekly or monthly money"
    PAYMENT_TERMS = "payment days"
    DECISION = "decision on how relief continues"
    CREDITOR_INFORMED = "notice to a creditor"
    DIRECT_DEBIT = "direct debit"
    PHASE_OUT_STEP = "phase-out step"
    ARREARS = "message of arrears"


class Wave(StrEnum):
    """The waves of a week, in this order: one must have passed the whole chain before the next begins."""

    SETTING_UP = "setting up"
    PEOPLE = "people"
    MONEY = "money"


@dataclass(frozen=True)
class Command:
    """One request. Those of one `subject` are sent in order; `body` is JSON without the fields of `recall`.

    `recall` names fields of the body that are taken from the service's answer to an earlier step of this subject: the
    learning route of a plan is the one that the rules of intake decided, not a guess of ours. `user` sends it: what
    needs the approval of two people is sent by two users.
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
    user: str = OFFICE


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
    def towns(self) -> tuple[str, ...]:
        """The two municipalities that the season's own figures are of."""
        return self.figures.zoetermeer.municipality, self.figures.leeuwarden.municipality

    @property
    def pilots(self) -> tuple[Pilot, ...]:
        """The pilots that are played; Zoetermeer's households are the season's own."""
        return self.figures.pilots if self.size.pilot_households else ()

    @property
    def municipalities(self) -> tuple[str, ...]:
        """All that are at work."""
        return tuple(dict.fromkeys((*self.towns, *(pilot.municipality for pilot in self.pilots))))

    def days_in(self, municipality: str, days: Iterable[date]) -> tuple[date, ...]:
        """Return which of these days start in a municipality: pilots begin with their first people and end with the
        year.
        """
        if municipality in self.towns:
            return tuple(days)
        return tuple(day for day in days if self.size.pilots_open_on <= day <= self.size.pilots_until)


@dataclass(frozen=True)
class Size:
    """How long the season is and how many people are in it, `pilot_households` in each pilot but Zoetermeer.

    `first_day` is a Monday, `pilots_from` the first day of a month.
    """

    first_day: date
    weeks: int
    recruiting_weeks: int
    ambassadors: int
    candidates: int
    status_holders: int
    late_plans: int
    relief_from: date
    relief_months: int
    pilot_households: int
    pilots_from: date
    pilots_until: date

    @property
    def pilots_open_on(self) -> date:
        """The day before which nobody of the pilots is known."""
        return self.pilots_from - timedelta(weeks=14)

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(weeks=self.weeks, days=-1)


def whole_season(figures: Figures) -> Size:
    """Return the size of a year: half of it recruiting, until the first day after the last relief."""
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
        pilot_households=6,
        pilots_from=date(2026, 5, 1),
        pilots_until=date(2026, 12, 31),  # the norms of January are not known yet
    )
