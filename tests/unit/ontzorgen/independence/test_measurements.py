"""Self-reliance as it was measured: the latest on or before a day holds, and each moment has its rules."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from independence_states import FIRST, POLICY, build_household, build_measurement

from services.ontzorgen.independence.rules.measurements import find_class, measure
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import MeasurementMoment, SelfRelianceClass

DAYS = st.dates(FIRST, date(2027, 9, 15))
OUTCOMES = st.lists(st.tuples(DAYS, st.sampled_from(SelfRelianceClass)), unique_by=lambda outcome: outcome[0])


@pytest.mark.row("self-reliance-categories")
class TestSelfReliance:
    @given(OUTCOMES, DAYS)
    def test_the_class_on_a_day_is_the_latest_measured_by_then(
        self, outcomes: list[tuple[date, SelfRelianceClass]], day: date
    ) -> None:
        measurements = [build_measurement(on, outcome) for on, outcome in outcomes]
        by_day = {on: outcome for on, outcome in outcomes if on <= day}
        assert find_class(measurements, day) == (by_day[max(by_day)] if by_day else None)

    def test_of_two_on_one_day_the_one_recorded_later_holds(self) -> None:
        outcomes = (SelfRelianceClass.LIMITED, SelfRelianceClass.SELF_RELIANT)
        measurements = [build_measurement(FIRST, outcome) for outcome in outcomes]
        assert find_class(measurements, FIRST) is SelfRelianceClass.SELF_RELIANT

    def test_a_retest_before_its_time_is_a_measurement_on_request(self) -> None:
        early = build_measurement(date(2027, 1, 10), moment=MeasurementMoment.SIX_MONTHS)
        with pytest.raises(WrongInputError, match="begins on 2027-02-16"):
            measure(build_household(), [], early, POLICY)
        (event,) = measure(build_household(), [], replace(early, measured_on=date(2027, 2, 16)), POLICY)
        assert (event.outcome, event.moment) == (SelfRelianceClass.NOT_SELF_RELIANT, MeasurementMoment.SIX_MONTHS)

    def test_the_start_is_measured_once_and_the_same_measurement_is_published_once(self) -> None:
        start = build_measurement(FIRST, moment=MeasurementMoment.START)
        assert len(measure(build_household(), [], start, POLICY)) == 1
        assert measure(build_household(), [start], start, POLICY) == ()
        with pytest.raises(ConflictError, match="at the start already"):
            measure(build_household(), [start], replace(start, id=uuid4(), measured_on=date(2026, 9, 20)), POLICY)
