"""The phase-out, in the steps of each pilot's policy: creditors are informed first, the last step ends relief."""

from collections.abc import Iterator
from datetime import date

from demo.pilots import entries
from demo.pilots.homes import BY_LAW
from demo.pilots.pilot_case import PilotCase
from demo.story import Command
from shared.events.codes import PhaseOutStep


def pay_together_then_alone(case: PilotCase) -> Iterator[Command]:
    """From the fourth month on (Capelle): the extra charges first, so that the last month does not deduct them."""
    kinds = [charge.kind for charge in case.charges]
    yield from _begin(case, case.visit(3))
    for kind in kinds:
        yield entries.take_step(case.household, case.visit(3, weekday=1), PhaseOutStep.PAYS_TOGETHER, kind)
    for kind in kinds:
        month_index = 5 if kind in BY_LAW else 4
        yield entries.take_step(case.household, case.visit(month_index, weekday=1), PhaseOutStep.PAYS_ALONE, kind)
    yield _end(case)


def pay_by_direct_debit(case: PilotCase) -> Iterator[Command]:
    """Agree direct debits for the day after the payment, and monthly money (Edam-Volendam, and the default)."""
    yield from _begin(case, case.visit(5))
    yield from _debits(case, case.visit(5, weekday=1))
    yield entries.take_step(case.household, case.visit(5, weekday=1), PhaseOutStep.MONTHLY_MONEY)
    yield _end(case)


def pay_alone_after_debits(case: PilotCase) -> Iterator[Command]:
    """Agree direct debits, and then pay each charge alone (Dongemond)."""
    yield from _begin(case, case.visit(5))
    yield from _debits(case, case.visit(5, weekday=1))
    for charge in case.charges:
        yield entries.take_step(case.household, case.visit(5, weekday=2), PhaseOutStep.PAYS_ALONE, charge.kind)
    yield _end(case)


def take_every_step(case: PilotCase) -> Iterator[Command]:
    """Take every step: monthly money, together, direct debits, alone (Drechtsteden)."""
    yield from _begin(case, case.visit(5))
    yield entries.take_step(case.household, case.visit(5), PhaseOutStep.MONTHLY_MONEY)
    for charge in case.charges:
        yield entries.take_step(case.household, case.visit(5, weekday=1), PhaseOutStep.PAYS_TOGETHER, charge.kind)
    yield from _debits(case, case.visit(5, weekday=2))
    for charge in case.charges:
        yield entries.take_step(case.household, case.visit(5, weekday=3), PhaseOutStep.PAYS_ALONE, charge.kind)
    yield _end(case)


def _begin(case: PilotCase, day: date) -> Iterator[Command]:
    yield entries.begin_phase_out(case.household, day, case.rng.id("decision", case.household.household_id, "let go"))
    for creditor in dict.fromkeys(charge.creditor for charge in case.charges):
        yield entries.inform_creditor(case.household, day, creditor)
    yield entries.take_step(case.household, day, PhaseOutStep.CREDITORS_INFORMED)


def _debits(case: PilotCase, day: date) -> Iterator[Command]:
    for charge in case.charges:
        debit_id = case.rng.id("debit", case.household.household_id, charge.kind)
        yield entries.agree_debit(case.household, day, id_=debit_id, creditor=charge.creditor, kind=charge.kind)
    yield entries.take_step(case.household, day, PhaseOutStep.DIRECT_DEBIT_SET_UP)


def _end(case: PilotCase) -> Command:
    id_ = case.rng.id("decision", case.household.household_id, "end")
    return entries.end(case.household, case.visit(5, weekday=4), id_)
