"""The norm per month of one household as it is on one day, as a sum of amounts (Participatiewet 20-24a).

Each function follows one article. In an institution nobody shares costs, and of a couple with one of them there each
has the norm of a single (23(3)); who of them has no right then has none. What is decided on a spouse without a right
(18(1)) never gives less than art. 24 or 22a. The addition for a child (24a) takes the spouse for the partner of the
allowances, as the law on allowances does.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import DayLaw, NormCategory
from services.ontzorgen.statement.rules.month_rules import AdultGroup, AgeGroup, MonthlyNorm, NormAmount, NormRule
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import HouseholdType
from shared.money import round_half_up

_SINGLES = {
    AgeGroup.YOUNG: NormCategory.SINGLE_18_TO_20,
    AgeGroup.GROWN: NormCategory.SINGLE_FROM_21,
    AgeGroup.PENSIONER: NormCategory.SINGLE_PENSION_AGE,
}
_ADDITIONS = {
    NormCategory.SINGLE_IN_INSTITUTION: NormCategory.SINGLE_IN_INSTITUTION_ADDITION,
    NormCategory.COUPLE_IN_INSTITUTION: NormCategory.COUPLE_IN_INSTITUTION_ADDITION,
}


class _Home(NamedTuple):
    law: DayLaw
    adults: tuple[AdultGroup, ...]
    cost_sharers: int
    has_child: bool

    def get_cents(self, category: NormCategory) -> int:
        return self.law.norms.norm_cents.get(category, 0)

    def get_row(self, category: NormCategory) -> NormAmount:
        return NormAmount(self.get_cents(category), category)


def compute_monthly_norm(
    law: DayLaw, kind: HouseholdType, adults: tuple[AdultGroup, ...], cost_sharers: int, *, has_child: bool
) -> MonthlyNorm:
    """Return the norm per month; WrongInputError for a household that cannot have one."""
    _require_fitting_adults(kind, adults)
    amounts = tuple(_list_amounts(_Home(law, adults, cost_sharers, has_child)))
    return MonthlyNorm(sum(amount.cents for amount in amounts), amounts)


def _list_amounts(home: _Home) -> Iterator[NormAmount]:
    entitled = [adult for adult in home.adults if adult.has_right]
    in_institution = sum(adult.in_institution for adult in home.adults)
    if len(home.adults) == 1 or in_institution == 1:
        for adult in entitled:
            yield from _list_for_single(home, adult)
    elif len(entitled) == len(home.adults):
        yield from _list_for_couple(home)
    else:
        yield from _list_beside_spouse_without_right(home, entitled[0])
    if len(entitled) < len(home.adults) and home.has_child and home.get_cents(NormCategory.CHILD_ADDITION):
        yield home.get_row(NormCategory.CHILD_ADDITION)


def _list_for_single(home: _Home, adult: AdultGroup) -> Iterator[NormAmount]:
    """Yield the norm of one adult without a spouse (20(1)(a), 20(2)(a), 21(a), 22(a), 22a, 23)."""
    if adult.in_institution:
        yield from _list_in_institution(home, NormCategory.SINGLE_IN_INSTITUTION)
        return
    category = _SINGLES[adult.age]
    base = home.get_row(category)
    if home.cost_sharers and adult.age is not AgeGroup.YOUNG:
        cents = _share_costs(home, adult, home.cost_sharers + 1)
        base = NormAmount(cents, category, NormRule.COST_SHARERS)
    yield base
    yield from _list_supplement(home, (adult,), base.cents, home.get_cents(NormCategory.SINGLE_FROM_21))


def _list_for_couple(home: _Home) -> Iterator[NormAmount]:
    """Yield the norm of two who both have a right (20(1)(b)(c), 20(2)(b)(c), 21(b), 22(b)(c), 22a(2)(3), 23)."""
    if home.adults[0].in_institution:
        yield from _list_in_institution(home, NormCategory.COUPLE_IN_INSTITUTION)
        return
    category = _select_row_of_couple([adult.age for adult in home.adults], has_child=home.has_child)
    base = home.get_row(category)
    old = [adult for adult in home.adults if adult.age is not AgeGroup.YOUNG]
    if home.cost_sharers and old:
        cents = sum(_share_costs(home, adult, home.cost_sharers + len(old), home.adults) for adult in old)
        cents += (len(home.adults) - len(old)) * _compute_part_of_young(home)
        base = NormAmount(cents, category, NormRule.COST_SHARERS)
    yield base
    yield from _list_supplement(home, home.adults, base.cents, home.get_cents(NormCategory.COUPLE_FROM_21))


def _list_beside_spouse_without_right(home: _Home, adult: AdultGroup) -> Iterator[NormAmount]:
    """Yield what art. 24 or 22a gives, or what the municipality decided; the highest of both (18(1))."""
    by_law = list(_list_by_law(home, adult))
    if not any(other.gives_single_norm for other in home.adults):
        yield from by_law
        return
    base, *others = _list_for_single(home, adult)
    decided = [base._replace(rule=NormRule.DECISION), *others]
    yield from max(by_law, decided, key=lambda amounts: sum(amount.cents for amount in amounts))


def _list_by_law(home: _Home, adult: AdultGroup) -> Iterator[NormAmount]:
    """Yield half of what a couple of this age has (24), or what one who shares costs has (22a(1)(2))."""
    is_young = adult.age is AgeGroup.YOUNG
    if home.cost_sharers and not is_young and not adult.in_institution:
        old = sum(other.age is not AgeGroup.YOUNG for other in home.adults)
        cents = _share_costs(home, adult, home.cost_sharers + old, home.adults)
        yield NormAmount(cents, _SINGLES[adult.age], NormRule.COST_SHARERS)
        return
    category = _select_row_of_couple([adult.age] * 2, has_child=home.has_child)
    couple_cents = home.get_cents(category)
    if adult.in_institution:
        category = NormCategory.COUPLE_IN_INSTITUTION
        couple_cents = sum(amount.cents for amount in _list_in_institution(home, category))
    half_cents = round_half_up(couple_cents, 2)
    yield NormAmount(half_cents, category, NormRule.SPOUSE_WITHOUT_RIGHT)
    cap_cents = round_half_up(home.get_cents(NormCategory.COUPLE_FROM_21), 2)
    yield from _list_supplement(home, (adult,), half_cents, cap_cents)


def _list_in_institution(home: _Home, category: NormCategory) -> Iterator[NormAmount]:
    """Yield the norm of a stay in an institution and its addition for what health insurance costs (23(1)(2))."""
    yield home.get_row(category)
    yield home.get_row(_ADDITIONS[category])


def _list_supplement(
    home: _Home, adults: tuple[AdultGroup, ...], base_cents: int, norm_from_21_cents: int
) -> Iterator[NormAmount]:
    """Yield the supplement of those whose parents cannot support them, up to the norm from 21 on (20(3)(4))."""
    cap = home.law.youth_cap
    unable = sum(adult.parents_are_unable for adult in adults)
    if cap is None or not unable:
        return
    cap_cents = round_half_up(norm_from_21_cents * cap.percent_of_norm_from_21, 100)
    supplement_cents = unable * home.get_cents(NormCategory.YOUTH_SUPPLEMENT)
    if cents := max(0, min(supplement_cents, cap_cents - base_cents)):
        yield NormAmount(cents, NormCategory.YOUTH_SUPPLEMENT)


def _share_costs(home: _Home, adult: AdultGroup, people: int, couple: tuple[AdultGroup, ...] = ()) -> int:
    """Return what one of so many people has, by the norm of a couple of their age or of their spouse's (22a(1))."""
    is_of_pension_age = any(other.age is AgeGroup.PENSIONER for other in (adult, *couple))
    couple_row = NormCategory.COUPLE_PENSION_AGE if is_of_pension_age else NormCategory.COUPLE_FROM_21
    return home.law.cost_sharers.compute_share_cents(people, home.get_cents(couple_row))


