"""What the world around the household does: signals of arrears, discounts, energy help, guides, the sounding board.

Once relief is over, creditors with whom it was agreed may signal arrears for as long as the policy says. Before that
the municipality itself pays them, so it is the municipality that they contact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.independence import IndependencePolicy
from shared.calendar import add_months, month_of
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any
from shared.events import ArrearsSignalled
from shared.events.codes import ChargeKind


class SignalKind(StrEnum):
    """What became of a creditor's message: a signal after relief, or a contact with the municipality during it."""

    SIGNAL = "signal"
    CONTACT = "contact"


class EnergyHelp(StrEnum):
    """What helps to save energy."""

    SAVING_VISIT = "saving_visit"
    ENERGY_BOX = "energy_box"


class HelpState(StrEnum):
    """How far the help is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DELIVERED = "delivered"


class Engagement(StrEnum):
    """What a neighbourhood mother (buurtmoeder) is paid for."""

    INTAKE = "intake"
    TRAINING = "training"
    GUIDING = "guiding"
    RECRUITING = "recruiting"


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
class SoundingBoardMeeting:
    """A meeting of participants who judge whether relief helps: counts, nobody's words."""

    id: UUID
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int


@dataclass(frozen=True)
class NeighbourhoodMother:
    """A paid guide by a random id, with the languages she speaks."""

    id: UUID
    languages: tuple[str, ...]
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True)
class MotherEngagement:
    """What she did on a day, for how long, and for which household or volunteer, by random ids."""

    id: UUID
    mother_id: UUID
    engagement: Engagement
    on_day: date
    minutes: int
    household_id: UUID | None = None
    volunteer_id: UUID | None = None


@dataclass(frozen=True)
class EnergyStep:
    """A step in helping a household save energy."""

    household_id: UUID
    help: EnergyHelp
    state: HelpState
    on_day: date


@dataclass(frozen=True)
class DiscountAgreement:
    """A creditor gives a discount for the certainty of being paid (vastelastenpakket)."""

    id: UUID
    creditor: str
    kind: ChargeKind
    discount_percent: int
    guaranteed_months: int
    from_day: date
    until_day: date | None = None


def signal(
    household: Household, message: ArrearsMessage, policy: IndependencePolicy
) -> tuple[SignalKind, tuple[ArrearsSignalled, ...]]:
    """What the message is and what to tell of it; refused where nothing was agreed."""
    if household.ended_on is None or message.signalled_on <= household.ended_on:
        if not policy.creditor_first_contact:
            raise ConflictError("Relief still runs and the municipality pays: let the creditor contact it first.")
        return SignalKind.CONTACT, ()
    until = add_months(household.ended_on, policy.early_signal_months)
    if message.signalled_on > until:
        raise ConflictError(f"Early signals were agreed until {until}: ask the person, who is on their own now.")
    if message.kind not in policy.early_signal_kinds:
        kinds = ", ".join(sorted(policy.early_signal_kinds)).replace("_", " ")
        raise ConflictError(f"Early signals were agreed for {kinds} only: ask the person, who is on their own now.")
    told = ArrearsSignalled(
        household_id=household.id,
        person_id=household.person_id,
        kind=message.kind,
        months_in_arrears=message.months_in_arrears,
        signalled_on=message.signalled_on,
    )
    return SignalKind.SIGNAL, (told,)


def hold_meeting(meeting: SoundingBoardMeeting, policy: IndependencePolicy) -> None:
    if not policy.sounding_board:
        raise ConflictError("The policy of this municipality has no sounding board: enter it there first.")
    if meeting.found_it_helps + meeting.found_it_does_not > meeting.participants:
        sentence = "More judged than took part: correct the counts, who did not say is in neither."
        raise WrongInputError(Fault("participants", "more_than_took_part", sentence))


def engage(mother: NeighbourhoodMother, engagement: MotherEngagement) -> None:
    """Guiding is of a household, recruiting is of a volunteer, and other work is of nobody in particular."""
    faults = []
    if (engagement.engagement is Engagement.GUIDING) != (engagement.household_id is not None):
        faults.append(Fault("household_id", "household_of_guiding", "Name a household for guiding, and only then."))
    if (engagement.engagement is Engagement.RECRUITING) != (engagement.volunteer_id is not None):
        faults.append(Fault("volunteer_id", "volunteer_of_recruiting", "Name a volunteer for recruiting, only then."))
    if not mother.from_day <= engagement.on_day <= (mother.until_day or date.max):
        until = mother.until_day or "further notice"
        faults.append(
            Fault("on_day", "not_paid_then", f"She works from {mother.from_day} until {until}: mend the day.")
        )
    refuse_if_any(faults)


_BEFORE = {
    HelpState.OFFERED: (None, HelpState.DECLINED),
    HelpState.ACCEPTED: (HelpState.OFFERED,),
    HelpState.DECLINED: (HelpState.OFFERED, HelpState.ACCEPTED),
    HelpState.DELIVERED: (HelpState.ACCEPTED,),
}


def help_save_energy(known: Sequence[EnergyStep], step: EnergyStep) -> bool:
    """Whether the step is new: offered, then accepted or declined, then delivered; a declined one can be offered anew.

    `known` is in the order in which it was recorded.
    """
    if step in known:
        return False
    of_help = [one for one in known if one.help is step.help]
    state = of_help[-1].state if of_help else None
    if state not in _BEFORE[step.state]:
        stands = f"is {state} now" if state else "was not offered yet"
        raise ConflictError(f"This help {stands}: it goes from offered to accepted or declined, then delivered.")
    if of_help and step.on_day < of_help[-1].on_day:
        sentence = f"The step before was on {of_help[-1].on_day}: give that day or a later one."
        raise WrongInputError(Fault("on_day", "before_the_last_step", sentence))
    return True


def agree_discount(known: Sequence[DiscountAgreement], asked: DiscountAgreement) -> None:
    """Refused when it ends before it begins, or meets another agreement with this creditor for this kind."""
    if asked.until_day is not None and asked.until_day < asked.from_day:
        sentence = "The agreement ends before it begins: give a later last day or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    for other in known:
        is_same = (other.creditor, other.kind) == (asked.creditor, asked.kind)
        if (
            is_same
            and other.from_day <= (asked.until_day or date.max)
            and asked.from_day <= (other.until_day or date.max)
        ):
            until = other.until_day or "further notice"
            raise ConflictError(f"There is an agreement from {other.from_day} until {until}: give days outside it.")


def discount_percent(known: Sequence[DiscountAgreement], creditor: str, kind: ChargeKind, day: date) -> int:
    """The discount agreed with a creditor for a kind of charge on a day; 0 without one."""
    for one in known:
        if (one.creditor, one.kind) == (creditor, kind) and one.from_day <= day <= (one.until_day or date.max):
            return one.discount_percent
    return 0
