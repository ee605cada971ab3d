"""The regeldag: one day on which a household's affairs are arranged."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY

from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.regeldag import (
    Regeldag,
    RegeldagItem,
    RegeldagParty,
    RegeldagStep,
    add_step,
    compile_checklist,
)
from shared.errors.refusals import WrongInputError
from shared.events.codes import ChargeKind


@pytest.mark.row("regeldag")
def test_a_regeldag_has_every_item_and_is_complete_when_each_is_done() -> None:
    day = Regeldag(uuid4(), FIRST_DAY)
    steps: list[RegeldagStep] = []
    for item in RegeldagItem:
        assert not compile_checklist(day, steps).is_complete
        step = RegeldagStep(uuid4(), day.id, item, RegeldagParty.SOCIAL_GUIDE, done_on=FIRST_DAY)
        assert add_step(day, steps, step)
        steps += [replace(step, id=uuid4(), done_on=None), step]
    assert compile_checklist(day, steps).is_complete
    with pytest.raises(WrongInputError, match="that day or a later one"):
        add_step(day, steps, replace(steps[0], id=uuid4(), done_on=date(2026, 9, 15)))


@pytest.mark.row("regeldag")
def test_what_is_entered_with_the_day_is_arranged_unless_a_step_says_otherwise() -> None:
    day = Regeldag(uuid4(), FIRST_DAY)
    rent = Charge(uuid4(), ChargeKind.RENT, "woonstad", None, "huur", 60_000, FIRST_DAY, None, regeldag_id=day.id)
    power = replace(rent, id=uuid4(), kind=ChargeKind.ENERGY, creditor="stroom")
    of_rent = Mandate(uuid4(), ChargeKind.RENT, "woonstad", FIRST_DAY, regeldag_id=day.id)
    of_power = Mandate(uuid4(), ChargeKind.ENERGY, "stroom", FIRST_DAY)

    def list_done(*mandates: Mandate, steps: tuple[RegeldagStep, ...] = ()) -> list[RegeldagItem]:
        elsewhere = replace(rent, id=uuid4(), kind=ChargeKind.WATER, regeldag_id=None)
        checklist = compile_checklist(day, steps, [rent, power, elsewhere], mandates)
        return [step.item for step in checklist.steps if step.done_on == FIRST_DAY]

    arranged = [RegeldagItem.RENT_CONTRACT, RegeldagItem.ENERGY]
    assert list_done(of_rent) == arranged
    assert list_done(of_power, replace(of_rent, regeldag_id=None)) == arranged
    assert list_done(of_rent, of_power) == [*arranged, RegeldagItem.MANDATES]
    to_do = RegeldagStep(uuid4(), day.id, RegeldagItem.ENERGY, RegeldagParty.PERSON)
    assert list_done(of_rent, steps=(to_do,)) == [RegeldagItem.RENT_CONTRACT]
