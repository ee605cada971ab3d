"""Mandates on their way to a creditor over HTTP: asked, their steps, and the form as a PDF. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from services.ontzorgen.fields import BudgetManager, CreditorCode, MandateId, NewItemRequest, Reader
from services.ontzorgen.household.handlers import mandate_requests
from services.ontzorgen.household.handlers.mandate_requests import AskedMandate, MandateView
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.charges import MandateProcedure
from services.ontzorgen.household.rules.mandate_requests import MandateStep, MandateStepKind
from shared.events.codes import ChargeKind
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["lasten"])


class AskedMandateRequest(NewItemRequest):
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    asked_on: date = Field(description="Dag waarop de machtiging is gevraagd")
    procedure: MandateProcedure | None = Field(default=None, description="Werkwijze; leeg: die van de schuldeiser")
    from_day: date | None = Field(
        default=None, description="Eerste dag van de machtiging; leeg: de dag waarop zij geldig wordt"
    )
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als de machtiging doorloopt")
    regeldag_id: UUID | None = Field(default=None, description="De regeldag waarop dit is geregeld")


class MandateStepRequest(NewItemRequest):
    step: MandateStepKind = Field(description="Stap van de machtiging")
    taken_on: date = Field(description="Dag waarop de stap is gezet")


class MandateStepResponse(StateResponse, MandateStepRequest):
    pass


class AskedMandateResponse(StateResponse):
    id: UUID
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    asked_on: date = Field(description="Dag waarop de machtiging is gevraagd")
    procedure: MandateProcedure = Field(description="Werkwijze van deze machtiging")
    from_day: date | None
    until_day: date | None
    regeldag_id: UUID | None
    steps: list[MandateStepResponse] = Field(description="De stappen die zijn gezet")
    next_steps: list[MandateStepKind] = Field(description="De stappen die nu kunnen; leeg als het klaar is")
    needs_acceptance: bool = Field(description="Of er pas wordt betaald nadat de schuldeiser heeft aanvaard")
    is_valid: bool = Field(description="Of er een geldige machtiging van is gekomen")
    answer_by: date | None = Field(description="Laatste dag voor de stap waarop wordt gewacht; daarna is het een taak")


class AskedMandateList(StateResponse):
    items: list[AskedMandateResponse]


@router.post(
    "/households/{household_id}/mandate-requests", status_code=201, summary="Vraag een machtiging bij de schuldeiser"
)
async def ask_mandate(
    household_id: HouseholdId, body: AskedMandateRequest, caller: BudgetManager, tx: TransactionDep
) -> AskedMandateResponse:
    asked = AskedMandate(**dict(body))
    return _respond(await mandate_requests.ask(household_id, asked, tx, to_recorder(caller)))


@router.get("/households/{household_id}/mandate-requests", summary="Toon hoe ver gevraagde machtigingen zijn")
async def list_asked_mandates(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> AskedMandateList:
    return AskedMandateList(items=[_respond(view) for view in await mandate_requests.list_mandates(household_id, tx)])


@router.post(
    "/households/{household_id}/mandate-requests/{mandate_id}/steps",
    status_code=201,
    summary="Leg een stap van een gevraagde machtiging vast",
)
async def take_mandate_step(
    household_id: HouseholdId,
    mandate_id: MandateId,
    body: MandateStepRequest,
    caller: BudgetManager,
    tx: TransactionDep,
) -> AskedMandateResponse:
    step = MandateStep(mandate_id=mandate_id, **dict(body))
    return _respond(await mandate_requests.record_step(household_id, step, tx, to_recorder(caller)))


@router.get(
    "/households/{household_id}/mandates/{mandate_id}/form",
    summary="Haal het formulier van een machtiging op",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_form(household_id: HouseholdId, mandate_id: MandateId, _: Reader, tx: TransactionDep) -> Response:
    content = await mandate_requests.write_form(household_id, mandate_id, tx)
    name = f'attachment; filename="machtiging-{mandate_id}.pdf"'
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": name})


def _respond(view: MandateView) -> AskedMandateResponse:
    progress = view.progress
    return AskedMandateResponse(
        **vars(progress.request),
        steps=[MandateStepResponse.from_state(step) for step in progress.steps],
        next_steps=list(progress.next_steps),
        needs_acceptance=progress.way.needs_acceptance,
        is_valid=progress.is_valid,
        answer_by=view.answer_by,
    )
