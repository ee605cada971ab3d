"""Grants, loans with their repayment, and regeldagen over HTTP."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import (
    CENTS_MAX,
    BudgetManager,
    Cents,
    LoanId,
    Month,
    NewItemRequest,
    Reader,
    RegeldagId,
    ReplacingRequest,
)
from services.ontzorgen.household.handlers import file, households
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.loans import Repayment
from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.household.rules.regeldag import Regeldag, RegeldagItem, RegeldagParty, RegeldagStep
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter()


class GrantRequest(ReplacingRequest):
    kind: GrantKind = Field(description="Soort verstrekking")
    form: GrantForm = Field(description="Gift of lening")
    amount_cents: Cents
    month: Month
    is_routed: bool = Field(default=True, description="Of er vaste lasten van deze maand uit worden betaald")
    repay_from: Month | None = Field(default=None, description="Eerste maand van aflossing; alleen bij een lening")
    repay_cents: int | None = Field(default=None, ge=1, le=CENTS_MAX, description="Aflossing per maand in eurocenten")
    agreed_on: date | None = Field(
        default=None, description="Dag waarop de persoon instemde met aflossen uit het restbedrag"
    )


class GrantResponse(StateResponse, GrantRequest):
    pass


class GrantList(StateResponse):
    items: list[GrantResponse]


class RepaymentRequest(NewItemRequest):
    paid_on: date = Field(description="Dag van aflossing")
    amount_cents: int = Field(ge=1, le=CENTS_MAX, description="Bedrag in eurocenten")
    from_remainder: bool = Field(default=False, description="Uit het restbedrag; alleen met instemming")


class RepaymentResponse(StateResponse, RepaymentRequest):
    loan_id: UUID
    left_cents: int = Field(description="Wat er daarna nog over was, in eurocenten")


class InstalmentResponse(StateResponse):
    month: str
    amount_cents: Cents


class LoanResponse(StateResponse):
    grant: GrantResponse
    left_cents: int = Field(description="Wat er nog over is, in eurocenten")
    schedule: list[InstalmentResponse]
    repayments: list[RepaymentResponse]


class LoanList(StateResponse):
    items: list[LoanResponse]


class RegeldagRequest(NewItemRequest):
    held_on: date = Field(description="Dag waarop alles samen wordt geregeld")


class RegeldagDayResponse(StateResponse, RegeldagRequest):
    pass


class RegeldagStepRequest(NewItemRequest):
    item: RegeldagItem = Field(description="Wat er wordt geregeld")
    responsible: RegeldagParty = Field(description="Wie ervoor zorgt")
    appointment_on: date | None = Field(default=None, description="Dag van een vervolgafspraak")
    done_on: date | None = Field(default=None, description="Dag waarop het rond was; leeg als het nog moet")


class RegeldagStepResponse(StateResponse):
    item: RegeldagItem
    responsible: RegeldagParty
    appointment_on: date | None
    done_on: date | None


class RegeldagResponse(StateResponse):
    regeldag: RegeldagDayResponse
    steps: list[RegeldagStepResponse]
    is_complete: bool = Field(description="Of alles rond is")


class RegeldagList(StateResponse):
    items: list[RegeldagResponse]


@router.post(
    "/households/{household_id}/grants", status_code=201, summary="Leg een gift of lening vast", tags=["dossier"]
)
async def record_grant(
    household_id: HouseholdId, body: GrantRequest, caller: BudgetManager, tx: TransactionDep
) -> GrantResponse:
    return GrantResponse.from_state(await file.record_grant(household_id, Grant(**dict(body)), tx, to_recorder(caller)))


@router.get("/households/{household_id}/grants", summary="Toon giften en leningen", tags=["dossier"])
async def list_grants(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> GrantList:
    household_file = await households.read_file(household_id, tx)
    return GrantList(items=[GrantResponse.from_state(grant) for grant in household_file.grants])


@router.get("/households/{household_id}/loans", summary="Toon leningen met hun aflossing", tags=["dossier"])
async def list_loans(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> LoanList:
    loans = await file.read_loans(household_id, tx)
    return LoanList(items=[LoanResponse.from_state(loan) for loan in loans])


@router.post(
    "/households/{household_id}/loans/{loan_id}/repayments",
    status_code=201,
    summary="Boek een aflossing",
    tags=["dossier"],
)
async def record_repayment(
    household_id: HouseholdId, loan_id: LoanId, body: RepaymentRequest, caller: BudgetManager, tx: TransactionDep
) -> RepaymentResponse:
    repayment = Repayment(loan_id=loan_id, **dict(body))
    return RepaymentResponse.from_state(await file.record_repayment(household_id, repayment, tx, to_recorder(caller)))


@router.post("/households/{household_id}/regeldagen", status_code=201, summary="Plan een regeldag", tags=["regeldag"])
async def hold_regeldag(
    household_id: HouseholdId, body: RegeldagRequest, caller: Reader, tx: TransactionDep
) -> RegeldagResponse:
    regeldag = Regeldag(**dict(body))
    return RegeldagResponse.from_state(await file.hold_regeldag(household_id, regeldag, tx, to_recorder(caller)))


@router.get("/households/{household_id}/regeldagen", summary="Toon de regeldagen", tags=["regeldag"])
async def list_regeldagen(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> RegeldagList:
    regeldagen = await file.read_regeldagen(household_id, tx)
    return RegeldagList(items=[RegeldagResponse.from_state(regeldag) for regeldag in regeldagen])


@router.post(
    "/households/{household_id}/regeldagen/{regeldag_id}/steps",
    status_code=201,
    summary="Leg vast hoe iets van de regeldag ervoor staat",
    tags=["regeldag"],
)
async def take_regeldag_step(
    household_id: HouseholdId, regeldag_id: RegeldagId, body: RegeldagStepRequest, caller: Reader, tx: TransactionDep
) -> RegeldagResponse:
    step = RegeldagStep(regeldag_id=regeldag_id, **dict(body))
    return RegeldagResponse.from_state(await file.take_step(household_id, step, tx, to_recorder(caller)))
