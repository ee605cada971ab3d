"""Ontzorgen over HTTP: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from stdnum import iban
from stdnum.exceptions import ValidationError

from services.ontzorgen import domain
from services.ontzorgen.domain import Account, TaskKind
from services.ontzorgen.handlers import households as handlers
from services.ontzorgen.repository import households as repository
from shared.events.codes import AgeBand, ChargeKind, HouseholdType
from shared.http import Body, Caller, DatabaseDep, Query, requires
from shared.identity import HouseholdId, PersonId, Role, new_id

router = APIRouter()
BudgetManager = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER))]
Reader = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER))]
Counter = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER, Role.OPERATOR))]
Cents = Annotated[int, Field(description="Bedrag in eurocenten")]


def _checked_iban(given: str) -> str:
    """The IBAN without spaces. The sentence never repeats it."""
    try:
        return str(iban.validate(given))
    except ValidationError:
        raise ValueError(
            "The check digits or the length of this IBAN are not right: compare it with the creditor's own letter."
        ) from None


Iban = Annotated[str, Field(min_length=15, max_length=42, description="IBAN"), AfterValidator(_checked_iban)]
CreditorCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", description="Code van de schuldeiser")]


class NewBody(Body):
    """A body that makes something: the sender may choose its id, and then may send it again."""

    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")


class Answer(BaseModel):
    """The base of answers, read from a state."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, state: object) -> Self:
        return cls.model_validate(state)


class ChargeBody(NewBody):
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    iban: Iban
    reference: str = Field(pattern=r"^[A-Za-z0-9 /?:().,'+-]{1,35}$", description="Kenmerk van de schuldeiser")
    amount_cents: int = Field(ge=1, le=100_000_000, description="Bedrag per maand in eurocenten")
    from_day: date = Field(description="Eerste dag waarover de last loopt")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")


class ChargeAnswer(Answer, ChargeBody):
    iban: str = Field(description="IBAN")


class MandateBody(NewBody):
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    granted_on: date = Field(description="Eerste dag van de machtiging")


class MandateAnswer(Answer, MandateBody):
    revoked_on: date | None = Field(description="Dag van intrekking")


class RevocationBody(Body):
    revoked_on: date = Field(description="Vanaf deze dag geldt de machtiging niet meer")


class HouseholdAnswer(Answer):
    id: HouseholdId
    person_id: PersonId
    household_type: HouseholdType = Field(description="Leefvorm")
    age_band: AgeBand = Field(description="Leeftijd van de volwassenen")
    has_children: bool = Field(description="Of er kinderen inwonen")
    first_day: date = Field(description="Eerste dag van het ontzorgen")
    last_day: date = Field(description="Laatste dag van het ontzorgen")
    next_month: str = Field(description="Eerste maand die nog niet is verwerkt")
    months_run: int = Field(description="Aantal verwerkte maanden")
    ended_on: date | None = Field(description="Dag waarop het ontzorgen is geëindigd")


class HouseholdPage(Answer):
    items: list[HouseholdAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class HouseholdFileAnswer(Answer):
    household: HouseholdAnswer
    charges: list[ChargeAnswer]
    mandates: list[MandateAnswer]


class StatementLineAnswer(Answer):
    charge_id: UUID
    kind: ChargeKind
    creditor: str
    due_cents: Cents
    paid_cents: Cents


class StatementAnswer(Answer):
    month: str = Field(description="Maand, als 2026-07")
    run_id: UUID
    run_on: date = Field(description="Dag waarop de maand is verwerkt")
    norm_cents: Cents
    payable_cents: Cents
    holiday_reserve_cents: Cents
    deducted_cents: Cents
    remainder_cents: Cents
    shortfall_cents: Cents
    lines: list[StatementLineAnswer]


class StatementList(Answer):
    items: list[StatementAnswer]


class LedgerLineAnswer(Answer):
    account: str = Field(description="Rekening", examples=[Account.CREDITOR_RENT.name.lower()])
    amount_cents: Cents


class LedgerEntryAnswer(Answer):
    id: int
    month: str
    booked_on: date
    run_id: UUID
    lines: list[LedgerLineAnswer]


class LedgerList(Answer):
    items: list[LedgerEntryAnswer]


class TaskAnswer(Answer):
    id: UUID
    household_id: HouseholdId
    kind: TaskKind
    month: str
    for_role: Role = Field(description="Wie dit moet oplossen")
    amount_cents: Cents
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
    norm_cents: Cents
    deducted_cents: Cents
    remainder_cents: Cents
    shortfall_cents: Cents


class LedgerTotalsAnswer(Answer):
    sum_cents: int = Field(description="Som van alle boekingen; altijd 0")
    deducted_cents: Cents
    remainder_cents: Cents
    holiday_reserve_cents: Cents
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotalsAnswer]


class PageQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")


class TaskQuery(PageQuery):
    for_role: Role | None = Field(default=None, description="Alleen taken voor deze rol")
    open_only: bool = Field(default=True, description="Alleen taken die nog niet zijn afgerond")


@router.get("/households", summary="Toon de huishoudens", tags=["huishoudens"])
async def list_households(
    query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> HouseholdPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.households(tx, query.cursor, query.limit)
        return HouseholdPage(items=[HouseholdAnswer.of(one) for one in items], next_cursor=following)


@router.get("/households/{household_id}", summary="Lees het dossier van een huishouden", tags=["huishoudens"])
async def read_household(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> HouseholdFileAnswer:
    async with database.transaction(caller.municipality) as tx:
        return HouseholdFileAnswer.of(await handlers.read_file(household_id, caller, tx))


@router.get("/households/{household_id}/statements", summary="Toon de verwerkte maanden", tags=["huishoudens"])
async def list_statements(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> StatementList:
    async with database.transaction(caller.municipality) as tx:
        await handlers.read_file(household_id, caller, tx)
        found = await repository.statements(tx, household_id)
        return StatementList(items=[_with_lines(StatementAnswer, month, lines) for month, lines in found])


@router.get("/households/{household_id}/ledger-entries", summary="Toon het grootboek", tags=["huishoudens"])
async def list_ledger_entries(household_id: HouseholdId, caller: Reader, database: DatabaseDep) -> LedgerList:
    async with database.transaction(caller.municipality) as tx:
        await handlers.read_file(household_id, caller, tx)
        found = await repository.ledger(tx, household_id)
        return LedgerList(items=[_entry(entry, lines) for entry, lines in found])


@router.post("/households/{household_id}/charges", status_code=201, summary="Neem een vaste last op", tags=["lasten"])
async def add_charge(
    household_id: HouseholdId, body: ChargeBody, caller: BudgetManager, database: DatabaseDep
) -> ChargeAnswer:
    async with database.transaction(caller.municipality) as tx:
        return ChargeAnswer.of(await handlers.add_charge(household_id, domain.Charge(**dict(body)), tx))


@router.post("/households/{household_id}/mandates", status_code=201, summary="Leg een machtiging vast", tags=["lasten"])
async def add_mandate(
    household_id: HouseholdId, body: MandateBody, caller: BudgetManager, database: DatabaseDep
) -> MandateAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MandateAnswer.of(await handlers.add_mandate(household_id, domain.Mandate(**dict(body)), tx))


@router.post(
    "/households/{household_id}/mandates/{mandate_id}/revocations",
    status_code=201,
    summary="Trek een machtiging in",
    tags=["lasten"],
)
async def revoke_mandate(
    household_id: HouseholdId, mandate_id: UUID, body: RevocationBody, caller: BudgetManager, database: DatabaseDep
) -> MandateAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MandateAnswer.of(await handlers.revoke_mandate(household_id, mandate_id, body.revoked_on, tx))


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
        return TaskAnswer.of(await handlers.complete_task(task_id, body.done_on, tx))


@router.get("/ledger-totals", summary="Toon wat er is betaald", tags=["cijfers"])
async def ledger_totals(caller: Counter, database: DatabaseDep) -> LedgerTotalsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return LedgerTotalsAnswer.of(await repository.ledger_totals(tx))


def _with_lines(kind: Any, row: Any, lines: Any) -> Any:
    return kind.model_validate({**row.model_dump(), "lines": [line.model_dump() for line in lines]})


def _entry(entry: Any, lines: Any) -> LedgerEntryAnswer:
    named = [{"account": Account(line.account).name.lower(), "amount_cents": line.amount_cents} for line in lines]
    return LedgerEntryAnswer.model_validate({**entry.model_dump(), "lines": named})
