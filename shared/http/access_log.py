"""The access log over HTTP, for its own role: who was shown what about whom. Descriptions are Dutch."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import Field

from shared.database.access_log import list_lines
from shared.http.requests import Caller, Query, TransactionDep, requires
from shared.http.responses import Page, StateResponse
from shared.identity import ABOUT_SOMEONE, Role

router = APIRouter(tags=["inzagelog"])
Auditor = Annotated[Caller, Depends(requires(Role.AUDITOR))]


class AccessLogQuery(Query):
    about: UUID | None = Field(default=None, description="Alleen antwoorden over deze persoon of dit huishouden")
    reader: str | None = Field(default=None, min_length=1, max_length=200, description="Alleen wat deze lezer zag")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: int | None = Field(default=None, ge=1, le=2**63 - 1, description="Waar het vorige antwoord ophield")


class AccessLineResponse(StateResponse):
    position: int = Field(description="Plaats in de keten van deze dienst")
    at: datetime = Field(description="Wanneer")
    reader: str = Field(description="Wie het te zien kreeg, zoals de uitgever van de tokens die noemt")
    roles: list[str] = Field(description="Met welke rollen")
    operation: str = Field(description="Methode en pad van het verzoek")
    about: Annotated[list[UUID], ABOUT_SOMEONE] = Field(description="Over welke personen en huishoudens")


class AccessLinePage(Page[AccessLineResponse, int]):
    pass


@router.get("/access-log", summary="Toon wie wat over wie te zien kreeg, het nieuwste eerst")
async def list_access(query: Annotated[AccessLogQuery, FromQuery()], _: Auditor, tx: TransactionDep) -> AccessLinePage:
    lines, cursor = await list_lines(tx, about=query.about, reader=query.reader, before=query.cursor, limit=query.limit)
    return AccessLinePage.from_states([dict(line) for line in lines], cursor)
