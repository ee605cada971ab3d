"""Intake over HTTP: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import AfterValidator, Field, model_validator

from services.intake import domain, handlers, repository
from shared.events.codes import AgeBand, HouseholdType, LearningRoute, RouteReason, TargetGroup
from shared.http.requests import Body, Caller, DatabaseDep, requires, without_personal_data
from shared.http.responses import CONFLICT, UNKNOWN, Answer, PageQuery
from shared.identity import HouseholdId, LanguageCode, PersonId, Role, new_id

router = APIRouter()
file = APIRouter(prefix="/newcomers/{person_id}", responses=UNKNOWN)
CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
Reader = Annotated[Caller, Depends(requires(Role.CASE_MANAGER, Role.OPERATOR))]


Reason = Annotated[str, Field(min_length=10, max_length=500), AfterValidator(without_personal_data)]


class NoticeBody(Body):
    registered_on: date | None = Field(default=None, description="Dag van inschrijving in de BRP van deze gemeente")
    obligation_notified_on: date | None = Field(default=None, description="Dag van de kennisgeving door DUO")


class ObligationNoticeBody(NoticeBody):
    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.registered_on is None and self.obligation_notified_on is None:
            raise ValueError("There is no day in it: give registered_on, obligation_notified_on, or both.")
        return self


class NewcomerBody(NoticeBody):
    id: PersonId = Field(default_factory=new_id)
    target_group: TargetGroup = Field(description="Doelgroep")
    language: LanguageCode
    opened_on: date = Field(description="Dag waarop het dossier is geopend")


class NewcomerAnswer(Answer, NewcomerBody):
    state: domain.FileState = Field(description="Hoe ver het dossier is")
    pip_due_on: date | None = Field(description="Laatste dag waarop het PIP op tijd is; leeg zolang er geen termijn is")
    pip_missed_on: date | None = Field(description="Dag waarop is gemeld dat het PIP te laat is")
    talk_planned_on: date | None = Field(description="Dag van het gesprek")
    intake_completed_on: date | None = Field(description="Dag waarop de intake is afgerond")
    plan_signed_on: date | None = Field(description="Dag waarop het PIP is getekend")
    closed_on: date | None = Field(description="Dag waarop het dossier is gesloten")


class IntakeBody(Body):
    planned_on: date = Field(description="Dag van het gesprek")


class IntakePartsBody(Body):
    """Wat nu wordt vastgelegd; wat ontbreekt blijft zoals het was. Gezondheid wordt niet vastgelegd."""

    recorded_on: date = Field(description="Dag van vastleggen")
    learnability_test: domain.Learnability | None = Field(default=None, description="Uitslag leerbaarheidstoets")
    schooling: domain.Schooling | None = Field(default=None, description="Hoogste opleiding in het land van herkomst")
    literacy: domain.Literacy | None = Field(default=None, description="Schrift waarin iemand leest en schrijft")
    work_years: int | None = Field(default=None, ge=0, le=60, description="Jaren werkervaring")
    personal_circumstances_discussed: Literal[True] | None = Field(
        default=None, description="Persoonlijke omstandigheden zijn besproken"
    )
    child_education: domain.ChildEducation | None = Field(default=None, description="Voor- en vroegschoolse educatie")
    language_level: domain.LanguageLevel | None = Field(default=None, description="Taalniveau Nederlands (ERK)")
    work_option: domain.WorkOption | None = Field(default=None, description="Mogelijkheid tot werk nu")
    wish: domain.Wish | None = Field(default=None, description="Wens van de persoon")
    self_reliance: domain.SelfReliance | None = Field(default=None, description="Mate van zelfredzaamheid")
    right_to_talk_alone_told: Literal[True] | None = Field(
        default=None, description="Op het recht alleen te spreken is gewezen"
    )


class DeviationBody(Body):
    route: LearningRoute = Field(description="Leerroute die de klantmanager kiest")
    reason: Reason = Field(description="Waarom wordt afgeweken van het advies")


class CompletionBody(Body):
    completed_on: date = Field(description="Dag van afronden")
    deviation: DeviationBody | None = None


class IntakeAnswer(Answer, IntakePartsBody):
    recorded_on: date | None = Field(description="Dag van vastleggen")  # type: ignore[assignment]  # empty at first
    advised_route: LearningRoute | None = Field(description="Leerroute volgens de regels")
    decided_route: LearningRoute | None = Field(description="Leerroute waartoe is besloten")
    deviation_reason: str | None
    reasons: tuple[RouteReason, ...] = Field(description="Waarom deze leerroute")


class IntakePartsAnswer(Answer):
    intake: IntakeAnswer
    missing_parts: tuple[domain.Part, ...] = Field(description="Onderdelen die nog ontbreken")


class ReliefBody(Body):
    """Wat de norm van het huishouden bepaalt."""

    household_id: HouseholdId
    household_type: HouseholdType = Field(description="Leefvorm")
    age_band: AgeBand = Field(description="Leeftijd van de volwassenen")
    has_children: bool = Field(description="Of er inwonende kinderen zijn")
    assistance_from: date = Field(description="Dag waarop het recht op bijstand ingaat")


class PlanBody(Body):
    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    drafted_on: date = Field(description="Dag van opstellen")
    route: LearningRoute = Field(description="Leerroute")
    deviation_reason: Reason | None = Field(default=None, description="Nodig bij een andere route dan na de intake")
    progress_talks: int = Field(ge=1, le=60, description="Aantal voortgangsgesprekken")
    intensity_hours_per_week: int | None = Field(
        default=None, ge=1, le=40, description="Intensiteit; verplicht bij asielstatushouders"
    )
    support: tuple[domain.Support, ...] = Field(default=(), max_length=len(domain.Support), description="Ondersteuning")
    relief: ReliefBody | None = Field(default=None, description="Ontzorgen, als dat is afgesproken")

    def plan(self, person_id: UUID) -> domain.Plan:
        own = {name: value for name, value in dict(self).items() if name != "relief"}
        relief = dict(self.relief) if self.relief else dict.fromkeys(ReliefBody.model_fields)
        return domain.Plan(person_id=person_id, relief_agreed=self.relief is not None, **own, **relief)


class PlanAnswer(Answer):
    id: UUID
    drafted_on: date
    signed_on: date | None = Field(description="Dag van ondertekening")
    route: LearningRoute
    deviation_reason: str | None
    progress_talks: int
    intensity_hours_per_week: int | None
    support: tuple[domain.Support, ...]
    relief_agreed: bool
    household_id: UUID | None
    household_type: HouseholdType | None
    age_band: AgeBand | None
    has_children: bool | None
    assistance_from: date | None


class SignatureBody(Body):
    signed_on: date = Field(description="Dag van ondertekening")


class FileAnswer(Answer):
    newcomer: NewcomerAnswer
    intake: IntakeAnswer
    missing_parts: tuple[domain.Part, ...] = Field(description="Onderdelen die nog ontbreken")
    plans: list[PlanAnswer]


class NewcomerPage(Answer):
    items: list[NewcomerAnswer]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class FiguresAnswer(Answer):
    files: int
    files_by_target_group: dict[TargetGroup, int]
    closed: int
    intakes_completed: int
    intakes_by_route: dict[LearningRoute, int]
    signed_plans: int
    plans_by_route: dict[LearningRoute, int]
    relief_agreed: int
    deadlines_missed: int


@router.post("/newcomers", status_code=201, summary="Open een dossier", tags=["dossiers"], responses=CONFLICT)
async def open_file(body: NewcomerBody, caller: CaseManager, database: DatabaseDep) -> NewcomerAnswer:
    async with database.transaction(caller.municipality) as tx:
        return NewcomerAnswer.of(await handlers.open_file(domain.Newcomer(**dict(body)), tx))


@router.get("/newcomers", summary="Toon de dossiers met hun termijnen", tags=["dossiers"])
async def list_newcomers(
    query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> NewcomerPage:
    async with database.transaction(caller.municipality) as tx:
        items, following = await repository.page(tx, query.cursor, query.limit)
        return NewcomerPage(items=[NewcomerAnswer.of(one) for one in items], next_cursor=following)


@file.get("", summary="Lees een dossier", tags=["dossiers"])
async def read_file(person_id: PersonId, caller: CaseManager, database: DatabaseDep) -> FileAnswer:
    async with database.transaction(caller.municipality) as tx:
        return FileAnswer.of(await handlers.read_file(person_id, caller, tx))


@file.post(
    "/obligation-notices",
    status_code=201,
    summary="Leg kennisgeving of inschrijving vast",
    tags=["dossiers"],
    responses=CONFLICT,
)
async def notify_obligation(
    person_id: PersonId, body: ObligationNoticeBody, caller: CaseManager, database: DatabaseDep
) -> NewcomerAnswer:
    async with database.transaction(caller.municipality) as tx:
        return NewcomerAnswer.of(await handlers.notify_obligation(person_id, tx=tx, **dict(body)))


@file.post("/intakes", status_code=201, summary="Plan het gesprek", tags=["brede intake"], responses=CONFLICT)
async def schedule_talk(
    person_id: PersonId, body: IntakeBody, caller: CaseManager, database: DatabaseDep
) -> NewcomerAnswer:
    async with database.transaction(caller.municipality) as tx:
        return NewcomerAnswer.of(await handlers.schedule_talk(person_id, body.planned_on, tx))


@file.post(
    "/intake-parts",
    status_code=201,
    summary="Leg onderdelen van de intake vast",
    tags=["brede intake"],
    responses=CONFLICT,
)
async def record_parts(
    person_id: PersonId, body: IntakePartsBody, caller: CaseManager, database: DatabaseDep
) -> IntakePartsAnswer:
    async with database.transaction(caller.municipality) as tx:
        intake, missing = await handlers.record_parts(domain.BroadIntake(person_id, **dict(body)), tx)
        return IntakePartsAnswer(intake=IntakeAnswer.of(intake), missing_parts=missing)


@file.post(
    "/intake-completions", status_code=201, summary="Rond de intake af", tags=["brede intake"], responses=CONFLICT
)
async def complete_intake(
    person_id: PersonId, body: CompletionBody, caller: CaseManager, database: DatabaseDep
) -> IntakeAnswer:
    deviation = (body.deviation.route, body.deviation.reason) if body.deviation else ()
    async with database.transaction(caller.municipality) as tx:
        return IntakeAnswer.of(
            await handlers.complete_intake(person_id, domain.Completion(body.completed_on, *deviation), tx)
        )


@file.post("/plans", status_code=201, summary="Stel een PIP op", tags=["PIP"], responses=CONFLICT)
async def draft_plan(person_id: PersonId, body: PlanBody, caller: CaseManager, database: DatabaseDep) -> PlanAnswer:
    async with database.transaction(caller.municipality) as tx:
        return PlanAnswer.of(await handlers.draft_plan(body.plan(person_id), tx))


@file.post("/plans/{plan_id}/signatures", status_code=201, summary="Teken een PIP", tags=["PIP"], responses=CONFLICT)
async def sign_plan(
    person_id: PersonId, plan_id: UUID, body: SignatureBody, caller: CaseManager, database: DatabaseDep
) -> PlanAnswer:
    async with database.transaction(caller.municipality) as tx:
        return PlanAnswer.of(await handlers.sign_plan(person_id, plan_id, body.signed_on, tx))


@router.get("/figures", summary="Toon wat er is geteld", tags=["cijfers"])
async def figures(caller: Reader, database: DatabaseDep) -> FiguresAnswer:
    async with database.transaction(caller.municipality) as tx:
        return FiguresAnswer.of(await repository.figures(tx))


router.include_router(file)
