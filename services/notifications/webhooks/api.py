"""What is on its way to webhooks over HTTP, and how it is sent again. Descriptions are Dutch."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.notifications.fields import Subscriber, SubscriptionId
from services.notifications.webhooks import handlers
from services.notifications.webhooks.rules.attempts import WebhookProblem
from services.notifications.webhooks.rules.deliveries import DeliveryState
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import Page, StateResponse

router = APIRouter(tags=["abonnementen"])
Sequence = Annotated[int, Field(ge=1, le=2**53)]


class DeliveriesQuery(Query):
    state: DeliveryState | None = Field(default=None, description="Alleen wat wacht, of wat bezorgd is")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: int = Field(default=0, ge=0, le=2**53, description="Waar het vorige antwoord ophield")


class DeliveryResponse(StateResponse):
    sequence: int = Field(description="Nummer binnen het abonnement")
    type: str = Field(description="Soort gebeurtenis")
    state: DeliveryState
    attempts: int = Field(description="Hoe vaak het is geprobeerd")
    status: int | None = Field(description="Wat de server van de partner het laatst antwoordde")
    problem: WebhookProblem | None = Field(description="Waarom de laatste poging niet lukte")
    settled_at: datetime | None = Field(description="Moment van de laatste poging")


class DeliveryPage(Page[DeliveryResponse, int]):
    pass


class ReplayRequest(Body):
    first_sequence: Sequence = Field(description="Eerste nummer dat opnieuw komt")
    last_sequence: Sequence = Field(description="Laatste nummer dat opnieuw komt")


class ReplayResponse(StateResponse):
    documents: int = Field(description="Hoeveel er opnieuw komen, elk onder de eigen id")


@router.get("/subscriptions/{subscription_id}/deliveries", summary="Toon wat onderweg is en wat bezorgd is")
async def list_deliveries(
    subscription_id: SubscriptionId,
    query: Annotated[DeliveriesQuery, FromQuery()],
    caller: Subscriber,
    tx: TransactionDep,
) -> DeliveryPage:
    page = await handlers.list_deliveries(
        subscription_id, query.state, caller, tx, after=query.cursor, limit=query.limit
    )
    return DeliveryPage.from_states(*page)


@router.post("/subscriptions/{subscription_id}/replays", status_code=201, summary="Laat een reeks opnieuw bezorgen")
async def replay(
    subscription_id: SubscriptionId, body: ReplayRequest, caller: Subscriber, tx: TransactionDep
) -> ReplayResponse:
    documents = await handlers.replay(subscription_id, body.first_sequence, body.last_sequence, caller, tx)
    return ReplayResponse(documents=documents)
