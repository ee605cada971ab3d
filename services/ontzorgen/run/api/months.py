"""What was run, over HTTP: a household's months, their explanation, and what resolves a shortfall."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import Cents, Month, Reader, SignedCents, SumCents
from services.ontzorgen.household.handlers import households as files
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.run.handlers import explanation as handlers
from services.ontzorgen.run.handlers import shortfalls
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.rules.month import KeptMonth
from services.ontzorgen.statement.rules.statement import StatementStatus
from shared.events.codes import ChargeKind, ShortfallSolution
from shared.http.requests import Body, DatabaseDep
from shared.http.responses import CONFLICT, UNKNOWN, Answer
from shared.identity import HouseholdId

router = APIRouter()


class StatementLineAnswer(Answer):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    due_cents: Cents
    paid_cents: Cents


class CorrectionAnswer(Answer):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    cents: SignedCents
    paid_cents: SignedCents
    unpaid_in: Month | None = Field(default=None, description="Maand waarin dit onbetaald bleef; leeg: iets anders")


class WaitingAnswer(Answer):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    for_month: Month
    cents: Cents = Field(description="Te veel betaald, wacht tot de schuldeiser iets toekomt of terugbetaalt")


class PaymentAnswer(Answer):
    on: date = Field(description="Dag van betaling")
    payee: str = Field(description="Wie het krijgt: person of partner")
    cents: Cents


class StatementAnswer(Answer):
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
    lines: list[StatementLineAnswer]
    corrections: list[CorrectionAnswer]
    waiting_cents: SumCents
    waiting: list[WaitingAnswer]
    payments: list[PaymentAnswer]


class StatementList(Answer):
    items: list[StatementAnswer]


class ExplainedLine(Answer):
    text: str = Field(description="Wat dit is")
    cents: SignedCents
    basis: str = Field(description="Artikel, of de keuze van de gemeente")


class ExplanationAnswer(Answer):
    month: Month
    is_as_run: bool = Field(description="Of het dossier nog is zoals toen de maand werd verwerkt")
    income: list[ExplainedLine]
    lines: list[ExplainedLine]


class ResolutionBody(Body):
    solution: ShortfallSolution = Field(description="Wat het tekort oplost")
    resolved_on: date = Field(description="Dag van het besluit")
    granted_cents: Cents = Field(default=0, description="Geld dat de gemeente toevoegt")
    for_month: Month | None = Field(
        default=None,
        description="Maand waarin het wordt toegevoegd en wat onbetaald bleef alsnog wordt betaald; leeg: de volgende. "
        "Zonder geld: de maand waarvan het eigen geld dat betaalt",
    )


class ResolutionAnswer(Answer):
    household_id: HouseholdId
    month: Month
    shortfall_cents: Cents
    solution: ShortfallSolution
    resolved_on: date


@router.get("/households/{household_id}/statements", summary="Toon de verwerkte maanden", tags=["huishoudens"])
async def list_statements(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> StatementList:
    async with database.transaction(caller.municipality) as tx:
        await files.read_file(household_id, caller, tx)
        found = await months.of_household(tx, household_id)
        return StatementList(items=[_statement(row, kept) for row, kept in found])


@router.get(
    "/households/{household_id}/statements/{month}/explanation",
    summary="Leg een maand uit, regel voor regel",
    tags=["huishoudens"],
    responses=UNKNOWN,
)
async def explain_statement(
    household_id: HouseholdId, month: Month, caller: Reader, database: DatabaseDep
) -> ExplanationAnswer:
    async with database.transaction(caller.municipality) as tx:
        await files.read_file(household_id, caller, tx)
        return ExplanationAnswer.of(await handlers.explain(household_id, month, tx))


@router.post(
    "/households/{household_id}/shortfalls/{month}/resolutions",
    status_code=201,
    summary="Leg vast wat een tekort oplost",
    tags=["huishoudens"],
    responses=UNKNOWN | CONFLICT,
)
async def resolve_shortfall(
    household_id: HouseholdId, month: Month, body: ResolutionBody, caller: Reader, database: DatabaseDep
) -> ResolutionAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = shortfalls.Resolution(**dict(body))
        return ResolutionAnswer.of(await shortfalls.resolve(household_id, month, asked, caller, tx))


def _statement(row: asyncpg.Record, kept: KeptMonth) -> StatementAnswer:
    made = kept.statement
    plain = StatementAnswer.model_fields.keys() - {"lines", "corrections", "waiting", "payments", "deducted_cents"}
    return StatementAnswer(
        **{name: getattr(made, name) for name in plain if hasattr(made, name)},
        run_id=row["run_id"],
        run_on=row["run_on"],
        deducted_cents=kept.deducted_cents,
        corrections=[
            CorrectionAnswer(charge_id=charge_id_of(one.key), unpaid_in=one.unpaid_in, **_fields(one))
            for one in made.corrections
        ],
        waiting_cents=made.creditor_credit_cents,
        waiting=[WaitingAnswer(charge_id=charge_id_of(one.key), **_fields(one)) for one in made.creditor_credits],
        payments=[PaymentAnswer.of(one) for one in made.payments],
        lines=[StatementLineAnswer(charge_id=charge_id_of(one.key), **_fields(one)) for one in made.charges],
    )


def _fields(named: Any) -> dict[str, Any]:
    """The fields of one line, its key left out."""
    return {name: value for name, value in named._asdict().items() if name not in ("key", "unpaid_cents")}
