"""The legal clock of the plan, as statements."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.clocks.rules import Clock, miss_deadline, pip_due_on
from shared.events.codes import DeadlineKind

DAYS = st.dates(date(2022, 1, 1), date(2040, 12, 31))
DUE_ON = date(2026, 6, 10)
CLOCK = Clock(uuid4(), DeadlineKind.PIP, DUE_ON, has_ended=False, missed_on=None)


@given(notified=DAYS, registered=DAYS)
def test_the_plan_is_due_seventy_days_after_the_later_of_notice_and_registration(
    notified: date, registered: date
) -> None:
    assert pip_due_on(notified, registered) == max(notified, registered) + timedelta(days=70)


@given(st.none() | DAYS, st.none() | DAYS)
def test_without_both_days_the_clock_has_not_begun(notified: date | None, registered: date | None) -> None:
    assert (pip_due_on(notified, registered) is None) == (notified is None or registered is None)


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=30))
def test_a_missed_deadline_is_published_exactly_once_on_whatever_days_the_calendar_comes(offsets: list[int]) -> None:
    clock, published = CLOCK, []
    for offset in offsets:
        today = DUE_ON + timedelta(days=offset)
        if (fact := miss_deadline(clock, today)) is not None:
            clock = replace(clock, missed_on=today)
            published.append(fact)
    assert len(published) == (1 if max(offsets) > 0 else 0)
    assert all(fact.due_on == DUE_ON for fact in published)


def test_the_last_day_itself_is_in_time() -> None:
    assert miss_deadline(CLOCK, DUE_ON) is None
    assert miss_deadline(CLOCK, DUE_ON + timedelta(days=1)) is not None


@pytest.mark.parametrize("change", [{"has_ended": True}, {"due_on": None}])
def test_a_clock_that_ended_or_has_not_begun_is_never_missed(change: dict[str, object]) -> None:
    assert miss_deadline(replace(CLOCK, **change), date(2027, 1, 1)) is None
