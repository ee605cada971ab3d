"""Every cell of the norms' table: ages, kind, child, cost sharers, institution, right and decisions; all are played."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

# The plain implementation stands beside the tests, which are no package.
from plain_norm import RefusedError, norm_on
from plain_policy import PlainPolicy
from plain_statement import CHOICES

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.law import NormCategory
from services.ontzorgen.statement.rules.month_rules import MonthRules, NormRule
from services.ontzorgen.statement.rules.norm import split_norm
from services.ontzorgen.statement.rules.situation import (
    Adult,
    Child,
    Composition,
    ParentsSupport,
    SingleNormGround,
    Situation,
)
from services.ontzorgen.statement.rules.statement import compute_statement
from services.ontzorgen.statement.rules.wording import explain_income
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType

SINGLE, PARENT, COUPLE = HouseholdType.SINGLE, HouseholdType.SINGLE_PARENT, HouseholdType.COUPLE
FIRST_OF_TABLES = (date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1))
JULY = FIRST_OF_TABLES[-1]
CHILD = (Child(age=4),)
GROWN, OLD = Adult(age=40), Adult(age=70)
YOUNG = Adult(age=19)
UNABLE = replace(YOUNG, parents_support=ParentsSupport.UNABLE)
ADULTS = (*(replace(YOUNG, parents_support=support) for support in ParentsSupport), GROWN, OLD)
SHARERS = (0, 1, 2, 3)
RIGHTS = (
    {},
    {"has_right": False},
    *({"has_right": False, "single_norm_ground": ground} for ground in SingleNormGround),
)


def without_right(adult: Adult, ground: SingleNormGround | None = None) -> Adult:
    return replace(adult, has_right=False, single_norm_ground=ground)


def inside(adult: Adult) -> Adult:
    return replace(adult, in_institution=True)


def list_homes(first: date) -> Iterator[Composition]:
    """Every combination there is, also those that the law knows no norm for."""
    for kind, children, sharers in product(HouseholdType, ((), CHILD), SHARERS):
        places = product((False, True), repeat=2 if kind is COUPLE else 1)
        for stays, adult in product(places, ADULTS):
            me = replace(adult, in_institution=stays[0])
            partners = (
                [()]
                if kind is not COUPLE
                else [(replace(other, in_institution=stays[1], **right),) for other, right in product(ADULTS, RIGHTS)]
            )
            yield from (Composition(first, kind, (me, *partner), children, sharers) for partner in partners)


def norm_of(home: Composition) -> int | None:
    """The norm of the month in which the home begins; None if it is refused."""
    month = f"{home.from_day:%Y-%m}"
    rules = MonthRules.resolve(load_law(), PlainPolicy(CHOICES), month)
    try:
        return compute_statement(Situation(home.from_day, (home,)), rules, month).norm_cents
    except WrongInputError:
        return None


def plain_norm_of(home: Composition) -> int | None:
    try:
        return norm_on(home, home.from_day)
    except RefusedError:
        return None


@pytest.mark.parametrize("first", FIRST_OF_TABLES)
def test_every_cell_is_the_same_in_both_implementations(first: date) -> None:
    homes = list(list_homes(first))
    assert len(homes) == 2 * len(SHARERS) * (2 * 2 * len(ADULTS) + 4 * len(ADULTS) ** 2 * len(RIGHTS))
    differences = [(home, norm_of(home), plain_norm_of(home)) for home in homes if norm_of(home) != plain_norm_of(home)]
    assert differences == []


def test_every_row_of_the_table_and_every_rule_is_in_some_cell_and_has_words_and_an_article() -> None:
    rules = MonthRules.resolve(load_law(), PlainPolicy(CHOICES), "2026-07")
    rows, ways = set(), set()
    for home in list_homes(JULY):
        situation = Situation(JULY, (home,))
        if norm_of(home) is None:
            continue
        (part,) = split_norm(situation, rules, JULY, date(2026, 7, 31))
        rows.update(amount.category for amount in part.norm.amounts)
        ways.update(amount.rule for amount in part.norm.amounts)
        lines = explain_income(compute_statement(situation, rules, "2026-07"), situation, rules)
        assert sum(line.cents for line in lines[:-1]) == part.norm.cents
        assert all(line.text and "art." in line.basis for line in lines)
    assert (rows, ways) == (set(NormCategory), set(NormRule))


WORKED_OUT_BY_HAND = [
    # 22a(3): 755.98 with a child, 350.42 without, beside what the one of 21 and older has as a cost sharer
    ((GROWN, YOUNG), CHILD, 1, 176_988),
    ((GROWN, YOUNG), CHILD, 2, 75_598 + 87_871),
    ((YOUNG, GROWN), (), 2, 35_042 + 87_871),
    ((GROWN, UNABLE), CHILD, 2, 202_779),
    # 22a(1)(b)(c): by the norm of pension age, also when only the spouse has it
    ((OLD, YOUNG), (), 1, 143_847),
    ((OLD, YOUNG), CHILD, 1, 75_598 + 108_805),
    ((OLD, YOUNG), (), 2, 35_042 + 94_298),
    ((OLD, GROWN), (), 1, 2 * 94_298),
    # 24 and 24a: half of what a couple of one's own age has
    ((GROWN, without_right(GROWN)), (), 0, 101_390),
    ((GROWN, without_right(YOUNG)), (), 0, 101_390),
    ((GROWN, without_right(OLD)), (), 0, 101_390),
    ((OLD, without_right(GROWN)), (), 0, 108_805),
    ((GROWN, without_right(GROWN)), CHILD, 0, 101_390 + 28_467),
    ((YOUNG, without_right(GROWN)), (), 2, 35_042),
    ((YOUNG, without_right(GROWN)), CHILD, 0, 55_320 + 28_467),
    ((UNABLE, without_right(GROWN)), (), 0, 101_390),
    ((GROWN, without_right(UNABLE)), (), 0, 101_390),
    # 22a(1)(2) with a cost sharer: the spouse of 21 and older counts, and has nothing
    ((GROWN, without_right(GROWN)), (), 1, 87_871),
    ((GROWN, without_right(YOUNG)), (), 1, 101_390),
    ((GROWN, without_right(OLD)), (), 1, 94_298),
    # 18(1): the norm of a single by decision
    ((GROWN, without_right(GROWN, SingleNormGround.ABROAD)), (), 0, 141_946),
    ((GROWN, without_right(GROWN, SingleNormGround.ABROAD)), CHILD, 0, 141_946 + 28_467),
    ((GROWN, without_right(GROWN, SingleNormGround.ABROAD)), (), 1, 101_390),
    ((OLD, without_right(GROWN, SingleNormGround.DETAINED)), (), 0, 158_734),
    ((UNABLE, without_right(GROWN, SingleNormGround.ABROAD)), (), 0, 35_042 + 76_224),
    ((YOUNG, without_right(GROWN, SingleNormGround.ABROAD)), CHILD, 0, 55_320 + 28_467),
    # 23: 449.44 + 47.00, 699.11 + 106.00, and of a couple with one of them there each the norm of a single
    ((inside(GROWN),), (), 2, 49_644),
    ((inside(OLD),), (), 0, 49_644),
    ((inside(GROWN), inside(OLD)), CHILD, 3, 80_511),
    ((inside(GROWN), GROWN), (), 0, 49_644 + 141_946),
    ((GROWN, inside(OLD)), (), 1, 101_390 + 49_644),
    ((inside(GROWN), OLD), CHILD, 0, 49_644 + 158_734),
    ((UNABLE, inside(GROWN)), CHILD, 1, 35_042 + 76_224 + 49_644),
    ((inside(GROWN), inside(without_right(GROWN))), (), 0, 40_256),
    ((inside(GROWN), without_right(GROWN)), (), 0, 49_644),
    ((GROWN, inside(without_right(YOUNG))), (), 0, 141_946),
]


@pytest.mark.parametrize(("adults", "children", "sharers", "norm_cents"), WORKED_OUT_BY_HAND)
def test_cells_of_july_2026_are_as_worked_out_by_hand(
    adults: tuple[Adult, ...], children: tuple[Child, ...], sharers: int, norm_cents: int
) -> None:
    kind = COUPLE if len(adults) > 1 else PARENT if children else SINGLE
    assert norm_of(Composition(JULY, kind, adults, children, sharers)) == norm_cents


def test_before_2026_a_spouse_without_a_right_brings_no_addition_for_a_child() -> None:
    home = Composition(date(2025, 12, 1), COUPLE, (GROWN, without_right(GROWN)), CHILD)
    assert norm_of(home) == 97_790
    assert norm_of(replace(home, from_day=date(2026, 1, 1))) == 100_107 + 28_467


@pytest.mark.parametrize(
    ("adults", "sentence"),
    [
        ((without_right(GROWN),), "list the one with the right first"),
        ((without_right(GROWN), GROWN), "list the one with the right first"),
        ((inside(YOUNG),), r"has no right \(art. 13\(2\)\(a\)\)"),
        ((GROWN, inside(UNABLE)), r"has no right \(art. 13\(2\)\(a\)\)"),
    ],
)
def test_those_without_a_norm_are_refused_in_a_sentence(adults: tuple[Adult, ...], sentence: str) -> None:
    home = Composition(JULY, COUPLE if len(adults) > 1 else SINGLE, adults)
    rules = MonthRules.resolve(load_law(), PlainPolicy(CHOICES), "2026-07")
    with pytest.raises(WrongInputError, match=sentence):
        compute_statement(Situation(JULY, (home,)), rules, "2026-07")


class TestPensionAge:
    @pytest.mark.parametrize(
        ("born_on", "month", "norm_cents"),
        [
            (date(1960, 12, 31), "2027-12", round((30 * 141_946 + 158_734) / 31)),
            (date(1960, 12, 31), "2028-01", 158_734),
            (date(1961, 1, 15), "2028-02", 141_946),
            (date(1961, 1, 15), "2028-04", round((14 * 141_946 + 16 * 158_734) / 30)),
            (date(1961, 1, 15), "2028-05", 158_734),
            (date(1961, 11, 30), "2029-02", 141_946),  # 67 years and 3 months would be 30 February: 1 March
            (date(1961, 11, 30), "2029-03", 158_734),
            (date(1964, 9, 30), "2031-12", round((29 * 141_946 + 2 * 158_734) / 31)),
        ],
    )
    def test_it_has_months_for_those_born_since_1961(self, born_on: date, month: str, norm_cents: int) -> None:
        home = Composition(date.fromisoformat(f"{month}-01"), SINGLE, (Adult(born_on=born_on),))
        assert (norm_of(home), plain_month(home)) == (norm_cents, norm_cents)

    @pytest.mark.parametrize(
        ("first", "age", "norm_cents"),
        [
            (date(2027, 12, 1), 67, 158_734),
            (date(2027, 12, 1), 66, 141_946),
            (date(2028, 1, 1), 67, 141_946),
            (date(2028, 1, 1), 68, 158_734),
        ],
    )
    def test_an_age_in_years_has_no_months_beyond_it(self, first: date, age: int, norm_cents: int) -> None:
        assert norm_of(Composition(first, SINGLE, (Adult(age=age),))) == norm_cents


def plain_month(home: Composition) -> int:
    days = [
        day
        for offset in range(31)
        if (day := date.fromordinal(home.from_day.toordinal() + offset)).month == home.from_day.month
    ]
    return round(sum(norm_on(home, day) for day in days) / len(days))
