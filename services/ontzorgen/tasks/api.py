"""Tasks over HTTP: who must solve what, and that it is done. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import Reader, SumCents, TaskId
from services.ontzorgen.tasks import handlers, repository
from services.ontzorgen.tasks.rules import TaskKind
from shared.http.requests import Body, TransactionDep
from shared.http.responses import PageQuery, StateResponse
from shared.identity import HouseholdId, Role

router = APIRouter()


class TaskResponse(StateResponse):
    id: UUID
    household_id: HouseholdId | None
    kind: TaskKind
    month: str
    for_role: Role = Field(description="Wie dit moet oplossen")
    amount_cents: SumCents
    sentence: str | None = Field(description="Wat er aan de hand is en wat te doen; leeg als de soort dat al zegt")
    priority: int = Field(description="Hoe hoger, hoe eerder: 0 gewoon, 1 eerst, 2 over de laatste dag heen")
    due_on: date | None = Field(description="Laatste dag om dit te doen; leeg als die er niet is")
    raised_on: date
    done_on: date | None
    person_id: UUID | None = Field(description="Wie van het huishouden het betreft; leeg: het huishouden")


class TaskPage(StateResponse):
    items: list[TaskResponse]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class CompleteTaskRequest(Body):
    done_on: date = Field(description="Dag waarop de taak is afgerond")


class TaskQuery(PageQuery):
    for_role: Role | None = Field(default=None, description="Alleen taken voor deze rol")
    open_only: bool = Field(default=True, description="Alleen taken die nog niet zijn afgerond")


@router.get("/tasks", summary="Toon de taken", tags=["taken"])
async def list_tasks(query: Annotated[TaskQuery, FromQuery()], _caller: Reader, tx: TransactionDep) -> TaskPage:
    tasks, next_cursor = await repository.list_tasks(
        tx, query.for_role, is_open=query.open_only, after=query.cursor, limit=query.limit
    )
    return TaskPage(items=[TaskResponse.from_state(task) for task in tasks], next_cursor=next_cursor)


@router.post("/tasks/{task_id}/completions", status_code=201, summary="Rond een taak af", tags=["taken"])
async def complete_task(
    task_id: TaskId, body: CompleteTaskRequest, _caller: Reader, tx: TransactionDep
) -> TaskResponse:
    return TaskResponse.from_state(await handlers.complete_task(task_id, body.done_on, tx))
