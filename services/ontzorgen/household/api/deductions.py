"""Income beside the benefit, reductions, attachments and set-offs over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import (
    BudgetManager,
    Cents,
    CreditorCode,
    Iban,
    KnownOn,
    Reader,
    Reference,
    ReplacingRequest,
    VersionId,
)
from services.ontzorgen.household.api.households import ConfirmationRequest
from services.ontzorgen.household.handlers import creditors, deductions, households
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from services.ontzorgen.household.rules.deductions import Attachment, Income, Reduction
from services.ontzorgen.policies.rules.law import EXEMPT_PERCENT_MAX
from services.ontzorgen.statement.rules.situation import AttachmentKind, IncomeKind
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["inkomen"])


class DatedRequest(ReplacingRequest):
    from_day: date = Field(description="Eerste dag waarop dit geldt")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")


class IncomeRequest(DatedRequest):
    kind: IncomeKind = Field(description="Soort inkomen")
    amount_cents: Cents = Field(description="Inkomen per maand in eurocenten")
    exempt_percent: int = Field(
        default=0,
        ge=0,
        le=EXEMPT_PERCENT_MAX,
        description="Deel van het loon dat is vrijgelaten (art. 31 lid 2 sub n)",
    )
    payee: Literal["person", "partner"] = Field(default="person", description="Wie van het huishouden het verdient")


class NewIncomeRequest(IncomeRequest):
    known_on: KnownOn


class IncomeResponse(StateResponse, IncomeRequest):
    pass


class ReductionRequest(DatedRequest):
    percent: int = Field(ge=0, le=100, description="Percentage waarmee de norm wordt verlaagd (art. 18 lid 2)")


class NewReductionRequest(ReductionRequest):
    known_on: KnownOn


class ReductionResponse(StateResponse, ReductionRequest):
    pass


class AttachmentRequest(DatedRequest):
    kind: AttachmentKind = Field(
        default=AttachmentKind.ATTACHMENT, description="Beslag gaat naar de schuldeiser; een verrekening blijft"
    )
    creditor: CreditorCode
    amount_cents: Cents = Field(description="Hooguit zoveel per maand in eurocenten")
    protected_cents: Cents = Field(description="Beslagvrije voet: zoveel van de bijstand blijft over")
    iban: Iban | None = Field(default=None, description="IBAN; leeg als die in het register van schuldeisers staat")
    reference: Reference


class NewAttachmentRequest(AttachmentRequest):
    known_on: KnownOn


class AttachmentResponse(StateResponse, AttachmentRequest):
    iban: str | None = Field(description="IBAN")
    attachment_id: UUID | None = Field(description="Id van de eerste versie; leeg bij die versie zelf")
    needs_confirmation: bool = Field(description="Of een collega de IBAN moet bevestigen")


class IncomeFileResponse(StateResponse):
    income: list[IncomeResponse]
    reductions: list[ReductionResponse]
    attachments: list[AttachmentResponse]


@router.post("/households/{household_id}/income", status_code=201, summary="Leg inkomen naast de bijstand vast")
async def record_income(
    household_id: HouseholdId, body: NewIncomeRequest, caller: BudgetManager, tx: TransactionDep
) -> IncomeResponse:
    recorded = Income(**body.model_dump(exclude={"known_on"}))
    return IncomeResponse.from_state(
        await deductions.record_income(household_id, recorded, body.known_on, tx, to_recorder(caller))
    )


@router.get("/households/{household_id}/income", summary="Toon inkomen, verlagingen, beslagen en verrekeningen")
async def read_income(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> IncomeFileResponse:
    return IncomeFileResponse.from_state(await households.read_file(household_id, tx))


@router.post("/households/{household_id}/reductions", status_code=201, summary="Leg een verlaging (maatregel) vast")
async def record_reduction(
    household_id: HouseholdId, body: NewReductionRequest, caller: BudgetManager, tx: TransactionDep
) -> ReductionResponse:
    recorded = Reduction(**body.model_dump(exclude={"known_on"}))
    return ReductionResponse.from_state(
        await deductions.record_reduction(household_id, recorded, body.known_on, tx, to_recorder(caller))
    )


@router.post("/households/{household_id}/attachments", status_code=201, summary="Leg een beslag of verrekening vast")
async def record_attachment(
    household_id: HouseholdId, body: NewAttachmentRequest, caller: BudgetManager, tx: TransactionDep
) -> AttachmentResponse:
    recorded = Attachment(**body.model_dump(exclude={"known_on"}))
    return AttachmentResponse.from_state(
        await deductions.record_attachment(household_id, recorded, body.known_on, tx, to_recorder(caller))
    )


@router.post(
    "/households/{household_id}/attachments/{version_id}/confirmations",
    status_code=204,
    summary="Bevestig de IBAN van een beslag, als tweede persoon",
)
async def confirm_attachment_account(
    household_id: HouseholdId,
    version_id: VersionId,
    body: ConfirmationRequest,
    caller: BudgetManager,
    tx: TransactionDep,
) -> None:
    brought_by = BroughtBy(PaidItem.ATTACHMENT, version_id)
    await creditors.confirm_account(brought_by, household_id, body.confirmed_on, tx, to_recorder(caller))
