"""Bank accounts over HTTP, proposed by one and confirmed by another. Descriptions are Dutch."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.bank.formats.sepa_text import NAME_CHARACTERS_MAX
from services.ontzorgen.bank.handlers import accounts
from services.ontzorgen.bank.rules.accounts import MUNICIPALITY_HOLDER, BankAccount, build_person_holder
from services.ontzorgen.fields import AccountId, BudgetManager, NewItemRequest
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import ABOUT_SOMEONE, KnownId

router = APIRouter(tags=["bank"])


class AccountPayee(StrEnum):
    """Wie er op de rekening wordt betaald."""

    PERSON = "person"
    PARTNER = "partner"


class BankAccountRequest(NewItemRequest):
    household_id: KnownId | None = Field(default=None, description="Huishouden; leeg voor de rekening van de gemeente")
    payee: AccountPayee = Field(default=AccountPayee.PERSON, description="Wie van het huishouden")
    name: str = Field(
        min_length=1,
        max_length=NAME_CHARACTERS_MAX,
        description="Naam van de rekeninghouder zoals de bank die kent, in Latijnse letters",
    )
    iban: str = Field(min_length=15, max_length=42, description="IBAN")

    @property
    def holder(self) -> str:
        if self.household_id is None:
            return MUNICIPALITY_HOLDER
        return build_person_holder(self.payee, self.household_id)


class BankAccountResponse(StateResponse):
    id: UUID
    holder: Annotated[str, ABOUT_SOMEONE] = Field(description="Van wie de rekening is", examples=["municipality"])
    name: str = Field(description="Naam van de rekeninghouder")
    iban: str = Field(description="IBAN")
    proposed_at: datetime | None
    confirmed_at: datetime | None = Field(description="Leeg zolang niemand anders haar heeft bevestigd")


class BankAccountPage(Page[BankAccountResponse, UUID]):
    pass


@router.post("/bank-accounts", status_code=201, summary="Stel een rekening voor")
async def propose_account(body: BankAccountRequest, caller: BudgetManager, tx: TransactionDep) -> BankAccountResponse:
    proposed = BankAccount(body.id, body.holder, body.name, body.iban, proposed_by=caller.subject)
    return BankAccountResponse.from_state(await accounts.propose_account(proposed, tx))


@router.get("/bank-accounts", summary="Toon de rekeningen")
async def list_accounts(
    query: Annotated[PageQuery, FromQuery()], _: BudgetManager, tx: TransactionDep
) -> BankAccountPage:
    return BankAccountPage.from_states(*await accounts.list_accounts(query.cursor, query.limit, tx))


@router.post("/bank-accounts/{account_id}/confirmations", status_code=201, summary="Bevestig andermans rekening")
async def confirm_account(account_id: AccountId, caller: BudgetManager, tx: TransactionDep) -> BankAccountResponse:
    return BankAccountResponse.from_state(await accounts.confirm_account(account_id, caller.subject, tx))
