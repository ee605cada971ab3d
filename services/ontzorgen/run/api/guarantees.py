"""The guarantee of payment of a discount agreement over HTTP. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import AgreementId, CreditorCode, Month, SumCents, Worker
from services.ontzorgen.run.handlers import guarantees
from shared.events.codes import ChargeKind
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["omgeving"])


class GuaranteedMonthResponse(StateResponse):
    month: Month
    households: int = Field(description="Huishoudens met deze last")
    due_cents: SumCents
    paid_cents: SumCents
    paid_later_cents: int = Field(description="Wat latere maanden daarvan alsnog betaalden, in eurocenten")
    unpaid_cents: SumCents
    is_kept: bool = Field(description="Of er niets onbetaald is")


class GuaranteeShortfallResponse(StateResponse):
    household_id: HouseholdId
    month: Month
    unpaid_cents: SumCents


class GuaranteeResponse(StateResponse):
    agreement_id: UUID
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    guaranteed_months: int = Field(description="Maanden waarover betaling is gegarandeerd")
    guaranteed_until: date = Field(description="Laatste dag van de garantie")
    months_kept: int = Field(description="Maanden die zijn betaald")
    unpaid_cents: SumCents
    months: list[GuaranteedMonthResponse] = Field(description="De verwerkte maanden onder de garantie")
    shortfalls: list[GuaranteeShortfallResponse] = Field(description="Wat onbetaald is, het grootste eerst")


@router.get(
    "/discount-agreements/{agreement_id}/guarantee",
    summary="Toon hoe de betaalgarantie van een kortingsafspraak ervoor staat",
)
async def read_guarantee(agreement_id: AgreementId, _: Worker, tx: TransactionDep) -> GuaranteeResponse:
    guarantee = await guarantees.read_guarantee(agreement_id, tx)
    agreement = guarantee.view.agreement
    return GuaranteeResponse(
        agreement_id=agreement.id,
        creditor=agreement.creditor,
        kind=agreement.kind,
        guaranteed_months=agreement.guaranteed_months,
        guaranteed_until=guarantee.view.guaranteed_until,
        months_kept=guarantee.months_kept,
        unpaid_cents=guarantee.unpaid_cents,
        months=[GuaranteedMonthResponse.from_state(month) for month in guarantee.months],
        shortfalls=[GuaranteeShortfallResponse.from_state(shortfall) for shortfall in guarantee.shortfalls],
    )
