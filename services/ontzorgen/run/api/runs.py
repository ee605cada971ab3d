"""The month's run over HTTP: propose, look, approve, seal, release, withdraw. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, Month, Reader, RunId, RunReader, SumCents
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.rules.run import RunState
from services.ontzorgen.statement.rules.statement import StatementStatus
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import HouseholdId

router = APIRouter()


class ProposalRequest(Body):
    month: Month
    proposed_on: date = Field(description="Dag van het voorstel")


class DayRequest(Body):
    on: date = Field(description="Dag waarop dit gebeurt")


class RunResponse(StateResponse):
    id: UUID
    month: Month
    number: int = Field(description="De hoeveelste run van deze maand")
    state: RunState = Field(description="Hoe ver de run is")
    proposer: str = Field(description="Wie de run voorstelde; calendar: de kalender")
    proposed_on: date
    parts: int = Field(description="In hoeveel delen er wordt gewerkt")
    eyes_needed: int = Field(
        validation_alias="approvers_required", description="Hoeveel anderen dan de voorsteller moeten goedkeuren"
    )
    households: int
    norm_cents: SumCents
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents
    correction_cents: SumCents
    attachment_cents: SumCents = Field(description="Wat beslagleggers krijgen")
    set_off_cents: SumCents = Field(description="Wat wordt verrekend en bij de gemeente blijft")
    holiday_paid_cents: SumCents = Field(description="Vakantietoeslag die wordt uitbetaald")
    holiday_handed_over_cents: SumCents = Field(description="Vakantietoeslag die naar de bijstand wordt overgedragen")
    total_cents: SumCents
    payments: int = Field(description="Aantal betalingen")
    content_sha256: str | None = Field(description="Hash over elke maand van elk huishouden, op volgorde van id")
    sealed_on: date | None
    released_on: date | None
    withdrawn_on: date | None


class RunPage(Page[RunResponse, UUID]):
    pass


class DifferencesResponse(StateResponse):
    month_before: Month
    new: int = Field(description="Huishoudens zonder vorige maand")
    gone: int = Field(description="Huishoudens die de vorige maand wel hadden en deze niet")
    changed: int = Field(description="Huishoudens met andere bedragen")
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents


class RunViewResponse(StateResponse):
    run: RunResponse
    approved_by: list[str]
    parts_done: dict[str, int] = Field(description="Hoeveel delen klaar zijn, per stap")
    differences: DifferencesResponse


class RunMonthResponse(StateResponse):
    household_id: HouseholdId
    status: StatementStatus
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents
    correction_cents: SumCents
    deducted_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")
    remainder_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")
    shortfall_before_cents: int | None = Field(description="De maand ervoor, in eurocenten")
    attachment_cents: SumCents = Field(description="Ingehouden door beslag en verrekening")
    holiday_paid_cents: SumCents = Field(description="Vakantietoeslag die wordt uitbetaald")
    holiday_handed_over_cents: SumCents = Field(description="Vakantietoeslag die wordt overgedragen")


class RunMonthPage(Page[RunMonthResponse, UUID]):
    pass


class RunMonthQuery(PageQuery):
    changed_only: bool = Field(default=False, description="Alleen huishoudens met andere bedragen dan de maand ervoor")


@router.post("/runs", status_code=201, summary="Stel de run van een maand voor", tags=["runs"])
async def propose_run(body: ProposalRequest, caller: BudgetManager, tx: TransactionDep) -> RunResponse:
    return RunResponse.from_state(await runs.propose_run(body.month, body.proposed_on, caller.subject, tx))


@router.get("/runs", summary="Toon de runs", tags=["runs"])
async def list_runs(query: Annotated[PageQuery, FromQuery()], _: RunReader, tx: TransactionDep) -> RunPage:
    return RunPage.from_states(*await runs.list_runs(query.cursor, query.limit, tx))


@router.get("/runs/{run_id}", summary="Toon een run en wat er anders is", tags=["runs"])
async def read_run(run_id: RunId, _: RunReader, tx: TransactionDep) -> RunViewResponse:
    return RunViewResponse.from_state(await runs.view_run(run_id, tx))


@router.get("/runs/{run_id}/months", summary="Toon de huishoudens van een run", tags=["runs"])
async def list_run_months(
    run_id: RunId, query: Annotated[RunMonthQuery, FromQuery()], _: Reader, tx: TransactionDep
) -> RunMonthPage:
    only_changed = query.changed_only
    page = await runs.list_months_in_run(run_id, query.cursor, query.limit, tx, only_changed=only_changed)
    return RunMonthPage.from_states(*page)


@router.post("/runs/{run_id}/approvals", status_code=201, summary="Keur een run goed", tags=["runs"])
async def approve_run(run_id: RunId, body: DayRequest, caller: BudgetManager, tx: TransactionDep) -> RunResponse:
    return RunResponse.from_state(await runs.approve_run(run_id, caller.subject, body.on, tx))


@router.post("/runs/{run_id}/seals", status_code=201, summary="Verzegel een run", tags=["runs"])
async def seal_run(run_id: RunId, body: DayRequest, _: BudgetManager, tx: TransactionDep) -> RunResponse:
    return RunResponse.from_state(await runs.seal_run(run_id, body.on, tx))


@router.post("/runs/{run_id}/releases", status_code=201, summary="Geef een run vrij", tags=["runs"])
async def release_run(run_id: RunId, body: DayRequest, caller: BudgetManager, tx: TransactionDep) -> RunResponse:
    return RunResponse.from_state(await runs.release_run(run_id, caller.subject, body.on, tx))


@router.post("/runs/{run_id}/withdrawals", status_code=201, summary="Trek een voorstel in", tags=["runs"])
async def withdraw_run(run_id: RunId, body: DayRequest, _: BudgetManager, tx: TransactionDep) -> RunResponse:
    return RunResponse.from_state(await runs.withdraw_run(run_id, body.on, tx))
