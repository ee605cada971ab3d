"""The rest of a household's file over HTTP: right, composition, allowances, grants, claims, assets, terms, history."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import (
    BudgetManager,
    Cents,
    CreditorCode,
    KnownOn,
    Month,
    NewItemRequest,
    OfPerson,
    PersonQuery,
    Reader,
    ReplacingRequest,
)
from services.ontzorgen.household.api.households import HouseholdResponse
from services.ontzorgen.household.handlers import file, households
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.composition import CHILDREN_MAX, SHARERS_MAX, CompositionVersion
from services.ontzorgen.household.rules.means import Allowance, Asset, AssetKind, Claim, PaymentTerms
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceKind,
    Child,
    ParentsSupport,
    PayOut,
    SingleNormGround,
)
from shared.events.codes import HouseholdType
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import Page, StateResponse
from shared.identity import HouseholdId

router = APIRouter()
DATES_MAX = 120


class RightRequest(NewItemRequest):
    right_from: date = Field(description="Eerste dag van het recht op bijstand")
    right_until: date | None = Field(default=None, description="Laatste dag van het recht; leeg als het doorloopt")
    known_on: KnownOn


class ChildRequest(Body):
    born_on: date | None = Field(default=None, description="Geboortedag; blijft in de database van deze dienst")
    age: int | None = Field(default=None, ge=0, le=17, description="Leeftijd in jaren, als de geboortedag onbekend is")


class AdultRequest(Body):
    born_on: date | None = Field(default=None, description="Geboortedag; blijft in de database van deze dienst")
    age: int | None = Field(default=None, ge=18, le=120, description="Leeftijd in jaren, bij onbekende geboortedag")
    parents_support: ParentsSupport = Field(
        default=ParentsSupport.PENDING, description="Of de ouders van iemand van 18 tot 21 kunnen bijdragen"
    )
    has_right: bool = Field(
        default=True,
        description="Recht op algemene bijstand; alleen de tweede van een paar kan zonder recht zijn (art. 24)",
    )
    single_norm_ground: SingleNormGround | None = Field(
        default=None,
        description="Grond waarop de gemeente de ander, naast een echtgenoot zonder recht, de norm van een "
        "alleenstaande geeft (art. 18, eerste lid); leeg: de helft van de gehuwdennorm (art. 24)",
    )
    in_institution: bool = Field(default=False, description="Verblijft in een inrichting (art. 23)")


class CompositionRequest(ReplacingRequest):
    from_day: date = Field(description="Vanaf deze dag woont men er zo")
    kind: HouseholdType = Field(description="Leefvorm")
    adults: tuple[AdultRequest, ...] = Field(min_length=1, max_length=2, description="De volwassenen")
    children: tuple[ChildRequest, ...] = Field(default=(), max_length=CHILDREN_MAX, description="De inwonende kinderen")
    sharers: int = Field(default=0, ge=0, le=SHARERS_MAX, description="Kostendelers die volgens art. 19a meetellen")
    pay_out: PayOut = Field(default=PayOut.HALF_EACH, description="Aan wie van een paar wordt uitbetaald")


class AdultResponse(StateResponse, AdultRequest):
    pass


class ChildResponse(StateResponse, ChildRequest):
    pass


class CompositionResponse(StateResponse, CompositionRequest):
    adults: tuple[AdultResponse, ...] = Field(description="De volwassenen")
    children: tuple[ChildResponse, ...] = Field(description="De inwonende kinderen")


class AllowanceRequest(ReplacingRequest):
    kind: AllowanceKind = Field(description="Soort toeslag")
    amount_cents: Cents
    is_routed: bool = Field(description="Of de toeslag via de gemeente loopt")
    from_month: Month | None = None
    until_month: Month | None = None


class AllowanceResponse(StateResponse, AllowanceRequest):
    pass


class ClaimRequest(ReplacingRequest):
    creditor: CreditorCode
    amount_cents: Cents
    total_cents: int = Field(ge=0, le=10_000_000_000, description="Hele vordering in eurocenten")
    from_day: date = Field(description="Dag van de vordering")
    person_id: OfPerson = None


class ClaimResponse(StateResponse, ClaimRequest):
    pass


class ClaimList(StateResponse):
    items: list[ClaimResponse]


class AssetRequest(ReplacingRequest):
    kind: AssetKind = Field(description="Soort vermogen")
    amount_cents: int = Field(ge=0, le=10_000_000_000, description="Waarde in eurocenten")
    seen_on: date = Field(description="Dag waarop dit is vastgesteld")


class AssetResponse(StateResponse, AssetRequest):
    pass


class AssetList(StateResponse):
    items: list[AssetResponse]


class TermsRequest(NewItemRequest):
    from_day: date = Field(description="Dag waarop dit is afgesproken")
    prepay: bool | None = Field(default=None, description="Een maand vooruit betalen; leeg: zoals het beleid zegt")
    pay_on: tuple[date, ...] | None = Field(
        default=None, min_length=1, max_length=DATES_MAX, description="Betaaldagen; leeg: zoals het beleid zegt"
    )


class TermsResponse(StateResponse, TermsRequest):
    pass


class MeansResponse(StateResponse):
    compositions: list[CompositionResponse]
    allowances: list[AllowanceResponse]
    claims: list[ClaimResponse]
    payment_terms: TermsResponse | None


class HistoryEntryResponse(StateResponse):
    record_no: int = Field(description="Volgnummer van vastlegging")
    part: str = Field(description="Onderdeel van het dossier", examples=["charge"])
    recorded_at: datetime
    recorded_role: str = Field(description="Rol van wie dit vastlegde")
    recorded_by: str = Field(description="Kenmerk dat collega's onderscheidt en niemand noemt")
    content: dict[str, Any] = Field(description="Wat er is vastgelegd")


class HistoryPage(Page[HistoryEntryResponse, int]):
    pass


class HistoryQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: int | None = Field(default=None, ge=0, description="Waar het vorige antwoord ophield")


@router.post("/households/{household_id}/rights", status_code=201, summary="Wijzig het recht", tags=["dossier"])
async def change_rights(
    household_id: HouseholdId, body: RightRequest, caller: Reader, tx: TransactionDep
) -> HouseholdResponse:
    change = RightVersion(**dict(body))
    return HouseholdResponse.from_state(await file.change_rights(household_id, change, tx, to_recorder(caller)))


@router.post(
    "/households/{household_id}/compositions", status_code=201, summary="Leg vast wie er woont", tags=["dossier"]
)
async def record_composition(
    household_id: HouseholdId, body: CompositionRequest, caller: Reader, tx: TransactionDep
) -> CompositionResponse:
    adults = tuple(Adult(**dict(adult)) for adult in body.adults)
    children = tuple(Child(**dict(child)) for child in body.children)
    version = CompositionVersion(**{**dict(body), "adults": adults, "children": children})
    return CompositionResponse.from_state(await file.record_composition(household_id, version, tx, to_recorder(caller)))


@router.post("/households/{household_id}/allowances", status_code=201, summary="Leg een toeslag vast", tags=["dossier"])
async def record_allowance(
    household_id: HouseholdId, body: AllowanceRequest, caller: BudgetManager, tx: TransactionDep
) -> AllowanceResponse:
    allowance = Allowance(**dict(body))
    return AllowanceResponse.from_state(await file.record_allowance(household_id, allowance, tx, to_recorder(caller)))


@router.post("/households/{household_id}/claims", status_code=201, summary="Leg een vordering vast", tags=["dossier"])
async def record_claim(
    household_id: HouseholdId, body: ClaimRequest, caller: BudgetManager, tx: TransactionDep
) -> ClaimResponse:
    return ClaimResponse.from_state(await file.record_claim(household_id, Claim(**dict(body)), tx, to_recorder(caller)))


@router.get("/households/{household_id}/claims", summary="Toon de vorderingen", tags=["dossier"])
async def list_claims(
    household_id: HouseholdId, query: Annotated[PersonQuery, FromQuery()], _: Reader, tx: TransactionDep
) -> ClaimList:
    claims = await file.read_claims(household_id, query.person_id, tx)
    return ClaimList(items=[ClaimResponse.from_state(claim) for claim in claims])


@router.post("/households/{household_id}/assets", status_code=201, summary="Leg vermogen vast", tags=["dossier"])
async def record_asset(
    household_id: HouseholdId, body: AssetRequest, caller: Reader, tx: TransactionDep
) -> AssetResponse:
    return AssetResponse.from_state(await file.record_asset(household_id, Asset(**dict(body)), tx, to_recorder(caller)))


@router.get("/households/{household_id}/assets", summary="Toon het vermogen", tags=["dossier"])
async def list_assets(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> AssetList:
    assets = await file.read_assets(household_id, tx)
    return AssetList(items=[AssetResponse.from_state(asset) for asset in assets])


@router.post(
    "/households/{household_id}/payment-terms", status_code=201, summary="Leg betaaldagen vast", tags=["dossier"]
)
async def record_terms(
    household_id: HouseholdId, body: TermsRequest, caller: BudgetManager, tx: TransactionDep
) -> TermsResponse:
    terms = PaymentTerms(**dict(body))
    return TermsResponse.from_state(await file.record_terms(household_id, terms, tx, to_recorder(caller)))


@router.get("/households/{household_id}/means", summary="Toon wie er woont en wat er is", tags=["dossier"])
async def read_means(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> MeansResponse:
    return MeansResponse.from_state(await households.read_file(household_id, tx))


@router.get("/households/{household_id}/history", summary="Toon alle versies van het dossier", tags=["dossier"])
async def read_history(
    household_id: HouseholdId, query: Annotated[HistoryQuery, FromQuery()], _: Reader, tx: TransactionDep
) -> HistoryPage:
    return HistoryPage.from_states(*await file.read_history(household_id, query.cursor, query.limit, tx))
