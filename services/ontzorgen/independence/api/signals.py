"""What the household's surroundings do, and the household's own month, over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.independence.api.independence import REFUSALS, BudgetManager, CreditorCode, NewBody, Worker
from services.ontzorgen.independence.handlers import my_month as my_month_handlers
from services.ontzorgen.independence.handlers import signals as handlers
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules.signals import (
    ArrearsMessage,
    DiscountAgreement,
    EnergyHelp,
    EnergyStep,
    Engagement,
    HelpState,
    MotherEngagement,
    NeighbourhoodMother,
    SignalKind,
    SoundingBoardMeeting,
)
from shared.events.codes import ChargeKind
from shared.http.requests import Body, DatabaseDep
from shared.http.responses import UNKNOWN, Answer, PageQuery
from shared.identity import HouseholdId, LanguageCode

router = APIRouter(tags=["omgeving"])
Page = Annotated[PageQuery, FromQuery()]
Following = Annotated[UUID | None, Field(description="Geef dit als cursor voor het vervolg")]
Month = Annotated[str, Path(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07")]
Cents = Annotated[int, Field(description="Bedrag in eurocenten")]


class ArrearsBody(Body):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last met achterstand")
    months_in_arrears: int = Field(ge=1, le=120, description="Aantal maanden dat niet is betaald")
    signalled_on: date = Field(description="Dag van het signaal")


class ArrearsAnswer(Answer, ArrearsBody):
    id: UUID
    recorded_as: SignalKind = Field(description="Signaal na het ontzorgen, of contact tijdens het ontzorgen")


class MeetingBody(NewBody):
    held_on: date = Field(description="Dag van de bijeenkomst")
    participants: int = Field(ge=1, le=500, description="Aantal deelnemers")
    found_it_helps: int = Field(ge=0, le=500, description="Deelnemers die vinden dat ontzorgen helpt")
    found_it_does_not: int = Field(ge=0, le=500, description="Deelnemers die vinden dat het niet helpt")


class MeetingAnswer(Answer, MeetingBody):
    pass


class MeetingPage(Answer):
    items: list[MeetingAnswer]
    next_cursor: Following


class MotherBody(NewBody):
    languages: tuple[LanguageCode, ...] = Field(min_length=1, max_length=12, description="Talen die zij spreekt")
    from_day: date = Field(description="Eerste dag van haar werk")
    until_day: date | None = Field(default=None, description="Laatste dag van haar werk")


class MotherAnswer(Answer, MotherBody):
    pass


class MotherPage(Answer):
    items: list[MotherAnswer]
    next_cursor: Following


class EngagementBody(NewBody):
    engagement: Engagement = Field(description="Wat zij deed")
    on_day: date = Field(description="Op welke dag")
    minutes: int = Field(ge=1, le=1_440, description="Duur in minuten")
    household_id: UUID | None = Field(default=None, description="Het huishouden dat zij begeleidt")
    volunteer_id: UUID | None = Field(default=None, description="De vrijwilliger die zij wierf")


class EngagementAnswer(Answer, EngagementBody):
    pass


class EngagementList(Answer):
    items: list[EngagementAnswer]


class EnergyBody(Body):
    help: EnergyHelp = Field(description="Bespaarbezoek of energiebox")
    state: HelpState = Field(description="Aangeboden, aanvaard, afgewezen of geleverd")
    on_day: date = Field(description="Op welke dag")


class EnergyAnswer(Answer, EnergyBody):
    pass


class EnergyList(Answer):
    items: list[EnergyAnswer]


class DiscountBody(NewBody):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    discount_percent: int = Field(ge=1, le=100, description="Korting in procenten")
    guaranteed_months: int = Field(ge=1, le=120, description="Maanden waarover betaling is gegarandeerd")
    from_day: date = Field(description="Eerste dag van de afspraak")
    until_day: date | None = Field(default=None, description="Laatste dag; leeg als die niet bekend is")


class DiscountAnswer(Answer, DiscountBody):
    pass


class DiscountPage(Answer):
    items: list[DiscountAnswer]
    next_cursor: Following


class AmountAnswer(Answer):
    code: str = Field(description="Code om te vertalen", examples=["assistance"])
    cents: Cents


class PaidAnswer(Answer):
    kind: ChargeKind = Field(description="Soort vaste last")
    due_cents: Cents
    paid_cents: Cents


class NextAnswer(Answer):
    month: str = Field(description="De volgende maand")
    pay_on: date = Field(description="Dag waarop het geld komt")
    withheld: list[AmountAnswer] = Field(description="Wat naar verwachting wordt ingehouden")
    pays_alone: list[ChargeKind] = Field(description="Wat het huishouden zelf betaalt")
    relief_ends_on: date | None = Field(description="Laatste dag van het ontzorgen, als die in deze maand valt")


class MyMonthAnswer(Answer):
    month: str = Field(description="De maand, als 2026-07")
    came_in: list[AmountAnswer] = Field(description="Wat er binnenkwam")
    came_in_cents: Cents
    paid: list[PaidAnswer] = Field(description="Wat er is betaald")
    paid_cents: Cents
    left_cents: Cents = Field(description="Wat er over is, in eurocenten")
    short_cents: Cents = Field(description="Wat er te weinig was, in eurocenten")
    next: NextAnswer | None = Field(description="Wat er daarna komt")


@router.post(
    "/households/{household_id}/arrears-messages",
    status_code=201,
    summary="Leg een signaal van een schuldeiser vast",
    responses=REFUSALS,
)
async def signal(household_id: HouseholdId, body: ArrearsBody, caller: Worker, database: DatabaseDep) -> ArrearsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return ArrearsAnswer.of(await handlers.signal(ArrearsMessage(household_id=household_id, **dict(body)), tx))


@router.post("/sounding-board-meetings", status_code=201, summary="Leg een klankbordgroep vast", responses=REFUSALS)
async def hold_meeting(body: MeetingBody, caller: Worker, database: DatabaseDep) -> MeetingAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MeetingAnswer.of(await handlers.hold_meeting(SoundingBoardMeeting(**dict(body)), tx))


@router.get("/sounding-board-meetings", summary="Toon de klankbordgroepen")
async def list_meetings(query: Page, caller: Worker, database: DatabaseDep) -> MeetingPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, SoundingBoardMeeting, query.cursor, query.limit)
        return MeetingPage(items=[MeetingAnswer.of(one) for one in items], next_cursor=following)


@router.post("/neighbourhood-mothers", status_code=201, summary="Schrijf een buurtmoeder in", responses=REFUSALS)
async def register_mother(body: MotherBody, caller: Worker, database: DatabaseDep) -> MotherAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MotherAnswer.of(await handlers.register_mother(NeighbourhoodMother(**dict(body)), tx))


@router.get("/neighbourhood-mothers", summary="Toon de buurtmoeders")
async def list_mothers(query: Page, caller: Worker, database: DatabaseDep) -> MotherPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, NeighbourhoodMother, query.cursor, query.limit)
        return MotherPage(items=[MotherAnswer.of(one) for one in items], next_cursor=following)


@router.post(
    "/neighbourhood-mothers/{mother_id}/engagements",
    status_code=201,
    summary="Leg werk van een buurtmoeder vast",
    responses=REFUSALS,
)
async def engage_mother(
    mother_id: UUID, body: EngagementBody, caller: Worker, database: DatabaseDep
) -> EngagementAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = MotherEngagement(mother_id=mother_id, **dict(body))
        return EngagementAnswer.of(await handlers.engage_mother(asked, tx))


@router.get("/neighbourhood-mothers/{mother_id}/engagements", summary="Toon het werk van een buurtmoeder")
async def list_engagements(mother_id: UUID, caller: Worker, database: DatabaseDep) -> EngagementList:
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.engagements_of(mother_id, tx)
        return EngagementList(items=[EngagementAnswer.of(one) for one in found])


@router.post(
    "/households/{household_id}/energy-steps",
    status_code=201,
    summary="Leg hulp bij energie besparen vast",
    responses=REFUSALS,
)
async def help_save_energy(
    household_id: HouseholdId, body: EnergyBody, caller: Worker, database: DatabaseDep
) -> EnergyAnswer:
    async with database.transaction(caller.municipality) as tx:
        return EnergyAnswer.of(await handlers.help_save_energy(EnergyStep(household_id=household_id, **dict(body)), tx))


@router.get("/households/{household_id}/energy-steps", summary="Toon hulp bij energie besparen")
async def list_energy_steps(household_id: HouseholdId, caller: Worker, database: DatabaseDep) -> EnergyList:
    async with database.transaction(caller.municipality) as tx:
        await read_household(household_id, caller, tx)
        found = await repository.known(tx, EnergyStep, household_id=household_id)
        return EnergyList(items=[EnergyAnswer.of(one) for one in found])


@router.post("/discount-agreements", status_code=201, summary="Leg een kortingsafspraak vast", responses=REFUSALS)
async def agree_discount(body: DiscountBody, caller: BudgetManager, database: DatabaseDep) -> DiscountAnswer:
    async with database.transaction(caller.municipality) as tx:
        return DiscountAnswer.of(await handlers.agree_discount(DiscountAgreement(**dict(body)), tx))


@router.get("/discount-agreements", summary="Toon de kortingsafspraken")
async def list_discounts(query: Page, caller: Worker, database: DatabaseDep) -> DiscountPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, DiscountAgreement, query.cursor, query.limit)
        return DiscountPage(items=[DiscountAnswer.of(one) for one in items], next_cursor=following)


@router.get("/households/{household_id}/months/{month}", summary="Lees mijn maand", responses=UNKNOWN)
async def my_month(household_id: HouseholdId, month: Month, caller: Worker, database: DatabaseDep) -> MyMonthAnswer:
    async with database.transaction(caller.municipality) as tx:
        return MyMonthAnswer.of(await my_month_handlers.my_month(household_id, month, caller, tx))
