"""The month's run over HTTP: propose, look, approve, seal, release, withdraw. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, Month, Reader
from services.ontzorgen.run.handlers import runs as handlers
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.repository.differences import months_in_run
from services.ontzorgen.run.rules.run import RunState
from services.ontzorgen.statement.rules.statement import StatementStatus
from shared.http.requests import Body, DatabaseDep
from shared.http.responses import CONFLICT, UNKNOWN, Answer, PageQuery
from shared.identity import HouseholdId

router = APIRouter()
SumCents = Annotated[int, Field(description="Bedrag in eurocenten")]
_REFUSALS = UNKNOWN | CONFLICT


class ProposalBody(Body):
    month: Month
    proposed_on: date = Field(description="Dag van het voorstel")


class DayBody(Body):
    on: date = Field(description="Dag waarop dit gebeurt")


class RunAnswer(Answer):
    id: UUID
    month: Month
    number: int = Field(description="De hoeveelste run van deze maand")
    state: RunState = Field(description="Hoe ver de run is")
    proposer: str = Field(description="Wie de run voorstelde; calendar: de kalender")
    proposed_on: date
    parts: int = Field(description="In hoeveel delen er wordt gewerkt")
    eyes_needed: int = Field(description="Hoeveel anderen dan de voorsteller moeten goedkeuren")
    households: int
    norm_cents: SumCents
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents
    correction_cents: SumCents
    total_cents: SumCents
    payments: int = Field(description="Aantal betalingen")
    content_sha256: str | None = Field(description="Hash over elke maand van elk huishouden, op volgorde van id")
    sealed_on: date | None
    released_on: date | None
    withdrawn_on: date | None


class RunPage(Answer):
    items: list[RunAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class DifferencesAnswer(Answer):
    month_before: Month
    new: int = Field(description="Huishoudens zonder vorige maand")
    gone: int = Field(description="Huishoudens die de vorige maand wel hadden en deze niet")
    changed: int = Field(description="Huishoudens met andere bedragen")
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents


class RunViewAnswer(Answer):
    run: RunAnswer
    approved_by: list[str]
    parts_done: dict[str, int] = Field(description="Hoeveel delen klaar zijn, per stap")
    differences: DifferencesAnswer


class RunMonthAnswer(Answer):
    household_id: HouseholdId
    status: StatementStatus
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents
    correction_cents: SumCents
    deducted_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")
    remainder_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")
    shortfall_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")


class RunMonthPage(Answer):
    items: list[RunMonthAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class RunMonthQuery(PageQuery):
    changed_only: bool = Field(default=False, description="Alleen huishoudens met andere bedragen dan de maand ervoor")


@router.post("/runs", status_code=201, summary="Stel de run van een maand voor", tags=["runs"], responses=CONFLICT)
async def propose_run(body: ProposalBody, caller: BudgetManager, database: DatabaseDep) -> RunAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunAnswer.of(await handlers.propose(body.month, body.proposed_on, caller.subject, tx))


@router.get("/runs", summary="Toon de runs", tags=["runs"])
async def list_runs(query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep) -> RunPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.runs(tx, query.cursor, query.limit)
        return RunPage(items=[RunAnswer.of(one) for one in items], next_cursor=following)


@router.get("/runs/{run_id}", summary="Toon een run en wat er anders is", tags=["runs"], responses=UNKNOWN)
async def read_run(run_id: UUID, caller: Reader, database: DatabaseDep) -> RunViewAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunViewAnswer.of(await handlers.read(run_id, tx))


@router.get("/runs/{run_id}/months", summary="Toon de huishoudens van een run", tags=["runs"], responses=UNKNOWN)
async def list_run_months(
    run_id: UUID, query: Annotated[RunMonthQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> RunMonthPage:
    async with database.transaction(caller.municipality) as tx:
        run = await handlers.known(run_id, tx)
        items, following = await months_in_run(tx, run, query.cursor, query.limit, only_changed=query.changed_only)
        return RunMonthPage(items=[RunMonthAnswer.of(one) for one in items], next_cursor=following)


@router.post(
    "/runs/{run_id}/approvals", status_code=201, summary="Keur een run goed", tags=["runs"], responses=_REFUSALS
)
async def approve_run(run_id: UUID, body: DayBody, caller: BudgetManager, database: DatabaseDep) -> RunAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunAnswer.of(await handlers.approve(run_id, caller.subject, body.on, tx))


@router.post("/runs/{run_id}/seals", status_code=201, summary="Verzegel een run", tags=["runs"], responses=_REFUSALS)
async def seal_run(run_id: UUID, body: DayBody, caller: BudgetManager, database: DatabaseDep) -> RunAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunAnswer.of(await handlers.seal(run_id, body.on, tx))


@router.post(
    "/runs/{run_id}/releases", status_code=201, summary="Geef een run vrij", tags=["runs"], responses=_REFUSALS
)
async def release_run(run_id: UUID, body: DayBody, caller: BudgetManager, database: DatabaseDep) -> RunAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunAnswer.of(await handlers.release(run_id, body.on, tx))


@router.post(
    "/runs/{run_id}/withdrawals", status_code=201, summary="Trek een voorstel in", tags=["runs"], responses=_REFUSALS
)
async def withdraw_run(run_id: UUID, body: DayBody, caller: BudgetManager, database: DatabaseDep) -> RunAnswer:
    async with database.transaction(caller.municipality) as tx:
        return RunAnswer.of(await handlers.withdraw(run_id, body.on, tx))
