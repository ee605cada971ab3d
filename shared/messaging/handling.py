"""Call the handler of one event and turn its failure into a retry of that event.

A transient database failure (connection lost, deadlock) is not caused by the event: it is raised, and the whole batch
is retried. Any other failure, such as another system that is down, is of this one event.
"""

import traceback
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from shared.database.transactions import Transaction
from shared.messaging.decoding import IncomingEvent
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome, Park, Retry
from shared.messaging.subscription import Received
from shared.observability.tracing import span_from

# Connection lost, rolled back in favour of another transaction, out of resources, shutting down, broken.
_TRANSIENT_SQLSTATES = ("08", "40", "53", "57P", "58")
_CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


class BatchNotDoneError(Exception):
    """An event of the batch did not end in done: roll back and handle the events one by one."""


async def handle(event: IncomingEvent, tx: Transaction, *, savepoint: bool = True) -> Outcome:
    """Call the handler of the event. With a savepoint, an event that is not done leaves no trace in the transaction."""
    if event.problem is not None:
        return event.problem
    if not event.is_subscribed:
        return DONE
    if not savepoint:
        return await _call_handler(event, tx)
    # Before the savepoint: a rollback to it must not reset the tenant while the transaction believes that it is set.
    await tx.use_municipality(_received_of(event).municipality)
    mark = tx.mark()
    nested = await tx.savepoint()
    outcome = await _call_handler(event, tx, check_constraints=True)
    if outcome == DONE:
        await nested.commit()
    else:
        await nested.rollback()
        tx.discard_since(mark)
    return outcome


async def handle_all_or_none(events: Sequence[IncomingEvent], tx: Transaction) -> bool:
    """Handle the events in this order; return False, with no trace in the transaction, unless all of them are done."""
    mark, municipality = tx.mark(), tx.municipality
    nested = await tx.savepoint()
    for event in events:
        if await handle(event, tx) != DONE:
            await nested.rollback()
            tx.discard_since(mark)
            tx.municipality = municipality  # the rollback to the savepoint reset the tenant too
            return False
    await nested.commit()
    return True


async def _call_handler(event: IncomingEvent, tx: Transaction, *, check_constraints: bool = False) -> Outcome:
    """Return the outcome of the handler. Deferred constraints are checked at the commit of the batch, or here."""
    received = _received_of(event)
    await tx.use_municipality(received.municipality)
    with span_from(event.trace, f"handle {type(received.data).__name__}"):
        try:
            outcome = await _dispatch(event, tx)
            await tx.finish()
            if check_constraints:
                await (await tx.driver()).execute(_CHECK_CONSTRAINTS)
        except Exception as problem:
            if is_transient(problem):
                raise
            return Retry(HoldReason.HANDLER_FAILED, describe_failure(problem))
    if not isinstance(outcome, Done | Retry | Park):
        return Retry(
            HoldReason.HANDLER_FAILED, "The handler returned no outcome: fix the handler, then release the event."
        )
    return outcome


async def _dispatch(event: IncomingEvent, tx: Transaction) -> Outcome:
    subscription, received = event.subscription, _received_of(event)
    assert subscription is not None  # noqa: S101 - set unless there is a problem
    if subscription.handler is not None:
        return await subscription.handler(received, tx)
    assert subscription.batch is not None  # noqa: S101 - a subscription has one of the two
    unfinished = await subscription.batch([received], tx)
    return unfinished.get(received.event_id, DONE) if unfinished else DONE


def _received_of(event: IncomingEvent) -> Received[Any]:
    assert event.received is not None  # noqa: S101 - set unless there is a problem
    return event.received


def is_transient(problem: BaseException) -> bool:
    """Return whether the database failed for now (connection, deadlock, resources), whatever the event."""
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    return (getattr(cause, "sqlstate", None) or "").startswith(_TRANSIENT_SQLSTATES)


def describe_failure(problem: BaseException) -> str:
    """Return a sentence with the class and place of the error, without its message: that may hold personal data."""
    frames = traceback.extract_tb(problem.__traceback__)
    frame = frames[-1] if frames else None
    location = f" in {frame.name}, line {frame.lineno}" if frame else ""
    return f"The handler failed with {type(problem).__name__}{location}: fix the code, then release the event."
