"""The regeldag: one day on which rent, insurance, benefit and withholding are arranged together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated


class RegeldagItem(StrEnum):
    """What is arranged."""

    RENT_CONTRACT = "rent_contract"
    ENERGY = "energy"
    WATER = "water"
    HEALTH_INSURANCE = "health_insurance"
    LIABILITY_INSURANCE = "liability_insurance"
    BENEFIT_REQUEST = "benefit_request"
    ALLOWANCES_REQUEST = "allowances_request"
    MANDATES = "mandates"


class RegeldagParty(StrEnum):
    """Who sees to it."""

    PERSON = "person"
    SOCIAL_GUIDE = "social_guide"
    CASE_MANAGER = "case_manager"
    BUDGET_MANAGER = "budget_manager"


_USUALLY = {
    RegeldagItem.BENEFIT_REQUEST: RegeldagParty.CASE_MANAGER,
    RegeldagItem.MANDATES: RegeldagParty.BUDGET_MANAGER,
}


@dataclass(frozen=True)
class RegeldagStep:
    """How one item stands; the last step recorded of an item holds. `done_on` None is still to do."""

    id: UUID
    regeldag_id: UUID
    item: RegeldagItem
    responsible: RegeldagParty
    appointment_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True)
class Regeldag:
    """A household's day."""

    id: UUID
    held_on: date


@dataclass(frozen=True)
class RegeldagList:
    """The day with its whole checklist, in the order of the items."""

    regeldag: Regeldag
    steps: tuple[RegeldagStep, ...]

    @property
    def is_complete(self) -> bool:
        return all(step.done_on for step in self.steps)


def checklist(regeldag: Regeldag, steps: Iterable[RegeldagStep]) -> RegeldagList:
    """Every item once: as last recorded, else still to do by whoever usually does it."""
    last = {step.item: step for step in steps if step.regeldag_id == regeldag.id}
    usual = (
        last.get(item) or RegeldagStep(regeldag.id, regeldag.id, item, _USUALLY.get(item, RegeldagParty.SOCIAL_GUIDE))
        for item in RegeldagItem
    )
    return RegeldagList(regeldag, tuple(usual))


def add_regeldag(existing: Sequence[Regeldag], regeldag: Regeldag) -> bool:
    """Whether the day is new; a household has one at a time, held anew on another date when need be."""
    for known in existing:
        if known.id == regeldag.id:
            repeated(known, regeldag)
            return False
        if known.held_on == regeldag.held_on:
            raise ConflictError(f"There is a regeldag on {known.held_on} already: use it, or give another day.")
    return True


def add_step(regeldag: Regeldag, existing: Sequence[RegeldagStep], step: RegeldagStep) -> bool:
    """Whether the step is new; what is done was done on the day itself or later."""
    for known in existing:
        if known.id == step.id:
            repeated(known, step)
            return False
    if step.done_on is not None and step.done_on < regeldag.held_on:
        raise WrongInputError(
            Fault("done_on", "before_the_day", f"The regeldag is on {regeldag.held_on}: give that day or a later one.")
        )
    return True
