"""Status holders in both towns: DUO's notice, the file, the intake, the plan, and the fixed charges of their home.

All get assistance from the same day, so that six months of relief fall within the norms of that day. Most plans are
signed around it; a few come after the ten weeks that the law gives, and are reported as missed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from demo import journey
from demo.commands import FixedCharge, Person, add_mandate, enter_charge, give_contact, open_file, register_in_brp
from demo.figures import Figures
from demo.homes import CREDITORS_BY_LAW, HOMES, PREMIUM_CENTS, SHARES, Home, iban, municipality_account
from demo.pilots.entries import ReliefHousehold, enter_accounts, enter_own_account
from demo.pilots.scripts import play_zoetermeer
from demo.rng import SeededRandom
from demo.story import Command, Size
from shared.events.codes import ChargeKind, TargetGroup

PIP_DAYS_MAX = 70


@dataclass(frozen=True)
class Dates:
    """A status holder's days in the order of the law's clock."""

    notified_on: date
    opened_on: date
    invited_on: date
    talk_on: date
    drafted_on: date
    registered_on: date
    signed_on: date


def arrive(rng: SeededRandom, figures: Figures, size: Size) -> Iterator[Command]:
    """Yield every person's commands, from DUO's notice to the first month paid."""
    people = list(_draw_people(rng, figures, size))
    kinds = rng.shares(SHARES, len(people))
    backgrounds = journey.draw_backgrounds(rng, len(people), obligated=True)
    late = set(rng.some_of(range(len(people)), size.late_plans))
    for index, (person, kind, background) in enumerate(zip(people, kinds, backgrounds, strict=True)):
        dates = _draw_dates(rng, size.relief_from, late=index in late)
        yield give_contact(person, dates.opened_on)
        yield open_file(person, dates.opened_on, dates.notified_on)
        yield register_in_brp(person, dates.registered_on)
        yield from journey.hold_talk_and_intake(
            rng, person, background, invited_on=dates.invited_on, talk_on=dates.talk_on
        )
        yield from _enter_plan_and_charges(rng, person, HOMES[kind], dates, size.relief_from)
        relief_household = ReliefHousehold(person, rng.id("household", person.id))
        adults = HOMES[kind].adults
        yield from enter_accounts(
            rng,
            relief_household,
            dates.signed_on,
            [iban(1_000 + 10 * index + account_number) for account_number in range(adults)],
        )
        if size.pilot_households and person.municipality == figures.zoetermeer.municipality:
            yield from play_zoetermeer(rng, relief_household, index, dates.signed_on, size.relief_from)


def enter_municipal_accounts(rng: SeededRandom, size: Size, municipalities: Iterable[str]) -> Iterator[Command]:
    """Yield the commands that enter the accounts of the municipalities themselves."""
    for code in municipalities:
        yield from enter_own_account(rng, code, size.first_day, municipality_account(code))


def assign_towns(figures: Figures, count: int) -> list[str]:
    """Return where they live: one in each of Leeuwarden's sixteen neighbourhoods, the others in Zoetermeer."""
    in_leeuwarden = count * len(figures.leeuwarden.neighbourhoods) // figures.relief.status_holders
    zoetermeer, leeuwarden = figures.zoetermeer.municipality, figures.leeuwarden.municipality
    return [zoetermeer] * (count - in_leeuwarden) + [leeuwarden] * in_leeuwarden


def _draw_people(rng: SeededRandom, figures: Figures, size: Size) -> Iterator[Person]:
    speaking = journey.draw_languages(rng, size.status_holders)
    for number, town in enumerate(assign_towns(figures, size.status_holders)):
        email = f"status-holder-{number}@example.org" if number % 3 else None
        person_id = rng.id("status holder", number)
        yield Person(person_id, town, speaking[number], TargetGroup.ASYLUM_STATUS_HOLDER, email)


def _draw_dates(rng: SeededRandom, relief_from: date, *, late: bool) -> Dates:
    notified_on = relief_from - timedelta(days=rng.between(56, 84))
    opened_on = rng.office_day(notified_on, 3, 8)
    invited_on = rng.office_day(opened_on, 4, 8)
    talk_on = rng.office_day(invited_on, 10, 18)
    drafted_on = rng.office_day(talk_on, 6, 11)
    registered_on = rng.office_day(relief_from, -14, -3)
    signed_on = rng.office_day(max(drafted_on, registered_on), 2, 12)
    if late:
        due_on = max(notified_on, registered_on) + timedelta(days=PIP_DAYS_MAX)
        signed_on = rng.office_day(due_on, 8, 20)
    return Dates(notified_on, opened_on, invited_on, talk_on, drafted_on, registered_on, signed_on)


def _enter_plan_and_charges(
    rng: SeededRandom, person: Person, home: Home, dates: Dates, relief_from: date
) -> Iterator[Command]:
    household_id: UUID = rng.id("household", person.id)
    relief = {
        "household_id": household_id,
        "household_type": home.household_type,
        "age_band": home.age_band,
        "has_children": home.has_children,
        "assistance_from": relief_from,
    }
    yield from journey.draft_and_sign_plan(
        rng, person, drafted_on=dates.drafted_on, signed_on=dates.signed_on, relief=relief
    )
    for charge in _draw_charges(rng, home):
        charge_id, mandate_id = (
            rng.id("charge", household_id, charge.kind),
            rng.id("mandate", household_id, charge.kind),
        )
        day = dates.signed_on
        yield from enter_charge(person, day, household_id, charge_id=charge_id, charge=charge, since=relief_from)
        yield add_mandate(person, day, household_id, mandate_id=mandate_id, charge=charge, since=relief_from)


def _draw_charges(rng: SeededRandom, home: Home) -> list[FixedCharge]:
    amounts_cents = {
        ChargeKind.RENT: rng.between(*home.rent_cents),
        ChargeKind.HEALTH_INSURANCE: PREMIUM_CENTS * home.adults,
        ChargeKind.ENERGY: rng.between(90, 172) * 100,
        ChargeKind.WATER: rng.between(11, 26) * 100,
    }
    return [FixedCharge(kind, *CREDITORS_BY_LAW[kind], amount_cents) for kind, amount_cents in amounts_cents.items()]
