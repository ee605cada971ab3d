"""What was run, over HTTP: a household's months and ledger, tasks, and the municipality's totals."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import Cents, Month, Reader
from services.ontzorgen.household.handlers import households as files
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.ledger.repository import entries as ledger
from services.ontzorgen.ledger.rules import Account, EntryKind
from services.ontzorgen.ledger.tables import LedgerEntryRow, LedgerLineRow
from services.ontzorgen.run.handlers import explanation as handlers
from services.ontzorgen.run.handlers import shortfalls
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.rules.month import KeptMonth
from services.ontzorgen.statement.rules.statement import StatementStatus
from services.ontzorgen.tasks.rules import TaskKind
from shared.events.codes import ChargeKind, ShortfallSolution
from shared.http.requests import Body, Caller, DatabaseDep, requires
from shared.http.responses import CONFLICT, UNKNOWN, Answer, PageQuery
from shared.identity import HouseholdId, Role

router = APIRouter()
Counter = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER, Role.OPERATOR))]
SignedCents = Annotated[int, Field(description="Bedrag in eurocenten, met teken")]
SumCents = Annotated[int, Field(description="Bedrag in eurocenten")]


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


class LedgerLineAnswer(Answer):
    account: str = Field(description="Rekening", examples=[Account.CREDITOR_RENT.name.lower()])
    amount_cents: SignedCents


class LedgerEntryAnswer(Answer):
    id: int
    kind: str = Field(description="Soort boeking", examples=[EntryKind.MONTH.name.lower()])
    month: Month
    booked_on: date
    run_id: UUID | None
    lines: list[LedgerLineAnswer]


class LedgerList(Answer):
    items: list[LedgerEntryAnswer]


class TaskAnswer(Answer):
    id: UUID
    household_id: HouseholdId | None
    kind: TaskKind
    month: str
    for_role: Role = Field(description="Wie dit moet oplossen")
    amount_cents: SumCents
    raised_on: date
    done_on: date | None


class TaskPage(Answer):
    items: list[TaskAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class CompletionBody(Body):
    done_on: date = Field(description="Dag waarop de taak is afgerond")


class MonthTotalsAnswer(Answer):
    month: str
    households: int
    norm_cents: SumCents
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents


class LedgerTotalsAnswer(Answer):
    sum_cents: int = Field(description="Som van alle boekingen; altijd 0")
    deducted_cents: SumCents
    remainder_cents: SumCents
    holiday_reserve_cents: SumCents
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotalsAnswer]


class TaskQuery(PageQuery):
    for_role: Role | None = Field(default=None, description="Alleen taken voor deze rol")
    open_only: bool = Field(default=True, description="Alleen taken die nog niet zijn afgerond")


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


@router.get("/households/{household_id}/ledger-entries", summary="Toon het grootboek", tags=["huishoudens"])
async def list_ledger_entries(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> LedgerList:
    async with database.transaction(caller.municipality) as tx:
        await files.read_file(household_id, caller, tx)
        found = await ledger.of_household(tx, household_id, await months.names(tx, household_id))
        return LedgerList(items=[_entry(entry, lines) for entry, lines in found])


@router.get("/tasks", summary="Toon de taken", tags=["taken"])
async def list_tasks(query: Annotated[TaskQuery, FromQuery()], caller: Reader, database: DatabaseDep) -> TaskPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.tasks(
            tx, query.for_role, is_open=query.open_only, after=query.cursor, limit=query.limit
        )
        return TaskPage(items=[TaskAnswer.of(one) for one in items], next_cursor=following)


@router.post("/tasks/{task_id}/completions", status_code=201, summary="Rond een taak af", tags=["taken"])
async def complete_task(task_id: UUID, body: CompletionBody, caller: Reader, database: DatabaseDep) -> TaskAnswer:
    async with database.transaction(caller.municipality) as tx:
        return TaskAnswer.of(await shortfalls.complete_task(task_id, body.done_on, tx))


@router.get("/ledger-totals", summary="Toon wat er is betaald", tags=["cijfers"])
async def ledger_totals(caller: Counter, database: DatabaseDep) -> LedgerTotalsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return LedgerTotalsAnswer.of(await ledger.totals(tx))


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
        waiting=[WaitingAnswer(charge_id=charge_id_of(one.key), **_fields(one)) for one in made.waiting],
        payments=[PaymentAnswer.of(one) for one in made.payments],
        lines=[StatementLineAnswer(charge_id=charge_id_of(one.key), **_fields(one)) for one in made.charges],
    )


def _fields(named: Any) -> dict[str, Any]:
    """The fields of one line, its key left out."""
    return {name: value for name, value in named._asdict().items() if name not in ("key", "unpaid_cents")}


def _entry(entry: LedgerEntryRow, lines: Sequence[LedgerLineRow]) -> LedgerEntryAnswer:
    named = [
        LedgerLineAnswer(account=Account(line.account).name.lower(), amount_cents=line.amount_cents) for line in lines
    ]
    kind = EntryKind(entry.kind).name.lower()
    return LedgerEntryAnswer.model_validate({**entry.model_dump(), "kind": kind, "lines": named})
