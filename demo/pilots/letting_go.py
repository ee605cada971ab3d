"""Letting go, as each pilot's policy has its steps: creditors know first, and the last step is the end of relief."""

from collections.abc import Iterator
from datetime import date

from demo.pilots import entries
from demo.pilots.homes import BY_LAW
from demo.pilots.played import Played
from demo.story import Command
from shared.events.codes import PhaseOutStep


def together_then_alone(one: Played) -> Iterator[Command]:
    """From the fourth month on (Capelle): the extra charges first, so that they are not withheld in the last month."""
    kinds = [charge.kind for charge in one.charges]
    yield from _begin(one, one.visit(3))
    for kind in kinds:
        yield entries.take_step(one.home, one.visit(3, weekday=1), PhaseOutStep.PAYS_TOGETHER, kind)
    for kind in kinds:
        place = 5 if kind in BY_LAW else 4
        yield entries.take_step(one.home, one.visit(place, weekday=1), PhaseOutStep.PAYS_ALONE, kind)
    yield _end(one)


def by_direct_debit(one: Played) -> Iterator[Command]:
    """Direct debits on the day after the money comes, and monthly money (Edam-Volendam, and the default)."""
    yield from _begin(one, one.visit(5))
    yield from _debits(one, one.visit(5, weekday=1))
    yield entries.take_step(one.home, one.visit(5, weekday=1), PhaseOutStep.MONTHLY_MONEY)
    yield _end(one)


def alone_after_debits(one: Played) -> Iterator[Command]:
    """Direct debits, and then each charge alone (Dongemond)."""
    yield from _begin(one, one.visit(5))
    yield from _debits(one, one.visit(5, weekday=1))
    for charge in one.charges:
        yield entries.take_step(one.home, one.visit(5, weekday=2), PhaseOutStep.PAYS_ALONE, charge.kind)
    yield _end(one)


def through_every_step(one: Played) -> Iterator[Command]:
    """Monthly money, together, direct debits, alone (Drechtsteden)."""
    yield from _begin(one, one.visit(5))
    yield entries.take_step(one.home, one.visit(5), PhaseOutStep.MONTHLY_MONEY)
    for charge in one.charges:
        yield entries.take_step(one.home, one.visit(5, weekday=1), PhaseOutStep.PAYS_TOGETHER, charge.kind)
    yield from _debits(one, one.visit(5, weekday=2))
    for charge in one.charges:
        yield entries.take_step(one.home, one.visit(5, weekday=3), PhaseOutStep.PAYS_ALONE, charge.kind)
    yield _end(one)


def _begin(one: Played, day: date) -> Iterator[Command]:
    yield entries.begin_letting_go(one.home, day, one.dice.id("decision", one.home.household_id, "let go"))
    for creditor in dict.fromkeys(charge.creditor for charge in one.charges):
        yield entries.tell_creditor(one.home, day, creditor)
    yield entries.take_step(one.home, day, PhaseOutStep.CREDITORS_INFORMED)


def _debits(one: Played, day: date) -> Iterator[Command]:
    for charge in one.charges:
        debit_id = one.dice.id("debit", one.home.household_id, charge.kind)
        yield entries.agree_debit(one.home, day, id_=debit_id, creditor=charge.creditor, kind=charge.kind)
    yield entries.take_step(one.home, day, PhaseOutStep.DIRECT_DEBIT_SET_UP)


def _end(one: Played) -> Command:
    id_ = one.dice.id("decision", one.home.household_id, "end")
    return entries.end(one.home, one.visit(5, weekday=4), id_)
