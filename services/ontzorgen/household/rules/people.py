"""The people of a household: its own person, a partner, and adult children at home, each by a random id.

The household's own person is the one whose plan started relief, and needs no entry. A version is added and never
changed; one may replace an earlier one, to give it a last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import HouseholdType


@dataclass(frozen=True)
class HouseholdPerson:
    """Someone of a household from a day on, beside its own person. `until_day` None: goes on living there."""

    id: UUID
    person_id: UUID
    role: PersonRole
    from_day: date
    until_day: date | None = None
    replaces: UUID | None = None

    def lives_there(self, on: date) -> bool:
        return self.from_day <= on <= (self.until_day or date.max)


def check_person(
    household: Household, people: Sequence[HouseholdPerson], person: HouseholdPerson, household_type: HouseholdType
) -> None:
    """Refuse a partner where there is no couple, a second partner or role at one time, and days that do not fit."""
    if person.role is PersonRole.PERSON or person.person_id == household.person_id:
        sentence = "The household's own person is on record from its start: enter a partner or an adult child."
        raise WrongInputError(Fault("role", "own_person", sentence))
    if person.until_day is not None and person.until_day < person.from_day:
        sentence = "The last day comes before the first: give a later last day, or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    is_partner = person.role is PersonRole.PARTNER
    if is_partner and household_type is not HouseholdType.COUPLE:
        raise ConflictError(
            "household_no_couple",
            "The household is no couple on this day: record who lives there first, then its partner.",
        )
    for other in people:
        if other.id == person.replaces or not _overlap(other, person):
            continue
        if other.person_id == person.person_id:
            raise ConflictError(
                "person_in_household", "This person is in the household in this time already: replace that entry."
            )
        if is_partner and other.role is PersonRole.PARTNER:
            raise ConflictError(
                "household_has_partner",
                "The household has a partner in this time already: give that entry a last day first.",
            )


def _overlap(one: HouseholdPerson, other: HouseholdPerson) -> bool:
    return one.from_day <= (other.until_day or date.max) and other.from_day <= (one.until_day or date.max)


def resolve_person(household: Household, people: Iterable[HouseholdPerson], person_id: UUID | None, on: date) -> UUID:
    """Return whose record this is: the household's own person unless another one who lives there is named."""
    if person_id in (None, household.person_id):
        return household.person_id
    if any(person.person_id == person_id and person.lives_there(on) for person in people):
        assert person_id is not None  # noqa: S101 - the first line returned for None
        return person_id
    sentence = (
        f"This person is not in the household on {on}: enter the person there first, or leave the id out for the "
        "household's own person."
    )
    raise WrongInputError(Fault("person_id", "not_of_household", sentence))


def find_first_day(household: Household, people: Iterable[HouseholdPerson], person_id: UUID) -> date:
    """Return the day on which relief began for someone: the household's, or their own first day there after it."""
    days = [person.from_day for person in people if person.person_id == person_id]
    return max(household.first_day, min(days, default=household.first_day))


def find_role(household: Household, people: Iterable[HouseholdPerson], person_id: UUID) -> PersonRole | None:
    """Return who someone is, or last was, in the household; None for nobody of it."""
    if person_id == household.person_id:
        return PersonRole.PERSON
    return next((person.role for person in reversed(list(people)) if person.person_id == person_id), None)
