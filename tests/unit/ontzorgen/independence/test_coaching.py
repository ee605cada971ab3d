"""Budget coaching: within its term and the month's allotment, and then handed on."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from independence_states import FIRST, HOUSEHOLD_ID, POLICY, load_policy

from services.ontzorgen.independence.rules.coaching import (
    Appointment,
    HandOver,
    Ladder,
    Session,
    allot_minutes,
    begin_coaching,
    check_appointment,
    check_session,
    count_minutes,
    end_coaching,
    require_begun,
)
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import SelfRelianceClass

DEN_HAAG = load_policy("gm0518")


@pytest.mark.row("budget-coaching")
class TestCoaching:
    def test_the_low_class_has_an_hour_and_a_half_a_month_and_no_appointment_goes_beyond_it(self) -> None:
        coaching, _ = begin_coaching(None, HOUSEHOLD_ID, FIRST, DEN_HAAG)
        allotted_minutes = allot_minutes(DEN_HAAG, SelfRelianceClass.NOT_SELF_RELIANT)
        sessions = [Session(uuid4(), HOUSEHOLD_ID, date(2026, 10, 5), 50, Ladder.DO_TOGETHER)]
        month = count_minutes("2026-10", allotted_minutes, [], sessions)
        assert (month.allotted_minutes, month.left_minutes) == (90, 40)
        appointment = Appointment(uuid4(), HOUSEHOLD_ID, date(2026, 10, 20), 41)
        with pytest.raises(ConflictError, match="40 of 90 minutes left"):
            check_appointment(coaching, appointment, month)
        check_appointment(coaching, replace(appointment, minutes=40), month)
        assert allot_minutes(DEN_HAAG, SelfRelianceClass.SELF_RELIANT) == 0

    def test_a_coach_stops_at_the_maximum_term_and_hands_on(self) -> None:
        coaching, _ = begin_coaching(None, HOUSEHOLD_ID, FIRST, load_policy("gm0531"))
        assert coaching.last_day == date(2027, 9, 15)
        late = Session(uuid4(), HOUSEHOLD_ID, date(2027, 9, 16), 30, Ladder.LET_GO)
        with pytest.raises(WrongInputError, match="or hand on"):
            check_session(coaching, late)
        ended = end_coaching(coaching, date(2027, 6, 1), HandOver.NEIGHBOURHOOD_TEAM)
        with pytest.raises(ConflictError, match="handed on to the neighbourhood team"):
            check_session(ended, replace(late, held_on=date(2027, 6, 2)))

    def test_coaching_begins_once_and_only_where_the_policy_has_it(self) -> None:
        with pytest.raises(ConflictError, match="has not begun"):
            require_begun(None)
        with pytest.raises(ConflictError, match="has no coaching"):
            begin_coaching(None, HOUSEHOLD_ID, FIRST, replace(POLICY, coaching_months_max=0))
        coaching, is_new = begin_coaching(None, HOUSEHOLD_ID, FIRST, POLICY)
        assert is_new
        assert begin_coaching(coaching, HOUSEHOLD_ID, FIRST, POLICY) == (coaching, False)
        with pytest.raises(ConflictError, match="began on 2026-09-16 already"):
            begin_coaching(coaching, HOUSEHOLD_ID, date(2026, 9, 17), POLICY)
