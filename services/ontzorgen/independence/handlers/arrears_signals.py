"""Creditors that report arrears: recorded once, with a task for whoever can do something about it."""

from datetime import date

from services.ontzorgen.household.handlers.creditors import find_creditors
from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import arrears_signals
from services.ontzorgen.independence.rules.arrears_signals import (
    ArrearsMessage,
    RecordedMessage,
    build_task,
    find_call_by,
    record_message,
    signal_arrears,
)
from services.ontzorgen.tasks.handlers import raise_task
from shared.database.transactions import Transaction


async def take_message(message: ArrearsMessage, tx: Transaction) -> tuple[RecordedMessage, date | None]:
    """Record a creditor's message and raise its task; return it with the last day to call a creditor that calls first.

    The same news again changes nothing.
    """
    household = await get_household(message.household_id, tx)
    policy = find_policy(message.signalled_on, tx)
    creditor = (await find_creditors([message.creditor], message.signalled_on, tx)).get(message.creditor)
    calls_first = creditor is not None and creditor.calls_first
    earlier = await arrears_signals.find_message(tx, message.id)
    if earlier is not None:
        return earlier, find_call_by(earlier, policy, calls_first=calls_first)
    kind, events = signal_arrears(household, message, policy, calls_first=calls_first)
    recorded = record_message(message, kind)
    call_by = find_call_by(recorded, policy, calls_first=calls_first)
    await arrears_signals.add_message(tx, recorded)
    await raise_task(household.id, build_task(recorded, call_by), message.signalled_on, tx)
    tx.emit(*events)
    return recorded, call_by
