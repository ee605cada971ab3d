"""Help to save energy over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import Worker
from services.ontzorgen.independence.handlers import energy_coaching
from services.ontzorgen.independence.rules.energy_coaching import EnergyHelp, EnergyStep, HelpState
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["omgeving"])


class EnergyStepRequest(Body):
    help: EnergyHelp = Field(description="Bespaarbezoek of energiebox")
    state: HelpState = Field(description="Aangeboden, aanvaard, afgewezen of geleverd")
    on_day: date = Field(description="Op welke dag")


class EnergyStepResponse(StateResponse, EnergyStepRequest):
    pass


class EnergyStepList(StateResponse):
    items: list[EnergyStepResponse]


@router.post(
    "/households/{household_id}/energy-steps",
    status_code=201,
    summary="Leg hulp bij energie besparen vast",
)
async def record_energy_step(
    household_id: HouseholdId, body: EnergyStepRequest, _: Worker, tx: TransactionDep
) -> EnergyStepResponse:
    step = EnergyStep(household_id=household_id, **dict(body))
    return EnergyStepResponse.from_state(await energy_coaching.record_step(step, tx))


@router.get("/households/{household_id}/energy-steps", summary="Toon hulp bij energie besparen")
async def list_energy_steps(household_id: HouseholdId, _: Worker, tx: TransactionDep) -> EnergyStepList:
    steps = await energy_coaching.list_steps(household_id, tx)
    return EnergyStepList(items=[EnergyStepResponse.from_state(step) for step in steps])
