"""Grants, loans with their repayment, and regeldagen over HTTP."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import (
    CENTS_MAX,
    BudgetManager,
    Cents,
    Month,
    NewBody,
    Reader,
    ReplacingBody,
)
from services.ontzorgen.household.handlers import file as handlers
from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.handlers.recording import recorder
from services.ontzorgen.household.rules.loans import Repayment
from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.household.rules.regeldag import Regeldag, RegeldagItem, RegeldagParty, RegeldagStep
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.http.requests import DatabaseDep
from shared.http.responses import CONFLICT, UNKNOWN, Answer
from shared.identity import HouseholdId

router = APIRouter(responses={**UNKNOWN, **CONFLICT})


class GrantBody(ReplacingBody):
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


class GrantAnswer(Answer, GrantBody):
    pass


class GrantList(Answer):
    items: list[GrantAnswer]


class RepaymentBody(NewBody):
    paid_on: date = Field(description="Dag van aflossing")
    amount_cents: int = Field(ge=1, le=CENTS_MAX, description="Bedrag in eurocenten")
    from_remainder: bool = Field(default=False, description="Uit het restbedrag; alleen met instemming")


class RepaymentAnswer(Answer, RepaymentBody):
    loan_id: UUID
    left_cents: int = Field(description="Wat er daarna nog over was, in eurocenten")


class InstalmentAnswer(Answer):
    month: str
    amount_cents: Cents


class LoanAnswer(Answer):
    grant: GrantAnswer
    left_cents: int = Field(description="Wat er nog over is, in eurocenten")
    schedule: list[InstalmentAnswer]
    repayments: list[RepaymentAnswer]


class LoanList(Answer):
    items: list[LoanAnswer]


class RegeldagBody(NewBody):
    held_on: date = Field(description="Dag waarop alles samen wordt geregeld")


class RegeldagDayAnswer(Answer, RegeldagBody):
    pass


class RegeldagStepBody(NewBody):
    item: RegeldagItem = Field(description="Wat er wordt geregeld")
    responsible: RegeldagParty = Field(description="Wie ervoor zorgt")
    appointment_on: date | None = Field(default=None, description="Dag van een vervolgafspraak")
    done_on: date | None = Field(default=None, description="Dag waarop het rond was; leeg als het nog moet")


class RegeldagStepAnswer(Answer):
    item: RegeldagItem
    responsible: RegeldagParty
    appointment_on: date | None
    done_on: date | None


class RegeldagAnswer(Answer):
    regeldag: RegeldagDayAnswer
    steps: list[RegeldagStepAnswer]
    is_complete: bool = Field(description="Of alles rond is")


class RegeldagList(Answer):
    items: list[RegeldagAnswer]


@router.post(
    "/households/{household_id}/grants", status_code=201, summary="Leg een gift of lening vast", tags=["dossier"]
)
async def record_grant(
    household_id: HouseholdId, body: GrantBody, caller: BudgetManager, database: DatabaseDep
) -> GrantAnswer:
    async with database.transaction(caller.municipality) as tx:
        return GrantAnswer.of(await handlers.record_grant(household_id, Grant(**dict(body)), tx, recorder(caller)))


@router.get("/households/{household_id}/grants", summary="Toon giften en leningen", tags=["dossier"])
async def list_grants(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> GrantList:
    async with database.transaction(caller.municipality) as tx:
        found = await households.read_file(household_id, caller, tx)
        return GrantList(items=[GrantAnswer.of(one) for one in found.grants])


@router.get("/households/{household_id}/loans", summary="Toon leningen met hun aflossing", tags=["dossier"])
async def list_loans(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> LoanList:
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.read_loans(household_id, caller, tx)
        return LoanList(items=[LoanAnswer.of(one) for one in found])


@router.post(
    "/households/{household_id}/loans/{loan_id}/repayments",
    status_code=201,
    summary="Boek een aflossing",
    tags=["dossier"],
)
async def record_repayment(
    household_id: HouseholdId, loan_id: UUID, body: RepaymentBody, caller: BudgetManager, database: DatabaseDep
) -> RepaymentAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Repayment(loan_id=loan_id, **dict(body))
        return RepaymentAnswer.of(await handlers.record_repayment(household_id, asked, tx, recorder(caller)))


@router.post("/households/{household_id}/regeldagen", status_code=201, summary="Plan een regeldag", tags=["regeldag"])
async def hold_regeldag(
    household_id: HouseholdId, body: RegeldagBody, caller: Reader, database: DatabaseDep
) -> RegeldagAnswer:
    async with database.transaction(caller.municipality) as tx:
        regeldag = Regeldag(**dict(body))
        return RegeldagAnswer.of(await handlers.hold_regeldag(household_id, regeldag, tx, recorder(caller)))


@router.get("/households/{household_id}/regeldagen", summary="Toon de regeldagen", tags=["regeldag"])
async def list_regeldagen(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> RegeldagList:
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.read_regeldagen(household_id, caller, tx)
        return RegeldagList(items=[RegeldagAnswer.of(one) for one in found])


@router.post(
    "/households/{household_id}/regeldagen/{regeldag_id}/steps",
    status_code=201,
    summary="Leg vast hoe iets van de regeldag ervoor staat",
    tags=["regeldag"],
)
async def take_step(
    household_id: HouseholdId, regeldag_id: UUID, body: RegeldagStepBody, caller: Reader, database: DatabaseDep
) -> RegeldagAnswer:
    async with database.transaction(caller.municipality) as tx:
        step = RegeldagStep(regeldag_id=regeldag_id, **dict(body))
        return RegeldagAnswer.of(await handlers.take_step(household_id, step, tx, recorder(caller)))
