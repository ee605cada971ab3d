"""A household's own view of a month over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from services.ontzorgen.fields import SumCents, Worker
from services.ontzorgen.independence.handlers import my_month
from shared.events.codes import ChargeKind
from shared.http.requests import TransactionDep
from shared.http.responses import UNKNOWN, StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["omgeving"])
Month = Annotated[str, Path(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07")]


class AmountResponse(StateResponse):
    code: str = Field(description="Code om te vertalen", examples=["assistance"])
    cents: SumCents


class PaidChargeResponse(StateResponse):
    kind: ChargeKind = Field(description="Soort vaste last")
    due_cents: SumCents
    paid_cents: SumCents


class UpcomingMonthResponse(StateResponse):
    month: str = Field(description="De volgende maand")
    pay_on: date = Field(description="Dag waarop het geld komt")
    withheld: list[AmountResponse] = Field(description="Wat naar verwachting wordt ingehouden")
    pays_alone: list[ChargeKind] = Field(description="Wat het huishouden zelf betaalt")
    relief_ends_on: date | None = Field(description="Laatste dag van het ontzorgen, als die in deze maand valt")


class MyMonthResponse(StateResponse):
    month: str = Field(description="De maand, als 2026-07")
    came_in: list[AmountResponse] = Field(description="Wat er binnenkwam")
    came_in_cents: SumCents
    paid: list[PaidChargeResponse] = Field(description="Wat er is betaald")
    paid_cents: SumCents
    left_cents: SumCents = Field(description="Wat er over is, in eurocenten")
    short_cents: SumCents = Field(description="Wat er te weinig was, in eurocenten")
    next: UpcomingMonthResponse | None = Field(description="Wat er daarna komt")


@router.get("/households/{household_id}/months/{month}", summary="Lees mijn maand", name="my_month", responses=UNKNOWN)
async def read_my_month(household_id: HouseholdId, month: Month, caller: Worker, tx: TransactionDep) -> MyMonthResponse:
    return MyMonthResponse.from_state(await my_month.read_my_month(household_id, month, caller, tx))
