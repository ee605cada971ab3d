"""Contacts over HTTP. Descriptions are Dutch."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import ConfigDict, Field, field_validator, model_validator
from stdnum.nl import postcode as dutch_postcode

from services.notifications.contacts import handlers
from services.notifications.contacts.rules import Contact, PostalAddress
from services.notifications.fields import CaseManager
from shared.events.codes import MessageChannel
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import LanguageCode, PersonId

router = APIRouter(tags=["personen"])
_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"
_NAME = r"^[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069<>]{1,100}$"
_PLACE = r"^[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9 .,'\u2019/()-]{0,79}$"
_ADDITION = r"^[A-Za-z0-9][A-Za-z0-9 /-]{0,9}$"


class AddressRequest(Body):
    model_config = ConfigDict(from_attributes=True)  # it is part of the response too

    street: str = Field(pattern=_PLACE, description="Straat")
    house_number: int = Field(ge=1, le=99_999, strict=True, description="Huisnummer")
    house_number_addition: str | None = Field(default=None, pattern=_ADDITION, description="Letter of toevoeging")
    postcode: str = Field(pattern=r"^[0-9]{4} ?[A-Za-z]{2}$", description="Postcode", examples=["2711 AB"])
    town: str = Field(pattern=_PLACE, description="Woonplaats")
    care_of: str | None = Field(default=None, pattern=_NAME, description="Bij wie iemand woont (per adres)")

    @field_validator("postcode")
    @classmethod
    def _write_postcode(cls, postcode: str) -> str:
        if not dutch_postcode.is_valid(postcode):
            raise ValueError("There is no such postcode: four digits, not 0 first, and two letters.")
        return f"{postcode[:4]} {postcode[-2:].upper()}"


class ContactRequest(Body):
    name: str | None = Field(default=None, pattern=_NAME, description="Naam in de aanhef")
    email: str | None = Field(default=None, pattern=_ADDRESS, max_length=254, description="E-mailadres")
    address: AddressRequest | None = Field(default=None, description="Postadres; een brief wacht op naam en adres")
    language: LanguageCode
    channel: MessageChannel = Field(description="Hoe iemand bericht wil krijgen")

    @model_validator(mode="after")
    def _require_an_address(self) -> Self:
        if self.channel is MessageChannel.EMAIL and self.email is None:
            raise ValueError("E-mail needs an address: give it too, or choose letter.")
        return self


class ContactResponse(StateResponse, ContactRequest):
    person_id: PersonId


class ContactChangeResponse(StateResponse):
    id: UUID
    person_id: PersonId
    parts: list[str] = Field(description="Wat er is gewijzigd: name, email, address, language of channel")
    changed_by: str = Field(description="Wie het wijzigde, zoals de uitgever van de tokens die noemt")
    changed_roles: list[str] = Field(description="Met welke rollen")
    changed_at: datetime = Field(description="Wanneer")


class ContactChangePage(Page[ContactChangeResponse, UUID]):
    pass


@router.put("/people/{person_id}/contact", summary="Leg vast hoe iemand te bereiken is")
async def put_contact(
    person_id: PersonId, body: ContactRequest, caller: CaseManager, tx: TransactionDep
) -> ContactResponse:
    address = PostalAddress(**dict(body.address)) if body.address else None
    contact = Contact(person_id=person_id, **dict(body) | {"address": address})
    return ContactResponse.from_state(await handlers.put_contact(contact, caller, tx))


@router.get("/people/{person_id}/contact", summary="Lees hoe iemand te bereiken is")
async def read_contact(person_id: PersonId, _: CaseManager, tx: TransactionDep) -> ContactResponse:
    return ContactResponse.from_state(await handlers.read_contact(person_id, tx))


@router.get("/people/{person_id}/contact/changes", summary="Toon wie wijzigde hoe iemand te bereiken is")
async def list_contact_changes(
    person_id: PersonId, query: Annotated[PageQuery, FromQuery()], _: CaseManager, tx: TransactionDep
) -> ContactChangePage:
    page = await handlers.list_changes(person_id, tx, after=query.cursor, limit=query.limit)
    return ContactChangePage.from_states(*page)
