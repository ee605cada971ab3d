"""Agreements on discounts over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import REFUSALS, BudgetManager, CreditorCode, NewItemRequest, Worker
from services.ontzorgen.independence.handlers import supplier_discounts
from services.ontzorgen.independence.rules.supplier_discounts import DiscountAgreement
from shared.events.codes import ChargeKind
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse

router = APIRouter(tags=["omgeving"])


class DiscountRequest(NewItemRequest):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    discount_percent: int = Field(ge=1, le=100, description="Korting in procenten")
    guaranteed_months: int = Field(ge=1, le=120, description="Maanden waarover betaling is gegarandeerd")
    from_day: date = Field(description="Eerste dag van de afspraak")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")


class DiscountResponse(StateResponse, DiscountRequest):
    pass


class DiscountPage(Page[DiscountResponse, UUID]):
    pass


@router.post("/discount-agreements", status_code=201, summary="Leg een kortingsafspraak vast", responses=REFUSALS)
async def agree_discount(body: DiscountRequest, _: BudgetManager, tx: TransactionDep) -> DiscountResponse:
    return DiscountResponse.from_state(await supplier_discounts.agree_discount(DiscountAgreement(**dict(body)), tx))


@router.get("/discount-agreements", summary="Toon de kortingsafspraken")
async def list_discounts(query: Annotated[PageQuery, FromQuery()], _: Worker, tx: TransactionDep) -> DiscountPage:
    return DiscountPage.from_states(*await supplier_discounts.list_agreements(query.cursor, query.limit, tx))
