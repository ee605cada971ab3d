"""Decisions on weekly or monthly money over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, NewItemRequest
from services.ontzorgen.independence.handlers import money_decisions
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["zelfredzaamheid"])


class MoneyDecisionRequest(NewItemRequest):
    rhythm: PayoutFrequency = Field(description="Weekgeld of maandgeld")
    decided_on: date = Field(description="Dag van het besluit")
    from_day: date = Field(description="Eerste dag waarop het geldt")
    parties: tuple[Decider, ...] = Field(max_length=3, description="Wie samen hebben besloten: alle drie zijn nodig")


class MoneyDecisionResponse(StateResponse, MoneyDecisionRequest):
    pass


@router.post(
    "/households/{household_id}/money-decisions",
    status_code=201,
    summary="Besluit samen over weekgeld of maandgeld",
)
async def decide_money(
    household_id: HouseholdId, body: MoneyDecisionRequest, _: BudgetManager, tx: TransactionDep
) -> MoneyDecisionResponse:
    decision = MoneyDecision(household_id=household_id, **dict(body))
    return MoneyDecisionResponse.from_state(await money_decisions.record_decision(decision, tx))
