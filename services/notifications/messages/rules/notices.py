"""Which fact becomes which message, and for whom.

The table names every event of the other services; those that nobody is written about have an empty entry, so that
leaving one out is a decision and not an oversight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    HolidayAllowanceHandedOver,
    HolidayAllowancePaid,
    IntakeCompleted,
    IntakeScheduled,
    MandateGranted,
    MandateRefused,
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
    StartMoneyDecided,
)


class Audience(StrEnum):
    """Whom a message is for: the person the fact is about, or the staff of the municipality."""

    PERSON = "person"
    CASE_MANAGER = "case_manager"


@dataclass(frozen=True)
class Notice:
    """A message that a fact leads to."""

    template: str
    audience: Audience = Audience.PERSON


_STAFF = Audience.CASE_MANAGER

NOTICES: Mapping[type[EventData], tuple[Notice, ...]] = {
    CandidateRecruited: (Notice("welcome"),),
    IntakeScheduled: (Notice("intake_scheduled"),),
    IntakeCompleted: (Notice("intake_completed"),),
    PIPSigned: (Notice("pip_signed"),),
    DeadlineMissed: (Notice("deadline_missed"), Notice("deadline_missed_staff", _STAFF)),
    ReliefStarted: (Notice("relief_started"),),
    MandateGranted: (Notice("mandate_granted"),),
    FixedChargesDeducted: (Notice("month_deducted"),),
    HolidayAllowancePaid: (Notice("holiday_allowance_paid"),),
    HolidayAllowanceHandedOver: (Notice("holiday_allowance_handed_over"),),
    ShortfallFound: (Notice("shortfall_found"), Notice("shortfall_found_staff", _STAFF)),
    ReliefEnded: (Notice("relief_ended"),),
    MandateRefused: (Notice("mandate_refused"),),
    MandateRevoked: (Notice("mandate_revoked"),),
    FixedChargeChanged: (Notice("fixed_charge_changed"),),
    ShortfallResolved: (Notice("shortfall_resolved"),),
    StartMoneyDecided: (Notice("start_money_decided"),),
    PaymentRefused: (Notice("payment_refused"), Notice("payment_refused_staff", _STAFF)),
    SelfRelianceMeasured: (Notice("self_reliance_measured"),),
    EvaluationOpened: (Notice("evaluation_opened"), Notice("evaluation_opened_staff", _STAFF)),
    ReliefExtended: (Notice("relief_extended"),),
    PhaseOutStarted: (Notice("phase_out_started"),),
    PhaseOutStepTaken: (Notice("phase_out_step_taken"),),
    ArrearsSignalled: (Notice("arrears_signalled"), Notice("arrears_signalled_staff", _STAFF)),
    FileOpened: (),  # only the language is taken from it
    CandidateWithdrawn: (),  # who withdraws is not written to again
    AmbassadorAppointed: (),  # the person hears it in a talk
    AmbassadorCredited: (),  # seen in the targets
    OutreachHeld: (),  # about nobody
    DayStarted: (),  # about nobody
    MonthRunProposed: (),  # seen where runs are approved
    MonthRunApproved: (),  # seen where runs are approved
    MonthRunSealed: (),  # every household gets a message about its own month
    PaymentsReleased: (),  # every household gets a message about its own month
    RunShardOpened: (),  # work for workers
}


def list_notices(fact: EventData) -> tuple[Notice, ...]:
    """Return the messages that a fact leads to; what was set aside for days without a right is not the person's."""
    if isinstance(fact, HolidayAllowanceHandedOver) and fact.beyond_right:
        return ()
    return NOTICES[type(fact)]
