"""Who lives there from a day on, as entered; until then, what the signed plan said of them.

The plan knows age bands and no birth dates, so its adults are of an age that holds throughout. Someone of 18 to 20 has
parents of whom it is not known yet whether they can support them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.policies.rules.law import ADULT_YEARS, FULL_NORM_YEARS
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, PayOut
from shared.errors.refusals import Fault, refuse_if_any
from shared.events.codes import AgeBand, HouseholdType

YOUNG_AGE_YEARS_MAX = FULL_NORM_YEARS - 1
CHILDREN_MAX = 20
SHARERS_MAX = 20
_ADULTS = {HouseholdType.SINGLE: 1, HouseholdType.SINGLE_PARENT: 1, HouseholdType.COUPLE: 2}
_GROWN = Adult(age=FULL_NORM_YEARS)
_YOUNG = Adult(age=YOUNG_AGE_YEARS_MAX, parents_support=ParentsSupport.PENDING)
_SOME_CHILD = Child(age=0)
_OF_BAND = {
    AgeBand.FROM_21: (_GROWN, _GROWN),
    AgeBand.FROM_18_TO_20: (_YOUNG, _YOUNG),
    AgeBand.MIXED: (_GROWN, _YOUNG),
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


def of_plan(first_day: date, kind: HouseholdType, ages: AgeBand, *, has_children: bool) -> Composition:
    """The composition as far as the signed plan tells it; of a child it tells no age, and the norm needs none."""
    return Composition(first_day, kind, _OF_BAND[ages][: _ADULTS[kind]], (_SOME_CHILD,) if has_children else ())


def compositions(plan: Composition, entered: Sequence[CompositionVersion]) -> tuple[Composition, ...]:
    """Every composition by its first day: what was entered, and before that what the plan said."""
    by_day = {one.from_day: one.composition for one in entered}
    if not by_day or min(by_day) > plan.from_day:
        by_day[plan.from_day] = plan
    return tuple(by_day[day] for day in sorted(by_day))


def check(version: CompositionVersion) -> None:
    """WrongInputError with every fault when there can be no such household on that day."""
    refuse_if_any(list(_faults(version)))


def age_on(person: Adult | Child, day: date) -> int | None:
    """The age in whole years on a day, as given or by the day of birth; someone of 29 February turns on 1 March."""
    if person.born_on is None:
        return person.age
    had_birthday = (day.month, day.day) >= (person.born_on.month, person.born_on.day)
    return day.year - person.born_on.year - (0 if had_birthday else 1)


def _faults(version: CompositionVersion) -> Iterator[Fault]:
    wanted = _ADULTS[version.kind]
    if len(version.adults) != wanted:
        yield Fault("adults", "adults_do_not_fit", f"This household type has {wanted} of them: correct kind or adults.")
    if version.kind is HouseholdType.SINGLE_PARENT and not version.children:
        yield Fault("children", "child_missing", "A single parent has a child living in: add it, or say single.")
    if version.kind is HouseholdType.SINGLE and version.children:
        yield Fault("children", "child_of_single", "Someone single has no child living in: say single_parent.")
    yield from _of_people("adults", version.adults, version.from_day)
    yield from _of_people("children", version.children, version.from_day)


def _of_people(field: str, people: Iterable[Adult | Child], day: date) -> Iterator[Fault]:
    for place, person in enumerate(people):
        name, age = f"{field}.{place}", age_on(person, day)
        is_adult = isinstance(person, Adult)
        if person.born_on is not None and person.age is not None:
            yield Fault(name, "age_twice", "Give the day of birth or the age and not both.")
        elif age is None:
            yield Fault(name, "age_missing", "Give the day of birth or the age: the norm depends on it.")
        elif is_adult and age < ADULT_YEARS:
            yield Fault(name, "not_an_adult", f"Someone under {ADULT_YEARS} is no adult here: enter a child.")
        elif not is_adult and not 0 <= age < ADULT_YEARS:
            sentence = f"A child is under {ADULT_YEARS} and born by the first day: enter an adult or a cost sharer."
            yield Fault(name, "not_a_child", sentence)
