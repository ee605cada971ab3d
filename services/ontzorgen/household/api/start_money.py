"""Start money over HTTP: what the policy proposes to a household, and the decision on it. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import CENTS_MAX, Cents, Month, NewItemRequest, ProposalId, Reader, Worker
from services.ontzorgen.household.handlers import start_money
from services.ontzorgen.household.rules.means import GrantForm
from services.ontzorgen.household.rules.start_money import Decision, StartMoneyOutcome
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId, Role

router = APIRouter(tags=["startgeld"])


class StartMoneyDecisionRequest(NewItemRequest):
    outcome: StartMoneyOutcome = Field(description="Toegekend, verlaagd of afgewezen")
    decided_on: date = Field(description="Dag van het besluit")
    amount_cents: int | None = Field(
        default=None, ge=0, le=CENTS_MAX, description="Bedrag in eurocenten; leeg: zoals voorgesteld"
    )
    reason: str | None = Field(
        default=None, min_length=1, max_length=500, description="Waarom het lager is of is afgewezen; dan verplicht"
    )
    agreed_on: date | None = Field(
        default=None,
        description="Dag waarop de persoon instemde met aflossen uit het restbedrag; alleen bij een lening",
    )


class StartMoneyDecisionResponse(StateResponse, StartMoneyDecisionRequest):
    pass


class ProposalResponse(StateResponse):
    id: UUID
    kind: GrantKind = Field(description="Soort startgeld")
    form: GrantForm = Field(description="Gift of lening")
    amount_cents: Cents
    limit_cents: Cents = Field(description="Meer kan hier niet worden toegekend, in eurocenten")
    month: Month
    article: str = Field(description="Grond in de wet")
    policy: str = Field(description="Keuze van de gemeente waar het op berust")
    decided_by: Role = Field(description="Wie hierover besluit")
    repay_from: Month | None = Field(description="Eerste maand van aflossing; alleen bij een lening")
    repay_cents: int | None = Field(description="Aflossing per maand in eurocenten")


class StartMoneyResponse(StateResponse):
    proposal: ProposalResponse
    decision: StartMoneyDecisionResponse | None = Field(description="Het besluit; leeg als er nog niet is besloten")


class StartMoneyList(StateResponse):
    items: list[StartMoneyResponse]


@router.get("/households/{household_id}/start-money", summary="Toon het voorgestelde startgeld")
async def list_start_money(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> StartMoneyList:
    items = await start_money.read_start_money(household_id, tx)
    return StartMoneyList(items=[StartMoneyResponse.from_state(item) for item in items])


@router.post(
    "/households/{household_id}/start-money/{proposal_id}/decisions",
    status_code=201,
    summary="Besluit over voorgesteld startgeld",
)
async def decide_on_start_money(
    household_id: HouseholdId,
    proposal_id: ProposalId,
    body: StartMoneyDecisionRequest,
    caller: Worker,
    tx: TransactionDep,
) -> StartMoneyResponse:
    decision = Decision(proposal_id=proposal_id, **dict(body))
    return StartMoneyResponse.from_state(await start_money.decide(household_id, decision, caller, tx))
