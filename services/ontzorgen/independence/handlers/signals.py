"""What the household's surroundings do: creditors that signal, discounts, energy help, guides, the sounding board."""

from uuid import UUID, uuid5

from services.ontzorgen.independence.handlers.independence import household_of, policy_on
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules import signals as rules
from services.ontzorgen.independence.rules.signals import (
    ArrearsMessage,
    DiscountAgreement,
    EnergyStep,
    MotherEngagement,
    NeighbourhoodMother,
    SignalKind,
    SoundingBoardMeeting,
)
from services.ontzorgen.independence.tables import ArrearsMessageRow
from services.ontzorgen.tasks.handlers import raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, repeated
from shared.http.requests import not_found
from shared.identity import Role

_TASKS = {
    SignalKind.SIGNAL: (TaskKind.ARREARS_SIGNALLED, Role.CASE_MANAGER),
    SignalKind.CONTACT: (TaskKind.CREDITOR_CONTACT, Role.BUDGET_MANAGER),
}


async def signal(asked: ArrearsMessage, tx: Transaction) -> ArrearsMessageRow:
    """A creditor's message, with a task for who can do something about it. The same news again changes nothing."""
    household = await household_of(asked.household_id, tx)
    earlier = await repository.message(tx, asked.id)
    if earlier is not None:
        return earlier
    recorded_as, told = rules.signal(household, asked, policy_on(tx, asked.signalled_on))
    await repository.add_message(tx, asked.id, recorded_as, asked)
    kind, role = _TASKS[recorded_as]
    task = Task(uuid5(asked.id, "task"), kind, month_of(asked.signalled_on), role, 0)
    await raise_task(household.id, task, asked.signalled_on, tx)
    tx.emit(*told)
    return ArrearsMessageRow(
        municipality=tx.municipality,
        id=asked.id,
        household_id=asked.household_id,
        creditor=asked.creditor,
        kind=asked.kind,
        months_in_arrears=asked.months_in_arrears,
        signalled_on=asked.signalled_on,
        recorded_as=recorded_as,
    )


async def hold_meeting(asked: SoundingBoardMeeting, tx: Transaction) -> SoundingBoardMeeting:
    rules.hold_meeting(asked, policy_on(tx, asked.held_on))
    if await repository.add(tx, asked):
        return asked
    earlier = await repository.find(tx, SoundingBoardMeeting, asked.id)
    return repeated(earlier, asked) if earlier else asked


async def register_mother(asked: NeighbourhoodMother, tx: Transaction) -> NeighbourhoodMother:
    """A guide by a random id. Sent again with a last day, it is when she stops; nothing else of her changes."""
    if await repository.add(tx, asked):
        return asked
    earlier = await repository.find(tx, NeighbourhoodMother, asked.id, lock=True)
    if earlier is None or (earlier.languages, earlier.from_day) != (asked.languages, asked.from_day):
        raise ConflictError("This id is in use for a guide with other content: send the same content, or a new id.")
    if asked.until_day is not None:
        await repository.save(tx, asked, asked.id)
        return asked
    return earlier


async def engage_mother(asked: MotherEngagement, tx: Transaction) -> MotherEngagement:
    mother = await repository.find(tx, NeighbourhoodMother, asked.mother_id)
    if mother is None:
        raise not_found("neighbourhood mother")
    if asked.household_id is not None:
        await household_of(asked.household_id, tx, lock=False)
    rules.engage(mother, asked)
    if await repository.add(tx, asked):
        return asked
    earlier = await repository.find(tx, MotherEngagement, asked.id)
    return repeated(earlier, asked) if earlier else asked


async def engagements_of(mother_id: UUID, tx: Transaction) -> list[MotherEngagement]:
    if await repository.find(tx, NeighbourhoodMother, mother_id) is None:
        raise not_found("neighbourhood mother")
    return await repository.known(tx, MotherEngagement, mother_id=mother_id)


async def help_save_energy(asked: EnergyStep, tx: Transaction) -> EnergyStep:
    household = await household_of(asked.household_id, tx)
    if rules.help_save_energy(await repository.known(tx, EnergyStep, household_id=household.id), asked):
        await repository.add(tx, asked)
    return asked


async def agree_discount(asked: DiscountAgreement, tx: Transaction) -> DiscountAgreement:
    earlier = await repository.find(tx, DiscountAgreement, asked.id)
    if earlier is not None:
        return repeated(earlier, asked)
    rules.agree_discount(await repository.known(tx, DiscountAgreement, creditor=asked.creditor), asked)
    await repository.add(tx, asked)
    return asked
