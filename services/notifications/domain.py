"""The rules of notifications: which fact becomes which message for whom, in which language, and when to try again.

The table names every event of the other services; those that nobody is written about have an empty entry, so that
leaving one out is a decision and not an oversight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from shared.events import (
    AmbassadorAppointed,
    AmbassadorCredited,
    ArrearsSignalled,
    CandidateRecruited,
    CandidateWithdrawn,
    DayStarted,
    DeadlineMissed,
    EvaluationOpened,
    EventData,
    FileOpened,
    FixedChargeChanged,
    FixedChargesDeducted,
    IntakeCompleted,
    IntakeScheduled,
    MandateGranted,
    MandateRevoked,
    MonthRunApproved,
    MonthRunProposed,
    MonthRunSealed,
    OutreachHeld,
    PaymentRefused,
    PaymentsReleased,
    PhaseOutStarted,
    PhaseOutStepTaken,
    PIPSigned,
    ReliefEnded,
    ReliefExtended,
    ReliefStarted,
    RunShardOpened,
    SelfRelianceMeasured,
    ShortfallFound,
    ShortfallResolved,
)
from shared.events.codes import DeliveryProblem, MessageChannel


class Audience(StrEnum):
    """Whom a message is for: the person the fact is about, or the staff of the municipality."""

    PERSON = "person"
    CASE_MANAGER = "case_manager"


class MessageState(StrEnum):
    """Where a message is. `queued` is taken up by the worker, `parked` by a person who releases it."""

    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"


@dataclass(frozen=True)
class Notice:
    """A message that a fact gives rise to."""

    template: str
    audience: Audience = Audience.PERSON


@dataclass(frozen=True)
class Contact:
    """How a person is reached. Names and addresses are kept here and nowhere else."""

    person_id: UUID
    language: str
    channel: MessageChannel = MessageChannel.LETTER
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Message:
    """A message that will go out; `draft` is what it will say, put into words when it leaves."""

    id: UUID
    event_id: UUID
    audience: Audience
    person_id: UUID
    template: str
    language: str
    channel: MessageChannel
    draft: str


_STAFF = Audience.CASE_MANAGER
STAFF_LANGUAGES = ("nl",)

NOTICES: Mapping[type[EventData], tuple[Notice, ...]] = {
    CandidateRecruited: (Notice("welcome"),),
    IntakeScheduled: (Notice("intake_scheduled"),),
    IntakeCompleted: (Notice("intake_completed"),),
    PIPSigned: (Notice("pip_signed"),),
    DeadlineMissed: (Notice("deadline_missed"), Notice("deadline_missed_staff", _STAFF)),
    ReliefStarted: (Notice("relief_started"),),
    MandateGranted: (Notice("mandate_granted"),),
    FixedChargesDeducted: (Notice("month_deducted"),),
    ShortfallFound: (Notice("shortfall_found"), Notice("shortfall_found_staff", _STAFF)),
    ReliefEnded: (Notice("relief_ended"),),
    MandateRevoked: (Notice("mandate_revoked"),),
    FixedChargeChanged: (Notice("fixed_charge_changed"),),
    ShortfallResolved: (Notice("shortfall_resolved"),),
    PaymentRefused: (Notice("payment_refused"), Notice("payment_refused_staff", _STAFF)),
    SelfRelianceMeasured: (Notice("self_reliance_measured"),),
    EvaluationOpened: (Notice("evaluation_opened"), Notice("evaluation_opened_staff", _STAFF)),
    ReliefExtended: (Notice("relief_extended"),),
    PhaseOutStarted: (Notice("phase_out_started"),),
    PhaseOutStepTaken: (Notice("phase_out_step_taken"),),
    ArrearsSignalled: (Notice("arrears_signalled"), Notice("arrears_signalled_staff", _STAFF)),
    FileOpened: (),  # only the language is learnt from it
    CandidateWithdrawn: (),  # who withdraws is not written to again
    AmbassadorAppointed: (),  # told in person
    AmbassadorCredited: (),  # seen in the targets
    OutreachHeld: (),  # about nobody
    DayStarted: (),  # about nobody
    MonthRunProposed: (),  # seen where runs are approved
    MonthRunApproved: (),  # seen where runs are approved
    MonthRunSealed: (),  # every household hears of its own month
    PaymentsReleased: (),  # every household hears of its own month
    RunShardOpened: (),  # work for workers
}


def language_told(fact: EventData) -> Contact | None:
    """What a fact says of a person's language; until someone enters an address, letters it is."""
    if isinstance(fact, CandidateRecruited | FileOpened):
        return Contact(fact.person_id, fact.language)
    return None


def languages_for(language: str, known: Sequence[str], fallback: Sequence[str]) -> tuple[str, ...]:
    """The person's own language where we have it, else all of the fallback together."""
    return (language,) if language in known else tuple(fallback)


def message_id(event_id: UUID, audience: Audience) -> UUID:
    """One message per fact and audience: the same two always give the same id."""
    return uuid5(event_id, f"message for {audience}")


def channel_for(contact: Contact) -> MessageChannel:
    """E-mail where it was chosen and there is an address, else a letter."""
    return contact.channel if contact.email else MessageChannel.LETTER


def delay_seconds(attempts: int, first_seconds: float, max_seconds: float) -> float:
    """How long to wait after so many failed attempts (1 or more): twice as long each time, up to a limit."""
    return min(first_seconds * 2.0 ** min(attempts - 1, 30), max_seconds)


def gives_up(problem: DeliveryProblem, attempts: int, attempts_max: int) -> bool:
    """Whether a delivery is set aside: a refused address at once, anything else after the last attempt."""
    return problem is DeliveryProblem.ADDRESS_REFUSED or attempts >= attempts_max
