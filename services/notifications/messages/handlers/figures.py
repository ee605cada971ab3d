"""How many messages there are and what became of them, for whoever watches the service."""

from collections import Counter

from services.notifications import metrics
from services.notifications.messages import repository
from services.notifications.messages.rules.messages import MessageState
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def count_gauges(tx: Transaction) -> Figures:
    """Count the messages of a municipality by what they are, and those sent, waiting and set aside."""
    made, sent, waiting, parked = (Counter[tuple[str, ...]]() for _ in range(4))
    for row in await repository.count_by_kind(tx):
        made[row["template"], row["language"]] += row["messages"]
        if row["state"] == MessageState.SENT:
            sent[(row["channel"],)] += row["messages"]
        elif row["state"] == MessageState.QUEUED:
            waiting[(row["channel"],)] += row["messages"]
        else:
            parked[(row["problem"],)] += row["messages"]
    return {
        metrics.MESSAGES_MADE: made,
        metrics.MESSAGES_SENT: sent,
        metrics.MESSAGES_WAITING: waiting,
        metrics.MESSAGES_PARKED: parked,
    }
