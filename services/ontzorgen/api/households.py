"""Ontzorgen over HTTP: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from stdnum import iban
from stdnum.exceptions import ValidationError

from services.ontzorgen import domain
from services.ontzorgen.handlers import households as handlers
from services.ontzorgen.repository import households as repository
from shared.events.codes import AgeBand, ChargeKind, HouseholdType
from shared.http import Body, Caller, DatabaseDep, Query, requires
from shared.identity import HouseholdId, PersonId, Role, new_id

router = APIRouter()
BudgetManager = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER))]
Reader = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER))]


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


class PageQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")


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
