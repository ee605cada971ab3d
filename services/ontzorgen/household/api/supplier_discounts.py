"""Agreements on discounts over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import AgreementId, BudgetManager, CreditorCode, NewItemRequest, Worker
from services.ontzorgen.household.handlers import supplier_discounts
from services.ontzorgen.household.rules.supplier_discounts import DiscountAgreement, DiscountView
from shared.events.codes import ChargeKind
from shared.http.requests import Body, TransactionDep
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
    known_on: date | None = Field(
        description="Vanaf deze dag telt het mee, met correctie van verwerkte maanden; leeg: van meet af aan"
    )


class DiscountPage(Page[DiscountResponse, UUID]):
    pass


class DiscountEndingRequest(Body):
    until_day: date = Field(description="Laatste dag van de korting")


@router.post("/discount-agreements", status_code=201, summary="Leg een kortingsafspraak vast")
async def agree_discount(body: DiscountRequest, _: BudgetManager, tx: TransactionDep) -> DiscountResponse:
    return _respond(await supplier_discounts.agree_discount(DiscountAgreement(**dict(body)), tx))


@router.get("/discount-agreements", summary="Toon de kortingsafspraken")
async def list_discounts(query: Annotated[PageQuery, FromQuery()], _: Worker, tx: TransactionDep) -> DiscountPage:
    views, next_cursor = await supplier_discounts.list_agreements(query.cursor, query.limit, tx)
    return DiscountPage(items=[_respond(view) for view in views], next_cursor=next_cursor)


@router.post(
    "/discount-agreements/{agreement_id}/endings",
    status_code=201,
    summary="Beëindig een kortingsafspraak",
)
async def end_discount(
    agreement_id: AgreementId, body: DiscountEndingRequest, _: BudgetManager, tx: TransactionDep
) -> DiscountResponse:
    return _respond(await supplier_discounts.end_agreement(agreement_id, body.until_day, tx))


def _respond(view: DiscountView) -> DiscountResponse:
    return DiscountResponse(**vars(view.agreement) | {"until_day": view.until_day})
