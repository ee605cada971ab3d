"""The logs of subscriptions over HTTP: fetched with a cursor, tested, and the schemas of what is in them.

By the draft NLGov profile for subscriptions (http-pull): at least once, in order, and the reader keeps its place.
Descriptions are Dutch.
"""

import json
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as FromQuery
from pydantic import Field, field_validator

from services.notifications.feed import handlers
from services.notifications.feed.rules.schemas import build_schema
from services.notifications.fields import CaseManager, LinkId, PartnerId, PartnerProgram, Subscriber, SubscriptionId
from services.notifications.partners.rules.purposes import PartnerPurpose
from shared.errors.problems import not_found
from shared.events.envelope import parse_moment
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import PersonId, new_id

BATCH: Final = "application/cloudevents-batch+json"
SCHEMA: Final = "application/schema+json"
ARRAY: Final = "application/cloudevents+json"
DOCUMENTS_MAX: Final = 500
router = APIRouter(tags=["abonnementen"])


class EventsQuery(Query):
    since: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,18}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})$",
        description="Het nummer dat u het laatst verwerkte, of een tijdstip; zonder komt alles",
    )
    limit: int = Field(default=100, ge=1, le=DOCUMENTS_MAX, description="Hoeveel er hooguit komen")

    @field_validator("since")
    @classmethod
    def _require_real_moment(cls, since: str | None) -> str | None:
        try:
            exists = since is None or since.isdecimal() or parse_moment(since) is not None
        except ValueError:
            exists = False
        if not exists:
            raise ValueError("This moment does not exist: give a number, or a moment such as 2026-07-01T10:00:00Z.")
        return since


class TestRequest(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")


class TestResponse(StateResponse):
    id: UUID


class LinkEndRequest(Body):
    ended_on: date = Field(description="Eerste dag waarop de band niet meer geldt")


class LinkEndResponse(StateResponse):
    id: UUID
    partner_id: UUID
    person_id: PersonId
    ended_on: date = Field(description="Eerste dag waarop de band niet meer geldt")


@router.get(
    "/subscriptions/{subscription_id}/events",
    summary="Haal op wat er na een nummer of tijdstip kwam, op volgorde",
    response_class=Response,
    responses={200: {"content": {BATCH: {"schema": {"type": "array", "items": {"type": "object"}}}}}},
)
async def fetch_events(
    subscription_id: SubscriptionId,
    query: Annotated[EventsQuery, FromQuery()],
    request: Request,
    caller: PartnerProgram,
    tx: TransactionDep,
) -> Response:
    documents = await handlers.fetch_documents(subscription_id, query.since, query.limit, caller, tx)
    kind = ARRAY if ARRAY in request.headers.get("accept", "") else BATCH
    return Response(b"[" + b",".join(documents) + b"]", media_type=kind)


@router.post("/subscriptions/{subscription_id}/tests", status_code=201, summary="Laat een proefbericht komen")
async def ask_test(
    subscription_id: SubscriptionId, body: TestRequest, caller: Subscriber, tx: TransactionDep
) -> TestResponse:
    await handlers.add_test(subscription_id, body.id, caller, tx)
    return TestResponse(id=body.id)


@router.post(
    "/partners/{partner_id}/links/{link_id}/ends",
    status_code=201,
    summary="Beëindig de band van iemand met een partner",
    tags=["partners"],
)
async def end_link(
    partner_id: PartnerId, link_id: LinkId, body: LinkEndRequest, _: CaseManager, tx: TransactionDep
) -> LinkEndResponse:
    return LinkEndResponse.from_state(await handlers.end_link(partner_id, link_id, body.ended_on, tx))


@router.get(
    "/event-schemas/{purpose}/{type_name}",
    summary="Lees het schema van een soort gebeurtenis",
    tags=["schema's"],
    response_class=Response,
    responses={200: {"content": {SCHEMA: {"schema": {"type": "object"}}}}},
)
async def read_schema(
    purpose: Annotated[str, Path(description="Doel van de partner")],
    type_name: Annotated[str, Path(description="Soort gebeurtenis")],
) -> Response:
    schema = build_schema(PartnerPurpose(purpose), type_name) if purpose in set(PartnerPurpose) else None
    if schema is None:
        raise not_found("schema")
    return Response(json.dumps(schema, ensure_ascii=False), media_type=SCHEMA)
