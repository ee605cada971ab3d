"""Every query of growing independent. States are read in the order in which they were recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.inspection import inspect
from sqlmodel import SQLModel, col

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.tables.households import HouseholdRow
from services.ontzorgen.independence import tables
from services.ontzorgen.independence.rules.coaching import (
    Appointment,
    Coaching,
    Enrolment,
    Guidance,
    Lesson,
    ProviderRecord,
    Session,
)
from services.ontzorgen.independence.rules.evaluation import IndependenceFile
from services.ontzorgen.independence.rules.independence import (
    Decision,
    IndependencePolicy,
    Measurement,
    MoneyDecision,
    class_on,
    rhythm_on,
)
from services.ontzorgen.independence.rules.phase_out import (
    Creditor,
    CreditorTold,
    DirectDebit,
    StepTaken,
    kinds_let_go,
    let_go_months,
)
from services.ontzorgen.independence.rules.signals import (
    DiscountAgreement,
    EnergyStep,
    MotherEngagement,
    NeighbourhoodMother,
    SoundingBoardMeeting,
)
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, SelfRelianceClass

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

State = TypeVar("State", bound="DataclassInstance")
ROW_OF: dict[type, Any] = {
    Measurement: tables.MeasurementRow,
    MoneyDecision: tables.MoneyDecisionRow,
    Decision: tables.ReliefDecisionRow,
    StepTaken: tables.PhaseOutStepRow,
    CreditorTold: tables.CreditorToldRow,
    DirectDebit: tables.DirectDebitRow,
    Coaching: tables.CoachingRow,
    Appointment: tables.AppointmentRow,
    Session: tables.SessionRow,
    Enrolment: tables.EnrolmentRow,
    Lesson: tables.LessonRow,
    Guidance: tables.GuidanceRow,
    EnergyStep: tables.EnergyStepRow,
    SoundingBoardMeeting: tables.SoundingBoardRow,
    NeighbourhoodMother: tables.NeighbourhoodMotherRow,
    MotherEngagement: tables.MotherEngagementRow,
    DiscountAgreement: tables.DiscountAgreementRow,
}


@dataclass(frozen=True)
class Standing:
    """What a month's statement and payment need to know of how far a household is."""

    measurements: Sequence[Measurement] = ()
    money: Sequence[MoneyDecision] = ()
    steps: Sequence[StepTaken] = ()

    def class_on(self, day: date) -> SelfRelianceClass | None:
        return class_on(self.measurements, day)

    @property
    def latest_class(self) -> SelfRelianceClass | None:
        return self.class_on(date.max)

    @property
    def let_go_months(self) -> dict[ChargeKind, tuple[tuple[str, str | None], ...]]:
        return let_go_months(self.steps)

    @property
    def weekly(self) -> tuple[tuple[date, bool], ...]:
        """From which day it was decided that money comes weekly, or not; in order of days."""
        decided = ((one.from_day, one.rhythm is PayoutFrequency.WEEKLY) for one in self.money)
        return tuple(sorted(decided, key=lambda one: one[0]))

    def rhythm_on(self, day: date, policy: IndependencePolicy) -> PayoutFrequency:
        return rhythm_on(self.money, day, self.class_on(day), policy)

    def kinds_let_go(self, month: str) -> frozenset[ChargeKind]:
        return kinds_let_go(self.steps, month)


async def add(tx: Transaction, state: "DataclassInstance") -> bool:
    """Keep a state; False when its key is taken."""
    return await rows.add(tx, ROW_OF[type(state)], **rows.values_of(state))


async def save(tx: Transaction, state: "DataclassInstance", *key: Any) -> None:
    """Write back a state whose row this transaction has locked with `find`."""
    await rows.update(tx, ROW_OF[type(state)], *key, **rows.values_of(state))


async def find(tx: Transaction, kind: type[State], *key: Any, lock: bool = False) -> State | None:
    row = await rows.find(tx, ROW_OF[kind], *key, lock=lock)
    return None if row is None else rows.state_of(kind, row)


async def known(tx: Transaction, kind: type[State], **wanted: Any) -> list[State]:
    """The states with these values, in the order of recording."""
    row = ROW_OF[kind]
    return [
        rows.state_of(kind, one) for one in await _ordered(tx, row, *(getattr(row, n) == v for n, v in wanted.items()))
    ]


async def _of_households(tx: Transaction, kind: type[State], ids: Sequence[UUID]) -> dict[UUID, list[State]]:
    row, found = ROW_OF[kind], dict[UUID, list[State]]()
    for one in await _ordered(tx, row, row.household_id.in_(ids)):
        found.setdefault(one.household_id, []).append(rows.state_of(kind, one))
    return found


async def _ordered(tx: Transaction, row: Any, *matches: Any) -> Sequence[Any]:
    order = [row.place] if hasattr(row, "place") else list(inspect(row).primary_key)
    query = select(row).where(*matches).order_by(*order).execution_options(populate_existing=True)
    return (await tx.session.execute(query)).scalars().all()


