"""Creditors' messages about arrears over HTTP. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import CreditorCode, Worker
from services.ontzorgen.independence.handlers import arrears_signals
from services.ontzorgen.independence.rules.arrears_signals import ArrearsMessage, SignalKind
from shared.events.codes import ChargeKind
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["omgeving"])


class ArrearsMessageRequest(Body):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last met achterstand")
    months_in_arrears: int = Field(ge=1, le=120, description="Aantal maanden dat niet is betaald")
    signalled_on: date = Field(description="Dag van het signaal")


class ArrearsMessageResponse(StateResponse, ArrearsMessageRequest):
    id: UUID
    recorded_as: SignalKind = Field(description="Signaal na het ontzorgen, of contact tijdens het ontzorgen")
    call_by: date | None = Field(description="Laatste dag om terug te bellen, als de schuldeiser eerst belt")


@router.post(
    "/households/{household_id}/arrears-messages",
    status_code=201,
    summary="Leg een signaal van een schuldeiser vast",
)
async def record_arrears_message(
    household_id: HouseholdId, body: ArrearsMessageRequest, _: Worker, tx: TransactionDep
) -> ArrearsMessageResponse:
    message = ArrearsMessage(household_id=household_id, **dict(body))
    recorded, call_by = await arrears_signals.take_message(message, tx)
    known = {name: value for name, value in vars(recorded).items() if name != "household_id"}
    return ArrearsMessageResponse(**known, call_by=call_by)
