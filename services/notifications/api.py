"""Notifications over HTTP: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notifications import domain, handlers, repository
from services.notifications.domain import Audience, MessageState
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.http.requests import Body, Caller, DatabaseDep, Query, requires
from shared.identity import LanguageCode, PersonId, Role

router = APIRouter()
CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
Reader = Annotated[Caller, Depends(requires(Role.CASE_MANAGER, Role.OPERATOR))]
_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"
_NAME = r"^[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069<>]{1,100}$"


class Answer(BaseModel):
    """The base of answers, read from a state."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, state: object) -> Self:
        return cls.model_validate(state)


class ContactBody(Body):
    name: str | None = Field(default=None, pattern=_NAME, description="Naam in de aanhef")
    email: str | None = Field(default=None, pattern=_ADDRESS, max_length=254, description="E-mailadres")
    language: LanguageCode
    channel: MessageChannel = Field(description="Hoe iemand bericht wil krijgen")

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.channel is MessageChannel.EMAIL and self.email is None:
            raise ValueError("E-mail needs an address: give it too, or choose letter.")
        return self


class ContactAnswer(Answer, ContactBody):
    person_id: PersonId


class MessageAnswer(Answer):
    id: UUID
    person_id: PersonId
    audience: Audience = Field(description="Voor wie het bericht is")
    template: str = Field(description="Welk bericht")
    language: str = Field(description="Taal; mul als het in meer talen staat")
    channel: MessageChannel
    state: MessageState
    problem: DeliveryProblem | None = Field(description="Waarom het niet aankwam")
    attempts: int = Field(description="Aantal pogingen")
    subject: str = Field(description="Onderwerp")
    sent_on: date | None = Field(description="Dag van verzending")


class WholeMessageAnswer(MessageAnswer):
    text: str = Field(description="Het bericht als tekst", validation_alias="body_text")


class MessagePage(Answer):
    items: list[MessageAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class MessageTotalsAnswer(Answer):
    total: int
    by_language: dict[str, int]
    by_template: dict[str, int]
    by_state: dict[MessageState, int]
    by_channel: dict[MessageChannel, int]


class MessageQuery(Query):
    person_id: UUID | None = Field(default=None, description="Alleen berichten over deze persoon")
    state: MessageState | None = Field(default=None, description="Alleen berichten in deze staat")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")


@router.put("/people/{person_id}/contact", summary="Leg vast hoe iemand te bereiken is", tags=["personen"])
async def put_contact(
    person_id: PersonId, body: ContactBody, caller: CaseManager, database: DatabaseDep
) -> ContactAnswer:
    async with database.transaction(caller.municipality) as tx:
        contact = domain.Contact(person_id=person_id, **_fields(body))
        return ContactAnswer.of(await handlers.put_contact(contact, tx))


@router.get("/people/{person_id}/contact", summary="Lees hoe iemand te bereiken is", tags=["personen"])
async def read_contact(person_id: PersonId, caller: CaseManager, database: DatabaseDep) -> ContactAnswer:
    async with database.transaction(caller.municipality) as tx:
        return ContactAnswer.of(await handlers.read_contact(person_id, caller, tx))


@router.get("/messages", summary="Toon de berichten", tags=["berichten"])
async def list_messages(
    query: Annotated[MessageQuery, FromQuery()], caller: CaseManager, database: DatabaseDep
) -> MessagePage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await handlers.read_messages(
            query.person_id, query.state, tx, after=query.cursor, limit=query.limit
        )
        return MessagePage(items=[MessageAnswer.of(one) for one in items], next_cursor=following)


@router.get("/messages/{message_id}", summary="Lees een bericht", tags=["berichten"])
async def read_message(message_id: UUID, caller: CaseManager, database: DatabaseDep) -> WholeMessageAnswer:
    async with database.transaction(caller.municipality) as tx:
        return WholeMessageAnswer.of(await handlers.read_message(message_id, caller, tx))


@router.post(
    "/messages/{message_id}/releases", status_code=201, summary="Probeer een bericht opnieuw", tags=["berichten"]
)
async def release_message(message_id: UUID, caller: Reader, database: DatabaseDep) -> MessageAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MessageAnswer.of(await handlers.release_message(message_id, tx))


@router.get("/message-totals", summary="Toon hoeveel berichten er zijn", tags=["cijfers"])
async def message_totals(caller: Reader, database: DatabaseDep) -> MessageTotalsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MessageTotalsAnswer.of(await repository.totals(tx))


def _fields(body: BaseModel) -> dict[str, Any]:
    return dict(body)
