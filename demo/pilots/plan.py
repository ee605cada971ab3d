"""The pilots except Zoetermeer, whose households are the season's own: how each comes into relief, and what follows."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from demo import journey
from demo.arrivals import Dates
from demo.commands import Person, add_mandate, enter_charge, give_contact, open_file, register_in_brp
from demo.figures import Figures, Pilot
from demo.homes import CLOSED_ACCOUNT, HOMES, iban
from demo.pilots import entries
from demo.pilots.entries import ReliefHousehold
from demo.pilots.homes import CREDITORS, HouseholdProfile, draw_charges, draw_profiles, mandated_charges
from demo.pilots.pilot_case import PilotCase
from demo.pilots.scripts import hold_sounding_board, play_script
from demo.rng import SeededRandom
from demo.story import Command, Size
from shared.events.codes import ChargeKind, MeasurementMoment, TargetGroup

# As much as the policy assumes for the low classes where there is no agreement yet; of both, the higher holds.
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


def play_pilots(rng: SeededRandom, figures: Figures, size: Size) -> Iterator[Command]:
    """Yield the commands of every pilot's office, and of its households one by one."""
    for index, pilot in enumerate(figures.pilots):
        if pilot.municipality != figures.zoetermeer.municipality and size.pilot_households:
            yield from _play_office(rng, pilot, size)
            profiles = draw_profiles(pilot.municipality, size.pilot_households)
            people = list(_draw_people(rng, pilot, profiles))
            backgrounds = journey.draw_backgrounds(rng, len(people), obligated=True)
            for number, (person, profile, background) in enumerate(zip(people, profiles, backgrounds, strict=True)):
                dates = _draw_dates(rng, size.pilots_from)
                yield from _play_arrival(rng, person, background, dates)
                account = 100_000 * (index + 1) + 10 * number
                yield from _play_relief(rng, _build_case(rng, person, number, profile, size), dates, account)


def _play_office(rng: SeededRandom, pilot: Pilot, size: Size) -> Iterator[Command]:
    office = entries.office_person(rng, pilot.municipality)
    for number, (kind, (code, name, creditor_kind)) in enumerate(CREDITORS.items()):
        body = {"id": rng.id("creditor", pilot.municipality, kind), "code": code, "name": name, "kind": creditor_kind}
        yield from entries.register_creditor(office, size.pilots_open_on, {**body, "iban": iban(101 + number)})
    if pilot.municipality == _WITH_DISCOUNTS:
        for kind, percent in DISCOUNT_PERCENT.items():
            agreement_id, creditor = rng.id("discount", kind), CREDITORS[kind][0]
            yield entries.agree_discount(
                office, size.pilots_open_on, agreement_id=agreement_id, creditor=creditor, kind=kind, percent=percent
            )
    if pilot.municipality == _WITH_SOUNDING_BOARD:
        yield from hold_sounding_board(rng, office, size.pilots_from)


def _draw_people(rng: SeededRandom, pilot: Pilot, profiles: Sequence[HouseholdProfile]) -> Iterator[Person]:
    for number, language in enumerate(journey.draw_languages(rng, len(profiles))):
        email = f"{pilot.municipality}-{number}@example.org" if number % 3 else None
        person_id = rng.id("pilot", pilot.municipality, number)
        yield Person(person_id, pilot.municipality, language, TargetGroup.ASYLUM_STATUS_HOLDER, email)


def _draw_dates(rng: SeededRandom, relief_from: date) -> Dates:
    """Draw the dates of a household; everyone signs before relief begins."""
    notified_on = relief_from - timedelta(days=rng.between(77, 91))
    opened_on = rng.office_day(notified_on, 3, 8)
    invited_on = rng.office_day(opened_on, 4, 8)
    talk_on = rng.office_day(invited_on, 10, 16)
    drafted_on = rng.office_day(talk_on, 5, 9)
    registered_on = rng.office_day(relief_from, -24, -18)
    signed_on = rng.office_day(max(drafted_on, registered_on), 1, 4)
    return Dates(notified_on, opened_on, invited_on, talk_on, drafted_on, registered_on, signed_on)


def _play_arrival(rng: SeededRandom, person: Person, background: journey.Background, dates: Dates) -> Iterator[Command]:
    yield give_contact(person, dates.opened_on)
    yield open_file(person, dates.opened_on, dates.notified_on)
    yield register_in_brp(person, dates.registered_on)
    yield from journey.hold_talk_and_intake(rng, person, background, invited_on=dates.invited_on, talk_on=dates.talk_on)


def _build_case(rng: SeededRandom, person: Person, number: int, profile: HouseholdProfile, size: Size) -> PilotCase:
    charges = draw_charges(rng, profile)
    paid = mandated_charges(person.municipality, profile, charges)
    household = ReliefHousehold(person, rng.id("household", person.id))
    return PilotCase(rng, household, number, profile, tuple(charges), tuple(paid), size.pilots_from)


def _play_relief(rng: SeededRandom, case: PilotCase, dates: Dates, account: int) -> Iterator[Command]:
    """Sign the plan, measure self-reliance, enter charges and accounts, then play the pilot's own script."""
    kind, person, household_id = HOMES[case.profile.kind], case.household.person, case.household.household_id
    relief = {
        "household_id": household_id,
        "household_type": kind.household_type,
        "age_band": kind.age_band,
        "has_children": kind.has_children,
        "assistance_from": case.first_day,
    }
    yield from journey.draft_and_sign_plan(
        rng, person, drafted_on=dates.drafted_on, signed_on=dates.signed_on, relief=relief
    )
    day, since = dates.signed_on, case.first_day
    measurement_id = rng.id("measurement", household_id, "start")
    yield entries.measure(
        case.household, day, case.profile.start_class, moment=MeasurementMoment.START, id_=measurement_id
    )
    for charge in case.charges:
        charge_id, mandate_id = (rng.id(record, household_id, charge.kind) for record in ("charge", "mandate"))
        yield from enter_charge(person, day, household_id, charge_id=charge_id, charge=charge, since=since)
        if charge in case.paid:
            yield add_mandate(person, day, household_id, mandate_id=mandate_id, charge=charge, since=since)
    is_refused = person.municipality == _WITH_DISCOUNTS and case.number == 0
    ibans = [iban(CLOSED_ACCOUNT) if is_refused else iban(account), iban(account + 1)]
    yield from entries.enter_accounts(rng, case.household, day, ibans[: kind.adults])
    yield from play_script(case)