async def standings(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """How far each of these households is; every id has an entry."""
    measured = await _of_households(tx, Measurement, ids)
    money = await _of_households(tx, MoneyDecision, ids)
    steps = await _of_households(tx, StepTaken, ids)
    return {one: Standing(measured.get(one, ()), money.get(one, ()), steps.get(one, ())) for one in ids}


async def file_of(tx: Transaction, household: Household, on: date) -> IndependenceFile:
    """All that is on record of one household's independence, with the creditors that it has on a day."""
    return IndependenceFile(
        household=household,
        measurements=await known(tx, Measurement, household_id=household.id),
        decisions=await known(tx, Decision, household_id=household.id),
        steps=await known(tx, StepTaken, household_id=household.id),
        told=await known(tx, CreditorTold, household_id=household.id),
        creditors=await creditors(tx, household.id, on),
    )


_CREDITORS = """
SELECT DISTINCT creditor, kind FROM (
    SELECT DISTINCT ON (COALESCE(charge_id, id)) creditor, kind, amount_cents, until_day FROM charge
    WHERE municipality = $1 AND household_id = $2 ORDER BY COALESCE(charge_id, id), record_no DESC
) standing
WHERE amount_cents > 0 AND (until_day IS NULL OR until_day >= $3) ORDER BY creditor, kind
"""


async def creditors(tx: Transaction, household_id: UUID, on: date) -> list[Creditor]:
    """Who is owed a charge that, by its last version, has not ended by a day."""
    found = await tx.rows(_CREDITORS, tx.municipality, household_id, on)
    return [Creditor(row["creditor"], ChargeKind(row["kind"])) for row in found]


async def set_end(tx: Transaction, household: Household) -> None:
    await rows.update(tx, HouseholdRow, household.id, last_day=household.last_day, end_reason=household.end_reason)


async def add_message(tx: Transaction, message_id: UUID, recorded_as: str, message: "DataclassInstance") -> bool:
    """Keep a creditor's message; False when the same news is here already."""
    row = tables.ArrearsMessageRow
    return await rows.add(tx, row, id=message_id, recorded_as=recorded_as, **rows.values_of(message))


async def message(tx: Transaction, message_id: UUID) -> tables.ArrearsMessageRow | None:
    return await rows.find(tx, tables.ArrearsMessageRow, message_id)


async def evaluations(tx: Transaction, household_id: UUID) -> Sequence[tables.EvaluationRow]:
    found: Sequence[tables.EvaluationRow] = await _ordered(
        tx, tables.EvaluationRow, col(tables.EvaluationRow.household_id) == household_id
    )
    return found


async def page(tx: Transaction, kind: type[State], after: UUID | None, limit: int) -> tuple[list[State], UUID | None]:
    row: type[SQLModel] = ROW_OF[kind]
    found, following = await rows.page(tx, row, after=after, limit=limit)
    return [rows.state_of(kind, one) for one in found], following


_IS_SEALED = """
SELECT 1 AS is_sealed FROM statement s JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id
WHERE s.municipality = $1 AND s.household_id = $2 AND s.month = $3 AND r.state IN ('sealed', 'releasing', 'released')
"""


async def is_sealed(tx: Transaction, household_id: UUID, month: str) -> bool:
    """Whether a household's month was run and can no longer be withdrawn."""
    return bool(await tx.rows(_IS_SEALED, tx.municipality, household_id, month))


_PROVIDER_RECORDS = """
SELECT g.provider,
    (SELECT outcome FROM measurement m WHERE m.municipality = g.municipality AND m.household_id = g.household_id
     AND m.measured_on < COALESCE(g.until_day, 'infinity') ORDER BY m.measured_on, m.place LIMIT 1) AS first_class,
    (SELECT outcome FROM measurement m WHERE m.municipality = g.municipality AND m.household_id = g.household_id
     AND m.measured_on >= g.from_day AND m.measured_on < COALESCE(g.until_day, 'infinity')
     ORDER BY m.measured_on DESC, m.place DESC LIMIT 1) AS last_class,
    count(l.lesson_no) AS lessons_given, count(l.lesson_no) FILTER (WHERE l.is_attended) AS lessons_attended
FROM (SELECT *, lead(from_day) OVER (PARTITION BY household_id ORDER BY from_day) AS until_day FROM guidance
      WHERE municipality = $1) g
LEFT JOIN enrolment e ON e.municipality = g.municipality AND e.household_id = g.household_id
LEFT JOIN lesson l ON l.municipality = e.municipality AND l.enrolment_id = e.id
    AND l.given_on >= g.from_day AND l.given_on < COALESCE(g.until_day, 'infinity')
GROUP BY g.municipality, g.household_id, g.provider, g.from_day, g.until_day
"""


async def provider_records(tx: Transaction) -> list[ProviderRecord]:
    """Each household's time with each provider, counted."""
    return [
        ProviderRecord(
            provider=row["provider"],
            first_class=SelfRelianceClass(row["first_class"]) if row["last_class"] else None,
            last_class=SelfRelianceClass(row["last_class"]) if row["last_class"] else None,
            lessons_given=row["lessons_given"],
            lessons_attended=row["lessons_attended"],
        )
        for row in await tx.rows(_PROVIDER_RECORDS, tx.municipality)
    ]
