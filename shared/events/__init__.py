"""The contract: what each service tells, by publishing service, and the topics. Importing this declares every event."""

from shared.events.base import EventData, EventType, Topic, catalogue
from shared.events.calendar import DayStarted
from shared.events.intake import DeadlineMissed, FileOpened, IntakeCompleted, IntakeScheduled, PIPSigned
from shared.events.notifications import DeliveryParked, NotificationSent
from shared.events.ontzorgen import (
    ChargeLine,
    FixedChargesDeducted,
    MandateGranted,
    ReliefEnded,
    ReliefStarted,
    ShortfallFound,
)
from shared.events.recruitment import (
    AmbassadorAppointed,
    AmbassadorCredited,
    CandidateRecruited,
    CandidateWithdrawn,
    OutreachHeld,
)

__all__ = [
    "AmbassadorAppointed",
    "AmbassadorCredited",
    "CandidateRecruited",
    "CandidateWithdrawn",
    "ChargeLine",
    "DayStarted",
    "DeadlineMissed",
    "DeliveryParked",
    "EventData",
    "EventType",
    "FileOpened",
    "FixedChargesDeducted",
    "IntakeCompleted",
    "IntakeScheduled",
    "MandateGranted",
    "NotificationSent",
    "OutreachHeld",
    "PIPSigned",
    "ReliefEnded",
    "ReliefStarted",
    "ShortfallFound",
    "Topic",
    "catalogue",
    "topics",
]


def topics() -> dict[str, Topic]:
    """Every topic of the contract by its name."""
    return {entry.topic.name: entry.topic for entry in catalogue().values()}
