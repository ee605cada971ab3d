"""Recruitment over HTTP: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import AfterValidator, BaseModel, Field

from services.recruitment import domain, handlers, repository
from services.recruitment.domain import DutchLevel
from shared.events.codes import OutreachChannel, TargetGroup
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import Body, Caller, DatabaseDep, Query, requires, without_personal_data
from shared.http.responses import CONFLICT, UNKNOWN, Answer, PageQuery
from shared.identity import LanguageCode, PersonId, Role, new_id

router = APIRouter()
Coordinator = Annotated[Caller, Depends(requires(Role.AMBASSADOR_COORDINATOR))]
Reader = Annotated[Caller, Depends(requires(Role.AMBASSADOR_COORDINATOR, Role.OPERATOR))]
Fact = TypeVar("Fact")
NewNeighbourhoodCode = Annotated[NeighbourhoodCode, AfterValidator(without_personal_data)]
Ambassadors = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=20, description="Ambassadeurs")]
PeopleCount = Annotated[int, Field(ge=0, le=10_000_000, description="Aantal mensen")]


class NewBody(Body):
    """A body that makes something: the sender may choose its id, and then may send it again."""

    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")


class NeighbourhoodBody(Body):
    name: str = Field(min_length=1, max_length=100, description="Naam van de wijk")
    needs_but_not_obligated: PeopleCount
    obligated: PeopleCount


class NeighbourhoodAnswer(Answer, NeighbourhoodBody):
    code: NeighbourhoodCode


class AmbassadorBody(NewBody):
    neighbourhood: NeighbourhoodCode
    appointed_on: date = Field(description="Eerste dag als ambassadeur")
    own_trajectory_completed: bool = Field(description="Heeft zelf een traject afgerond")
    dutch_level: DutchLevel = Field(description="Taalniveau Nederlands (ERK)")
    languages: tuple[LanguageCode, ...] = Field(default=(), max_length=10, description="Talen die iemand spreekt")


class AmbassadorAnswer(Answer, AmbassadorBody):
    pair_id: UUID | None = Field(description="Koppel waarin de ambassadeur werkt")


class PairBody(NewBody):
    ambassador_ids: Ambassadors
    formed_on: date = Field(description="Dag waarop het koppel begint")


class PairAnswer(Answer, PairBody):
    pass


class OutreachBody(NewBody):
    channel: OutreachChannel = Field(description="Soort plek")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: Ambassadors
    people_reached: int = Field(ge=0, le=100_000, description="Aantal mensen met wie is gesproken")
    held_on: date = Field(description="Dag van de actie")


class OutreachAnswer(Answer, OutreachBody):
    pass


class CandidateBody(NewBody):
    target_group: TargetGroup = Field(description="Doelgroep")
    language: LanguageCode
    channel: OutreachChannel = Field(description="Waar het eerste gesprek was")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: tuple[UUID, ...] = Field(default=(), max_length=20, description="Wie de kandidaat aanbracht")
    recruited_on: date = Field(description="Dag van aanmelding")
    consent_on: date = Field(description="Dag van toestemming; niet na de aanmelding")


class CandidateAnswer(Answer, CandidateBody):
    withdrawn_on: date | None = Field(description="Dag van terugtrekking")
    plan_signed_on: date | None = Field(description="Dag waarop het plan is getekend")


class WithdrawalBody(Body):
    withdrawn_on: date = Field(description="Dag van terugtrekking")


class PersonalTargetAnswer(Answer):
    ambassador_id: UUID
    personal_target: int = Field(description="Aandeel in het groepsdoel, in getekende plannen")
    credited: int = Field(description="Getekende plannen van wie deze ambassadeur aanbracht")


class TargetsAnswer(Answer):
    group_target: int = Field(description="Groepsdoel, in getekende plannen")
    signed_plans: int = Field(description="Getekende plannen, elke persoon eenmaal geteld")
    evaluation_interval_weeks: int = Field(description="Weken tussen twee evaluaties")
    ambassadors: list[PersonalTargetAnswer]


class FiguresAnswer(Answer):
    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: dict[OutreachChannel, int]
    withdrawn: int
    signed_plans: int


class AmbassadorPage(Answer):
    items: list[AmbassadorAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class CandidatePage(Answer):
    items: list[CandidateAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class NeighbourhoodPage(Answer):
    items: list[NeighbourhoodAnswer]
    next_cursor: str | None = Field(description="Geef dit als cursor voor het vervolg")


class CodePageQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: NeighbourhoodCode | None = Field(default=None, description="Waar het vorige antwoord ophield")


@router.put("/neighbourhoods/{code}", summary="Leg een wijk vast", tags=["wijken"])
async def put_neighbourhood(
    code: NewNeighbourhoodCode, body: NeighbourhoodBody, caller: Coordinator, database: DatabaseDep
) -> NeighbourhoodAnswer:
    async with database.transaction(caller.municipality) as tx:
        return NeighbourhoodAnswer.of(
            await handlers.put_neighbourhood(_fact(domain.Neighbourhood, body, code=code), tx)
        )


@router.get("/neighbourhoods", summary="Toon de wijken", tags=["wijken"])
async def list_neighbourhoods(
    query: Annotated[CodePageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> NeighbourhoodPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, domain.Neighbourhood, query.cursor, query.limit)
        return NeighbourhoodPage(items=[NeighbourhoodAnswer.of(one) for one in items], next_cursor=following)


@router.post(
    "/ambassadors", status_code=201, summary="Stel een ambassadeur aan", tags=["ambassadeurs"], responses=CONFLICT
)
async def appoint_ambassador(body: AmbassadorBody, caller: Coordinator, database: DatabaseDep) -> AmbassadorAnswer:
    async with database.transaction(caller.municipality) as tx:
        return AmbassadorAnswer.of(await handlers.appoint_ambassador(_fact(domain.Ambassador, body), tx))


@router.get("/ambassadors", summary="Toon de ambassadeurs", tags=["ambassadeurs"])
async def list_ambassadors(
    query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> AmbassadorPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, domain.Ambassador, query.cursor, query.limit)
        return AmbassadorPage(items=[AmbassadorAnswer.of(one) for one in items], next_cursor=following)


@router.post(
    "/pairs", status_code=201, summary="Vorm een koppel ambassadeurs", tags=["ambassadeurs"], responses=CONFLICT
)
async def form_pair(body: PairBody, caller: Coordinator, database: DatabaseDep) -> PairAnswer:
    async with database.transaction(caller.municipality) as tx:
        return PairAnswer.of(await handlers.form_pair(_fact(domain.Pair, body), tx))


@router.get("/targets", summary="Toon groepsdoel en persoonlijke doelen", tags=["ambassadeurs"], responses=CONFLICT)
async def targets(
    on: Annotated[date, FromQuery(description="Dag waarvan het beleid geldt")], caller: Reader, database: DatabaseDep
) -> TargetsAnswer:
    async with database.transaction(caller.municipality) as tx:
        return TargetsAnswer.of(await handlers.targets(on, tx))


@router.post("/outreaches", status_code=201, summary="Leg een wervingsactie vast", tags=["werving"], responses=CONFLICT)
async def hold_outreach(body: OutreachBody, caller: Coordinator, database: DatabaseDep) -> OutreachAnswer:
    async with database.transaction(caller.municipality) as tx:
        return OutreachAnswer.of(await handlers.hold_outreach(_fact(domain.Outreach, body), tx))


@router.post(
    "/candidates",
    status_code=201,
    summary="Meld een kandidaat aan, met toestemming",
    tags=["kandidaten"],
    responses=CONFLICT,
)
async def register_candidate(body: CandidateBody, caller: Coordinator, database: DatabaseDep) -> CandidateAnswer:
    async with database.transaction(caller.municipality) as tx:
        return CandidateAnswer.of(await handlers.register_candidate(_fact(domain.Candidate, body), tx))


@router.get("/candidates", summary="Toon de kandidaten", tags=["kandidaten"])
async def list_candidates(
    query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> CandidatePage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, domain.Candidate, query.cursor, query.limit)
        return CandidatePage(items=[CandidateAnswer.of(one) for one in items], next_cursor=following)


@router.get(
    "/candidates/{person_id}", summary="Lees het dossier van een kandidaat", tags=["kandidaten"], responses=UNKNOWN
)
async def read_candidate(person_id: PersonId, caller: Coordinator, database: DatabaseDep) -> CandidateAnswer:
    async with database.transaction(caller.municipality) as tx:
        return CandidateAnswer.of(await handlers.read_candidate(person_id, caller, tx))


@router.post(
    "/candidates/{person_id}/withdrawals",
    status_code=201,
    summary="Trek een kandidaat terug",
    tags=["kandidaten"],
    responses=UNKNOWN | CONFLICT,
)
async def withdraw_candidate(
    person_id: PersonId, body: WithdrawalBody, caller: Coordinator, database: DatabaseDep
) -> CandidateAnswer:
    async with database.transaction(caller.municipality) as tx:
        return CandidateAnswer.of(await handlers.withdraw_candidate(person_id, body.withdrawn_on, tx))


@router.get("/figures", summary="Toon wat er is geteld", tags=["cijfers"])
async def figures(caller: Reader, database: DatabaseDep) -> FiguresAnswer:
    async with database.transaction(caller.municipality) as tx:
        return FiguresAnswer.of(await repository.figures(tx))


def _fact(kind: type[Fact], body: BaseModel, **more: Any) -> Fact:
    """A body as the fact that rules work on: the same fields under the same names."""
    return kind(**dict(body), **more)
