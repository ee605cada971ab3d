"""Who lives in a household: as the plan says, and as entered from a day on."""

from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY, HOUSEHOLD

from services.ontzorgen.household.rules.composition import CompositionVersion, check_composition
from services.ontzorgen.household.rules.file import derive_months_input, find_household_type
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.statement.rules.situation import (
    Adult,
    Child,
    Composition,
    ParentsSupport,
    SingleNormGround,
)
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType


def version(from_day: date, **changes: object) -> CompositionVersion:
    fields: dict[str, object] = {"kind": HouseholdType.SINGLE, "adults": (Adult(born_on=date(2001, 5, 6)),)}
    return CompositionVersion(uuid4(), from_day, **fields | changes)  # type: ignore[arg-type]  # a builder


def compositions_of(*versions: CompositionVersion) -> tuple[Composition, ...]:
    """The compositions of a household with these versions on record."""
    return derive_months_input(HouseholdFile(HOUSEHOLD, (), (), versions)).situation.compositions


class TestComposition:
    def test_until_something_is_entered_the_plan_says_who_lives_there(self) -> None:
        (plan,) = compositions_of()
        assert [adult.age for adult in plan.adults] == [21, 20]
        assert plan.adults[1].parents_support is ParentsSupport.PENDING
        assert len(plan.children) == 1

    def test_what_is_entered_counts_from_its_day_and_replaces_the_plan_from_the_first_day(self) -> None:
        later, exact = version(date(2026, 11, 1)), version(FIRST_DAY)
        with_plan, without_plan = compositions_of(later), compositions_of(later, exact)
        assert (len(with_plan[0].adults), len(without_plan[0].adults)) == (2, 1)
        for compositions in (with_plan, without_plan):
            assert [composition.from_day for composition in compositions] == [FIRST_DAY, date(2026, 11, 1)]

    @pytest.mark.parametrize(
        ("day", "household_type"),
        [
            (date(2026, 9, 1), HouseholdType.COUPLE),
            (FIRST_DAY, HouseholdType.COUPLE),
            (date(2026, 10, 31), HouseholdType.COUPLE),
            (date(2026, 11, 1), HouseholdType.SINGLE),
        ],
    )
    def test_the_household_type_on_a_day_is_that_of_who_lived_there(
        self, day: date, household_type: HouseholdType
    ) -> None:
        file = HouseholdFile(HOUSEHOLD, (), (), (version(date(2026, 11, 1)),))
        assert find_household_type(file, day) is household_type

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"adults": (Adult(age=30), Adult(age=30))}, "has 1 of them"),
            ({"kind": HouseholdType.COUPLE}, "has 2 of them"),
            ({"kind": HouseholdType.SINGLE_PARENT}, "has a child living in"),
            ({"children": (Child(age=3),)}, "give single_parent"),
            ({"adults": (Adult(),)}, "the norm depends on it"),
            ({"adults": (Adult(born_on=date(2001, 5, 6), age=25),)}, "both given"),
            ({"adults": (Adult(born_on=date(2010, 5, 6)),)}, "is not an adult"),
            ({"kind": HouseholdType.SINGLE_PARENT, "children": (Child(born_on=date(2008, 9, 16)),)}, "is under 18"),
            ({"adults": (Adult(age=30, has_right=False),)}, "list the spouse without a right as the second"),
            ({"adults": (Adult(age=30, single_norm_ground=SingleNormGround.ABROAD),)}, "give has_right false"),
            ({"adults": (Adult(age=19, in_institution=True),)}, "has no right"),
        ],
    )
    def test_a_household_that_cannot_exist_is_refused(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(WrongInputError, match=sentence):
            check_composition(version(FIRST_DAY, **changes))

    def test_a_spouse_without_a_right_may_be_young_and_in_an_institution(self) -> None:
        partner = Adult(age=19, has_right=False, single_norm_ground=SingleNormGround.ABROAD, in_institution=True)
        check_composition(version(FIRST_DAY, kind=HouseholdType.COUPLE, adults=(Adult(age=30), partner)))
