"""The bank over HTTP: accounts under four eyes, files of payments, reports and statements. Descriptions are Dutch.

A bank's file comes as it is, in XML; it goes to disk while it comes in, so that its size costs no memory.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, Final, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as FromQuery
from pydantic import BaseModel, ConfigDict, Field

from services.ontzorgen.bank.handlers import accounts as bank_accounts
from services.ontzorgen.bank.handlers import answers as bank_answers
from services.ontzorgen.bank.handlers import payments as handlers
from services.ontzorgen.bank.handlers.answers import BankFile
from services.ontzorgen.bank.repository import payments as repository
from services.ontzorgen.bank.repository import statements as bank_statements
from services.ontzorgen.bank.repository.payments import BankAccount
from services.ontzorgen.bank.rules.instructions import MUNICIPALITY_HOLDER
from services.ontzorgen.bank.rules.matching import Outcome
from services.ontzorgen.bank.rules.messages import reason_sentence
from shared.events.codes import ChargeKind
from shared.http.requests import Body, Caller, DatabaseDep, Problem, Query, requires
from shared.identity import HouseholdId, Role, new_id

STATUS_REPORTS, STATEMENTS = "/status-reports", "/bank-statements"
UPLOADS: Final = (STATUS_REPORTS, STATEMENTS)
IN_MEMORY_BYTES_MAX = 4 * 1024 * 1024
_XML_TYPES = ("application/xml", "text/xml")
_TAG: list[str | Any] = ["bank"]

router = APIRouter()
BudgetManager = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER))]
Cents = Annotated[int, Field(description="Bedrag in eurocenten")]


class Answer(BaseModel):
    """The base of answers, read from a row."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class AccountPayee(StrEnum):
    """Wie er op de rekening wordt betaald."""

    PERSON = "person"
    PARTNER = "partner"


class BankAccountBody(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    household_id: UUID | None = Field(default=None, description="Huishouden; leeg voor de rekening van de gemeente")
    payee: AccountPayee = Field(default=AccountPayee.PERSON, description="Wie van het huishouden")
    name: str = Field(min_length=1, max_length=70, description="Naam van de rekeninghouder")
    iban: str = Field(min_length=15, max_length=42, description="IBAN")

    @property
    def holder(self) -> str:
        return MUNICIPALITY_HOLDER if self.household_id is None else f"{self.payee}:{self.household_id}"


class BankAccountAnswer(Answer):
    id: UUID
    holder: str = Field(description="Van wie de rekening is", examples=["municipality"])
    name: str = Field(description="Naam van de rekeninghouder")
    iban: str = Field(description="IBAN")
    proposed_at: datetime | None
    confirmed_at: datetime | None = Field(description="Leeg zolang niemand anders haar heeft bevestigd")


class BankAccountList(Answer):
    items: list[BankAccountAnswer]


class ExportBody(Body):
    exported_on: date = Field(description="Dag waarop de bestanden worden gemaakt")


class PaymentFileAnswer(Answer):
    id: str = Field(description="Kenmerk van het bestand (MsgId)")
    run_id: UUID
    number: int = Field(description="Volgnummer binnen de run")
    payments: int = Field(description="Aantal betalingen")
    total_cents: Cents
    sha256: str = Field(description="Controlegetal van de inhoud")
    made_at: datetime | None


class PaymentFileList(Answer):
    items: list[PaymentFileAnswer]


class ReplacementBody(Body):
    instructed_on: date = Field(description="Dag vanaf welke opnieuw wordt betaald")


class PaymentAnswer(Answer):
    id: UUID
    household_id: HouseholdId
    run_id: UUID
    month: str
    kind: ChargeKind | None
    for_month: str
    execute_on: date = Field(description="Dag waarop de bank betaalt")
    amount_cents: Cents
    attempt: int = Field(description="De hoeveelste poging")
    replaces: UUID | None = Field(description="De geweigerde betaling die hiermee wordt overgedaan")


class CountsAnswer(Answer):
    """Wat een bestand van de bank heeft opgeleverd; hetzelfde bestand geeft hetzelfde antwoord."""

    counts: dict[str, int] = Field(description="Aantallen en bedragen in eurocenten, per uitkomst")


class BankEntryAnswer(Answer):
    statement_no: int
    entry_no: int
    part_no: int
    outcome: Outcome = Field(description="Wat de boeking bleek te zijn")
    booked_on: date
    amount_cents: int = Field(description="Bedrag in eurocenten; afschrijvingen zijn negatief")
    instruction_id: UUID | None = Field(description="De betaling waar zij over gaat")
    return_code: str | None = Field(description="Code waarmee de bank teruggaf")
    return_sentence: str | None = Field(description="Wat die code betekent en wat te doen")


class BankEntryPage(Answer):
    items: list[BankEntryAnswer]
    next_cursor: str | None = Field(description="Geef dit als cursor voor het vervolg")


class FileQuery(Query):
    run_id: UUID | None = Field(default=None, description="Alleen bestanden van deze run")


class EntryQuery(Query):
    outcome: Outcome | None = Field(default=None, description="Alleen boekingen met deze uitkomst")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: str = Field(default="0-0-0", pattern=r"^[0-9]{1,18}-[0-9]{1,9}-[0-9]{1,9}$", description="Vervolg na")


_XML_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}
}


