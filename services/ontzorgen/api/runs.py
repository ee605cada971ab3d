"""The month's run over HTTP: months, tasks, the ledger and its totals."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.api.households import Answer, PageQuery, Reader
from services.ontzorgen.domain import Account, TaskKind
from services.ontzorgen.handlers import households as files
from services.ontzorgen.handlers import runs as handlers
from services.ontzorgen.repository import runs as repository
from shared.events.codes import ChargeKind
from shared.http import Body, Caller, DatabaseDep, requires
from shared.identity import HouseholdId, Role

router = APIRouter()
Counter = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER, Role.OPERATOR))]
Cents = Annotated[int, Field(description="Bedrag in eurocenten")]


class StatementLineAnswer(Answer):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    due_cents: Cents
    paid_cents: Cents


class StatementAnswer(Answer):
    month: str = Field(description="Maand, als 2026-07")
    run_id: UUID
    run_on: date = Field(description="Dag waarop de maand is verwerkt")
    norm_cents: Cents
    payable_cents: Cents
    holiday_reserve_cents: Cents
    deducted_cents: Cents
    remainder_cents: Cents
    shortfall_cents: Cents
    lines: list[StatementLineAnswer]


class StatementList(Answer):
    items: list[StatementAnswer]


class LedgerLineAnswer(Answer):
    account: str = Field(description="Rekening", examples=[Account.CREDITOR_RENT.name.lower()])
    amount_cents: Cents


class LedgerEntryAnswer(Answer):
    id: int
    month: str
    booked_on: date
    run_id: UUID
    lines: list[LedgerLineAnswer]


class LedgerList(Answer):
    items: list[LedgerEntryAnswer]


class TaskAnswer(Answer):
    id: UUID
    household_id: HouseholdId
    kind: TaskKind
    month: str
    for_role: Role = Field(description="Wie dit moet oplossen")
    amount_cents: Cents
    raised_on: date
    done_on: date | None


class TaskPage(Answer):
    items: list[TaskAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class CompletionBody(Body):
    done_on: date = Field(description="Dag waarop de taak is afgerond")


class MonthTotalsAnswer(Answer):
    month: str
    households: int
    norm_cents: Cents
    deducted_cents: Cents
    remainder_cents: Cents
    shortfall_cents: Cents


class LedgerTotalsAnswer(Answer):
    sum_cents: int = Field(description="Som van alle boekingen; altijd 0")
    deducted_cents: Cents
    remainder_cents: Cents
    holiday_reserve_cents: Cents
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotalsAnswer]


class TaskQuery(PageQuery):
    for_role: Role | None = Field(default=None, description="Alleen taken voor deze rol")
    open_only: bool = Field(default=True, description="Alleen taken die nog niet zijn afgerond")


@router.get("/households/{household_id}/statements", summary="Toon de verwerkte maanden", tags=["huishoudens"])
async def list_statements(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> StatementList:
    async with database.transaction(caller.municipality) as tx:
        await files.read_file(household_id, caller, tx)
        found = await repository.statements(tx, household_id)
        return StatementList(items=[_with_lines(StatementAnswer, month, lines) for month, lines in found])


@router.get("/households/{household_id}/ledger-entries", summary="Toon het grootboek", tags=["huishoudens"])
async def list_ledger_entries(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> LedgerList:
    async with database.transaction(caller.municipality) as tx:
        await files.read_file(household_id, caller, tx)
        found = await repository.ledger(tx, household_id)
        return LedgerList(items=[_entry(entry, lines) for entry, lines in found])


@router.get("/tasks", summary="Toon de taken", tags=["taken"])
async def list_tasks(query: Annotated[TaskQuery, FromQuery()], caller: Reader, database: DatabaseDep) -> TaskPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.tasks(
            tx, query.for_role, is_open=query.open_only, after=query.cursor, limit=query.limit
        )
        return TaskPage(items=[TaskAnswer.of(one) for one in items], next_cursor=following)


@router.post("/tasks/{task_id}/completions", status_code=201, summary="Rond een taak af", tags=["taken"])
async def complete_task(task_id: UUID, body: CompletionBody, caller: Reader, database: DatabaseDep) -> TaskAnswer:
    async with database.transaction(caller.municipality) as tx:
        return TaskAnswer.of(await handlers.complete_task(task_id, body.done_on, tx))


@router.get("/ledger-totals", summary="Toon wat er is betaald", tags=["cijfers"])
async def ledger_totals(caller: Counter, database: DatabaseDep) -> LedgerTotalsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return LedgerTotalsAnswer.of(await repository.ledger_totals(tx))


def _with_lines(kind: Any, row: Any, lines: Any) -> Any:
    return kind.model_validate({**row.model_dump(), "lines": [line.model_dump() for line in lines]})


def _entry(entry: Any, lines: Any) -> LedgerEntryAnswer:
    named = [{"account": Account(line.account).name.lower(), "amount_cents": line.amount_cents} for line in lines]
    return LedgerEntryAnswer.model_validate({**entry.model_dump(), "lines": named})
