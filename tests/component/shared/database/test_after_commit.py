"""What is done after a commit: counting, and signals to other parts of the process. Never without one."""

from collections.abc import Awaitable, Callable

import pytest

from shared.database.counters import count_on_commit
from shared.testing.running_service import RunningService


async def test_only_a_commit_counts_and_signals_and_a_released_savepoint_is_none(
    client_for: Callable[..., Awaitable[RunningService]],
) -> None:
    database = (await client_for("recruitment")).database
    counted: list[bool] = []
    signalled: list[int] = []
    database.signals.connect("work_ready", signalled.append)

    async def work(*, fails: bool) -> None:
        async with database.transaction("gm0637") as tx:
            savepoint = await tx.session.begin_nested()
            count_on_commit(tx, lambda: counted.append(fails))
            tx.signal_on_commit("work_ready", 1 if fails else 2)
            await savepoint.commit()
            if fails:
                raise RuntimeError("after the savepoint")

    with pytest.raises(RuntimeError):
        await work(fails=True)
    await work(fails=False)
    assert (counted, signalled) == ([False], [2])
