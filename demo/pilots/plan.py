"""The pilots but Zoetermeer, whose households are the season's own: each one's way into relief, and what follows."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from demo import journey
from demo.arrivals import Dates
from demo.commands import Person, add_charge, add_mandate, give_contact, open_file, register_in_brp
from demo.figures import Figures, Pilot
from demo.homes import CLOSED_ACCOUNT, HOMES, iban
from demo.pilots import entries
from demo.pilots.entries import InRelief
from demo.pilots.homes import CREDITORS, Household, charges, households, withheld
from demo.pilots.played import Played
from demo.pilots.scripts import script, sounding_board
from demo.rng import Dice
from demo.story import Command, Size
from shared.events.codes import ChargeKind, MeasurementMoment, TargetGroup

# As the municipality's policy has them for the low classes.
DISCOUNT_PERCENT = {
    ChargeKind.HEALTH_INSURANCE: 5,
    ChargeKind.ENERGY: 5,
    ChargeKind.TELEPHONE: 10,
    ChargeKind.TV: 10,
    ChargeKind.INTERNET: 10,
    ChargeKind.LIABILITY_INSURANCE: 10,
    ChargeKind.CONTENTS_INSURANCE: 10,
}
_WITH_DISCOUNTS, _WITH_SOUNDING_BOARD = "gm0518", "gm0779"


def play_pilots(dice: Dice, figures: Figures, size: Size) -> Iterator[Command]:
    """Every pilot's office, and its households one by one."""
    for place, pilot in enumerate(figures.pilots):
        if pilot.municipality != figures.zoetermeer.municipality and size.pilot_households:
            yield from _office(dice, pilot, size)
            homes = households(pilot.municipality, size.pilot_households)
            people = list(_people(dice, pilot, homes))
            pasts = journey.backgrounds(dice, len(people), obligated=True)
            for number, (person, household, past) in enumerate(zip(people, homes, pasts, strict=True)):
                dates = _dates(dice, size.pilots_from)
                yield from _arrival(dice, person, past, dates)
                account = 100_000 * (place + 1) + 10 * number
                yield from _relief(dice, _played(dice, person, number, household, size), dates, account)


def _office(dice: Dice, pilot: Pilot, size: Size) -> Iterator[Command]:
    office = entries.office_of(dice, pilot.municipality)
    for number, (kind, (code, name, what)) in enumerate(CREDITORS.items()):
        body = {"id": dice.id("creditor", pilot.municipality, kind), "code": code, "name": name, "kind": what}
        yield entries.register_creditor(office, size.pilots_open_on, {**body, "iban": iban(101 + number)})
    if pilot.municipality == _WITH_DISCOUNTS:
        for kind, percent in DISCOUNT_PERCENT.items():
            agreement_id, creditor = dice.id("discount", kind), CREDITORS[kind][0]
            yield entries.agree_discount(
                office, size.pilots_open_on, agreement_id=agreement_id, creditor=creditor, kind=kind, percent=percent
            )
    if pilot.municipality == _WITH_SOUNDING_BOARD:
        yield from sounding_board(dice, office, size.pilots_from)


def _people(dice: Dice, pilot: Pilot, homes: Sequence[Household]) -> Iterator[Person]:
    for number, language in enumerate(journey.languages(dice, len(homes))):
        email = f"{pilot.municipality}-{number}@example.org" if number % 3 else None
        person_id = dice.id("pilot", pilot.municipality, number)
        yield Person(person_id, pilot.municipality, language, TargetGroup.ASYLUM_STATUS_HOLDER, email)


def _dates(dice: Dice, relief_from: date) -> Dates:
    """Everyone signs before relief begins."""
    notified_on = relief_from - timedelta(days=dice.between(77, 91))
    opened_on = dice.office_day(notified_on, 3, 8)
    asked_on = dice.office_day(opened_on, 4, 8)
    talk_on = dice.office_day(asked_on, 10, 16)
    drafted_on = dice.office_day(talk_on, 5, 9)
    registered_on = dice.office_day(relief_from, -24, -18)
    signed_on = dice.office_day(max(drafted_on, registered_on), 1, 4)
    return Dates(notified_on, opened_on, asked_on, talk_on, drafted_on, registered_on, signed_on)


def _arrival(dice: Dice, person: Person, past: journey.Background, dates: Dates) -> Iterator[Command]:
    yield give_contact(person, dates.opened_on)
    yield open_file(person, dates.opened_on, dates.notified_on)
    yield register_in_brp(person, dates.registered_on)
    yield from journey.talk_and_intake(dice, person, past, asked_on=dates.asked_on, talk_on=dates.talk_on)


def _played(dice: Dice, person: Person, number: int, household: Household, size: Size) -> Played:
    asked = charges(dice, household)
    paid = withheld(person.municipality, household, asked)
    home = InRelief(person, dice.id("household", person.id))
    return Played(dice, home, number, household, tuple(asked), tuple(paid), size.pilots_from)


def _relief(dice: Dice, one: Played, dates: Dates, account: int) -> Iterator[Command]:
    """The plan is signed, self-reliance is measured, charges and accounts are entered; then the pilot's own script."""
    kind, person, household_id = HOMES[one.household.kind], one.home.person, one.home.household_id
    relief = {
        "household_id": household_id,
        "household_type": kind.household_type,
        "age_band": kind.age_band,
        "has_children": kind.has_children,
        "assistance_from": one.first_day,
    }
    yield from journey.plan(dice, person, drafted_on=dates.drafted_on, signed_on=dates.signed_on, relief=relief)
    day, since = dates.signed_on, one.first_day
    measurement_id = dice.id("measurement", household_id, "start")
    yield entries.measure(one.home, day, one.household.measured, moment=MeasurementMoment.START, id_=measurement_id)
    for charge in one.charges:
        charge_id, mandate_id = (dice.id(what, household_id, charge.kind) for what in ("charge", "mandate"))
        yield add_charge(person, day, household_id, charge_id=charge_id, charge=charge, since=since)
        if charge in one.paid:
            yield add_mandate(person, day, household_id, mandate_id=mandate_id, charge=charge, since=since)
    is_refused = person.municipality == _WITH_DISCOUNTS and one.number == 0
    ibans = [iban(CLOSED_ACCOUNT) if is_refused else iban(account), iban(account + 1)]
    yield from entries.accounts_of(dice, one.home, day, ibans[: kind.adults])
    yield from script(one)
