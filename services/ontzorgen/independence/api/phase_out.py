"""The phase-out over HTTP: creditors informed, direct debits, and the steps. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, CreditorCode, NewItemRequest, Worker
from services.ontzorgen.independence.handlers import phase_out
from services.ontzorgen.independence.rules.phase_out import (
    DEBIT_DAY_MAX,
    DirectDebit,
    InformedCreditor,
    StepTaken,
)
from shared.events.codes import ChargeKind, PhaseOutStep
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["zelfredzaamheid"])


class StepRequest(Body):
    step: PhaseOutStep = Field(description="Stap van de afbouw")
    taken_on: date = Field(description="Dag waarop de stap is gezet")
    kind: ChargeKind | None = Field(default=None, description="Soort last, bij samen of zelf betalen")


class StepResponse(StateResponse, StepRequest):
    pass


class InformedCreditorRequest(Body):
    creditor: CreditorCode
    told_on: date = Field(description="Dag waarop de schuldeiser het weet")


class InformedCreditorResponse(StateResponse, InformedCreditorRequest):
    pass


class DirectDebitRequest(NewItemRequest):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    day_of_month: int | None = Field(
        default=None, ge=1, le=DEBIT_DAY_MAX, description="Dag van de maand van de incasso; leeg: de voorgestelde dag"
    )
    agreed_on: date = Field(description="Dag van de afspraak")


class DirectDebitResponse(StateResponse, DirectDebitRequest):
    day_of_month: int = Field(description="Dag van de maand van de incasso")


class ArrangementResponse(StateResponse):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    is_told: bool = Field(description="Of de schuldeiser het weet")
    suggested_debit_day: int = Field(
        description="De eigen dag van de schuldeiser als die past, anders direct na de betaaldag van de uitkering"
    )
    agreed_debit_day: int | None = Field(description="Laatst afgesproken dag van de incasso")
    own_debit_day: int | None = Field(description="Dag waarop de schuldeiser zelf incasseert")
    first_debit_on: date = Field(description="Eerste incasso op of na de eerste eigen uitkering")
    calls_first: bool = Field(description="Belt eerst de gemeente voordat er maatregelen komen")


class ArrangementList(StateResponse):
    items: list[ArrangementResponse]


class DayQuery(Query):
    on: date = Field(description="Dag waarop het geldt")


@router.get("/households/{household_id}/creditors-to-tell", summary="Toon wie het einde moet weten")
async def list_arrangements(
    household_id: HouseholdId, query: Annotated[DayQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> ArrangementList:
    arrangements = await phase_out.read_arrangements(household_id, query.on, tx)
    return ArrangementList(items=[ArrangementResponse.from_state(arrangement) for arrangement in arrangements])


@router.post(
    "/households/{household_id}/creditors-told",
    status_code=201,
    summary="Vink een schuldeiser af die het weet",
)
async def tell_creditor(
    household_id: HouseholdId, body: InformedCreditorRequest, _: BudgetManager, tx: TransactionDep
) -> InformedCreditorResponse:
    informed = InformedCreditor(household_id=household_id, **dict(body))
    return InformedCreditorResponse.from_state(await phase_out.inform_creditor(informed, tx))


@router.post(
    "/households/{household_id}/direct-debits",
    status_code=201,
    summary="Leg een afspraak over incasso vast",
)
async def agree_debit(
    household_id: HouseholdId, body: DirectDebitRequest, _: BudgetManager, tx: TransactionDep
) -> DirectDebitResponse:
    debit = DirectDebit(household_id=household_id, **dict(body) | {"day_of_month": body.day_of_month or 0})
    return DirectDebitResponse.from_state(await phase_out.agree_debit(debit, tx))


@router.post(
    "/households/{household_id}/phase-out-steps",
    status_code=201,
    summary="Zet een stap van de afbouw",
)
async def take_phase_out_step(
    household_id: HouseholdId, body: StepRequest, _: BudgetManager, tx: TransactionDep
) -> StepResponse:
    step = StepTaken(household_id=household_id, **dict(body))
    return StepResponse.from_state(await phase_out.record_step(step, tx))
