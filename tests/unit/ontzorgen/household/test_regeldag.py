"""The regeldag: one day on which a household's affairs are arranged."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY

from services.ontzorgen.household.rules.regeldag import (
    Regeldag,
    RegeldagItem,
    RegeldagParty,
    RegeldagStep,
    add_step,
    compile_checklist,
)
from shared.errors.refusals import WrongInputError


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
