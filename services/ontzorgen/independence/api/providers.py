"""Providers of guidance over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import PolicyCode, Worker
from services.ontzorgen.independence.handlers import providers
from services.ontzorgen.independence.rules.providers import Guidance
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])


class GuidanceRequest(Body):
    provider: PolicyCode = Field(description="Code van de aanbieder", examples=["piezo"])
    from_day: date = Field(description="Eerste dag van de begeleiding")


class GuidanceResponse(StateResponse, GuidanceRequest):
    pass


class ProviderFiguresResponse(StateResponse):
    provider: PolicyCode = Field(description="Code van de aanbieder")
    households: int | None = Field(description="Aantal huishoudens; leeg als het er minder dan vijf zijn")
    measured_better: int | None = Field(description="Huishoudens die vooruitgingen; leeg als te klein")
    measured_same: int | None = Field(description="Huishoudens die gelijk bleven; leeg als te klein")
    measured_worse: int | None = Field(description="Huishoudens die achteruitgingen; leeg als te klein")
    lessons_given: int | None = Field(description="Lessen die zijn gegeven")
    lessons_attended: int | None = Field(description="Lessen die zijn gevolgd")


class ProviderFiguresList(StateResponse):
    items: list[ProviderFiguresResponse]


@router.post(
    "/households/{household_id}/guidance-providers",
    status_code=201,
    summary="Leg vast wie het huishouden begeleidt",
)
async def record_guidance(
    household_id: HouseholdId, body: GuidanceRequest, _: Worker, tx: TransactionDep
) -> GuidanceResponse:
    guidance = Guidance(household_id=household_id, **dict(body))
    return GuidanceResponse.from_state(await providers.record_guidance(guidance, tx))


@router.get("/guidance-providers", summary="Vergelijk de aanbieders van begeleiding", tags=["cijfers"])
async def compare_providers(_: Worker, tx: TransactionDep) -> ProviderFiguresList:
    figures = await providers.load_figures(tx)
    return ProviderFiguresList(items=[ProviderFiguresResponse.from_state(provider) for provider in figures])
