"""Messages over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi import Query as FromQuery
from pydantic import Field

from services.notifications.fields import CaseManager, Reader
from services.notifications.messages import repository
from services.notifications.messages.handlers import messages
from services.notifications.messages.rules.messages import MessageFilter, MessageProblem, MessageState
from services.notifications.messages.rules.notices import Audience
from shared.events.codes import MessageChannel
from shared.http.requests import Query, TransactionDep
from shared.http.responses import Page, StateResponse
from shared.identity import KnownId, PersonId

MessageId = Annotated[UUID, Path(description="Het bericht")]
router = APIRouter()


class MessageResponse(StateResponse):
    id: UUID
    person_id: PersonId
    audience: Audience = Field(description="Voor wie het bericht is")
    template: str = Field(description="Welk bericht")
    language: str = Field(description="Taal; mul als het in meer talen staat")
    channel: MessageChannel
    state: MessageState
    problem: MessageProblem | None = Field(description="Waarom het niet vertrok of niet aankwam")
    attempts: int = Field(description="Aantal pogingen")
    subject: str = Field(description="Onderwerp")
    sent_on: date | None = Field(description="Dag van verzending")
    reference: str | None = Field(description="Kenmerk op de brief, als het een brief was")


class FullMessageResponse(MessageResponse):
    text: str = Field(description="Het bericht als tekst", validation_alias="body_text")


class MessagePage(Page[MessageResponse, UUID]):
    pass


class MessageTotalsResponse(StateResponse):
    total: int
    by_language: dict[str, int]
    by_template: dict[str, int]
    by_state: dict[MessageState, int]
    by_channel: dict[MessageChannel, int]


class MessageQuery(Query):
    person_id: KnownId | None = Field(default=None, description="Alleen berichten over deze persoon")
    state: MessageState | None = Field(default=None, description="Alleen berichten in deze staat")
    reference: str | None = Field(
        default=None, max_length=40, description="Alleen wat in de brief met dit kenmerk stond"
    )
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")


@router.get("/messages", summary="Toon de berichten", tags=["berichten"])
async def list_messages(query: Annotated[MessageQuery, FromQuery()], _: CaseManager, tx: TransactionDep) -> MessagePage:
    page = await messages.list_messages(
        MessageFilter(query.person_id, query.state, query.reference), tx, after=query.cursor, limit=query.limit
    )
    return MessagePage.from_states(*page)


@router.get("/messages/{message_id}", summary="Lees een bericht", tags=["berichten"])
async def read_message(message_id: MessageId, _: CaseManager, tx: TransactionDep) -> FullMessageResponse:
    return FullMessageResponse.from_state(await messages.read_message(message_id, tx))


@router.post(
    "/messages/{message_id}/releases", status_code=201, summary="Probeer een bericht opnieuw", tags=["berichten"]
)
async def release_message(message_id: MessageId, _: Reader, tx: TransactionDep) -> MessageResponse:
    return MessageResponse.from_state(await messages.release_message(message_id, tx))


@router.get("/message-totals", summary="Toon hoeveel berichten er zijn", tags=["cijfers"])
async def read_totals(_: Reader, tx: TransactionDep) -> MessageTotalsResponse:
    return MessageTotalsResponse.from_state(await repository.count_messages(tx))
