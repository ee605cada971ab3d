"""The ledger over HTTP: a household's entries, and the municipality's totals. Descriptions are Dutch."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import FiguresReader, Month, Reader, SignedCents, SumCents
from services.ontzorgen.ledger.repository import entries
from services.ontzorgen.ledger.rules import Account, EntryKind, LedgerEntry
from shared.database.transactions import Transaction
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

ReadFile = Callable[[UUID, Transaction], Awaitable[object]]


class LedgerLineResponse(StateResponse):
    account: str = Field(description="Rekening", examples=[Account.CREDITOR_RENT.name.lower()])
    amount_cents: SignedCents


class LedgerEntryResponse(StateResponse):
    id: int
    kind: str = Field(description="Soort boeking", examples=[EntryKind.MONTH.name.lower()])
    month: Month
    booked_on: date
    run_id: UUID | None
    lines: list[LedgerLineResponse]


class LedgerList(StateResponse):
    items: list[LedgerEntryResponse]


class MonthTotalsResponse(StateResponse):
    month: str
    households: int
    norm_cents: SumCents
    deducted_cents: SumCents
    remainder_cents: SumCents
    shortfall_cents: SumCents
    attachment_cents: SumCents
    set_off_cents: SumCents
    holiday_paid_cents: SumCents
    holiday_handed_over_cents: SumCents


class LedgerTotalsResponse(StateResponse):
    sum_cents: int = Field(description="Som van alle boekingen; altijd 0")
    deducted_cents: SumCents
    remainder_cents: SumCents
    holiday_reserve_cents: SumCents = Field(description="Vakantietoeslag die nog opzij staat")
    holiday_paid_cents: SumCents = Field(description="Uitbetaalde vakantietoeslag")
    holiday_handed_over_cents: SumCents = Field(description="Vakantietoeslag die naar de bijstand is overgedragen")
    attachment_cents: SumCents = Field(description="Aan beslagleggers betaald")
    set_off_cents: SumCents = Field(description="Verrekend: bij de gemeente gebleven")
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotalsResponse]


def create_router(read_file: ReadFile) -> APIRouter:
    """Return the routes of the ledger; `read_file` refuses an unknown household and logs who reads its file."""
    router = APIRouter()

    @router.get("/households/{household_id}/ledger-entries", summary="Toon het grootboek", tags=["huishoudens"])
    async def list_ledger_entries(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> LedgerList:
        await read_file(household_id, tx)
        household_entries = await entries.list_household_entries(tx, household_id)
        return LedgerList(items=[_respond_with_entry(entry) for entry in household_entries])

    @router.get("/ledger-totals", summary="Toon wat er is betaald", tags=["cijfers"])
    async def read_ledger_totals(_caller: FiguresReader, tx: TransactionDep) -> LedgerTotalsResponse:
        return LedgerTotalsResponse.from_state(await entries.count_totals(tx))

    return router


def _respond_with_entry(entry: LedgerEntry) -> LedgerEntryResponse:
    return LedgerEntryResponse(
        id=entry.id,
        kind=entry.kind.name.lower(),
        month=entry.month,
        booked_on=entry.booked_on,
        run_id=entry.run_id,
        lines=[
            LedgerLineResponse(account=Account(line.account).name.lower(), amount_cents=line.amount_cents)
            for line in entry.lines
        ],
    )
