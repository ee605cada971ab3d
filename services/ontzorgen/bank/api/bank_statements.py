"""Statements of the bank over HTTP, and their entries as they were matched. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.bank.api.messages import XML_BODY, CountsResponse, receive_file
from services.ontzorgen.bank.handlers import bank_statements
from services.ontzorgen.bank.rules.matching import Outcome
from services.ontzorgen.bank.rules.refusals import BankReason, explain_reason, name_reason
from services.ontzorgen.fields import BudgetManager
from shared.http.requests import DatabaseDep, Query, TransactionDep
from shared.http.responses import Page, StateResponse

PATH = "/bank-statements"

router = APIRouter(tags=["bank"])


class BankEntryResponse(StateResponse):
    statement_no: int
    entry_no: int
    part_no: int
    outcome: Outcome = Field(description="Wat de boeking bleek te zijn")
    booked_on: date
    amount_cents: int = Field(description="Bedrag in eurocenten; afschrijvingen zijn negatief")
    instruction_id: UUID | None = Field(description="De betaling waar zij over gaat")
    return_code: str | None = Field(description="Code waarmee de bank teruggaf")
    return_reason: BankReason | None = Field(
        description="Wat die code betekent, voor programma's; de code van de bank is er de parameter van"
    )
    return_sentence: str | None = Field(description="Wat die code betekent en wat te doen")


class BankEntryPage(Page[BankEntryResponse, str]):
    pass


class EntryQuery(Query):
    outcome: Outcome | None = Field(default=None, description="Alleen boekingen met deze uitkomst")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: str = Field(default="0-0-0", pattern=r"^[0-9]{1,18}-[0-9]{1,9}-[0-9]{1,9}$", description="Vervolg na")


@router.post(PATH, status_code=201, summary="Verwerk een afschrift (camt.053)", openapi_extra=XML_BODY)
async def take_statement(request: Request, caller: BudgetManager, database: DatabaseDep) -> CountsResponse:
    async with receive_file(request, caller) as file, database.transaction(caller.municipality) as tx:
        return CountsResponse(counts=await bank_statements.take_statement(file, tx))


@router.get("/bank-entries", summary="Toon de boekingen van de afschriften")
async def list_entries(
    query: Annotated[EntryQuery, FromQuery()], _: BudgetManager, tx: TransactionDep
) -> BankEntryPage:
    statement_no, entry_no, part_no = (int(number) for number in query.cursor.split("-"))
    after = (statement_no, entry_no, part_no)
    entries = await bank_statements.list_entries(query.outcome, after, query.limit + 1, tx)
    items = [_build_entry(entry) for entry in entries[: query.limit]]
    last = items[-1] if len(entries) > query.limit else None
    next_cursor = None if last is None else f"{last.statement_no}-{last.entry_no}-{last.part_no}"
    return BankEntryPage(items=items, next_cursor=next_cursor)


def _build_entry(entry: dict[str, Any]) -> BankEntryResponse:
    code = entry["return_code"]
    words = (name_reason(code), explain_reason(code)) if code else (None, None)
    return BankEntryResponse.model_validate({**entry, "return_reason": words[0], "return_sentence": words[1]})
