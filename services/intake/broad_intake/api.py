"""The broad intake over HTTP: its talk, its parts, its completion. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.intake.broad_intake import handlers
from services.intake.broad_intake.rules.completion import Completion
from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.fields.callers import CaseManager, Reason
from services.intake.fields.intake import IntakePartsRequest, IntakeResponse
from services.intake.fields.newcomer import NewcomerResponse
from services.intake.policies.rules import Part
from shared.events.codes import LearningRoute
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import PersonId

router = APIRouter(prefix="/newcomers/{person_id}", tags=["brede intake"])


class IntakeRequest(Body):
    planned_on: date = Field(description="Dag van het gesprek")


class IntakePartsResponse(StateResponse):
    intake: IntakeResponse
    missing_parts: tuple[Part, ...] = Field(description="Onderdelen die nog ontbreken")


class DeviationRequest(Body):
    route: LearningRoute = Field(description="Leerroute die de klantmanager kiest")
    reason: Reason = Field(description="Waarom wordt afgeweken van het advies")


class CompletionRequest(Body):
    completed_on: date = Field(description="Dag van afronden")
    deviation: DeviationRequest | None = None

    def to_completion(self) -> Completion:
        if self.deviation is None:
            return Completion(self.completed_on)
        return Completion(self.completed_on, self.deviation.route, self.deviation.reason)


@router.post("/intakes", status_code=201, summary="Plan het gesprek")
async def schedule_talk(
    person_id: PersonId, body: IntakeRequest, _: CaseManager, tx: TransactionDep
) -> NewcomerResponse:
    return NewcomerResponse.from_state(await handlers.schedule_talk(person_id, body.planned_on, tx))


@router.post("/intake-parts", status_code=201, summary="Leg onderdelen van de intake vast")
async def record_parts(
    person_id: PersonId, body: IntakePartsRequest, _: CaseManager, tx: TransactionDep
) -> IntakePartsResponse:
    intake, missing = await handlers.record_parts(BroadIntake(person_id, **dict(body)), tx)
    return IntakePartsResponse(intake=IntakeResponse.from_state(intake), missing_parts=missing)


@router.post("/intake-completions", status_code=201, summary="Rond de intake af")
async def complete_intake(
    person_id: PersonId, body: CompletionRequest, _: CaseManager, tx: TransactionDep
) -> IntakeResponse:
    return IntakeResponse.from_state(await handlers.complete_intake(person_id, body.to_completion(), tx))
