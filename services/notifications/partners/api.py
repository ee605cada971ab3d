"""Partners and the people linked to them over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.notifications.fields import CaseManager, Coordinator, PartnerId
from services.notifications.partners import handlers
from services.notifications.partners.rules.partners import Link, Partner, PartnerKind
from services.notifications.partners.rules.purposes import LinkBasis, PartnerPurpose
from shared.events.codes import ChargeKind
from shared.events.ontzorgen import CreditorCode
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import PersonId, new_id

router = APIRouter(tags=["partners"])
_EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"


class PartnerRequest(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    name: str = Field(min_length=2, max_length=100, description="Naam van de organisatie")
    kind: PartnerKind = Field(description="Soort organisatie")
    purpose: PartnerPurpose = Field(description="Waarvoor de partner gebeurtenissen nodig heeft")
    token_subject: str = Field(
        pattern=r"^[A-Za-z0-9._:@/-]{1,120}$", description="Het subject van de tokens waarmee de partner zich meldt"
    )
    contact_email: str = Field(pattern=_EMAIL, max_length=254, description="Wie bericht krijgt als bezorgen niet lukt")
    registered_on: date = Field(description="Eerste dag waarop het doel geldt")
    ends_on: date = Field(description="Laatste dag waarop het doel geldt")
    creditors: tuple[CreditorCode, ...] = Field(
        default=(), max_length=20, description="Codes van deze partner in het register van schuldeisers"
    )


class PartnerResponse(StateResponse):
    id: UUID
    name: str
    kind: PartnerKind
    purpose: PartnerPurpose
    legal_basis: str = Field(description="Grondslag van het doel")
    token_subject: str
    contact_email: str
    registered_on: date
    registered_by: str = Field(description="Wie de partner opnam, zoals de uitgever van de tokens die noemt")
    ends_on: date
    creditors: list[str]


class PartnerPage(Page[PartnerResponse, UUID]):
    pass


class EndRequest(Body):
    ends_on: date = Field(description="Laatste dag waarop het doel geldt")


class LinkRequest(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    person_id: PersonId
    basis: LinkBasis = Field(description="Waarop de band met deze partner rust")
    from_on: date = Field(description="Eerste dag van de band")


class LinkResponse(StateResponse):
    id: UUID
    partner_id: UUID
    person_id: PersonId
    basis: LinkBasis
    from_on: date
    ended_on: date | None = Field(description="Eerste dag waarop de band niet meer geldt")
    creditor: str | None = Field(description="Schuldeiser van de machtiging")
    kind: ChargeKind | None = Field(description="Soort vaste last van de machtiging")


class LinkPage(Page[LinkResponse, UUID]):
    pass


@router.post("/partners", status_code=201, summary="Neem een partner op")
async def register_partner(body: PartnerRequest, caller: Coordinator, tx: TransactionDep) -> PartnerResponse:
    partner = Partner(registered_by=caller.subject, **dict(body))
    return PartnerResponse.from_state(await handlers.register_partner(partner, tx))


@router.get("/partners", summary="Toon de partners")
async def list_partners(query: Annotated[PageQuery, FromQuery()], _: Coordinator, tx: TransactionDep) -> PartnerPage:
    return PartnerPage.from_states(*await handlers.list_partners(tx, after=query.cursor, limit=query.limit))


@router.get("/partners/{partner_id}", summary="Lees een partner")
async def read_partner(partner_id: PartnerId, _: Coordinator, tx: TransactionDep) -> PartnerResponse:
    return PartnerResponse.from_state(await handlers.get_partner(partner_id, tx))


@router.post(
    "/partners/{partner_id}/ends", status_code=201, summary="Laat het doel van een partner eerder of later eindigen"
)
async def change_partner_end(
    partner_id: PartnerId, body: EndRequest, _: Coordinator, tx: TransactionDep
) -> PartnerResponse:
    return PartnerResponse.from_state(await handlers.change_end(partner_id, body.ends_on, tx))


@router.post("/partners/{partner_id}/links", status_code=201, summary="Verbind iemand met een partner")
async def link_person(partner_id: PartnerId, body: LinkRequest, _: CaseManager, tx: TransactionDep) -> LinkResponse:
    return LinkResponse.from_state(await handlers.link_person(Link(partner_id=partner_id, **dict(body)), tx))


@router.get("/partners/{partner_id}/links", summary="Toon wie met een partner verbonden is of was")
async def list_links(
    partner_id: PartnerId, query: Annotated[PageQuery, FromQuery()], _: CaseManager, tx: TransactionDep
) -> LinkPage:
    return LinkPage.from_states(*await handlers.list_links(partner_id, tx, after=query.cursor, limit=query.limit))
