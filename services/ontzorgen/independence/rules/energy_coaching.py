"""Helping a household save energy: a visit or a box with means to do so, offered, then accepted, then delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError


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


_PRECEDING = {
    HelpState.OFFERED: (None, HelpState.DECLINED),
    HelpState.ACCEPTED: (HelpState.OFFERED,),
    HelpState.DECLINED: (HelpState.OFFERED, HelpState.ACCEPTED),
    HelpState.DELIVERED: (HelpState.ACCEPTED,),
}


@dataclass(frozen=True)
class EnergyStep:
    """A step in helping a household save energy."""

    household_id: UUID
    help: EnergyHelp
    state: HelpState
    on_day: date


def take_energy_step(steps: Sequence[EnergyStep], step: EnergyStep) -> bool:
    """Return whether the step is new; ConflictError when it does not follow the last one of the same help.

    Offered, then accepted or declined, then delivered; a declined one can be offered again. `steps` are in the order of
    recording.
    """
    if step in steps:
        return False
    same_help = [earlier for earlier in steps if earlier.help is step.help]
    state = same_help[-1].state if same_help else None
    if state not in _PRECEDING[step.state]:
        now = f"is {state} now" if state else "was not offered yet"
        raise ConflictError(
            "energy_step_out_of_order",
            f"This help {now}: it goes from offered to accepted or declined, then delivered.",
        )
    if same_help and step.on_day < same_help[-1].on_day:
        sentence = f"The step before was on {same_help[-1].on_day}: give that day or a later one."
        raise WrongInputError(Fault("on_day", "before_the_last_step", sentence))
    return True
