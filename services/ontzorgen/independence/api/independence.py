"""Growing independent over HTTP: measurements, decisions, letting go. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.independence.handlers import independence as handlers
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules import phase_out
from services.ontzorgen.independence.rules.independence import (
    Decision,
    Measurement,
    Measurer,
    MoneyDecision,
    Onward,
)
from services.ontzorgen.independence.rules.phase_out import CreditorTold, DirectDebit, StepTaken
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.calendar import add_months, month_of
from shared.events.codes import (
    ChargeKind,
    ExtensionGround,
    MeasurementMoment,
    PhaseOutStep,
    ReliefEndReason,
    SelfRelianceClass,
)
from shared.http.requests import Body, Caller, DatabaseDep, Query, requires
from shared.http.responses import CONFLICT, UNKNOWN, Answer
from shared.identity import HouseholdId, Role, new_id

router = APIRouter(tags=["zelfredzaamheid"])
BudgetManager = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER))]
Worker = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER))]
CreditorCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", description="Code van de schuldeiser")]
REFUSALS: dict[int | str, dict[str, Any]] = UNKNOWN | CONFLICT


class NewBody(Body):
    """A body that makes something: the sender may choose its id, and then may send it again."""

    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")


class MeasurementBody(NewBody):
    outcome: SelfRelianceClass = Field(description="Gemeten klasse van financiële zelfredzaamheid")
    moment: MeasurementMoment = Field(description="Aanleiding van de meting")
    measured_on: date = Field(description="Dag van de meting")
    measured_by: Measurer = Field(description="Rol van wie heeft gemeten")
    instrument: str = Field(pattern=r"^[a-z0-9_-]{1,40}$", description="Code van het meetinstrument")


class MeasurementAnswer(Answer, MeasurementBody):
    pass


class MoneyDecisionBody(NewBody):
    rhythm: PayoutFrequency = Field(description="Weekgeld of maandgeld")
    decided_on: date = Field(description="Dag van het besluit")
    from_day: date = Field(description="Eerste dag waarop het geldt")
    parties: tuple[Decider, ...] = Field(max_length=3, description="Wie samen hebben besloten: alle drie zijn nodig")


class MoneyDecisionAnswer(Answer, MoneyDecisionBody):
    pass


class DecisionBody(NewBody):
    outcome: Onward = Field(description="Hoe het ontzorgen verder gaat")
    decided_on: date = Field(description="Dag van het besluit")
    grounds: tuple[ExtensionGround, ...] = Field(
        default=(), max_length=4, description="Gronden voor verlenging (art. 57 Participatiewet)"
    )
    months: int | None = Field(default=None, ge=1, le=120, description="Aantal maanden verlenging")
    reason: ReliefEndReason | None = Field(default=None, description="Waarom het eindigt; zonder reden de periode")
    last_day: date | None = Field(default=None, description="Laatste dag, als het eerder eindigt")


class DecisionAnswer(Answer, DecisionBody):
    review_on: date | None = Field(description="Dag waarop de gronden uiterlijk opnieuw worden bekeken")


class StepBody(Body):
    step: PhaseOutStep = Field(description="Stap van de afbouw")
    taken_on: date = Field(description="Dag waarop de stap is gezet")
    kind: ChargeKind | None = Field(default=None, description="Soort last, bij samen of zelf betalen")


class StepAnswer(Answer, StepBody):
    pass


class ToldBody(Body):
    creditor: CreditorCode
    told_on: date = Field(description="Dag waarop de schuldeiser het weet")


class ToldAnswer(Answer, ToldBody):
    pass


class DebitBody(NewBody):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    day_of_month: int = Field(ge=1, le=phase_out.DEBIT_DAY_MAX, description="Dag van de maand van de incasso")
    agreed_on: date = Field(description="Dag van de afspraak")


class DebitAnswer(Answer, DebitBody):
    pass


class CreditorAnswer(Answer):
    creditor: CreditorCode
    kind: ChargeKind = Field(description="Soort vaste last")
    is_told: bool = Field(description="Of de schuldeiser het weet")
    suggested_debit_day: int = Field(description="Dag direct na de betaaldag van de uitkering")
    agreed_debit_day: int | None = Field(description="Laatst afgesproken dag van de incasso")


class CreditorList(Answer):
    items: list[CreditorAnswer]


class EvaluationAnswer(Answer):
    last_day: date = Field(description="Laatste dag van het ontzorgen waarvoor wordt geëvalueerd")
    opened_on: date = Field(description="Dag waarop de evaluatie is geopend")


class IndependenceAnswer(Answer):
    self_reliance: SelfRelianceClass | None = Field(description="Klasse op deze dag; leeg als nog niet gemeten")
    rhythm: PayoutFrequency = Field(description="Weekgeld of maandgeld op deze dag")
    retest_on: date = Field(description="Dag waarop de hermeting uiterlijk is gedaan")
    kinds_let_go: list[ChargeKind] = Field(description="Soorten die in deze maand niet meer worden ingehouden")
    measurements: list[MeasurementAnswer]
    money_decisions: list[MoneyDecisionAnswer]
    evaluations: list[EvaluationAnswer]
    decisions: list[DecisionAnswer]
    steps: list[StepAnswer]


class DayQuery(Query):
    on: date = Field(description="Dag waarop het geldt")


Day = Annotated[DayQuery, FromQuery()]


@router.get("/households/{household_id}/independence", summary="Lees hoe zelfredzaam het huishouden is")
async def read_independence(
    household_id: HouseholdId, query: Day, caller: Worker, database: DatabaseDep
) -> IndependenceAnswer:
    async with database.transaction(caller.municipality) as tx:
        household = await handlers.read_household(household_id, caller, tx)
        file = await repository.file_of(tx, household, query.on)
        standing = (await repository.standings(tx, [household_id]))[household_id]
        policy = handlers.policy_on(tx, query.on)
        return IndependenceAnswer(
            self_reliance=standing.class_on(query.on),
            rhythm=standing.rhythm_on(query.on, policy),
            retest_on=add_months(household.first_day, policy.retest_months),
            kinds_let_go=sorted(standing.kinds_let_go(month_of(query.on))),
            measurements=[MeasurementAnswer.of(one) for one in file.measurements],
            money_decisions=[MoneyDecisionAnswer.of(one) for one in standing.money],
            evaluations=[EvaluationAnswer.of(one) for one in await repository.evaluations(tx, household_id)],
            decisions=[DecisionAnswer.of(one) for one in file.decisions],
            steps=[StepAnswer.of(one) for one in file.steps],
        )


@router.post(
    "/households/{household_id}/measurements", status_code=201, summary="Leg een meting vast", responses=REFUSALS
)
async def measure(
    household_id: HouseholdId, body: MeasurementBody, caller: Worker, database: DatabaseDep
) -> MeasurementAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Measurement(household_id=household_id, **dict(body))
        return MeasurementAnswer.of(await handlers.measure(asked, tx))


@router.post(
    "/households/{household_id}/money-decisions",
    status_code=201,
    summary="Besluit samen over weekgeld of maandgeld",
    responses=REFUSALS,
)
async def decide_money(
    household_id: HouseholdId, body: MoneyDecisionBody, caller: BudgetManager, database: DatabaseDep
) -> MoneyDecisionAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = MoneyDecision(household_id=household_id, **dict(body))
        return MoneyDecisionAnswer.of(await handlers.decide_money(asked, tx))


@router.post(
    "/households/{household_id}/decisions",
    status_code=201,
    summary="Besluit hoe het ontzorgen verder gaat",
    responses=REFUSALS,
)
async def decide_onward(
    household_id: HouseholdId, body: DecisionBody, caller: Worker, database: DatabaseDep
) -> DecisionAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Decision(household_id=household_id, **dict(body))
        return DecisionAnswer.of(await handlers.decide_onward(asked, tx))


@router.get("/households/{household_id}/creditors-to-tell", summary="Toon wie het einde moet weten")
async def creditors_to_tell(
    household_id: HouseholdId, query: Day, caller: Worker, database: DatabaseDep
) -> CreditorList:
    async with database.transaction(caller.municipality) as tx:
        household = await handlers.read_household(household_id, caller, tx)
        file, debits, suggested = await handlers.creditors_of(household, query.on, tx)
        agreed = {(one.creditor, one.kind): one.day_of_month for one in debits}
        return CreditorList(
            items=[
                CreditorAnswer(
                    creditor=one.creditor,
                    kind=one.kind,
                    is_told=one not in file.untold,
                    suggested_debit_day=suggested,
                    agreed_debit_day=agreed.get((one.creditor, one.kind)),
                )
                for one in file.creditors
            ]
        )


@router.post(
    "/households/{household_id}/creditors-told",
    status_code=201,
    summary="Vink een schuldeiser af die het weet",
    responses=REFUSALS,
)
async def tell_creditor(
    household_id: HouseholdId, body: ToldBody, caller: BudgetManager, database: DatabaseDep
) -> ToldAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = CreditorTold(household_id=household_id, **dict(body))
        return ToldAnswer.of(await handlers.tell_creditor(asked, tx))


@router.post(
    "/households/{household_id}/direct-debits",
    status_code=201,
    summary="Leg een afspraak over incasso vast",
    responses=REFUSALS,
)
async def agree_debit(
    household_id: HouseholdId, body: DebitBody, caller: BudgetManager, database: DatabaseDep
) -> DebitAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = DirectDebit(household_id=household_id, **dict(body))
        return DebitAnswer.of(await handlers.agree_debit(asked, tx))


@router.post(
    "/households/{household_id}/phase-out-steps",
    status_code=201,
    summary="Zet een stap van de afbouw",
    responses=REFUSALS,
)
async def take_step(
    household_id: HouseholdId, body: StepBody, caller: BudgetManager, database: DatabaseDep
) -> StepAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = StepTaken(household_id=household_id, **dict(body))
        return StepAnswer.of(await handlers.take_step(asked, tx))
