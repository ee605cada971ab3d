"""How self-reliant households are: for whoever works with one, and for what computes its months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.household.rules.people import find_role
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import evaluation, self_reliance
from services.ontzorgen.independence.rules.evaluation import Evaluation, ReliefDecision
from services.ontzorgen.independence.rules.measurements import Measurement, find_class, select_of_person
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision
from services.ontzorgen.independence.rules.phase_out import StepTaken
from services.ontzorgen.independence.rules.self_reliance import SelfReliance
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from shared.calendar import add_months, month_of
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, SelfRelianceClass


@dataclass(frozen=True)
class PersonStanding:
    """How self-reliant one person of a household is on a day."""

    person_id: UUID
    role: PersonRole
    self_reliance: SelfRelianceClass | None


@dataclass(frozen=True)
class SelfRelianceView:
    """A household's self-reliance on a day, and all that is on record of it."""

    self_reliance: SelfRelianceClass | None
    people: Sequence[PersonStanding]
    rhythm: PayoutFrequency
    retest_on: date
    kinds_let_go: Sequence[ChargeKind]
    measurements: Sequence[Measurement]
    money_decisions: Sequence[MoneyDecision]
    evaluations: Sequence[Evaluation]
    decisions: Sequence[ReliefDecision]
    steps: Sequence[StepTaken]


async def read_self_reliance(household_id: UUID, on: date, tx: Transaction) -> SelfRelianceView:
    """Return how self-reliant a household is on a day."""
    household = await read_household(household_id, tx)
    record = (await self_reliance.load_self_reliance(tx, [household_id]))[household_id]
    file = await evaluation.load_file(tx, household, on)
    policy = find_policy(on, tx)
    person_ids = dict.fromkeys([household.person_id, *(other.person_id for other in record.others)])
    return SelfRelianceView(
        self_reliance=record.find_class(on),
        people=[
            PersonStanding(
                person_id=person_id,
                role=find_role(household, record.others, person_id) or PersonRole.PERSON,
                self_reliance=find_class(select_of_person(record.measurements, person_id), on),
            )
            for person_id in person_ids
        ],
        rhythm=record.find_frequency(on, policy),
        retest_on=add_months(household.first_day, policy.retest_months),
        kinds_let_go=sorted(record.list_kinds_let_go(month_of(on))),
        measurements=record.measurements,
        money_decisions=record.money_decisions,
        evaluations=await evaluation.list_evaluations(tx, household_id),
        decisions=file.decisions,
        steps=record.steps,
    )


async def load_standings(household_ids: Sequence[UUID], tx: Transaction) -> Mapping[UUID, SelfReliance]:
    """Return what the months of these households follow from; every id has an entry."""
    return await self_reliance.load_self_reliance(tx, household_ids)
