"""Creditors that report arrears: recorded once, with a task for whoever can do something about it."""

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import arrears_signals
from services.ontzorgen.independence.rules.arrears_signals import (
    ArrearsMessage,
    RecordedMessage,
    build_task,
    record_message,
    signal_arrears,
)
from services.ontzorgen.tasks.handlers import raise_task
from shared.database.transactions import Transaction


async def take_message(message: ArrearsMessage, tx: Transaction) -> RecordedMessage:
    """Record a creditor's message and raise its task. The same news again changes nothing."""
    household = await get_household(message.household_id, tx)
    earlier = await arrears_signals.find_message(tx, message.id)
    if earlier is not None:
        return earlier
    kind, events = signal_arrears(household, message, find_policy(message.signalled_on, tx))
    recorded = record_message(message, kind)
    await arrears_signals.add_message(tx, recorded)
    await raise_task(household.id, build_task(recorded), message.signalled_on, tx)
    tx.emit(*events)
    return recorded
