"""Growing independent: measure, decide, let go in steps. Load, decide, save, emit."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.household.repository import households
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.repository import days as independence_days
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules import independence as rules
from services.ontzorgen.independence.rules import phase_out
from services.ontzorgen.independence.rules.evaluation import IndependenceFile, decide
from services.ontzorgen.independence.rules.independence import (
    Decision,
    IndependencePolicy,
    Measurement,
    MoneyDecision,
)
from services.ontzorgen.independence.rules.phase_out import Creditor, CreditorTold, DirectDebit, Ready, StepTaken
from services.ontzorgen.independence.rules.policy import independence_of
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from services.ontzorgen.run.handlers.recurring_months import make_ready
from services.ontzorgen.tasks.handlers import complete_household_tasks, count_raised
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated
from shared.events import EvaluationOpened
from shared.http.requests import Caller, not_found

CHUNK_HOUSEHOLDS = 1_000
ID_IN_USE = "This id is in use for something else: send a new id."


def policy_on(tx: Transaction, day: date) -> IndependencePolicy:
    """What the municipality of this transaction chose, as in force on a day."""
    return independence_of(policy_in_force(tx.municipality, day))


async def household_of(household_id: UUID, tx: Transaction, *, lock: bool = True) -> Household:
    """The household; locked, nothing of its file changes until this transaction ends."""
    household = await households.household(tx, household_id, lock=lock)
    if household is None:
        raise not_found("household")
    return household


async def read_household(household_id: UUID, reader: Caller, tx: Transaction) -> Household:
    """The household for whoever may read of it; the reading is put on record."""
    household = await household_of(household_id, tx, lock=False)
    await households.log_reading(tx, reader, household.person_id)
    return household


async def measure(asked: Measurement, tx: Transaction) -> Measurement:
    household = await household_of(asked.household_id, tx)
    known = await repository.known(tx, Measurement, household_id=household.id)
    told = rules.measure(household, known, asked, policy_on(tx, asked.measured_on))
    if told:
        await _add(asked, household, tx)
    tx.emit(*told)
    return asked


async def decide_money(asked: MoneyDecision, tx: Transaction) -> MoneyDecision:
    household = await household_of(asked.household_id, tx)
    known = await repository.known(tx, MoneyDecision, household_id=household.id)
    if rules.decide_money(known, asked, policy_on(tx, asked.decided_on)):
        await _add(asked, household, tx)
    return asked


async def decide_onward(asked: Decision, tx: Transaction) -> Decision:
    """How relief goes on: the decision is kept, the last day moves with it, and its tasks are done."""
    household = await household_of(asked.household_id, tx)
    file = await repository.file_of(tx, household, asked.decided_on)
    decision, told, is_new = decide(file, asked, policy_on(tx, asked.decided_on))
    if not is_new:
        return decision
    if not await repository.add(tx, decision):
        raise ConflictError(ID_IN_USE)
    await repository.set_end(tx, rules.as_decided(household, decision))
    await make_ready(household.id, tx)
    settled = (TaskKind.EVALUATION_DUE, TaskKind.REVIEW_DUE)
    await complete_household_tasks(household.id, settled, decision.decided_on, tx)
    tx.emit(*told)
    return decision


async def creditors_of(
    household: Household, on: date, tx: Transaction
) -> tuple[IndependenceFile, Sequence[DirectDebit], int]:
    """Whom to tell and with whom to agree on a direct debit, and the day of the month that goes with the benefit."""
    file = await repository.file_of(tx, household, on)
    debits = await repository.known(tx, DirectDebit, household_id=household.id)
    return file, debits, phase_out.suggested_debit_day(policy_on(tx, on).pay_day)


async def tell_creditor(asked: CreditorTold, tx: Transaction) -> CreditorTold:
    household = await household_of(asked.household_id, tx)
    _one_of_theirs(await repository.creditors(tx, household.id, asked.told_on), asked.creditor)
    await repository.add(tx, asked)
    file = await repository.file_of(tx, household, asked.told_on)
    if not file.untold:
        await complete_household_tasks(household.id, [TaskKind.CREDITORS_TO_TELL], asked.told_on, tx)
    return asked


async def agree_debit(asked: DirectDebit, tx: Transaction) -> DirectDebit:
    household = await household_of(asked.household_id, tx)
    earlier = await repository.find(tx, DirectDebit, asked.id)
    if earlier is not None:
        return repeated(earlier, asked)
    _one_of_theirs(await repository.creditors(tx, household.id, asked.agreed_on), asked.creditor)
    await repository.add(tx, asked)
    return asked


def _one_of_theirs(creditors: Sequence[Creditor], code: str) -> None:
    if code not in {one.creditor for one in creditors}:
        sentence = "The household has no running charge of this creditor: give one that it has."
        raise WrongInputError(Fault("creditor", "no_such_creditor", sentence))


async def take_step(asked: StepTaken, tx: Transaction) -> StepTaken:
    household = await household_of(asked.household_id, tx)
    file = await repository.file_of(tx, household, asked.taken_on)
    if file.phase_out is None:
        raise ConflictError("Letting go has not begun: decide on it first.")
    if asked.taken_on < file.phase_out.decided_on:
        sentence = f"Letting go began on {file.phase_out.decided_on}: give that day or a later one."
        raise WrongInputError(Fault("taken_on", "before_letting_go", sentence))
    policy = policy_on(tx, asked.taken_on)
    told = phase_out.take_step(household, file.steps, asked, policy.steps, await _ready(file, asked.taken_on, tx))
    if told is not None:
        await repository.add(tx, asked)
        await make_ready(household.id, tx)
        tx.emit(told)
    return asked


async def _add(asked: Measurement | MoneyDecision, household: Household, tx: Transaction) -> None:
    """Keep what shapes the months from now on."""
    if not await repository.add(tx, asked):
        raise ConflictError(ID_IN_USE)
    await make_ready(household.id, tx)


async def _ready(file: IndependenceFile, on: date, tx: Transaction) -> Ready:
    debits = await repository.known(tx, DirectDebit, household_id=file.household.id)
    money = await repository.known(tx, MoneyDecision, household_id=file.household.id)
    policy = policy_on(tx, on)
    rhythm = rules.rhythm_on(money, on, rules.class_on(file.measurements, on), policy)
    out_of_step = phase_out.out_of_step(file.creditors, debits, policy.pay_day) if policy.debits_follow_benefit else ()
    return Ready(
        untold=file.untold,
        without_debit=phase_out.without_debit(file.creditors, debits),
        is_monthly=rhythm is PayoutFrequency.MONTHLY,
        kinds=frozenset(one.kind for one in file.creditors),
        out_of_step=out_of_step,
    )


async def on_day(tx: Transaction, municipality: str, day: date) -> None:
    """Everything of growing independent that a day makes due, for the municipality of this transaction; each once."""
    policy = independence_of(policy_in_force(municipality, day))
    until = day + timedelta(weeks=policy.evaluation_weeks_before_end)
    while opened := await independence_days.open_evaluations(tx, day, until, CHUNK_HOUSEHOLDS):
        tx.emit(
            *(
                EvaluationOpened(
                    household_id=one["household_id"],
                    person_id=one["person_id"],
                    due_on=one["last_day"],
                    last_day=one["last_day"],
                )
                for one in opened
            )
        )
    for kind in (TaskKind.EVALUATION_DUE, TaskKind.REVIEW_DUE, TaskKind.CREDITORS_TO_TELL, TaskKind.COACH_TO_HAND_ON):
        count_raised(kind, len(await independence_days.raise_due(tx, kind, day)), tx)
    courses = [course for course in policy.courses if course.is_obligatory]
    if courses:
        codes, months = [one.code for one in courses], [one.due_months for one in courses]
        kind = TaskKind.COURSE_NOT_ATTENDED
        count_raised(kind, len(await independence_days.raise_due(tx, kind, day, codes, months)), tx)
