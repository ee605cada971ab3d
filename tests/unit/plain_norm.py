"""The norm of a household on one day a second time, as plainly as possible: article by article, from the statute.

Written from the articles and not from the rules in services/ontzorgen/statement, so that both can be wrong only in
different ways. The pension age is by calendar year here, as the law on the state pension has it.
"""

import tomllib
from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

from services.ontzorgen.statement.rules.situation import Adult, Child, Composition

LAW = Path(__file__).parents[2] / "services" / "ontzorgen" / "policies" / "law" / "norms.toml"
TABLES = tomllib.loads(LAW.read_text(encoding="utf-8"))["table"]
MONTHS_LATER = {year: 3 if year >= 2028 else 0 for year in range(2020, 2100)}  # beside 67 years
Rows = dict[str, int]


class RefusedError(Exception):
    """There is no norm for such a household."""


def half_up(amount: Fraction | int) -> int:
    """Rounded to a whole cent; half a cent goes up."""
    exact = Fraction(amount)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def age(person: Adult | Child, day: date) -> int:
    if person.born_on is None:
        return person.age
    born = person.born_on
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@cache
def pension_day(born: date) -> date:
    """The day on which the age of that year is reached; a day that does not exist is the first of the next month."""
    for year, months in MONTHS_LATER.items():
        count = born.year * 12 + born.month - 1 + 67 * 12 + months
        first = date(count // 12, count % 12 + 1, 1)
        exists = born.day <= monthrange(first.year, first.month)[1]
        reached = first.replace(day=born.day) if exists else (first + timedelta(days=31)).replace(day=1)
        if reached.year <= year:
            return reached
    raise AssertionError(f"The table of pension ages does not reach someone born on {born}.")


def band(adult: Adult, home: Composition, day: date) -> str:
    years = age(adult, day)
    if years < 18:
        raise RefusedError
    if years < 21:
        return "young"
    if adult.born_on is not None:
        return "old" if day >= pension_day(adult.born_on) else "grown"
    return "old" if years > 67 or (years == 67 and home.from_day.year < 2028) else "grown"


def shared(rows: Rows, sharing: int, *, old: bool) -> int:
    """Article 22a(1): what one of so many has of the couple's norm."""
    couple = rows["couple_pension_age" if old else "couple_from_21"]
    return half_up((Fraction(40, 100) + sharing * Fraction(30, 100)) / sharing * couple)


def supplemented(rows: Rows, base: int, adults: list[Adult], bands: list[str], cap: int) -> int:
    """Article 20(3)(4): with the supplement, up to the norm from 21 on; the base stays where it is higher itself."""
    unable = 0
    for adult, of_age in zip(adults, bands, strict=True):
        if of_age == "young" and adult.parents_support == "unable":
            unable += 1
    return max(base, min(base + unable * rows.get("youth_supplement", 0), cap)) if unable else base


def alone(rows: Rows, home: Composition, adult: Adult, of_age: str) -> int:
    """Someone without a spouse: articles 20 to 23."""
    if adult.in_institution:
        return rows["single_in_institution"] + rows["single_in_institution_addition"]
    if of_age == "young":
        return supplemented(rows, rows["single_18_to_20"], [adult], [of_age], rows["single_from_21"])
    if home.cost_sharers:
        return shared(rows, home.cost_sharers + 1, old=of_age == "old")
    return rows["single_pension_age" if of_age == "old" else "single_from_21"]


def together(rows: Rows, home: Composition, bands: list[str], *, child: bool) -> int:
    """A couple that lives together, both with a right and neither in an institution: articles 20 to 22a."""
    grown = [of_age for of_age in bands if of_age != "young"]
    if home.cost_sharers and grown:
        sharing = home.cost_sharers + len(grown)
        base = sum(shared(rows, sharing, old="old" in bands) for _ in grown)
        if "young" in bands:
            young = rows["single_18_to_20"]
            base += rows["couple_18_to_20_with_child"] - young if child else young
    elif len(grown) == 2:
        base = rows["couple_pension_age" if "old" in bands else "couple_from_21"]
    else:
        base = rows[("couple_mixed" if grown else "couple_18_to_20") + ("_with_child" if child else "")]
    return supplemented(rows, base, list(home.adults), bands, rows["couple_from_21"])


def beside_spouse(rows: Rows, home: Composition, bands: list[str], *, child: bool) -> int:
    """The first of a couple whose second has no right: article 24, or 22a, or what was decided if that is more."""
    adult, own = home.adults[0], bands[0]
    if adult.in_institution:
        norm = half_up(Fraction(rows["couple_in_institution"] + rows["couple_in_institution_addition"], 2))
    elif own == "young":
        couple = rows["couple_18_to_20" + ("_with_child" if child else "")]
        cap = half_up(Fraction(rows["couple_from_21"], 2))
        norm = supplemented(rows, half_up(Fraction(couple, 2)), [adult], [own], cap)
    elif home.cost_sharers:
        norm = shared(rows, home.cost_sharers + 1 + (bands[1] != "young"), old="old" in bands)
    else:
        norm = half_up(Fraction(rows["couple_pension_age" if own == "old" else "couple_from_21"], 2))
    if home.adults[1].single_norm_ground is not None:
        norm = max(norm, alone(rows, home, adult, own))
    return norm


def norm_on(home: Composition, day: date) -> int:
    """Return the norm per month that holds on one day, supplement and additions included."""
    rows = [table["norm_cents"] for table in TABLES if table["valid_from"] <= day][-1]
    if len(home.adults) != (2 if home.kind == "couple" else 1) or not home.adults[0].has_right:
        raise RefusedError
    bands = [band(adult, home, day) for adult in home.adults]
    for adult, of_age in zip(home.adults, bands, strict=True):
        if adult.in_institution and adult.has_right and of_age == "young":
            raise RefusedError
    child = any(0 <= age(child, day) < 18 for child in home.children)
    if home.kind != "couple":
        return alone(rows, home, home.adults[0], bands[0])
    both_have_right = home.adults[1].has_right
    places = {adult.in_institution for adult in home.adults}
    if len(places) == 2:
        norm = alone(rows, home, home.adults[0], bands[0])
        norm += alone(rows, home, home.adults[1], bands[1]) if both_have_right else 0
    elif not both_have_right:
        norm = beside_spouse(rows, home, bands, child=child)
    elif places == {True}:
        norm = rows["couple_in_institution"] + rows["couple_in_institution_addition"]
    else:
        norm = together(rows, home, bands, child=child)
    if child and not both_have_right:
        norm += rows.get("child_addition", 0)
    return norm
