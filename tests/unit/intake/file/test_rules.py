"""The rules of the file, as statements."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_states import NOTIFIED, OPENED, REGISTERED, build_newcomer
from rule_refusals import list_faults

from services.intake.clocks.rules import miss_deadline
from services.intake.file.rules import FileState, close_after_withdrawal, open_file, record_notice, refuse_if_closed
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import TargetGroup

DAYS = st.none() | st.dates(date(2022, 1, 1), date(2040, 12, 31))
OBLIGATED = [group for group in TargetGroup if group is not TargetGroup.VOLUNTARY]


class TestLegalClock:
    @pytest.mark.parametrize("group", OBLIGATED)
    def test_everyone_with_an_obligation_has_one(self, group: TargetGroup) -> None:
        newcomer = build_newcomer(target_group=group, obligation_notified_on=NOTIFIED, registered_on=REGISTERED)
        assert newcomer.pip_due_on == newcomer.pip_clock.due_on == REGISTERED + timedelta(days=70)

    @given(notified=DAYS, registered=DAYS)
    def test_a_volunteer_has_none(self, notified: date | None, registered: date | None) -> None:
        days = {"obligation_notified_on": notified, "registered_on": registered}
        assert build_newcomer(target_group=TargetGroup.VOLUNTARY, **days).pip_due_on is None

    @pytest.mark.parametrize("ended", [{"plan_signed_on": date(2026, 5, 1)}, {"closed_on": date(2026, 5, 1)}])
    def test_a_signed_plan_or_a_closed_file_is_never_late(self, ended: dict[str, date]) -> None:
        newcomer = build_newcomer(obligation_notified_on=NOTIFIED, registered_on=REGISTERED, **ended)
        assert miss_deadline(newcomer.pip_clock, date(2027, 1, 1)) is None


class TestNotices:
    def test_a_volunteer_has_no_notice_and_no_term(self) -> None:
        volunteer = build_newcomer(
            target_group=TargetGroup.VOLUNTARY, registered_on=REGISTERED, obligation_notified_on=NOTIFIED
        )
        with pytest.raises(WrongInputError) as refusal:
            open_file(volunteer)
        assert list_faults(refusal) == {
            ("registered_on", "not_obligated"),
            ("obligation_notified_on", "not_obligated"),
        }

    def test_notice_and_registration_may_come_apart_and_stay_as_given(self) -> None:
        newcomer = record_notice(record_notice(build_newcomer(), REGISTERED, None), None, NOTIFIED)
        assert newcomer.pip_due_on == REGISTERED + timedelta(days=70)
        assert record_notice(newcomer, REGISTERED, NOTIFIED) == newcomer
        with pytest.raises(ConflictError, match="2026-03-09"):
            record_notice(newcomer, None, date(2026, 3, 10))


class TestClosing:
    def test_a_withdrawn_candidates_file_closes_once(self) -> None:
        closed = close_after_withdrawal(build_newcomer(), date(2026, 4, 2))
        assert (closed.state, closed.closed_on) == (FileState.CLOSED, date(2026, 4, 2))
        assert close_after_withdrawal(closed, date(2026, 5, 2)) == closed

    @pytest.mark.parametrize("reason", [{"plan_signed_on": OPENED}, {"obligation_notified_on": NOTIFIED}])
    def test_a_file_that_rests_on_a_plan_or_the_law_stays_open(self, reason: dict[str, date]) -> None:
        newcomer = build_newcomer(**reason)
        assert close_after_withdrawal(newcomer, date(2026, 4, 2)) == newcomer

    def test_a_closed_file_takes_nothing_more(self) -> None:
        closed = build_newcomer(closed_on=date(2026, 4, 2))
        with pytest.raises(ConflictError, match="closed"):
            refuse_if_closed(closed)
        with pytest.raises(ConflictError, match="closed"):
            record_notice(closed, REGISTERED, None)
