"""Who lives in a household from a day on, as entered; until then, as the signed plan says.

The plan has age bands and no birth dates, so its adults keep one age throughout. Of the parents of someone of 18 to 20
it is not known yet whether they can support their child.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.policies.rules.law import ADULT_YEARS, FULL_NORM_YEARS
from services.ontzorgen.statement.rules.adults import find_faults_of_adults
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, PayOut
from shared.errors.refusals import Fault, refuse_if_any
from shared.events.codes import AgeBand, HouseholdType

YOUNG_AGE_YEARS_MAX = FULL_NORM_YEARS - 1
CHILDREN_MAX = 20
SHARERS_MAX = 20
_ADULT_COUNT = {HouseholdType.SINGLE: 1, HouseholdType.SINGLE_PARENT: 1, HouseholdType.COUPLE: 2}
_ADULT_OF_21 = Adult(age=FULL_NORM_YEARS)
_ADULT_OF_20 = Adult(age=YOUNG_AGE_YEARS_MAX, parents_support=ParentsSupport.PENDING)
_CHILD = Child(age=0)
_ADULTS_OF_BAND = {
    AgeBand.FROM_21: (_ADULT_OF_21, _ADULT_OF_21),
    AgeBand.FROM_18_TO_20: (_ADULT_OF_20, _ADULT_OF_20),
    AgeBand.MIXED: (_ADULT_OF_21, _ADULT_OF_20),
}


@dataclass(frozen=True)
class CompositionVersion:
    """Who lives there from `from_day` on. `sharers` are those with whom art. 19a makes the household share its norm."""

    id: UUID
    from_day: date
    kind: HouseholdType
    adults: tuple[Adult, ...]
    children: tuple[Child, ...] = ()
    sharers: int = 0
    pay_out: PayOut = PayOut.HALF_EACH
    replaces: UUID | None = None

    @property
    def composition(self) -> Composition:
        return Composition(self.from_day, self.kind, self.adults, self.children, self.sharers, self.pay_out)


def composition_of_plan(first_day: date, kind: HouseholdType, ages: AgeBand, *, has_children: bool) -> Composition:
    """Return the composition as the signed plan has it; it has no age of a child, and the norm needs none."""
    return Composition(first_day, kind, _ADULTS_OF_BAND[ages][: _ADULT_COUNT[kind]], (_CHILD,) if has_children else ())


def order_compositions(plan: Composition, entered: Sequence[CompositionVersion]) -> tuple[Composition, ...]:
    """Return every composition by its first day: those entered, and before them the plan's."""
    by_day = {version.from_day: version.composition for version in entered}
    if not by_day or min(by_day) > plan.from_day:
        by_day[plan.from_day] = plan
    return tuple(by_day[day] for day in sorted(by_day))


def check_composition(version: CompositionVersion) -> None:
    """Refuse a household that cannot exist on that day; WrongInputError has every fault."""
    refuse_if_any(list(_find_faults(version)))


def age_on(person: Adult | Child, day: date) -> int | None:
    """Return the age in whole years on a day, as entered or by birth date; born on 29 February counts from 1 March."""
    if person.born_on is None:
        return person.age
    had_birthday = (day.month, day.day) >= (person.born_on.month, person.born_on.day)
    return day.year - person.born_on.year - (0 if had_birthday else 1)


def _find_faults(version: CompositionVersion) -> Iterator[Fault]:
    adults = _ADULT_COUNT[version.kind]
    if len(version.adults) != adults:
        yield Fault("adults", "adults_do_not_fit", f"This household type has {adults} of them: correct kind or adults.")
    if version.kind is HouseholdType.SINGLE_PARENT and not version.children:
        yield Fault(
            "children", "child_missing", "A single parent has a child living in: add it, or give single as kind."
        )
    if version.kind is HouseholdType.SINGLE and version.children:
        yield Fault(
            "children", "child_of_single", "A single person has no child living in: give single_parent as kind."
        )
    yield from find_faults_of_adults("adults", version.adults)
    yield from _find_faults_of_people("adults", version.adults, version.from_day)
    yield from _find_faults_of_people("children", version.children, version.from_day)


def _find_faults_of_people(field: str, people: Iterable[Adult | Child], day: date) -> Iterator[Fault]:
    for index, person in enumerate(people):
        name, age = f"{field}.{index}", age_on(person, day)
        is_adult = isinstance(person, Adult)
        if person.born_on is not None and person.age is not None:
            yield Fault(name, "age_twice", "Day of birth and age are both given: leave one out.")
        elif age is None:
            yield Fault(name, "age_missing", "Give the day of birth or the age: the norm depends on it.")
        elif is_adult and age < ADULT_YEARS:
            yield Fault(name, "not_an_adult", f"Someone under {ADULT_YEARS} is not an adult: enter a child.")
        elif isinstance(person, Adult) and person.in_institution and person.has_right and age < FULL_NORM_YEARS:
            sentence = "Someone of 18 to 20 in an institution has no right (art. 13(2)(a)): enter has_right false."
            yield Fault(f"{name}.in_institution", "young_in_institution", sentence)
        elif not is_adult and not 0 <= age < ADULT_YEARS:
            sentence = f"A child is under {ADULT_YEARS} and born by the first day: enter an adult or a cost sharer."
            yield Fault(name, "not_a_child", sentence)