@router.post("/bank-accounts", status_code=201, summary="Stel een rekening voor", tags=_TAG)
async def propose_account(body: BankAccountBody, caller: BudgetManager, database: DatabaseDep) -> BankAccountAnswer:
    async with database.transaction(caller.municipality) as tx:
        given = BankAccount(body.name, body.iban)
        row = await bank_accounts.propose_account(body.id, body.holder, given, caller, tx)
        return BankAccountAnswer.model_validate(row)


@router.get("/bank-accounts", summary="Toon de rekeningen", tags=_TAG)
async def list_accounts(caller: BudgetManager, database: DatabaseDep) -> BankAccountList:
    async with database.transaction(caller.municipality) as tx:
        found = await repository.account_rows(tx)
        return BankAccountList(items=[BankAccountAnswer.model_validate(row) for row in found])


@router.post(
    "/bank-accounts/{account_id}/confirmations", status_code=201, summary="Bevestig andermans rekening", tags=_TAG
)
async def confirm_account(account_id: UUID, caller: BudgetManager, database: DatabaseDep) -> BankAccountAnswer:
    async with database.transaction(caller.municipality) as tx:
        return BankAccountAnswer.model_validate(await bank_accounts.confirm_account(account_id, caller, tx))


@router.post("/runs/{run_id}/payment-files", status_code=201, summary="Maak de betaalbestanden", tags=_TAG)
async def export_payments(
    run_id: UUID, body: ExportBody, request: Request, caller: BudgetManager, database: DatabaseDep
) -> PaymentFileList:
    payments_max: int = request.app.state.payments_per_file_max
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.export_payments(run_id, body.exported_on, payments_max, tx)
        return PaymentFileList(items=[PaymentFileAnswer.model_validate(one) for one in found])


@router.get("/payment-files", summary="Toon de betaalbestanden", tags=_TAG)
async def list_files(
    query: Annotated[FileQuery, FromQuery()], caller: BudgetManager, database: DatabaseDep
) -> PaymentFileList:
    async with database.transaction(caller.municipality) as tx:
        found = await repository.files(tx, query.run_id)
        return PaymentFileList(items=[PaymentFileAnswer.model_validate(one) for one in found])


@router.get(
    "/payment-files/{file_id}/content",
    summary="Haal een betaalbestand op, zoals het de deur uit ging",
    tags=_TAG,
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
async def read_content(file_id: str, caller: BudgetManager, database: DatabaseDep) -> Response:
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.payment_file(file_id, tx)
        return Response(found.content, media_type="application/xml")


@router.post(
    "/payments/{payment_id}/replacements", status_code=201, summary="Doe een geweigerde betaling over", tags=_TAG
)
async def replace_payment(
    payment_id: UUID, body: ReplacementBody, caller: BudgetManager, database: DatabaseDep
) -> PaymentAnswer:
    async with database.transaction(caller.municipality) as tx:
        return PaymentAnswer.model_validate(await handlers.make_anew(payment_id, body.instructed_on, tx))


@router.post(
    STATUS_REPORTS, status_code=201, summary="Verwerk een statusbericht (pain.002)", tags=_TAG, openapi_extra=_XML_BODY
)
async def take_status_report(request: Request, caller: BudgetManager, database: DatabaseDep) -> CountsAnswer:
    async with _received(request, caller) as file, database.transaction(caller.municipality) as tx:
        return CountsAnswer(counts=await bank_answers.take_status_report(file, tx))


@router.post(
    STATEMENTS, status_code=201, summary="Verwerk een afschrift (camt.053)", tags=_TAG, openapi_extra=_XML_BODY
)
async def take_statement(request: Request, caller: BudgetManager, database: DatabaseDep) -> CountsAnswer:
    async with _received(request, caller) as file, database.transaction(caller.municipality) as tx:
        return CountsAnswer(counts=await bank_answers.take_statement(file, tx))


@router.get("/bank-entries", summary="Toon de boekingen van de afschriften", tags=_TAG)
async def list_entries(
    query: Annotated[EntryQuery, FromQuery()], caller: BudgetManager, database: DatabaseDep
) -> BankEntryPage:
    statement_no, entry_no, part_no = (int(part) for part in query.cursor.split("-"))
    async with database.transaction(caller.municipality) as tx:
        found = await bank_statements.entries(tx, query.outcome, (statement_no, entry_no, part_no), query.limit + 1)
        items = [_entry(row) for row in found[: query.limit]]
        last = items[-1] if len(found) > query.limit else None
        following = None if last is None else f"{last.statement_no}-{last.entry_no}-{last.part_no}"
        return BankEntryPage(items=items, next_cursor=following)


def _entry(row: dict[str, Any]) -> BankEntryAnswer:
    code = row["return_code"]
    return BankEntryAnswer.model_validate({**row, "return_sentence": reason_sentence(code) if code else None})


@asynccontextmanager
async def _received(request: Request, caller: Caller) -> AsyncIterator[BankFile]:
    """The body on disk, with its hash."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _XML_TYPES:
        raise Problem(
            415, "Unsupported media type", "Send the file as the bank gave it, with content-type application/xml."
        )
    digest = hashlib.sha256()
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX) as content:
        async for piece in request.stream():
            digest.update(piece)
            content.write(piece)
        yield BankFile(cast("Any", content), digest.hexdigest(), caller.subject)
