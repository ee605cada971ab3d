"""The register of creditors over HTTP. A creditor is an organisation; the name of a person does not belong here."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, CreditorCode, Iban, NewItemRequest, Reader, VersionId
from services.ontzorgen.household.api.households import ConfirmationRequest
from services.ontzorgen.household.handlers import creditors
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.charges import MandateProcedure
from services.ontzorgen.household.rules.creditors import BroughtBy, Creditor, CreditorKind, PaidItem
from shared.http.requests import Query, TransactionDep
from shared.http.responses import Page, StateResponse

router = APIRouter()


class CreditorRequest(NewItemRequest):
    code: CreditorCode
    name: str = Field(
        min_length=2,
        max_length=70,
        description="Naam van de organisatie zoals haar bank die kent; nooit die van een persoon",
    )
    kind: CreditorKind = Field(description="Wat de schuldeiser levert")
    iban: Iban
    from_day: date = Field(description="Vanaf deze dag geldt dit")
    procedure: MandateProcedure | None = Field(default=None, description="Hoe deze schuldeiser machtigingen wil")
    calls_first: bool = Field(default=False, description="Belt eerst de gemeente voordat er maatregelen komen")
    discount_percent: int | None = Field(default=None, ge=0, le=100, description="Afgesproken korting in procenten")
    debit_day: int | None = Field(default=None, ge=1, le=28, description="Dag van de maand van automatische incasso")


class CreditorResponse(StateResponse, CreditorRequest):
    iban: str = Field(description="IBAN")
    mandate_procedure: MandateProcedure = Field(description="Werkwijze voor machtigingen die nu geldt")
    needs_confirmation: bool = Field(description="Of een collega de IBAN moet bevestigen")


class CreditorPage(Page[CreditorResponse, str]):
    pass


class CreditorHistory(StateResponse):
    items: list[CreditorResponse]


class CodeQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: str | None = Field(default=None, max_length=40, description="Waar het vorige antwoord ophield")


@router.get("/creditors", summary="Toon het register van schuldeisers", tags=["schuldeisers"])
async def list_creditors(query: Annotated[CodeQuery, FromQuery()], _: Reader, tx: TransactionDep) -> CreditorPage:
    return CreditorPage.from_states(*await creditors.list_creditors(query.cursor, query.limit, tx))


@router.post(
    "/creditors",
    status_code=201,
    summary="Neem een schuldeiser op of wijzig die",
    tags=["schuldeisers"],
)
async def record_creditor(body: CreditorRequest, caller: BudgetManager, tx: TransactionDep) -> CreditorResponse:
    return CreditorResponse.from_state(await creditors.record(Creditor(**dict(body)), tx, to_recorder(caller)))


@router.get("/creditors/{code}", summary="Lees een schuldeiser met zijn versies", tags=["schuldeisers"])
async def read_creditor(code: CreditorCode, _: Reader, tx: TransactionDep) -> CreditorHistory:
    versions = await creditors.read_versions(code, tx)
    return CreditorHistory(items=[CreditorResponse.from_state(version) for version in versions])


@router.post(
    "/creditors/versions/{version_id}/confirmations",
    status_code=204,
    summary="Bevestig de IBAN van een schuldeiser, als tweede persoon",
    tags=["schuldeisers"],
)
async def confirm_creditor_account(
    version_id: VersionId, body: ConfirmationRequest, caller: BudgetManager, tx: TransactionDep
) -> None:
    brought_by = BroughtBy(PaidItem.CREDITOR, version_id)
    await creditors.confirm_account(brought_by, None, body.confirmed_on, tx, to_recorder(caller))
