"""The contract: the events that each service publishes, and the topics. Importing this declares every event."""

from shared.events.base import EventData, EventType, Topic, catalogue
from shared.events.calendar import DayStarted
from shared.events.intake import DeadlineMissed, FileOpened, IntakeCompleted, IntakeScheduled, PIPSigned
from shared.events.notifications import DeliveryParked, NotificationSent
from shared.events.ontzorgen import (
    ChargeLine,
    FixedChargeChanged,
    FixedChargesDeducted,
    MandateGranted,
    MandateRefused,
    MandateRevoked,
    PaymentLine,
    PaymentRefused,
    ReliefEnded,
    ReliefStarted,
    ShortfallFound,
    ShortfallResolved,
)
from shared.events.ontzorgen_holiday import HolidayAllowanceHandedOver, HolidayAllowancePaid
from shared.events.ontzorgen_independence import (
    ArrearsSignalled,
    EvaluationOpened,
    PhaseOutStarted,
    PhaseOutStepTaken,
    ReliefExtended,
    SelfRelianceMeasured,
)
from shared.events.ontzorgen_runs import (
    MonthRunApproved,
    MonthRunProposed,
    MonthRunSealed,
    PaymentsReleased,
    RunShardOpened,
)
from shared.events.ontzorgen_start_money import StartMoneyDecided
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
    "ArrearsSignalled",
    "CandidateRecruited",
    "CandidateWithdrawn",
    "ChargeLine",
    "DayStarted",
    "DeadlineMissed",
    "DeliveryParked",
    "EvaluationOpened",
    "EventData",
    "EventType",
    "FileOpened",
    "FixedChargeChanged",
    "FixedChargesDeducted",
    "HolidayAllowanceHandedOver",
    "HolidayAllowancePaid",
    "IntakeCompleted",
    "IntakeScheduled",
    "MandateGranted",
    "MandateRefused",
    "MandateRevoked",
    "MonthRunApproved",
    "MonthRunProposed",
    "MonthRunSealed",
    "NotificationSent",
    "OutreachHeld",
    "PIPSigned",
    "PaymentLine",
    "PaymentRefused",
    "PaymentsReleased",
    "PhaseOutStarted",
    "PhaseOutStepTaken",
    "ReliefEnded",
    "ReliefExtended",
    "ReliefStarted",
    "RunShardOpened",
    "SelfRelianceMeasured",
    "ShortfallFound",
    "ShortfallResolved",
    "StartMoneyDecided",
    "Topic",
    "catalogue",
    "topics",
]


def topics() -> dict[str, Topic]:
    """Return every topic of the contract by its name."""
    return {entry.topic.name: entry.topic for entry in catalogue().values()}
