"""Figures over HTTP. Descriptions are Dutch."""

from fastapi import APIRouter

from services.recruitment.fields import Reader
from services.recruitment.monitoring import repository
from shared.events.codes import OutreachChannel
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["cijfers"])


class FiguresResponse(StateResponse):
    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: dict[OutreachChannel, int]
    withdrawn: int
    signed_plans: int


@router.get("/figures", summary="Toon wat er is geteld")
async def read_figures(_: Reader, tx: TransactionDep) -> FiguresResponse:
    return FiguresResponse.from_state(await repository.count_figures(tx))
