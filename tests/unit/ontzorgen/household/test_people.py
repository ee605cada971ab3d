"""The people of a household: whose record something is, and who may be a partner."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from independence_states import FIRST, build_household

from services.ontzorgen.household.rules.people import (
    HouseholdPerson,
    check_person,
    find_first_day,
    find_role,
    resolve_person,
)
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.errors.refusals import RefusedError, WrongInputError
from shared.events.codes import HouseholdType

HOUSEHOLD = build_household()
PARTNER = HouseholdPerson(uuid4(), uuid4(), PersonRole.PARTNER, FIRST)
CHILD = HouseholdPerson(uuid4(), uuid4(), PersonRole.ADULT_CHILD, date(2026, 11, 1), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("person", "household_type", "sentence"),
    [
        (PARTNER, HouseholdType.SINGLE, "no couple"),
        (replace(PARTNER, person_id=HOUSEHOLD.person_id), HouseholdType.COUPLE, "own person is on record"),
        (replace(PARTNER, role=PersonRole.PERSON), HouseholdType.COUPLE, "own person is on record"),
        (replace(PARTNER, id=uuid4(), person_id=uuid4()), HouseholdType.COUPLE, "has a partner in this time already"),
        (replace(CHILD, id=uuid4()), HouseholdType.COUPLE, "is in the household in this time already"),
        (replace(CHILD, id=uuid4(), from_day=date(2027, 2, 1)), HouseholdType.COUPLE, "comes before the first"),
    ],
)
def test_who_cannot_be_there_is_refused(person: HouseholdPerson, household_type: HouseholdType, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        check_person(
            HOUSEHOLD, [PARTNER, CHILD] if household_type is HouseholdType.COUPLE else [], person, household_type
        )


def test_a_partner_who_left_makes_room_for_another_and_an_entry_is_replaced_to_end_it() -> None:
    left = replace(PARTNER, until_day=date(2026, 12, 31))
    following = HouseholdPerson(uuid4(), uuid4(), PersonRole.PARTNER, date(2027, 1, 1))
    check_person(HOUSEHOLD, [left], following, HouseholdType.COUPLE)
    check_person(HOUSEHOLD, [PARTNER], replace(left, id=uuid4(), replaces=PARTNER.id), HouseholdType.COUPLE)


@pytest.mark.parametrize(
    ("person_id", "on", "expected"),
    [
        (None, FIRST, HOUSEHOLD.person_id),
        (HOUSEHOLD.person_id, FIRST, HOUSEHOLD.person_id),
        (PARTNER.person_id, FIRST, PARTNER.person_id),
        (CHILD.person_id, date(2027, 1, 31), CHILD.person_id),
    ],
)
def test_a_record_is_the_own_persons_unless_another_one_who_lives_there_is_named(
    person_id: UUID | None, on: date, expected: UUID
) -> None:
    assert resolve_person(HOUSEHOLD, [PARTNER, CHILD], person_id, on) == expected


@pytest.mark.parametrize(("person_id", "on"), [(CHILD.person_id, date(2027, 2, 1)), (UUID(int=99), FIRST)])
def test_nobody_else_has_records_there(person_id: UUID, on: date) -> None:
    with pytest.raises(WrongInputError, match=f"not in the household on {on}"):
        resolve_person(HOUSEHOLD, [PARTNER, CHILD], person_id, on)


def test_relief_begins_for_someone_when_they_came_and_not_before_it_began() -> None:
    people = [PARTNER, CHILD]
    ids = (HOUSEHOLD.person_id, PARTNER.person_id, CHILD.person_id)
    assert [find_first_day(HOUSEHOLD, people, person_id) for person_id in ids] == [FIRST, FIRST, date(2026, 11, 1)]
    assert [find_role(HOUSEHOLD, people, person_id) for person_id in (*ids, uuid4())] == [*PersonRole, None]
