"""The regeldag: one day on which rent, insurance, benefit and withholding are arranged together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.charges import Charge, Mandate
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.events.codes import ChargeKind


class RegeldagItem(StrEnum):
    """What is arranged on a regeldag."""

    RENT_CONTRACT = "rent_contract"
    ENERGY = "energy"
    WATER = "water"
    HEALTH_INSURANCE = "health_insurance"
    LIABILITY_INSURANCE = "liability_insurance"
    BENEFIT_REQUEST = "benefit_request"
    ALLOWANCES_REQUEST = "allowances_request"
    MANDATES = "mandates"


class RegeldagParty(StrEnum):
    """Who is responsible for an item."""

    PERSON = "person"
    SOCIAL_GUIDE = "social_guide"
    CASE_MANAGER = "case_manager"
    BUDGET_MANAGER = "budget_manager"


_USUALLY_RESPONSIBLE = {
    RegeldagItem.BENEFIT_REQUEST: RegeldagParty.CASE_MANAGER,
    RegeldagItem.MANDATES: RegeldagParty.BUDGET_MANAGER,
}
_ITEM_OF = {
    ChargeKind.RENT: RegeldagItem.RENT_CONTRACT,
    ChargeKind.ENERGY: RegeldagItem.ENERGY,
    ChargeKind.WATER: RegeldagItem.WATER,
    ChargeKind.HEALTH_INSURANCE: RegeldagItem.HEALTH_INSURANCE,
    ChargeKind.LIABILITY_INSURANCE: RegeldagItem.LIABILITY_INSURANCE,
}


@dataclass(frozen=True)
class RegeldagStep:
    """The state of one item; the step that was recorded last counts. `done_on` None: still to do."""

    id: UUID
    regeldag_id: UUID
    item: RegeldagItem
    responsible: RegeldagParty
    appointment_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True)
class Regeldag:
    """The day on which a household's affairs are arranged."""

    id: UUID
    held_on: date


@dataclass(frozen=True)
class RegeldagList:
    """The day with its complete checklist, in the order of the items."""

    regeldag: Regeldag
    steps: tuple[RegeldagStep, ...]

    @property
    def is_complete(self) -> bool:
        return all(step.done_on for step in self.steps)


def compile_checklist(
    regeldag: Regeldag,
    steps: Iterable[RegeldagStep],
    charges: Iterable[Charge] = (),
    mandates: Iterable[Mandate] = (),
) -> RegeldagList:
    """Return the day with every item once: as recorded last, else as arranged by what was entered with this day.

    What is neither is still to do by whoever usually does it.
    """
    recorded = {step.item: step for step in steps if step.regeldag_id == regeldag.id}
    arranged = _list_arranged(regeldag, tuple(charges), tuple(mandates))
    checklist = (
        recorded.get(item)
        or RegeldagStep(
            regeldag.id,
            regeldag.id,
            item,
            _USUALLY_RESPONSIBLE.get(item, RegeldagParty.SOCIAL_GUIDE),
            done_on=regeldag.held_on if item in arranged else None,
        )
        for item in RegeldagItem
    )
    return RegeldagList(regeldag, tuple(checklist))


def _list_arranged(regeldag: Regeldag, charges: Sequence[Charge], mandates: Sequence[Mandate]) -> set[RegeldagItem]:
    """Return the items that charges and mandates entered with this day arrange; mandates once no charge lacks one."""
    of_day = [charge for charge in charges if charge.regeldag_id == regeldag.id]
    arranged = {_ITEM_OF[charge.kind] for charge in of_day if charge.kind in _ITEM_OF}
    mandated = {(mandate.kind, mandate.creditor) for mandate in mandates}
    has_all = all((charge.kind, charge.creditor) in mandated for charge in of_day)
    if has_all and any(mandate.regeldag_id == regeldag.id for mandate in mandates):
        arranged.add(RegeldagItem.MANDATES)
    return arranged


def add_regeldag(existing: Sequence[Regeldag], regeldag: Regeldag) -> bool:
    """Return whether the day is new; False if the same was sent before. There is one on a date."""
    for recorded in existing:
        if recorded.id == regeldag.id:
            require_same_content(recorded, regeldag)
            return False
        if recorded.held_on == regeldag.held_on:
            raise ConflictError(
                "regeldag_exists", f"There is a regeldag on {recorded.held_on} already: use it, or give another day."
            )
    return True


def add_step(regeldag: Regeldag, existing: Sequence[RegeldagStep], step: RegeldagStep) -> bool:
    """Return whether the step is new; False if the same was sent before. It is done on the day itself or later."""
    for recorded in existing:
        if recorded.id == step.id:
            require_same_content(recorded, step)
            return False
    if step.done_on is not None and step.done_on < regeldag.held_on:
        raise WrongInputError(
            Fault("done_on", "before_the_day", f"The regeldag is on {regeldag.held_on}: give that day or a later one.")
        )
    return True
