"""Creditors that report arrears.

Once relief is over, creditors with whom it was agreed may signal arrears for as long as the policy says. Before that
the municipality itself pays them, so it is the municipality that they contact.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import add_months, month_of
from shared.errors.refusals import ConflictError
from shared.events import ArrearsSignalled
from shared.events.codes import ChargeKind
from shared.identity import Role


class SignalKind(StrEnum):
    """What became of a creditor's message: a signal after relief, or a contact with the municipality during it."""

    SIGNAL = "signal"
    CONTACT = "contact"


_TASKS = {
    SignalKind.SIGNAL: (TaskKind.ARREARS_SIGNALLED, Role.CASE_MANAGER),
    SignalKind.CONTACT: (TaskKind.CREDITOR_CONTACT, Role.BUDGET_MANAGER),
}


@dataclass(frozen=True)
class ArrearsMessage:
    """A creditor says that so many months were not paid."""

    household_id: UUID
    creditor: str
    kind: ChargeKind
    months_in_arrears: int
    signalled_on: date

    @property
    def id(self) -> UUID:
        """The same news in the same month is the same message."""
        month = month_of(self.signalled_on)
        return uuid5(self.household_id, f"arrears {self.kind} {self.creditor} {month} {self.months_in_arrears}")


@dataclass(frozen=True)
class RecordedMessage:
    """A creditor's message with what became of it."""

    id: UUID
    household_id: UUID
    creditor: str
    kind: ChargeKind
    months_in_arrears: int
    signalled_on: date
    recorded_as: SignalKind


def signal_arrears(
    household: Household, message: ArrearsMessage, policy: IndependencePolicy, *, calls_first: bool = False
) -> tuple[SignalKind, tuple[ArrearsSignalled, ...]]:
    """Return what the message is and what it publishes; ConflictError where nothing was agreed.

    A creditor that calls first (`calls_first`) agreed to it for itself, whatever the policy says of its kind.
    """
    if household.ended_on is None or message.signalled_on <= household.ended_on:
        if not (policy.creditor_first_contact or calls_first):
            raise ConflictError(
                "relief_still_runs", "Relief still runs and the municipality pays: let the creditor contact it first."
            )
        return SignalKind.CONTACT, ()
    until = add_months(household.ended_on, policy.early_signal_months)
    if message.signalled_on > until:
        raise ConflictError(
            "early_signals_over", f"Early signals were agreed until {until}: ask the person, who is on their own now."
        )
    if message.kind not in policy.early_signal_kinds and not calls_first:
        kinds = ", ".join(sorted(policy.early_signal_kinds)).replace("_", " ")
        raise ConflictError(
            "early_signals_of_other_kinds",
            f"Early signals were agreed for {kinds} only: ask the person, who is on their own now.",
        )
    event = ArrearsSignalled(
        household_id=household.id,
        person_id=household.person_id,
        kind=message.kind,
        months_in_arrears=message.months_in_arrears,
        signalled_on=message.signalled_on,
    )
    return SignalKind.SIGNAL, (event,)


def record_message(message: ArrearsMessage, kind: SignalKind) -> RecordedMessage:
    """Return the message as it is recorded."""
    return RecordedMessage(
        id=message.id,
        household_id=message.household_id,
        creditor=message.creditor,
        kind=message.kind,
        months_in_arrears=message.months_in_arrears,
        signalled_on=message.signalled_on,
        recorded_as=kind,
    )


def find_call_by(message: RecordedMessage, policy: IndependencePolicy, *, calls_first: bool) -> date | None:
    """Return the last day to call back a creditor that waits with its measures; None for one that does not."""
    return message.signalled_on + timedelta(days=policy.creditor_contact_days) if calls_first else None


def build_task(message: RecordedMessage, call_by: date | None = None) -> Task:
    """Return the task for whoever can do something about it, by the day by which the creditor must be called."""
    kind, role = _TASKS[message.recorded_as]
    return Task(uuid5(message.id, "task"), kind, month_of(message.signalled_on), role, 0, due_on=call_by)
