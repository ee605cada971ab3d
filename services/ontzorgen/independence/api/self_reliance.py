"""How self-reliant a household is, over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import Worker
from services.ontzorgen.independence.api.evaluation import ReliefDecisionResponse
from services.ontzorgen.independence.api.measurements import MeasurementResponse
from services.ontzorgen.independence.api.money_decisions import MoneyDecisionResponse
from services.ontzorgen.independence.api.phase_out import DayQuery, StepResponse
from services.ontzorgen.independence.handlers import self_reliance
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from shared.events.codes import ChargeKind, SelfRelianceClass
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId, PersonId

router = APIRouter(tags=["zelfredzaamheid"])


class EvaluationResponse(StateResponse):
    last_day: date = Field(description="Laatste dag van het ontzorgen waarvoor wordt geëvalueerd")
    opened_on: date = Field(description="Dag waarop de evaluatie is geopend")


class PersonStandingResponse(StateResponse):
    person_id: PersonId
    role: PersonRole
    self_reliance: SelfRelianceClass | None = Field(description="Klasse op deze dag; leeg als nog niet gemeten")


class IndependenceResponse(StateResponse):
    self_reliance: SelfRelianceClass | None = Field(
        description="Klasse op deze dag: de laagste van de gemeten partners; leeg als nog niet gemeten"
    )
    people: list[PersonStandingResponse] = Field(description="Ieder van het huishouden, met de eigen klasse")
    rhythm: PayoutFrequency = Field(description="Weekgeld of maandgeld op deze dag")
    retest_on: date = Field(description="Dag waarop de hermeting uiterlijk is gedaan")
    kinds_let_go: list[ChargeKind] = Field(description="Soorten die in deze maand niet meer worden ingehouden")
    measurements: list[MeasurementResponse]
    money_decisions: list[MoneyDecisionResponse]
    evaluations: list[EvaluationResponse]
    decisions: list[ReliefDecisionResponse]
    steps: list[StepResponse]


@router.get("/households/{household_id}/independence", summary="Lees hoe zelfredzaam het huishouden is")
async def read_independence(
    household_id: HouseholdId, query: Annotated[DayQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> IndependenceResponse:
    return IndependenceResponse.from_state(await self_reliance.read_self_reliance(household_id, query.on, tx))
