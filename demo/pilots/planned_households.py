"""Households in relief as the season's commands have them: what follows for their months is known without any norm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from demo.homes import CLOSED_ACCOUNT, iban
from demo.story import Command, Season, Step
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from shared.calendar import add_months, month_of, month_start, months_between, period_end
from shared.events.codes import AgeBand, PhaseOutStep


@dataclass
class PlannedHousehold:
    """One household. Charges are deducted by kind under a mandate, less the suppliers' discounts."""

    relief: Mapping[str, Any]
    discount_percents: Mapping[str, int]
    charges: dict[str, int] = field(default_factory=dict)
    mandates: set[str] = field(default_factory=set)
    income_cents: int = 0
    attachment_cents: int = 0
    grants: list[Mapping[str, Any]] = field(default_factory=list)
    resolved: list[Mapping[str, Any]] = field(default_factory=list)
    repaid_cents: int = 0
    extended_months: int = 0
    is_phased_out: bool = False
    alone_from: dict[str, str] = field(default_factory=dict)
    coaching_minutes: int = 0
    lessons: int = 0
    signals: int = 0
    has_closed_account: bool = False

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.relief["assistance_from"])

    @property
    def agreed_last_day(self) -> date:
        """The last day of the six months."""
        return period_end(self.first_day, RELIEF_MONTHS)

    @property
    def last_day(self) -> date:
        return period_end(self.first_day, RELIEF_MONTHS + self.extended_months)

    @property
    def all_months(self) -> list[str]:
        return list(months_between(month_of(self.first_day), month_of(self.last_day)))

    def months(self, until: date) -> list[str]:
        """Return the months run by a day: each is run from its first day on."""
        return [month for month in self.all_months if month_start(month) <= until]

    def has_holiday_allowance_in_june(self, until: date) -> bool:
        """Return whether a June is run by a day that pays what earlier months set aside."""
        return any(month.endswith("-06") for month in self.months(until)[1:])

    def count_hand_overs(self, until: date) -> int:
        """Count the last months that are run by a day: an extension is decided after that of the six was run."""
        last_months = {month_of(self.agreed_last_day), month_of(self.last_day)}
        return len(last_months & set(self.months(until)))

    def paid_months(self, until: date) -> list[str]:
        """Return the months whose charges are paid by a day: bridging money pays one month ahead during relief."""
        ahead = int(any(grant["kind"] == "bridging_allowance" for grant in self.grants))
        return self.all_months[: len(self.months(until)) + ahead]

    def short_months(self, until: date) -> list[str]:
        """Return the short months: a norm for people under 21 alone does not cover a home, unless supplemented."""
        if self.relief["age_band"] != AgeBand.FROM_18_TO_20:
            return []
        helped = {grant["month"] for grant in self.grants if grant["kind"] == "supplementary_assistance"}
        return [month for month in self.months(until) if month not in helped]

    def paid_kinds(self, month: str) -> list[str]:
        """Return the kinds deducted in a month: those with a mandate that the person does not yet pay alone."""
        return [kind for kind in self.charges if kind in self.mandates and month < self.alone_from.get(kind, "9999")]

    def discount_cents(self, month: str) -> int:
        """Return what suppliers take off; their agreements hold for every household with such a charge."""
        return sum(self.charges[kind] * self.discount_percents.get(kind, 0) // 100 for kind in self.paid_kinds(month))

    def charged_cents(self, month: str) -> int:
        """Return what creditors get for a month if there is enough money."""
        return sum(self.charges[kind] for kind in self.paid_kinds(month)) - self.discount_cents(month)

    def refused_payments(self, until: date) -> int:
        """Count the first payment of the remainder; the account is corrected before the second."""
        return int(self.has_closed_account and bool(self.months(until)))


def list_planned_households(season: Season, municipality: str) -> list[PlannedHousehold]:
    """Return the households whose plan is signed within the season."""
    commands = [command for command in season.commands if command.municipality == municipality]
    signed = {command.subject for command in commands if command.step is Step.SIGNATURE}
    discount_percents = {
        command.body["kind"]: command.body["discount_percent"] for command in commands if command.step is Step.DISCOUNT
    }
    households = {
        command.subject: PlannedHousehold(command.body["relief"], discount_percents)
        for command in commands
        if command.step is Step.PLAN and command.subject in signed and command.body.get("relief")
    }
    for command in commands:
        if command.subject in households and command.step in _RECORDERS:
            _RECORDERS[command.step](households[command.subject], command)
    return list(households.values())


def last_day_of(season: Season, municipality: str) -> date:
    """Return the last day that starts in a municipality."""
    last_day = season.size.last_day
    return last_day if municipality in season.towns else min(last_day, season.size.pilots_until)


def _record_charge(household: PlannedHousehold, command: Command) -> None:
    household.charges[command.body["kind"]] = command.body["amount_cents"]


def _record_income(household: PlannedHousehold, command: Command) -> None:
    """Count what is set off each month: what the person earns, without what is exempt."""
    household.income_cents += command.body["amount_cents"] * (100 - command.body["exempt_percent"]) // 100


def _record_attachment(household: PlannedHousehold, command: Command) -> None:
    household.attachment_cents += command.body["amount_cents"]


def _record_repayment(household: PlannedHousehold, command: Command) -> None:
    household.repaid_cents += command.body["amount_cents"]


def _record_decision(household: PlannedHousehold, command: Command) -> None:
    household.extended_months += command.body.get("months", 0)
    household.is_phased_out = household.is_phased_out or command.body["outcome"] == "end"


def _record_step(household: PlannedHousehold, command: Command) -> None:
    if command.body["step"] == PhaseOutStep.PAYS_ALONE:
        household.alone_from[command.body["kind"]] = month_of(add_months(command.day, 1))


def _record_talk(household: PlannedHousehold, command: Command) -> None:
    household.coaching_minutes += command.body["minutes"]


def _record_lesson(household: PlannedHousehold, command: Command) -> None:
    household.lessons += command.body["is_attended"]


def _record_arrears(household: PlannedHousehold, command: Command) -> None:
    """Count a signal once relief is over; before that, the creditor contacts the municipality, which pays."""
    household.signals += command.day > household.last_day


def _record_account(household: PlannedHousehold, command: Command) -> None:
    household.has_closed_account = household.has_closed_account or command.body["iban"] == iban(CLOSED_ACCOUNT)


_RECORDERS: Mapping[Step, Callable[[PlannedHousehold, Command], None]] = {
    Step.CHARGE: _record_charge,
    Step.MANDATE: lambda household, command: household.mandates.add(command.body["kind"]),
    Step.INCOME: _record_income,
    Step.ATTACHMENT: _record_attachment,
    Step.GRANT: lambda household, command: household.grants.append(command.body),
    Step.RESOLUTION: lambda household, command: household.resolved.append(command.body),
    Step.REPAYMENT: _record_repayment,
    Step.DECISION: _record_decision,
    Step.PHASE_OUT_STEP: _record_step,
    Step.SESSION: _record_talk,
    Step.LESSON: _record_lesson,
    Step.ARREARS: _record_arrears,
    Step.ACCOUNT: _record_account,
}
