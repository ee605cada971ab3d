"""What was run, over HTTP: a household's months, their explanation, and what resolves a shortfall."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import Cents, Month, Reader, SignedCents, SumCents
from services.ontzorgen.household.handlers.households import read_file
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.run.handlers import explanation, months, shortfalls
from services.ontzorgen.run.rules.month import RunMonth
from services.ontzorgen.run.rules.shortfalls import Resolution
from services.ontzorgen.statement.rules.lines import LineCode
from services.ontzorgen.statement.rules.situation import AttachmentKind
from services.ontzorgen.statement.rules.statement import StatementStatus
from shared.events.codes import ChargeKind, ShortfallSolution
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter()


class StatementLineResponse(StateResponse):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    due_cents: Cents
    paid_cents: Cents


class CorrectionResponse(StateResponse):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    cents: SignedCents
    paid_cents: SignedCents
    unpaid_in: Month | None = Field(default=None, description="Maand waarin dit onbetaald bleef; leeg: iets anders")


class WaitingResponse(StateResponse):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    cents: Cents = Field(description="Te veel betaald, wacht tot de schuldeiser iets toekomt of terugbetaalt")


class MonthPaymentResponse(StateResponse):
    on: date = Field(description="Dag van betaling")
    payee: str = Field(description="Wie het krijgt: person of partner")
    cents: Cents


class AttachmentMonthResponse(StateResponse):
    attachment_id: UUID
    kind: AttachmentKind
    creditor: str
    cents: Cents


class StatementResponse(StateResponse):
    month: Month
    run_id: UUID
    run_on: date = Field(description="Dag waarop de maand is voorgesteld")
    status: StatementStatus = Field(description="Hoe de maand ervoor staat")
    norm_cents: Cents
    payable_cents: Cents
    holiday_reserve_cents: Cents
    routed_allowances_cents: Cents
    grants_cents: Cents
    available_cents: Cents
    deducted_cents: SumCents
    correction_cents: SignedCents
    remainder_cents: Cents
    shortfall_cents: Cents
    solutions: list[ShortfallSolution] = Field(description="Wat een tekort kan oplossen, in volgorde")
    lines: list[StatementLineResponse]
    corrections: list[CorrectionResponse]
    waiting_cents: SumCents
    waiting: list[WaitingResponse]
    payments: list[MonthPaymentResponse]
    income_cents: Cents = Field(description="Inkomen dat op de norm in mindering komt")
    income_exempt_cents: Cents = Field(description="Inkomen dat is vrijgelaten")
    reduction_cents: Cents = Field(description="Verlaging (maatregel)")
    attachments: list[AttachmentMonthResponse]
    attachment_cents: Cents = Field(description="Ingehouden door beslag en verrekening")
    protected_cents: Cents = Field(description="Hoogste beslagvrije voet; 0 zonder beslag of verrekening")
    holiday_paid_cents: Cents = Field(description="Vakantietoeslag die is uitbetaald")
    holiday_handed_over_cents: Cents = Field(description="Vakantietoeslag die naar de bijstand is overgedragen")
    holiday_payments: list[MonthPaymentResponse]


class StatementList(StateResponse):
    items: list[StatementResponse]


class ExplainedLine(StateResponse):
    text: str = Field(description="Wat dit is")
    cents: SignedCents
    basis: str = Field(description="Artikel, of de keuze van de gemeente")
    code: LineCode = Field(description="Wat dit is, voor programma's: de code houdt haar betekenis")
    parameters: dict[str, bool | int | str | list[int] | list[str]] = Field(
        description="Waarmee de code een zin wordt; docs/explanations.md noemt ze per code",
        examples=[{"kind": "rent", "creditor": "woonstad", "for_month": "2026-07", "paid_cents": 61000}],
    )


class ExplanationResponse(StateResponse):
    month: Month
    is_as_run: bool = Field(description="Of het dossier nog is zoals toen de maand werd verwerkt")
    income: list[ExplainedLine]
    lines: list[ExplainedLine]


class ResolutionRequest(Body):
    solution: ShortfallSolution = Field(description="Wat het tekort oplost")
    resolved_on: date = Field(description="Dag van het besluit")
    granted_cents: Cents = Field(default=0, description="Geld dat de gemeente toevoegt")
    for_month: Month | None = Field(
        default=None,
        description="Maand waarin het wordt toegevoegd en wat onbetaald bleef alsnog wordt betaald; leeg: de volgende. "
        "Zonder geld: de maand waarvan het eigen geld dat betaalt",
    )


class ResolutionResponse(StateResponse):
    household_id: HouseholdId
    month: Month
    shortfall_cents: Cents
    solution: ShortfallSolution
    resolved_on: date


@router.get("/households/{household_id}/statements", summary="Toon de verwerkte maanden", tags=["huishoudens"])
async def list_statements(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> StatementList:
    await read_file(household_id, tx)
    run_months = await months.list_months(household_id, tx)
    return StatementList(items=[_respond_with_statement(month) for month in run_months])


@router.get(
    "/households/{household_id}/statements/{month}/explanation",
    summary="Leg een maand uit, regel voor regel",
    tags=["huishoudens"],
)
async def explain_statement(
    household_id: HouseholdId, month: Month, _: Reader, tx: TransactionDep
) -> ExplanationResponse:
    await read_file(household_id, tx)
    return ExplanationResponse.from_state(await explanation.explain_month(household_id, month, tx))


@router.post(
    "/households/{household_id}/shortfalls/{month}/resolutions",
    status_code=201,
    summary="Leg vast wat een tekort oplost",
    tags=["huishoudens"],
)
async def resolve_shortfall(
    household_id: HouseholdId, month: Month, body: ResolutionRequest, caller: Reader, tx: TransactionDep
) -> ResolutionResponse:
    resolution = Resolution(**dict(body))
    return ResolutionResponse.from_state(
        await shortfalls.resolve_shortfall(household_id, month, resolution, caller, tx)
    )


def _respond_with_statement(run_month: RunMonth) -> StatementResponse:
    month = run_month.month
    statement = month.statement
    listed = {"lines", "corrections", "waiting", "payments", "deducted_cents", "attachments", "holiday_payments"}
    names = StatementResponse.model_fields.keys() - listed
    return StatementResponse(
        **{name: getattr(statement, name) for name in names if hasattr(statement, name)},
        waiting_cents=statement.creditor_credit_cents,
        run_id=run_month.run_id,
        run_on=run_month.run_on,
        deducted_cents=month.deducted_cents,
        corrections=[
            CorrectionResponse(charge_id=charge_id_of(late.key), unpaid_in=late.unpaid_in, **_fields(late))
            for late in statement.corrections
        ],
        waiting=[
            WaitingResponse(charge_id=charge_id_of(credit.key), **_fields(credit))
            for credit in statement.creditor_credits
        ],
        payments=[MonthPaymentResponse.from_state(payment) for payment in statement.payments],
        holiday_payments=[MonthPaymentResponse.from_state(payment) for payment in statement.holiday_payments],
        attachments=[
            AttachmentMonthResponse(attachment_id=charge_id_of(taken.key), **_fields(taken))
            for taken in statement.attachments
        ],
        lines=[
            StatementLineResponse(charge_id=charge_id_of(charge.key), **_fields(charge)) for charge in statement.charges
        ],
    )


def _fields(line: Any) -> dict[str, Any]:
    """Return the fields of one line, its key left out."""
    return {name: value for name, value in line._asdict().items() if name not in ("key", "unpaid_cents")}
