"""Files over HTTP: opened at the desk, and listed with their clocks. Descriptions are Dutch."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery

from services.intake.fields.callers import CaseManager
from services.intake.fields.newcomer import NewcomerRequest, NewcomerResponse
from services.intake.file import handlers, repository
from services.intake.file.rules import Newcomer
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery

router = APIRouter(tags=["dossiers"])


class NewcomerPage(Page[NewcomerResponse, UUID]):
    pass


@router.post("/newcomers", status_code=201, summary="Open een dossier")
async def open_file(body: NewcomerRequest, _: CaseManager, tx: TransactionDep) -> NewcomerResponse:
    return NewcomerResponse.from_state(await handlers.open_file(Newcomer(**dict(body)), tx))


@router.get("/newcomers", summary="Toon de dossiers met hun termijnen")
async def list_newcomers(query: Annotated[PageQuery, FromQuery()], _: CaseManager, tx: TransactionDep) -> NewcomerPage:
    return NewcomerPage.from_states(*await repository.list_newcomers(tx, query.cursor, query.limit))