def _compute_part_of_young(home: _Home) -> int:
    """Return the part of someone of 18 to 20 whose spouse shares costs (22a(3))."""
    own_cents = home.get_cents(NormCategory.SINGLE_18_TO_20)
    if not home.has_child:
        return own_cents
    return home.get_cents(NormCategory.COUPLE_18_TO_20_WITH_CHILD) - own_cents


def _select_row_of_couple(ages: list[AgeGroup], *, has_child: bool) -> NormCategory:
    young = ages.count(AgeGroup.YOUNG)
    if young == len(ages):
        return NormCategory.COUPLE_18_TO_20_WITH_CHILD if has_child else NormCategory.COUPLE_18_TO_20
    if young:
        return NormCategory.COUPLE_MIXED_WITH_CHILD if has_child else NormCategory.COUPLE_MIXED
    return NormCategory.COUPLE_PENSION_AGE if AgeGroup.PENSIONER in ages else NormCategory.COUPLE_FROM_21


def _require_fitting_adults(kind: HouseholdType, adults: tuple[AdultGroup, ...]) -> None:
    """Raise WrongInputError for adults of whom the law knows no norm."""
    number = 2 if kind is HouseholdType.COUPLE else 1
    if len(adults) != number:
        words = f"A household of kind {kind} has exactly {'two adults' if number > 1 else 'one adult'}"
        raise _build_refusal("adults_do_not_fit", f"{words}: give as many, or another kind.")
    if any(adult.age is AgeGroup.UNDERAGE for adult in adults):
        sentence = "An adult is under 18 on a day with a right: list them as a child, or correct the age."
        raise _build_refusal("adult_under_18", sentence)
    if not adults[0].has_right:
        sentence = "The first adult has no right to assistance: list the one with the right first, or end the right."
        raise _build_refusal("first_adult_without_right", sentence)
    if any(adult.in_institution and adult.age is AgeGroup.YOUNG and adult.has_right for adult in adults):
        sentence = "Someone of 18 to 20 in an institution has no right (art. 13(2)(a)): say so, or correct the age."
        raise _build_refusal("young_in_institution", sentence)


def _build_refusal(code: str, sentence: str) -> WrongInputError:
    return WrongInputError(Fault("household.adults", code, sentence))
