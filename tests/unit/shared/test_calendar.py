"""Periods end where the convention says, months count, and Dutch days off are the real ones."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import calendar

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


class TestTargetDays:
    @pytest.mark.parametrize(
        ("day", "days", "last"),
        [
            (date(2026, 7, 7), 3, date(2026, 7, 1)),
            (date(2026, 7, 6), 3, date(2026, 6, 30)),
            (date(2026, 4, 8), 1, date(2026, 4, 6)),
            (date(2026, 4, 7), 1, date(2026, 4, 1)),  # Good Friday and Easter Monday lie between
            (date(2027, 1, 4), 2, date(2026, 12, 29)),
        ],
    )
    def test_so_many_days_on_which_banks_settle_have_passed_since(self, day: date, days: int, last: date) -> None:
        assert calendar.target_days_back(day, days) == last


class TestPeriodEnd:
    @pytest.mark.parametrize(
        ("first_day", "last_day"),
        [
            (date(2026, 9, 16), date(2027, 3, 15)),
            (date(2026, 7, 1), date(2026, 12, 31)),
            (date(2026, 8, 28), date(2027, 2, 27)),
            (date(2026, 8, 29), date(2027, 2, 28)),
            (date(2026, 8, 31), date(2027, 2, 28)),
            (date(2027, 8, 29), date(2028, 2, 28)),
            (date(2027, 8, 30), date(2028, 2, 29)),
            (date(2026, 3, 31), date(2026, 9, 30)),
        ],
    )
    def test_six_months_end_a_day_before_the_same_day_number(self, first_day: date, last_day: date) -> None:
        assert calendar.period_end(first_day, 6) == last_day

    @given(DAYS, st.integers(1, 24))
    def test_a_later_start_never_ends_earlier(self, day: date, months: int) -> None:
        later = date.fromordinal(day.toordinal() + 1)
        assert calendar.period_end(later, months) >= calendar.period_end(day, months)


class TestMonths:
    def test_adding_months_stops_at_the_last_day_of_a_short_month(self) -> None:
        assert calendar.add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
        assert calendar.add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)

    def test_months_between_two_months_include_both(self) -> None:
        assert list(calendar.months_between("2026-11", "2027-02")) == ["2026-11", "2026-12", "2027-01", "2027-02"]
        assert list(calendar.months_between("2027-01", "2026-12")) == []

    @given(DAYS)
    def test_a_day_lies_within_its_month(self, day: date) -> None:
        month = calendar.month_of(day)
        assert calendar.month_start(month) <= day <= calendar.month_end(month)

    @pytest.mark.parametrize("wrong", ["2026-13", "2026", "july"])
    def test_a_wrong_month_is_refused_in_a_sentence(self, wrong: str) -> None:
        with pytest.raises(ValueError, match="is not a month: write year and month"):
            calendar.month_start(wrong)


class TestHolidays:
    def test_goede_vrijdag_is_a_business_day(self) -> None:
        assert calendar.is_business_day(date(2026, 4, 3))

    def test_the_fifth_of_may_is_a_day_off_once_in_five_years(self) -> None:
        assert not calendar.is_business_day(date(2025, 5, 5))
        assert calendar.is_business_day(date(2026, 5, 5))

    def test_kings_day_moves_to_saturday_when_the_27th_is_a_sunday(self) -> None:
        assert date(2025, 4, 26) in calendar.public_holidays(2025)
        assert date(2025, 4, 27) not in calendar.public_holidays(2025)

    def test_christmas_and_a_weekend_are_waited_out(self) -> None:
        assert calendar.business_day_from(date(2026, 12, 25)) == date(2026, 12, 28)


class TestAmsterdamDate:
    def test_the_dutch_day_begins_before_the_day_of_greenwich(self) -> None:
        assert calendar.amsterdam_date(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)
        assert calendar.amsterdam_date(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) == date(2026, 12, 31)

    def test_a_moment_without_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no time zone"):
            calendar.amsterdam_date(datetime(2026, 7, 1))  # noqa: DTZ001 - this is the wrong input
