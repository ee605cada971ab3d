"""Everything on record of one person, over HTTP. Descriptions are Dutch."""

from fastapi import APIRouter
from pydantic import Field

from services.intake.fields.callers import CaseManager
from services.intake.fields.intake import IntakeResponse
from services.intake.fields.newcomer import NewcomerResponse
from services.intake.fields.plan import PlanResponse
from services.intake.overview import handlers
from services.intake.policies.rules import Part
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import PersonId

router = APIRouter(tags=["dossiers"])


class FileResponse(StateResponse):
    newcomer: NewcomerResponse
    intake: IntakeResponse
    missing_parts: tuple[Part, ...] = Field(description="Onderdelen die nog ontbreken")
    plans: list[PlanResponse]


@router.get("/newcomers/{person_id}", summary="Lees een dossier")
async def read_file(person_id: PersonId, _: CaseManager, tx: TransactionDep) -> FileResponse:
    return FileResponse.from_state(await handlers.read_file(person_id, tx))
