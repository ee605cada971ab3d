"""Decisions on how relief goes on, over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import NewItemRequest, Worker
from services.ontzorgen.independence.handlers import evaluation
from services.ontzorgen.independence.rules.evaluation import EvaluationOutcome, ReliefDecision
from shared.events.codes import ExtensionGround, ReliefEndReason
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["zelfredzaamheid"])


class ReliefDecisionRequest(NewItemRequest):
    outcome: EvaluationOutcome = Field(description="Hoe het ontzorgen verder gaat")
    decided_on: date = Field(description="Dag van het besluit")
    grounds: tuple[ExtensionGround, ...] = Field(
        default=(), max_length=4, description="Gronden voor verlenging (art. 57 Participatiewet)"
    )
    months: int | None = Field(default=None, ge=1, le=120, description="Aantal maanden verlenging")
    reason: ReliefEndReason | None = Field(default=None, description="Waarom het eindigt; zonder reden de periode")
    last_day: date | None = Field(default=None, description="Laatste dag, als het eerder eindigt")


class ReliefDecisionResponse(StateResponse, ReliefDecisionRequest):
    review_on: date | None = Field(description="Dag waarop de gronden uiterlijk opnieuw worden bekeken")


@router.post(
    "/households/{household_id}/decisions",
    status_code=201,
    summary="Besluit hoe het ontzorgen verder gaat",
)
async def decide_evaluation(
    household_id: HouseholdId, body: ReliefDecisionRequest, _: Worker, tx: TransactionDep
) -> ReliefDecisionResponse:
    decision = ReliefDecision(household_id=household_id, **dict(body))
    return ReliefDecisionResponse.from_state(await evaluation.decide(decision, tx))
