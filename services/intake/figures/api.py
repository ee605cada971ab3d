"""Figures over HTTP. Descriptions are Dutch."""

from fastapi import APIRouter

from services.intake.fields.callers import Reader
from services.intake.figures import repository
from shared.events.codes import LearningRoute, TargetGroup
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["cijfers"])


class FiguresResponse(StateResponse):
    files: int
    files_by_target_group: dict[TargetGroup, int]
    closed: int
    intakes_completed: int
    intakes_by_route: dict[LearningRoute, int]
    signed_plans: int
    plans_by_route: dict[LearningRoute, int]
    relief_agreed: int
    deadlines_missed: int


@router.get("/figures", summary="Toon wat er is geteld")
async def read_figures(_: Reader, tx: TransactionDep) -> FiguresResponse:
    return FiguresResponse.from_state(await repository.count_figures(tx))
