"""Gaps between statements: by balance, number and page, in whatever order they come in."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.bank.rules.statement_gaps import (
    Gap,
    GapKind,
    StatementSpan,
    add_up,
    are_complete,
    find_gaps,
)

DAY = date(2026, 7, 1)


def build_span(number: int, opening: int | None, closing: int | None, **more: object) -> StatementSpan:
    """A statement of the number-th day, which opens and closes on that day."""
    on = DAY + timedelta(days=number)
    values: dict[str, object] = {"opened_on": on, "closed_on": on, "sequence": None} | more
    return StatementSpan(number, "hash", opening, closing, **values)  # type: ignore[arg-type]  # by name


def list_missing(*spans: StatementSpan) -> list[tuple[int, str]]:
    return [(gap.statement_no, gap.kind.value) for gap in find_gaps(spans)]


class TestBalances:
    @given(st.lists(st.integers(-50, 50).filter(bool), min_size=3, max_size=12), st.data(), st.randoms())
    def test_exactly_the_statement_after_a_missing_one_has_a_gap_in_any_order(
        self, moved: list[int], data: st.DataObject, chance: random.Random
    ) -> None:
        balances = [1_000 * (number + 1) + cents for number, cents in enumerate(moved)]
        spans = [build_span(number, *balances[number - 1 : number + 1]) for number in range(1, len(balances))]
        assert list_missing(*chance.sample(spans, len(spans))) == []
        if len(spans) > 2:
            missing = data.draw(st.integers(1, len(spans) - 2))
            left = [*spans[:missing], *spans[missing + 1 :]]
            assert list_missing(*chance.sample(left, len(left))) == [(spans[missing + 1].statement_no, "balance")]

    def test_a_gap_says_by_how_much_and_what_to_do(self) -> None:
        (gap,) = find_gaps([build_span(1, 0, 500), build_span(3, 700, 800)])
        assert gap == Gap(3, GapKind.BALANCE, 200, DAY + timedelta(days=3))
        assert "fetch it from the bank" in gap.sentence

    def test_days_and_their_week_stand_beside_each_other(self) -> None:
        monday, tuesday = build_span(1, 0, 5), build_span(2, 5, 9)
        week = build_span(10, 0, 9, opened_on=monday.opened_on, closed_on=tuesday.closed_on)
        next_monday, next_week = build_span(8, 9, 12), build_span(11, 9, 30, opened_on=DAY + timedelta(days=8))
        assert list_missing(monday, tuesday, week, next_monday, next_week) == []

    def test_an_opening_balance_dated_on_the_closing_day_before_follows(self) -> None:
        first, second = build_span(1, 0, 5), build_span(2, 5, 9, opened_on=DAY + timedelta(days=1))
        third = build_span(3, 8, 9, opened_on=DAY + timedelta(days=2))
        assert list_missing(first, second) == []
        assert list_missing(first, second, third) == [(3, "balance")]

    def test_two_that_begin_alike_after_a_gap_are_one_gap_and_one_without_a_balance_hides_none(self) -> None:
        third = build_span(3, 7, 9)
        again = build_span(4, 7, 8, opened_on=third.opened_on)
        nameless = build_span(0, None, None, opened_on=None, closed_on=None)
        assert list_missing(nameless, build_span(1, 0, 5), third, again) == [(3, "balance")]

    def test_statements_that_all_begin_alike_or_without_days_say_nothing(self) -> None:
        assert list_missing(build_span(1, 0, 5), build_span(1, 0, 9), build_span(1, 0, -4)) == []
        assert list_missing(build_span(1, 0, 5), build_span(2, 7, 9, opened_on=None, closed_on=None)) == []


class TestNumbers:
    def test_a_number_that_is_missing_shows_though_the_balances_follow(self) -> None:
        spans = [build_span(1, 0, 5, sequence=41), build_span(2, 5, 5, sequence=42), build_span(3, 5, 6, sequence=44)]
        assert list_missing(*spans) == [(3, "number")]
        assert list_missing(*spans, build_span(2, 5, 5, sequence=43)) == []

    def test_numbers_that_begin_anew_or_are_the_same_are_no_gap(self) -> None:
        assert list_missing(build_span(1, 0, 5, sequence=250), build_span(2, 5, 6, sequence=1)) == []
        assert list_missing(build_span(1, 0, 5, sequence=7), build_span(2, 5, 6, sequence=7)) == []

    def test_a_gap_of_a_number_says_on_which_day_and_none_of_money(self) -> None:
        (gap,) = find_gaps([build_span(1, 0, 5, sequence=41), build_span(3, 5, 6, sequence=43)])
        assert gap == Gap(3, GapKind.NUMBER, 0, DAY + timedelta(days=3))

    @pytest.mark.parametrize(
        ("numbers_by_day", "missing"),
        [
            ({1: 41, 2: 43, 3: 42, 4: 44}, []),
            ({1: 42, 2: 40, 367: 43}, []),
            ({1: 42, 2: 40, 368: 43}, [368]),
            ({1: 41, 400: 42}, []),
            ({1: 10, 2: 20, 3: 30}, [2, 3]),
            ({1: 10, 2: 20, 3: 30, 4: 40}, []),
            ({1: 10, 2: 20, 3: 30, 4: 40, 5: 41}, [2, 3, 4]),
        ],
    )
    def test_a_number_is_missing_if_nobody_has_it_within_a_year(
        self, numbers_by_day: dict[int, int], missing: list[int]
    ) -> None:
        spans = [build_span(day, 0, 0, sequence=number) for day, number in numbers_by_day.items()]
        assert list_missing(*spans) == [(day, "number") for day in missing]

    def test_a_bank_that_numbers_more_than_statements_is_left_alone_after_some(self) -> None:
        spans = [build_span(number, number, number + 1, sequence=10 * number) for number in range(1, 6)]
        assert list_missing(*spans[:2]) == [(2, "number")]
        assert list_missing(*spans) == []

    def test_a_gap_of_balance_and_number_is_one(self) -> None:
        assert list_missing(build_span(1, 0, 5, sequence=1), build_span(3, 7, 8, sequence=3)) == [(3, "balance")]


class TestPages:
    FIRST = build_span(1, 0, None, first_no=1, page=1, is_last=False, sum_cents=5, closed_on=None)
    LAST = build_span(2, None, 9, first_no=1, page=2, is_last=True, sum_cents=4, opened_on=None)

    def test_pages_are_complete_up_to_the_last_and_add_up_from_the_first(self) -> None:
        assert not are_complete([self.FIRST])
        assert not are_complete([self.LAST])
        assert are_complete([self.LAST, self.FIRST])
        assert add_up([self.LAST, self.FIRST])
        assert not add_up([self.LAST._replace(sum_cents=5), self.FIRST])

    def test_a_page_that_is_missing_is_a_gap_and_all_of_them_are_one_statement(self) -> None:
        assert list_missing(self.FIRST) == [(1, "page")]
        assert list_missing(self.LAST) == [(1, "page")]
        after = build_span(4, 9, 10)
        assert list_missing(self.FIRST, self.LAST, after) == []
        assert list_missing(self.FIRST, self.LAST, after._replace(opening_cents=8)) == [(4, "balance")]

    def test_a_statement_of_one_page_is_complete_and_one_of_none_is_not(self) -> None:
        assert are_complete([self.FIRST._replace(is_last=True)])
        assert not are_complete([])

    def test_pages_add_up_in_their_own_order_whichever_was_read_first(self) -> None:
        middle = build_span(3, None, None, first_no=2, page=2, is_last=False, sum_cents=3)
        first, last = self.FIRST._replace(statement_no=4), self.LAST._replace(page=3, closing_cents=12)
        assert add_up([last, middle, first])
        assert not add_up([last, middle, first._replace(opening_cents=None)])
        assert not add_up([last._replace(closing_cents=None), middle, first])
        before = build_span(1, -5, -1, opened_on=DAY, closed_on=DAY)
        pages = [page._replace(first_no=2) for page in (last, middle, first)]
        opened_on = DAY + timedelta(days=1)
        assert find_gaps([before, *pages]) == [Gap(2, GapKind.BALANCE, 1, opened_on)]

    def test_of_pages_that_are_not_all_there_only_the_opening_of_the_first_says_something(self) -> None:
        before = build_span(1, 0, 5)
        opened_on, after = DAY + timedelta(days=2), build_span(4, 9, 10)
        first = build_span(2, 5, 7, first_no=2, page=1, is_last=False)
        second = build_span(3, 8, 9, first_no=2, page=2, is_last=True, opened_on=opened_on)
        assert find_gaps([before, first]) == [Gap(2, GapKind.PAGE, 0, opened_on)]
        assert find_gaps([before, second]) == [Gap(2, GapKind.PAGE, 0, DAY + timedelta(days=3))]
        does_not_follow = first._replace(opening_cents=6)
        assert find_gaps([before, does_not_follow]) == [Gap(2, GapKind.BALANCE, 1, opened_on)]
        closed = build_span(5, 7, 8, opened_on=DAY + timedelta(days=3), closed_on=after.closed_on)
        assert [gap.kind for gap in find_gaps([before, first, closed])] == [GapKind.PAGE, GapKind.BALANCE]
