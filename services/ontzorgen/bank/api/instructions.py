"""Payments instructed again over HTTP. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.bank.handlers import instructions
from services.ontzorgen.fields import BudgetManager, PaymentId
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.events.codes import ChargeKind
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["bank"])


class ReplacementRequest(Body):
    instructed_on: date = Field(description="Dag vanaf welke opnieuw wordt betaald")


class InstructedPaymentResponse(StateResponse):
    id: UUID
    household_id: HouseholdId
    run_id: UUID
    month: str
    kind: ChargeKind | None
    purpose: PaymentPurpose = Field(description="Waarvoor: de maand zelf, vakantietoeslag of een beslag")
    for_month: str
    execute_on: date = Field(description="Dag waarop de bank betaalt")
    amount_cents: int = Field(description="Bedrag in eurocenten")
    attempt: int = Field(description="De hoeveelste poging")
    replaces: UUID | None = Field(description="De geweigerde betaling die hiermee wordt overgedaan")


@router.post("/payments/{payment_id}/replacements", status_code=201, summary="Doe een geweigerde betaling over")
async def replace_payment(
    payment_id: PaymentId, body: ReplacementRequest, caller: BudgetManager, tx: TransactionDep
) -> InstructedPaymentResponse:
    replacement = await instructions.replace_payment(payment_id, body.instructed_on, caller.subject, tx)
    return InstructedPaymentResponse.from_state(replacement)
