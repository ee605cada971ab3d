"""The people of a household are entered, listed, and found for whoever records something about one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import file, households
from services.ontzorgen.household.rules.file import find_household_type
from services.ontzorgen.household.rules.household import Household, refuse_second_relief
from services.ontzorgen.household.rules.means import add_item, drop_replaced
from services.ontzorgen.household.rules.people import HouseholdPerson, check_person, resolve_person
from services.ontzorgen.household.rules.recorder import SYSTEM, Recorder, require_new_id
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.events import PIPSigned
from shared.http.requests import require_found


async def record_person(household_id: UUID, person: HouseholdPerson, tx: Transaction, by: Recorder) -> HouseholdPerson:
    """Record a partner or an adult child. The same twice is recorded once."""
    household_file = await lock_file(household_id, tx)
    existing = await file.list_versions(tx, HouseholdPerson, household_id)
    if not add_item(existing, person):
        return person
    household_type = find_household_type(household_file, person.from_day)
    check_person(household_file.household, drop_replaced(existing), person, household_type)
    if person.role is PersonRole.PARTNER:
        as_own_person = replace(household_file.household, person_id=person.person_id)
        has_other_relief = await households.has_other_relief(tx, as_own_person, person.until_day)
        refuse_second_relief(has_other_relief=has_other_relief)
    require_new_id(is_new=await file.add_version(tx, household_id, person, by))
    return person


async def record_partner_of_plan(signed: PIPSigned, tx: Transaction) -> None:
    """Record whoever signed a plan of their own for a household in relief as its partner, where there is room."""
    household_id, from_day = signed.household_id, signed.assistance_from
    if household_id is None or from_day is None:
        return
    household = (await lock_file(household_id, tx)).household
    existing = drop_replaced(await file.list_versions(tx, HouseholdPerson, household_id))
    if signed.person_id in (household.person_id, *(person.person_id for person in existing)):
        return
    entry_id = uuid5(household_id, f"partner {signed.person_id}")
    partner = HouseholdPerson(entry_id, signed.person_id, PersonRole.PARTNER, from_day)
    try:
        await record_person(household_id, partner, tx, SYSTEM)
    except RefusedError:
        return  # no couple, or another partner: the plan changes nothing, as before


async def read_people(household_id: UUID, tx: Transaction) -> tuple[Household, tuple[HouseholdPerson, ...]]:
    """Return a household with everyone in it beside its own person."""
    household = require_found(await households.find_household(tx, household_id), "household")
    return household, await list_people(household_id, tx)


async def list_people(household_id: UUID, tx: Transaction) -> tuple[HouseholdPerson, ...]:
    """Return everyone of a household beside its own person, in the order of recording."""
    return drop_replaced(await file.list_versions(tx, HouseholdPerson, household_id))


async def list_people_by_household(
    household_ids: Sequence[UUID], tx: Transaction
) -> Mapping[UUID, tuple[HouseholdPerson, ...]]:
    """Return everyone of these households beside their own persons; no entry for a household without any."""
    versions = await file.list_versions_by_household(tx, HouseholdPerson, household_ids)
    return {household_id: drop_replaced(people) for household_id, people in versions.items()}


async def find_person(household: Household, person_id: UUID | None, on: date, tx: Transaction) -> UUID:
    """Return whose record this is: the household's own person unless another one who lives there on a day is named."""
    if person_id in (None, household.person_id):
        return household.person_id
    return resolve_person(household, await list_people(household.id, tx), person_id, on)
