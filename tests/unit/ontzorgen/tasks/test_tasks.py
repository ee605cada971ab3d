"""A task has one id for what it is about, and is done on one day."""

from datetime import date
from uuid import uuid4

import pytest

from services.ontzorgen.tasks.rules import RaisedTask, TaskKind, complete, derive_task_id
from shared.errors.refusals import ConflictError
from shared.identity import Role

DAY = date(2026, 8, 3)
OPEN = RaisedTask(uuid4(), TaskKind.SHORTFALL, "2026-07", Role.CASE_MANAGER, 100, uuid4(), date(2026, 8, 1))


def test_the_same_kind_of_task_about_the_same_month_has_the_same_id() -> None:
    origin_id = uuid4()
    shortfall = derive_task_id(origin_id, TaskKind.SHORTFALL, "2026-07")
    assert derive_task_id(origin_id, TaskKind.SHORTFALL, "2026-07") == shortfall
    others = {
        derive_task_id(origin_id, TaskKind.SHORTFALL, "2026-08"),
        derive_task_id(origin_id, TaskKind.CREDITOR_OWES, "2026-07"),
        derive_task_id(uuid4(), TaskKind.SHORTFALL, "2026-07"),
    }
    assert len(others - {shortfall}) == 3


def test_a_task_is_completed_once_and_the_same_completion_again_changes_nothing() -> None:
    done = complete(OPEN, DAY)
    assert (done.done_on, complete(done, DAY)) == (DAY, done)
    with pytest.raises(ConflictError, match="done on 2026-08-03 already"):
        complete(done, date(2026, 8, 4))
