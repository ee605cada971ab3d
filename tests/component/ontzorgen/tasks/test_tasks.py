"""Tasks over HTTP and a real PostgreSQL: raised once, counted once, completed by a person or by a decision."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pytest

from services.ontzorgen import metrics
from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.tasks.handlers import (
    change_amount,
    complete_household_tasks,
    complete_person_tasks,
    complete_tasks,
    count_tasks,
    raise_again,
    raise_overdue,
    raise_tasks,
)
from services.ontzorgen.tasks.rules import Task, TaskKind, TaskPriority
from shared.database.transactions import Transaction
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

DAY, LATER = date(2026, 8, 1), date(2026, 8, 3)
KIND = TaskKind.COACH_TO_HAND_ON


def task(kind: TaskKind = KIND, role: Role = Role.BUDGET_MANAGER, due_on: date | None = None) -> Task:
    return Task(uuid4(), kind, "2026-08", role, 0, due_on=due_on)


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


async def list_ids(service: RunningService, **query: object) -> list[str]:
    """Return the ids of the tasks in a list."""
    answer = (await service.get("/tasks", params=query)).raise_for_status()
    return [item["id"] for item in answer.json()["items"]]


async def work(service: RunningService, action: Callable[[Transaction], Awaitable[None]]) -> None:
    async with service.database.transaction("gm0637") as tx:
        await action(tx)


async def start_relief(service: RunningService) -> UUID:
    """Return a household that is in relief."""
    household_id = new_id()
    async with service.database.transaction("gm0637") as tx:
        await on_pip_signed(Received(signed_plan(household_id=household_id), uuid4(), "gm0637", None), tx)
    return household_id


async def test_a_task_that_is_raised_again_stays_as_it_was_and_counts_once(service: RunningService) -> None:
    async def count() -> int:
        async with service.database.transaction("gm0637") as tx:
            return (await count_tasks(tx))[metrics.TASKS_RAISED].get((KIND,), 0)

    before, first, second = await count(), task(), task()
    for raised in ([first], [first, second], []):
        await work(service, lambda tx, raised=raised: raise_tasks([(None, new) for new in raised], DAY, tx))
    assert sorted(await list_ids(service)) == sorted(map(str, (first.id, second.id)))
    assert await count() == before + 2

    async def raise_and_fail(tx: Transaction) -> None:
        await raise_tasks([(None, task())], DAY, tx)
        raise LookupError

    with pytest.raises(LookupError):
        await work(service, raise_and_fail)
    assert await count() == before + 2


async def test_tasks_are_listed_by_role_open_or_all_and_page_by_page(service: RunningService) -> None:
    tasks = [task(role=role) for role in (Role.BUDGET_MANAGER, Role.CASE_MANAGER, Role.BUDGET_MANAGER)]
    await work(service, lambda tx: raise_tasks([(None, raised) for raised in tasks], DAY, tx))
    await work(service, lambda tx: complete_tasks([tasks[0].id], LATER, tx))
    assert await list_ids(service, for_role="budget_manager") == [str(tasks[2].id)]
    assert len(await list_ids(service, for_role="budget_manager", open_only=False)) == 2
    page = (await service.get("/tasks", params={"limit": 1})).json()
    following = (await service.get("/tasks", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    ids = [item["id"] for item in (*page["items"], *following["items"])]
    assert (ids, following["next_cursor"]) == (sorted(str(raised.id) for raised in tasks[1:]), None)


async def test_a_person_completes_a_task_on_one_day(service: RunningService) -> None:
    raised = task()
    await work(service, lambda tx: raise_tasks([(None, raised)], DAY, tx))
    path = f"/tasks/{raised.id}/completions"
    for _ in range(2):
        answer = await service.post(path, json={"done_on": LATER.isoformat()})
        assert (answer.status_code, answer.json()["done_on"]) == (201, LATER.isoformat())
    assert (await service.post(path, json={"done_on": "2026-08-04"})).status_code == 409
    assert (await service.post(f"/tasks/{uuid4()}/completions", json={"done_on": "2026-08-04"})).status_code == 404
    # What a decision completes later keeps the day that the person gave.
    await work(service, lambda tx: complete_tasks([raised.id], date(2026, 8, 9), tx))
    (item,) = (await service.get("/tasks", params={"open_only": False})).json()["items"]
    assert item["done_on"] == LATER.isoformat()


async def test_a_decision_completes_the_tasks_of_its_kinds_of_one_household(service: RunningService) -> None:
    household_id, neighbour_id = await start_relief(service), await start_relief(service)
    neighbours, other_kind, done = task(), task(TaskKind.REVIEW_DUE), task()
    raised = [(neighbour_id, neighbours), (household_id, other_kind), (household_id, done)]
    await work(service, lambda tx: raise_tasks(raised, DAY, tx))
    await work(service, lambda tx: complete_household_tasks(household_id, [KIND], LATER, tx))
    assert sorted(await list_ids(service)) == sorted([str(neighbours.id), str(other_kind.id)])


async def read(service: RunningService, name: str, *tasks: Task) -> list[object]:
    """One column of these tasks, in their order."""
    query = f"SELECT {name} FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, no) JOIN task USING (id) ORDER BY no"  # noqa: S608 - a column of the test's
    async with service.database.transaction("gm0637") as tx:
        return [row[0] for row in await (await tx.driver()).fetch(query, [one.id for one in tasks])]


async def test_what_changes_or_reopens_a_task_leaves_the_others_as_they_are(service: RunningService) -> None:
    changed, other, done = tasks = task(), task(), task()
    await work(service, lambda tx: raise_tasks([(None, one) for one in tasks], DAY, tx))
    await work(service, lambda tx: complete_tasks([done.id], LATER, tx))
    await work(service, lambda tx: change_amount(changed.id, 100, tx))
    assert await read(service, "amount_cents", *tasks) == [100, 0, 0]
    await work(service, lambda tx: change_amount(changed.id, 0, tx))
    assert await read(service, "done_on", *tasks) == [DAY, None, LATER]
    again = replace(changed, amount_cents=200)
    await work(service, lambda tx: raise_again(None, again, LATER, tx))
    await work(service, lambda tx: raise_again(None, replace(other, amount_cents=300), LATER, tx))
    assert await read(service, "done_on", *tasks) == [None, None, LATER]
    assert await read(service, "amount_cents", *tasks) == [200, 0, 0], "one that was open stays as it was"


async def test_a_decision_about_a_person_completes_the_open_tasks_about_this_person(service: RunningService) -> None:
    home, person, other = await start_relief(service), uuid4(), uuid4()
    of_person, of_other, _, done = tasks = task(), task(), task(), task()
    other_kind, of_neighbours = task(TaskKind.REVIEW_DUE), task()
    neighbours = await start_relief(service)
    await work(service, lambda tx: raise_tasks([(home, one) for one in (*tasks, other_kind)], DAY, tx))
    await work(service, lambda tx: raise_tasks([(neighbours, of_neighbours)], DAY, tx))
    await work(service, lambda tx: complete_tasks([done.id], DAY, tx))

    async def name_people(tx: Transaction) -> None:
        for one, who in ((of_person, person), (of_other, other), (done, person), (other_kind, person)):
            await (await tx.driver()).execute("UPDATE task SET person_id = $2 WHERE id = $1", one.id, who)

    async def complete(tx: Transaction, *, is_own: bool) -> None:
        await complete_person_tasks(home, [KIND], LATER, person, tx, is_own=is_own)

    await work(service, name_people)
    await work(service, partial(complete, is_own=False))
    assert await read(service, "done_on", *tasks, other_kind) == [LATER, None, None, DAY, None]
    await work(service, partial(complete, is_own=True))
    assert await read(service, "done_on", *tasks, of_neighbours) == [LATER, None, LATER, DAY, None]
    await work(service, lambda tx: complete_household_tasks(home, [KIND], date(2026, 8, 9), tx))
    assert await read(service, "done_on", *tasks) == [LATER, date(2026, 8, 9), LATER, DAY]


async def test_open_tasks_whose_last_day_is_past_come_first(service: RunningService) -> None:
    late, today, never, done = tasks = task(due_on=DAY), task(due_on=LATER), task(), task(due_on=DAY)
    await work(service, lambda tx: raise_tasks([(None, one) for one in tasks], DAY, tx))
    await work(service, lambda tx: complete_tasks([done.id], DAY, tx))
    await work(service, lambda tx: raise_overdue(LATER, tx))
    assert await read(service, "priority", *tasks) == [TaskPriority.OVERDUE, 0, 0, 0]
    async with service.database.transaction("gm0637") as tx:
        counted = await count_tasks(tx)
    assert [counted[name][KIND,] for name in (metrics.TASKS_RAISED, metrics.TASKS_OPEN)] == [4, 3]
    assert (await list_ids(service))[0] == str(late.id)
    assert {str(today.id), str(never.id)} == set((await list_ids(service))[1:])
