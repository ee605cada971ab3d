"""One event through its handler, to an outcome: the place where a handler's failure becomes a retry.

What the database itself could not do now (connection lost, deadlock) is not the event's fault: it is raised, and the
whole batch is tried again. Anything else, such as another system that is away, is that one event's trouble.
"""

import traceback
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from shared.database.transactions import Transaction
from shared.messaging.decoding import Arrival
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome, Park, Retry
from shared.messaging.subscription import Received
from shared.observability.tracing import span_from

# Connection lost, rolled back for another's sake, out of resources, shutting down, broken.
_PASSING_SQLSTATES = ("08", "40", "53", "57P", "58")
_CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


class NotDoneError(Exception):
    """Something in the batch did not end in done: roll back and go one by one."""


async def handle(arrival: Arrival, tx: Transaction, *, savepoint: bool = True) -> Outcome:
    """Ask the handler. With a savepoint, whatever is not done leaves no trace in the transaction."""
    if arrival.problem is not None:
        return arrival.problem
    if not arrival.is_for_us:
        return DONE
    if not savepoint:
        return await _ask(arrival, tx)
    # Before the savepoint: going back to it must not take the tenant back while the transaction believes it is set.
    await tx.use_municipality(_received(arrival).municipality)
    mark = tx.mark()
    nested = await tx.savepoint()
    outcome = await _ask(arrival, tx, to_the_end=True)
    if outcome == DONE:
        await nested.commit()
    else:
        await nested.rollback()
        tx.forget_since(mark)
    return outcome


async def handle_all_or_none(arrivals: Sequence[Arrival], tx: Transaction) -> bool:
    """Whether all of them, in this order, end in done; else none has left a trace in the transaction."""
    mark, municipality = tx.mark(), tx.municipality
    nested = await tx.savepoint()
    for arrival in arrivals:
        if await handle(arrival, tx) != DONE:
            await nested.rollback()
            tx.forget_since(mark)
            tx.municipality = municipality  # going back to the savepoint took the tenant back too
            return False
    await nested.commit()
    return True


async def _ask(arrival: Arrival, tx: Transaction, *, to_the_end: bool = False) -> Outcome:
    """The handler's answer; `to_the_end` checks here what PostgreSQL would else check at the commit of all events."""
    received = _received(arrival)
    await tx.use_municipality(received.municipality)
    with span_from(arrival.trace, f"handle {type(received.data).__name__}"):
        try:
            outcome = await _call(arrival, tx)
            await tx.finish()
            if to_the_end:
                await (await tx.driver()).execute(_CHECK_CONSTRAINTS)
        except Exception as problem:
            if is_passing(problem):
                raise
            return Retry(HoldReason.HANDLER_FAILED, describe_failure(problem))
    if not isinstance(outcome, Done | Retry | Park):
        return Retry(
            HoldReason.HANDLER_FAILED, "The handler did not say how it ended: mend it, then release the event."
        )
    return outcome


async def _call(arrival: Arrival, tx: Transaction) -> Outcome:
    subscription, received = arrival.subscription, _received(arrival)
    assert subscription is not None  # noqa: S101 - no problem means it is there
    if subscription.handler is not None:
        return await subscription.handler(received, tx)
    assert subscription.batch is not None  # noqa: S101 - a subscription has one of the two
    left = await subscription.batch([received], tx)
    return left.get(received.event_id, DONE) if left else DONE


def _received(arrival: Arrival) -> Received[Any]:
    assert arrival.received is not None  # noqa: S101 - no problem means it is there
    return arrival.received


def is_passing(problem: BaseException) -> bool:
    """Whether the database could not do it now, rather than this event being wrong."""
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    return (getattr(cause, "sqlstate", None) or "").startswith(_PASSING_SQLSTATES)


def describe_failure(problem: BaseException) -> str:
    """Where it failed and with which class of error; the error's own words may hold personal data and stay out."""
    frames = traceback.extract_tb(problem.__traceback__)
    place = frames[-1] if frames else None
    where = f" in {place.name}, line {place.lineno}" if place else ""
    return f"The handler failed with {type(problem).__name__}{where}: mend the code, then release the event."
