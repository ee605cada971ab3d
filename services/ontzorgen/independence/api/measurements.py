"""Measurements of self-reliance over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import NewItemRequest, OfPerson, Worker
from services.ontzorgen.independence.handlers import measurements
from services.ontzorgen.independence.rules.measurements import Measurement, Measurer
from shared.events.codes import MeasurementMoment, SelfRelianceClass
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["zelfredzaamheid"])


class MeasurementRequest(NewItemRequest):
    outcome: SelfRelianceClass = Field(description="Gemeten klasse van financiële zelfredzaamheid")
    moment: MeasurementMoment = Field(description="Aanleiding van de meting")
    measured_on: date = Field(description="Dag van de meting")
    measured_by: Measurer = Field(description="Rol van wie heeft gemeten")
    instrument: str = Field(pattern=r"^[a-z0-9_-]{1,40}$", description="Code van het meetinstrument")
    person_id: OfPerson = None


class MeasurementResponse(StateResponse, MeasurementRequest):
    pass


@router.post("/households/{household_id}/measurements", status_code=201, summary="Leg een meting vast")
async def record_measurement(
    household_id: HouseholdId, body: MeasurementRequest, _: Worker, tx: TransactionDep
) -> MeasurementResponse:
    measurement = Measurement(household_id=household_id, **dict(body))
    return MeasurementResponse.from_state(await measurements.record_measurement(measurement, tx))
