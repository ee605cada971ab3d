"""What neighbourhood mothers (buurtmoeders) are paid, over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, Month, MotherId, NewItemRequest, SumCents, Worker
from services.ontzorgen.independence.handlers import mother_pay
from services.ontzorgen.independence.rules.mother_pay import MotherPayment
from services.ontzorgen.independence.rules.neighbourhood_mothers import Engagement
from shared.http.requests import Query, TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["omgeving"])


class PaymentRequest(NewItemRequest):
    month: Month
    paid_on: date = Field(description="Dag van de betaling, na afloop van de maand")


class MotherPaymentResponse(StateResponse, PaymentRequest):
    minutes: int = Field(description="Minuten die hiermee zijn betaald")
    fee_cents_per_hour: int = Field(description="Vergoeding per uur volgens het beleid, in eurocenten")
    amount_cents: SumCents


class PaymentList(StateResponse):
    items: list[MotherPaymentResponse]


class WorkTotalResponse(StateResponse):
    engagement: Engagement
    minutes: int = Field(description="Gewerkte minuten")
    paid_minutes: int = Field(description="Minuten waarvoor is betaald")


class PayTotalsResponse(StateResponse):
    work: list[WorkTotalResponse]
    minutes: int = Field(description="Alle gewerkte minuten")
    paid_minutes: int = Field(description="Minuten waarvoor is betaald")
    paid_cents: SumCents


class PeriodQuery(Query):
    from_day: date = Field(description="Eerste dag")
    until_day: date = Field(description="Laatste dag")


@router.post(
    "/neighbourhood-mothers/{mother_id}/payments",
    status_code=201,
    summary="Betaal een buurtmoeder voor een maand",
)
async def pay_mother(
    mother_id: MotherId, body: PaymentRequest, _: BudgetManager, tx: TransactionDep
) -> MotherPaymentResponse:
    payment = MotherPayment(mother_id=mother_id, **dict(body))
    return MotherPaymentResponse.from_state(await mother_pay.pay_mother(payment, tx))


@router.get("/neighbourhood-mothers/{mother_id}/payments", summary="Toon wat een buurtmoeder kreeg")
async def list_mother_payments(mother_id: MotherId, _: Worker, tx: TransactionDep) -> PaymentList:
    payments = await mother_pay.list_payments(mother_id, tx)
    return PaymentList(items=[MotherPaymentResponse.from_state(payment) for payment in payments])


@router.get("/neighbourhood-mother-totals", summary="Tel het werk van de buurtmoeders op", tags=["cijfers"])
async def sum_mother_pay(
    query: Annotated[PeriodQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> PayTotalsResponse:
    return PayTotalsResponse.from_state(await mother_pay.sum_pay(query.from_day, query.until_day, tx))
