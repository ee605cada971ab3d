"""Subscriptions over HTTP, for partners themselves and for the municipality. Descriptions are Dutch."""

from base64 import b64encode
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.notifications.fields import Coordinator, PartnerProgram, Subscriber, SubscriptionId
from services.notifications.subscriptions import handlers
from services.notifications.subscriptions.rules.subscriptions import (
    FILTERS_MAX,
    PauseReason,
    Protocol,
    SigningKey,
    SubscriptionState,
)
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import new_id

EventTypeName = Annotated[str, Field(pattern=r"^nl\.meedoen\.[a-z]+\.[a-z0-9-]+\.v[1-9][0-9]{0,3}$")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FilterValue = Annotated[str, Field(max_length=100)] | int | bool
router = APIRouter(tags=["abonnementen"])


class SubscriptionRequest(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    types: tuple[EventTypeName, ...] = Field(min_length=1, max_length=40, description="Soorten gebeurtenissen")
    fields: tuple[FieldName, ...] = Field(
        default=(), max_length=40, description="Gegevens die u wilt; leeg: alle die uw doel toestaat"
    )
    filters: dict[FieldName, FilterValue] = Field(
        default_factory=dict, max_length=FILTERS_MAX, description="Gegevens die precies deze waarde moeten hebben"
    )
    protocol: Protocol = Field(description="Bezorgd op een adres, of op te halen met een cursor")
    sink: str | None = Field(
        default=None, pattern=r"^https?://[!-~]{1,500}$", description="Adres waar een webhook bezorgd wordt"
    )


class KeyResponse(StateResponse):
    number: int = Field(description="Nummer van de sleutel")
    secret: str | None = Field(default=None, description="Geheim voor HMAC (whsec_); wordt alleen nu getoond")
    public_key: str = Field(description="Openbare sleutel voor Ed25519 (whpk_)")
    expires_at: datetime | None = Field(description="Tot dan ondertekent deze sleutel mee")

    @classmethod
    def from_key(cls, key: SigningKey, *, shows_secret: bool) -> "KeyResponse":
        """Return what a partner may see of a key; its secret once, when it is made."""
        public = Ed25519PrivateKey.from_private_bytes(key.seed).public_key().public_bytes_raw()
        return cls(
            number=key.number,
            secret=f"whsec_{b64encode(key.secret).decode()}" if shows_secret else None,
            public_key=f"whpk_{b64encode(public).decode()}",
            expires_at=key.expires_at,
        )


class KeyList(StateResponse):
    items: list[KeyResponse]


class SubscriptionResponse(StateResponse):
    id: UUID
    partner_id: UUID
    types: list[str]
    fields: list[str]
    filters: dict[str, str | int | bool]
    protocol: Protocol
    sink: str | None
    state: SubscriptionState = Field(description="Waar het abonnement is")
    pause_reason: PauseReason | None = Field(description="Waarom het gepauzeerd is")
    requested_on: date
    approved_by: str | None = Field(description="Wie het namens de gemeente goedkeurde")
    approved_on: date | None
    last_sequence: int = Field(description="Nummer van het laatste dat voor u klaarstaat of bezorgd is")


class NewSubscriptionResponse(SubscriptionResponse):
    key: KeyResponse | None = Field(default=None, description="Sleutel van een webhook; het geheim komt alleen nu")


class SubscriptionPage(Page[SubscriptionResponse, UUID]):
    pass


@router.post("/subscriptions", status_code=201, summary="Vraag een abonnement aan")
async def request_subscription(
    body: SubscriptionRequest, caller: PartnerProgram, tx: TransactionDep
) -> NewSubscriptionResponse:
    subscription, key = await handlers.request(dict(body), caller, tx)
    response = NewSubscriptionResponse.from_state(subscription)
    shown = KeyResponse.from_key(key, shows_secret=True) if key else None
    return response.model_copy(update={"key": shown})


@router.get("/subscriptions", summary="Toon abonnementen; een partner ziet de eigen")
async def list_subscriptions(
    query: Annotated[PageQuery, FromQuery()], caller: Subscriber, tx: TransactionDep
) -> SubscriptionPage:
    page = await handlers.list_subscriptions(caller, tx, after=query.cursor, limit=query.limit)
    return SubscriptionPage.from_states(*page)


@router.get("/subscriptions/{subscription_id}", summary="Lees een abonnement")
async def read_subscription(
    subscription_id: SubscriptionId, caller: Subscriber, tx: TransactionDep
) -> SubscriptionResponse:
    subscription, _ = await handlers.read_subscription(subscription_id, caller, tx)
    return SubscriptionResponse.from_state(subscription)


@router.post(
    "/subscriptions/{subscription_id}/approvals",
    status_code=201,
    summary="Keur een abonnement goed, als tweede persoon",
)
async def approve_subscription(
    subscription_id: SubscriptionId, caller: Coordinator, tx: TransactionDep
) -> SubscriptionResponse:
    return SubscriptionResponse.from_state(await handlers.approve(subscription_id, caller, tx))


@router.post("/subscriptions/{subscription_id}/pauses", status_code=201, summary="Pauzeer een abonnement")
async def pause_subscription(
    subscription_id: SubscriptionId, caller: Subscriber, tx: TransactionDep
) -> SubscriptionResponse:
    return SubscriptionResponse.from_state(await handlers.pause(subscription_id, caller, tx))


@router.post("/subscriptions/{subscription_id}/resumptions", status_code=201, summary="Hervat een abonnement")
async def resume_subscription(
    subscription_id: SubscriptionId, caller: Subscriber, tx: TransactionDep
) -> SubscriptionResponse:
    return SubscriptionResponse.from_state(await handlers.resume(subscription_id, caller, tx))


@router.post("/subscriptions/{subscription_id}/ends", status_code=201, summary="Beëindig een abonnement")
async def end_subscription(
    subscription_id: SubscriptionId, caller: Subscriber, tx: TransactionDep
) -> SubscriptionResponse:
    return SubscriptionResponse.from_state(await handlers.end(subscription_id, caller, tx))


@router.post("/subscriptions/{subscription_id}/keys", status_code=201, summary="Maak een nieuwe sleutel")
async def rotate_key(subscription_id: SubscriptionId, caller: PartnerProgram, tx: TransactionDep) -> KeyResponse:
    return KeyResponse.from_key(await handlers.rotate_key(subscription_id, caller, tx), shows_secret=True)


@router.get("/subscriptions/{subscription_id}/keys", summary="Toon de sleutels die nu ondertekenen")
async def list_keys(subscription_id: SubscriptionId, caller: Subscriber, tx: TransactionDep) -> KeyList:
    await handlers.read_subscription(subscription_id, caller, tx)
    keys = await handlers.list_keys(subscription_id, tx)
    return KeyList(items=[KeyResponse.from_key(key, shows_secret=False) for key in keys])
