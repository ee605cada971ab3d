"""Plans (PIP) over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from services.intake.fields.callers import CaseManager, Reason
from services.intake.fields.plan import PlanResponse
from services.intake.plan import handlers
from services.intake.plan.rules import Plan, Support
from shared.events.codes import AgeBand, HouseholdType, LearningRoute
from shared.http.requests import Body, TransactionDep
from shared.identity import HouseholdId, PersonId, new_id

PlanId = Annotated[UUID, Path(description="Het plan")]
router = APIRouter(prefix="/newcomers/{person_id}/plans", tags=["PIP"])


class ReliefRequest(Body):
    """Wat de norm van het huishouden bepaalt."""

    household_id: HouseholdId
    household_type: HouseholdType = Field(description="Leefvorm")
    age_band: AgeBand = Field(description="Leeftijd van de volwassenen")
    has_children: bool = Field(description="Of er inwonende kinderen zijn")
    assistance_from: date = Field(description="Dag waarop het recht op bijstand ingaat")


class PlanRequest(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    drafted_on: date = Field(description="Dag van opstellen")
    route: LearningRoute = Field(description="Leerroute")
    deviation_reason: Reason | None = Field(default=None, description="Nodig bij een andere route dan na de intake")
    progress_talks: int = Field(ge=1, le=60, description="Aantal voortgangsgesprekken")
    intensity_hours_per_week: int | None = Field(
        default=None, ge=1, le=40, description="Intensiteit; verplicht bij asielstatushouders"
    )
    support: tuple[Support, ...] = Field(default=(), max_length=len(Support), description="Ondersteuning")
    relief: ReliefRequest | None = Field(default=None, description="Ontzorgen, als dat is afgesproken")

    def to_plan(self, person_id: UUID) -> Plan:
        """Return the plan for a person; without relief, its household is left out."""
        fields = {name: value for name, value in dict(self).items() if name != "relief"}
        relief = dict(self.relief) if self.relief else dict.fromkeys(ReliefRequest.model_fields)
        return Plan(person_id=person_id, relief_agreed=self.relief is not None, **fields, **relief)


class SignatureRequest(Body):
    signed_on: date = Field(description="Dag van ondertekening")


@router.post("", status_code=201, summary="Stel een PIP op")
async def draft_plan(person_id: PersonId, body: PlanRequest, _: CaseManager, tx: TransactionDep) -> PlanResponse:
    return PlanResponse.from_state(await handlers.draft_plan(body.to_plan(person_id), tx))


@router.post("/{plan_id}/signatures", status_code=201, summary="Teken een PIP")
async def sign_plan(
    person_id: PersonId, plan_id: PlanId, body: SignatureRequest, _: CaseManager, tx: TransactionDep
) -> PlanResponse:
    return PlanResponse.from_state(await handlers.sign_plan(person_id, plan_id, body.signed_on, tx))
