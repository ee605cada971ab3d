"""The right to assistance: relief moves and ends with it, and months beyond it become a task."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY, HOUSEHOLD, LAST_DAY

from services.ontzorgen.household.rules.right import RightVersion, change_right, overpayment_task
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ReliefEndReason


class TestRight:
    def change(self, until: date | None, right_from: date = FIRST_DAY) -> RightVersion:
        return RightVersion(uuid4(), right_from, until, date(2026, 12, 1))

    def test_relief_ends_with_the_right_and_resumes_with_it(self) -> None:
        ended, version = change_right(HOUSEHOLD, None, self.change(date(2026, 11, 10)))
        assert (ended.last_day, ended.end_reason) == (date(2026, 11, 10), ReliefEndReason.ASSISTANCE_STOPPED)
        resumed, _ = change_right(ended, version, self.change(None))
        assert (resumed.last_day, resumed.end_reason) == (LAST_DAY, None)

    def test_a_right_that_outlasts_relief_changes_nothing(self) -> None:
        changed, _ = change_right(HOUSEHOLD, None, self.change(date(2027, 6, 30)))
        assert (changed.last_day, changed.end_reason) == (LAST_DAY, None)

    def test_before_the_first_run_relief_moves_with_the_first_day(self) -> None:
        moved, _ = change_right(HOUSEHOLD, None, self.change(None, date(2026, 10, 1)))
        assert (moved.first_day, moved.last_day, moved.next_month) == (date(2026, 10, 1), date(2027, 3, 31), "2026-10")
        run = replace(HOUSEHOLD, months_run=1, next_month="2026-10")
        with pytest.raises(ConflictError, match="cannot change"):
            change_right(run, None, self.change(None, date(2026, 10, 1)))

    def test_months_that_were_run_beyond_the_right_become_a_task(self) -> None:
        run = replace(HOUSEHOLD, months_run=3, next_month="2026-12")
        days = (date(2026, 11, 30), date(2026, 11, 29), date(2026, 9, 20))
        tasks = [overpayment_task(run, self.change(day)) for day in days]
        assert [task and task.month for task in tasks] == [None, "2026-11", "2026-09"]

    def test_relief_that_ended_stays_ended_and_no_right_ends_before_it_begins(self) -> None:
        with pytest.raises(ConflictError, match="Relief ended on 2026-11-10"):
            change_right(replace(HOUSEHOLD, ended_on=date(2026, 11, 10)), None, self.change(None))
        with pytest.raises(WrongInputError, match="before it begins"):
            change_right(HOUSEHOLD, None, self.change(date(2026, 9, 15)))
