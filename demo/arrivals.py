"""Status holders in both towns: DUO's notice, the file, the intake, the plan, and the fixed charges of their home.

All get assistance from the same day, so that six months of relief fall within the norms of that day. Most plans are
signed around it; a few come after the ten weeks that the law gives, and are told as missed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from demo import journey
from demo.commands import FixedCharge, Person, add_charge, add_mandate, give_contact, open_file, register_in_brp
from demo.figures import Figures
from demo.homes import CREDITORS_OF_THE_LAW, HOMES, PREMIUM_CENTS, SHARES, Home, account_of_municipality, iban
from demo.pilots.entries import InRelief, accounts_of, own_account
from demo.pilots.scripts import of_zoetermeer
from demo.rng import Dice
from demo.story import Command, Size
from shared.events.codes import ChargeKind, TargetGroup

PIP_DAYS_MAX = 70


@dataclass(frozen=True)
class Dates:
    """A status holder's days in the order of the law's clock."""

    notified_on: date
    opened_on: date
    asked_on: date
    talk_on: date
    drafted_on: date
    registered_on: date
    signed_on: date


def arrive(dice: Dice, figures: Figures, size: Size) -> Iterator[Command]:
    """Everyone's way from DUO's notice to the first month paid."""
    people = list(_people(dice, figures, size))
    kinds = dice.shares(SHARES, len(people))
    pasts = journey.backgrounds(dice, len(people), obligated=True)
    late = set(dice.some_of(range(len(people)), size.late_plans))
    for place, (person, kind, past) in enumerate(zip(people, kinds, pasts, strict=True)):
        dates = _dates(dice, size.relief_from, late=place in late)
        yield give_contact(person, dates.opened_on)
        yield open_file(person, dates.opened_on, dates.notified_on)
        yield register_in_brp(person, dates.registered_on)
        yield from journey.talk_and_intake(dice, person, past, asked_on=dates.asked_on, talk_on=dates.talk_on)
        yield from _plan_and_charges(dice, person, HOMES[kind], dates, size.relief_from)
        home = InRelief(person, dice.id("household", person.id))
        adults = HOMES[kind].adults
        yield from accounts_of(dice, home, dates.signed_on, [iban(1_000 + 10 * place + one) for one in range(adults)])
        if size.pilot_households and person.municipality == figures.zoetermeer.municipality:
            yield from of_zoetermeer(dice, home, place, dates.signed_on, size.relief_from)


def pay_from(dice: Dice, size: Size, municipalities: Iterable[str]) -> Iterator[Command]:
    """The accounts of the municipalities themselves."""
    for code in municipalities:
        yield from own_account(dice, code, size.first_day, account_of_municipality(code))


def towns(figures: Figures, count: int) -> list[str]:
    """Where they live: in Leeuwarden one for each of its sixteen neighbourhoods, the others in Zoetermeer."""
    in_leeuwarden = count * len(figures.leeuwarden.neighbourhoods) // figures.relief.status_holders
    zoetermeer, leeuwarden = figures.zoetermeer.municipality, figures.leeuwarden.municipality
    return [zoetermeer] * (count - in_leeuwarden) + [leeuwarden] * in_leeuwarden


def _people(dice: Dice, figures: Figures, size: Size) -> Iterator[Person]:
    speaking = journey.languages(dice, size.status_holders)
    for number, town in enumerate(towns(figures, size.status_holders)):
        email = f"status-holder-{number}@example.org" if number % 3 else None
        person_id = dice.id("status holder", number)
        yield Person(person_id, town, speaking[number], TargetGroup.ASYLUM_STATUS_HOLDER, email)


def _dates(dice: Dice, relief_from: date, *, late: bool) -> Dates:
    notified_on = relief_from - timedelta(days=dice.between(56, 84))
    opened_on = dice.office_day(notified_on, 3, 8)
    asked_on = dice.office_day(opened_on, 4, 8)
    talk_on = dice.office_day(asked_on, 10, 18)
    drafted_on = dice.office_day(talk_on, 6, 11)
    registered_on = dice.office_day(relief_from, -14, -3)
    signed_on = dice.office_day(max(drafted_on, registered_on), 2, 12)
    if late:
        due_on = max(notified_on, registered_on) + timedelta(days=PIP_DAYS_MAX)
        signed_on = dice.office_day(due_on, 8, 20)
    return Dates(notified_on, opened_on, asked_on, talk_on, drafted_on, registered_on, signed_on)


def _plan_and_charges(dice: Dice, person: Person, home: Home, dates: Dates, relief_from: date) -> Iterator[Command]:
    household_id: UUID = dice.id("household", person.id)
    relief = {
        "household_id": household_id,
        "household_type": home.household_type,
        "age_band": home.age_band,
        "has_children": home.has_children,
        "assistance_from": relief_from,
    }
    yield from journey.plan(dice, person, drafted_on=dates.drafted_on, signed_on=dates.signed_on, relief=relief)
    for charge in _charges(dice, home):
        charge_id, mandate_id = (
            dice.id("charge", household_id, charge.kind),
            dice.id("mandate", household_id, charge.kind),
        )
        day = dates.signed_on
        yield add_charge(person, day, household_id, charge_id=charge_id, charge=charge, since=relief_from)
        yield add_mandate(person, day, household_id, mandate_id=mandate_id, charge=charge, since=relief_from)


def _charges(dice: Dice, home: Home) -> list[FixedCharge]:
    amounts_cents = {
        ChargeKind.RENT: dice.between(*home.rent_cents),
        ChargeKind.HEALTH_INSURANCE: PREMIUM_CENTS * home.adults,
        ChargeKind.ENERGY: dice.between(90, 172) * 100,
        ChargeKind.WATER: dice.between(11, 26) * 100,
    }
    return [
        FixedCharge(kind, *CREDITORS_OF_THE_LAW[kind], amount_cents) for kind, amount_cents in amounts_cents.items()
    ]
