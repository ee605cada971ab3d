"""Households with their charges and mandates over HTTP: parse, authorise, one transaction, one handler, answer."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import (
    CENTS_MAX,
    BudgetManager,
    Cents,
    ChargeId,
    CreditorCode,
    Iban,
    KnownOn,
    MandateId,
    Month,
    NewItemRequest,
    Reader,
    Reference,
    VersionId,
)
from services.ontzorgen.household.handlers import creditors, households
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.charges import Charge, Mandate, MandateProcedure
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, ReliefEndReason
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import HouseholdId, PersonId

router = APIRouter()


class ChargeRequest(NewItemRequest):
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    iban: Iban | None = Field(default=None, description="IBAN; leeg als die in het register van schuldeisers staat")
    reference: Reference
    amount_cents: int = Field(ge=1, le=CENTS_MAX, description="Bedrag per maand in eurocenten")
    from_day: date = Field(description="Eerste dag waarover de last loopt")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")
    first_due: Month | None = Field(default=None, description="Eerste maand waarin wordt betaald; leeg: de beginmaand")
    known_on: date | None = Field(
        default=None,
        description="Dag waarop de gemeente het wist; leeg: van meet af aan, of na de laatste run waarin zij ontbrak",
    )
    regeldag_id: UUID | None = Field(default=None, description="De regeldag waarop dit is geregeld")


class ChargeResponse(StateResponse, ChargeRequest):
    iban: str | None = Field(description="IBAN")
    amount_cents: Cents
    charge_id: UUID | None = Field(description="Id van de eerste versie; leeg bij die versie zelf")
    needs_confirmation: bool = Field(description="Of een collega de IBAN moet bevestigen")


class ChangeRequest(NewItemRequest):
    known_on: KnownOn
    from_day: date = Field(description="Eerste dag waarop de wijziging geldt")
    amount_cents: Cents
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")
    first_due: Month | None = Field(default=None, description="Eerste maand waarin wordt betaald")
    reference: Reference | None = Field(default=None, description="Nieuw kenmerk; leeg als het gelijk blijft")
    iban: Iban | None = Field(default=None, description="Nieuwe IBAN; een collega moet die bevestigen")


class EndRequest(NewItemRequest):
    known_on: KnownOn
    until_day: date = Field(description="Laatste dag van de last")


class MandateRequest(NewItemRequest):
    kind: ChargeKind = Field(description="Soort vaste last")
    creditor: CreditorCode
    granted_on: date = Field(description="Eerste dag van de machtiging")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als de machtiging doorloopt")
    procedure: MandateProcedure | None = Field(default=None, description="Werkwijze; leeg: die van de schuldeiser")
    first_month: Month | None = Field(
        default=None,
        description="Eerste maand die wordt betaald; leeg: de eerste die nog niet is verwerkt",
    )
    regeldag_id: UUID | None = Field(default=None, description="De regeldag waarop dit is geregeld")


class MandateResponse(StateResponse, MandateRequest):
    revoked_on: date | None = Field(description="Dag van intrekking")


class RevocationRequest(Body):
    revoked_on: date = Field(description="Vanaf deze dag geldt de machtiging niet meer")


class ConfirmationRequest(Body):
    confirmed_on: date = Field(description="Dag waarop de IBAN is vergeleken en bevestigd")


class HouseholdResponse(StateResponse):
    id: HouseholdId
    person_id: PersonId
    household_type: HouseholdType = Field(description="Leefvorm volgens het plan")
    age_band: AgeBand = Field(description="Leeftijd van de volwassenen volgens het plan")
    has_children: bool = Field(description="Of er kinderen inwonen volgens het plan")
    right_from: date = Field(description="Eerste dag van het recht op bijstand")
    right_until: date | None = Field(description="Laatste dag van het recht; leeg als het doorloopt")
    first_day: date = Field(description="Eerste dag van het ontzorgen")
    last_day: date = Field(description="Laatste dag van het ontzorgen")
    next_month: str = Field(description="Eerste maand die nog niet is verwerkt")
    months_run: int = Field(description="Aantal verwerkte maanden")
    ended_on: date | None = Field(description="Dag waarop het ontzorgen is geëindigd")
    end_reason: ReliefEndReason | None = Field(description="Waarom het eerder eindigt dan afgesproken")
    holiday_reserve_cents: Cents = Field(description="Vakantietoeslag die opzij staat")


class HouseholdPage(Page[HouseholdResponse, UUID]):
    pass


class HouseholdFileResponse(StateResponse):
    household: HouseholdResponse
    charges: list[ChargeResponse]
    mandates: list[MandateResponse]


@router.get("/households", summary="Toon de huishoudens", tags=["huishoudens"])
async def list_households(query: Annotated[PageQuery, FromQuery()], _: Reader, tx: TransactionDep) -> HouseholdPage:
    return HouseholdPage.from_states(*await households.list_households(query.cursor, query.limit, tx))


@router.get("/households/{household_id}", summary="Lees het dossier van een huishouden", tags=["huishoudens"])
async def read_household(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> HouseholdFileResponse:
    return HouseholdFileResponse.from_state(await households.read_file(household_id, tx))


@router.post(
    "/households/{household_id}/charges",
    status_code=201,
    summary="Neem een vaste last op",
    tags=["lasten"],
)
async def add_charge(
    household_id: HouseholdId, body: ChargeRequest, caller: BudgetManager, tx: TransactionDep
) -> ChargeResponse:
    charge = Charge(**dict(body))
    return ChargeResponse.from_state(await households.add_charge(household_id, charge, tx, to_recorder(caller)))


@router.post(
    "/households/{household_id}/charges/{charge_id}/changes",
    status_code=201,
    summary="Wijzig een vaste last vanaf een dag",
    tags=["lasten"],
)
async def change_charge(
    household_id: HouseholdId, charge_id: ChargeId, body: ChangeRequest, caller: BudgetManager, tx: TransactionDep
) -> ChargeResponse:
    change = ChangeOfCharge(**dict(body))
    return ChargeResponse.from_state(
        await households.change_charge(household_id, charge_id, change, tx, to_recorder(caller))
    )


@router.post(
    "/households/{household_id}/charges/{charge_id}/endings",
    status_code=201,
    summary="Beëindig een vaste last",
    tags=["lasten"],
)
async def end_charge(
    household_id: HouseholdId, charge_id: ChargeId, body: EndRequest, caller: BudgetManager, tx: TransactionDep
) -> ChargeResponse:
    ended = (body.id, body.until_day, body.known_on)
    return ChargeResponse.from_state(
        await households.end_charge(household_id, charge_id, ended, tx, to_recorder(caller))
    )


@router.post(
    "/households/{household_id}/charges/{version_id}/confirmations",
    status_code=204,
    summary="Bevestig de IBAN van een vaste last, als tweede persoon",
    tags=["lasten"],
)
async def confirm_charge_account(
    household_id: HouseholdId,
    version_id: VersionId,
    body: ConfirmationRequest,
    caller: BudgetManager,
    tx: TransactionDep,
) -> None:
    brought_by = BroughtBy(PaidItem.CHARGE, version_id)
    await creditors.confirm_account(brought_by, household_id, body.confirmed_on, tx, to_recorder(caller))


@router.post(
    "/households/{household_id}/mandates",
    status_code=201,
    summary="Leg een machtiging vast",
    tags=["lasten"],
)
async def add_mandate(
    household_id: HouseholdId, body: MandateRequest, caller: BudgetManager, tx: TransactionDep
) -> MandateResponse:
    mandate = Mandate(**dict(body))
    return MandateResponse.from_state(await households.add_mandate(household_id, mandate, tx, to_recorder(caller)))


@router.post(
    "/households/{household_id}/mandates/{mandate_id}/revocations",
    status_code=201,
    summary="Trek een machtiging in",
    tags=["lasten"],
)
async def revoke_mandate(
    household_id: HouseholdId, mandate_id: MandateId, body: RevocationRequest, caller: BudgetManager, tx: TransactionDep
) -> MandateResponse:
    revoked = await households.revoke_mandate(household_id, mandate_id, body.revoked_on, tx, to_recorder(caller))
    return MandateResponse.from_state(revoked)
