"""What a day brings in ontzorgen: months are proposed, relief ends, growing independent comes due. Each thing once."""

from functools import partial

from services.ontzorgen import metrics
from services.ontzorgen.independence.handlers import independence
from services.ontzorgen.ledger.handlers import watch_sum
from services.ontzorgen.run.handlers.runs import propose_due
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.rules.month import ended
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.events import DayStarted
from shared.messaging import DONE, Outcome, Received

ENDING_AT_ONCE_MAX = 500


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """A day that comes twice or late changes nothing that an earlier one did."""
    day = received.data.date
    await propose_due(day, tx)
    while over := await repository.end_relief(tx, day, ENDING_AT_ONCE_MAX):
        tx.emit(*(ended(household) for household in over))
        count_on_commit(tx, partial(metrics.RELIEF_ENDED.inc, len(over)))
    await independence.on_day(tx, received.municipality, day)
    await watch_sum(tx)
    return DONE
