"""The inbox: a batch of messages handled in one transaction, each event once, in order per key.

A batch is first tried whole: marks for all ids, then the handlers. A batch handler may leave some undone and say how
they ended. When anything else does not end in done, the batch is rolled back and done again with a savepoint around
each event, so that one event's trouble is its own. An event that is not done is kept in `held` in that same
transaction; so when a batch commits, every message in it is either done or kept, and its offsets may be committed.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from shared.database.transactions import Database, Transaction
from shared.messaging import held
from shared.messaging.decoding import Arrival, Message, Reader
from shared.messaging.handling import NotDoneError, describe_failure, handle, is_passing
from shared.messaging.held import Key
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome, Park, Retry, RetryPolicy
from shared.messaging.subscription import BatchHandler, Subscription, Unfinished

MARK = """
WITH tenant AS MATERIALIZED (SELECT set_config('app.municipality', $2, true)),
marked AS (
    INSERT INTO messaging.inbox (event_id) SELECT DISTINCT id FROM unnest($1::uuid[]) AS asked(id) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
)
SELECT count(*) AS number, CASE WHEN count(*) < cardinality($1::uuid[]) THEN array_agg(event_id) END AS event_ids,
    EXISTS (SELECT FROM messaging.held WHERE state <> 'discarded') AS any_held
FROM marked, tenant
"""
TOLD = "SELECT position FROM messaging.outbox ORDER BY position DESC LIMIT 1"
SENT = "SELECT position_done >= $1 FROM messaging.relay_mark"
LOOK_SECONDS = 0.1


class Inbox:
    """Handles batches for one service.

    An event that comes alone asks for much work and may tell much. What was told before it is sent first, so that no
    other fact waits behind more than one such event's: with `alone_waits_seconds_max` above zero, so long at most.
    """

    def __init__(
        self,
        database: Database,
        subscriptions: Sequence[Subscription],
        municipalities: frozenset[str],
        policy: RetryPolicy,
        metrics: CoreMetrics,
        *,
        alone_waits_seconds_max: float = 0.0,
    ) -> None:
        self._database = database
        self._alone_waits_seconds_max = alone_waits_seconds_max
        self.reader = Reader(subscriptions, municipalities)
        self.policy = policy
        self._metrics = metrics
        self._jitter = random.Random()  # noqa: S311 - spreads retries, keeps no secret

    def read(self, messages: Sequence[Message]) -> list[Arrival]:
        """The messages that concern this service, made ready; touches no database."""
        return [arrival for message in messages if (arrival := self.reader.read(message)).is_for_us]

    async def take(self, arrivals: Sequence[Arrival]) -> int:
        """Handle a batch; afterwards every event is done, known already, or held. Returns how many were held.

        Raises only what the database raises: then nothing of the batch happened, or of an event that comes alone and
        of all after it.
        """
        held_now = 0
        for together in _transactions(arrivals):
            if self._alone_waits_seconds_max and _is_alone(together[0]):
                await self._until_sent()
            held_now += await self._take_together(together)
        return held_now

    async def _until_sent(self) -> None:
        """Wait until what was told by now is sent; a broker that is away holds nobody up for long."""
        end = time.monotonic() + self._alone_waits_seconds_max
        told = await self._looked(TOLD)
        while told is not None and time.monotonic() < end and not await self._looked(SENT, told):  # noqa: ASYNC110 - it is in a database
            await asyncio.sleep(LOOK_SECONDS)

    async def _looked(self, query: str, *arguments: object) -> int | None:
        async with self._database.transaction(None) as tx:
            found: int | None = await (await tx.driver()).fetchval(query, *arguments)
            return found

    async def _take_together(self, arrivals: Sequence[Arrival]) -> int:
        with self._metrics.batch_seconds.time():
            try:
                return await self._try_whole(arrivals)
            except Exception as problem:
                if is_passing(problem):
                    raise
            return await self._one_by_one(arrivals)

    async def _try_whole(self, arrivals: Sequence[Arrival]) -> int:
        undone: list[tuple[Arrival, Outcome | None]] = []
        async with self._database.transaction(None) as tx:
            fresh, blocked = await self._mark(tx, arrivals)
            for (batch, _), group in groupby(fresh, key=_batch_key):
                free = list(group)
                if blocked:
                    undone += [(arrival, None) for arrival in free if arrival.key in blocked]
                    free = [arrival for arrival in free if arrival.key not in blocked]
                left = await _handle_all(batch, free, tx) if free else []
                blocked |= {arrival.key for arrival, _ in left}
                undone += left
            undone = [(one, outcome and self.settled(outcome, attempts=1)) for one, outcome in undone]
            for arrival, outcome in undone:
                await self._hold(tx, arrival, outcome)
        self._metrics.consumed.labels("done").inc(len(fresh) - len(undone))
        self._metrics.consumed.labels("known").inc(len(arrivals) - len(fresh))
        for outcome in (outcome for _, outcome in undone if outcome is not None):
            self.count(outcome)
        return len(undone)

    async def _one_by_one(self, arrivals: Sequence[Arrival]) -> int:
        outcomes: list[Outcome] = []
        async with self._database.transaction(None) as tx:
            fresh, blocked = await self._mark(tx, arrivals)
            for arrival in fresh:
                outcome = None if arrival.key in blocked else self.settled(await handle(arrival, tx), attempts=1)
                if outcome == DONE:
                    outcomes.append(DONE)
                    continue
                blocked.add(arrival.key)
                await self._hold(tx, arrival, outcome)
                outcomes.extend([outcome] if outcome else [])
        for outcome in outcomes:
            self.count(outcome)
        self._metrics.consumed.labels("known").inc(len(arrivals) - len(fresh))
        return len(fresh) - outcomes.count(DONE)

    async def _mark(self, tx: Transaction, arrivals: Sequence[Arrival]) -> tuple[list[Arrival], set[Key]]:
        """Mark the ids; those marked now, once each and in order, and which of their keys have something held.

        Where all ids were new, nobody else works on these keys, and the marking statement's own look at `held` is
        good. Where some were not, it may have waited for whoever marked first, so the held keys are read after it.
        """
        municipality = _first_municipality(arrivals)
        (marked,) = await tx.rows(MARK, [arrival.event_id for arrival in arrivals], municipality)
        if not marked["number"]:
            return [], set()
        tx.municipality = municipality
        fresh = list(arrivals)
        if marked["number"] < len(arrivals):
            fresh = _first_of_each(arrivals, set(marked["event_ids"]))
        elif not marked["any_held"]:
            return fresh, set()
        return fresh, await held.held_keys(await tx.driver(), (arrival.key for arrival in fresh))

    async def _hold(self, tx: Transaction, arrival: Arrival, outcome: Outcome | None) -> None:
        state, reason, sentence, due_in_seconds = self.placing(outcome, attempts=1)
        attempts = 0 if outcome is None else 1
        kept = replace(arrival.to_hold(), state=state, reason=reason, sentence=sentence, attempts=attempts)
        await held.hold(await tx.driver(), kept, due_in_seconds)
        if outcome is None:
            await held.hasten(await tx.driver(), arrival.key)

    def settled(self, outcome: Outcome, *, attempts: int) -> Outcome:
        """The outcome of the given attempt; the last one that may be made ends in Park."""
        if isinstance(outcome, Retry) and attempts >= self.policy.attempts_max:
            return Park(outcome.reason, f"{outcome.sentence} Tried {attempts} times.".strip())
        return outcome

    def placing(self, outcome: Outcome | None, *, attempts: int) -> tuple[str, HoldReason | None, str, float]:
        """State, reason, sentence and delay in seconds for an event that is not done; None waits for its turn."""
        match outcome:
            case None | Done():
                return "waiting", None, "", 0.0
            case Park(reason, sentence):
                return "parked", reason, sentence, 0.0
            case Retry(reason, sentence, after_seconds):
                delay = self.policy.delay_seconds(attempts, self._jitter)
                return "retrying", reason, sentence, after_seconds if after_seconds is not None else delay

    def count(self, outcome: Outcome) -> None:
        """Count how one event ended."""
        match outcome:
            case Done():
                self._metrics.consumed.labels("done").inc()
            case Retry(reason):
                self._metrics.consumed.labels("retry").inc()
                self._metrics.retried.labels(reason.value).inc()
            case Park(reason):
                self._metrics.consumed.labels("park").inc()
                self._metrics.parked.labels(reason.value).inc()


def _transactions(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """What goes into one transaction each, in order: all of the batch, but for events that come alone."""
    for _, group in groupby(enumerate(arrivals), key=_place_if_alone):
        yield [arrival for _, arrival in group]


def _place_if_alone(placed: tuple[int, Arrival]) -> int | None:
    place, arrival = placed
    return place if _is_alone(arrival) else None


def _is_alone(arrival: Arrival) -> bool:
    return arrival.subscription is not None and arrival.subscription.is_alone


def _first_municipality(arrivals: Sequence[Arrival]) -> str:
    """The tenant to begin with, set along with the marks: most batches need no other. None is nobody's."""
    return next((arrival.received.municipality for arrival in arrivals if arrival.received), "")


def _first_of_each(arrivals: Sequence[Arrival], unseen: set[UUID]) -> list[Arrival]:
    """The arrivals whose ids were marked now; of an id that came twice in this batch, the first."""
    fresh = []
    for arrival in arrivals:
        if arrival.event_id in unseen:
            unseen.discard(arrival.event_id)
            fresh.append(arrival)
    return fresh


def _batch_key(arrival: Arrival) -> tuple[BatchHandler | None, str]:
    """What comes together: events of one batch handler and municipality, and those that are taken one at a time."""
    batch = arrival.subscription.batch if arrival.subscription else None
    return batch, arrival.received.municipality if arrival.received else ""


async def _handle_all(
    batch: BatchHandler | None, group: list[Arrival], tx: Transaction
) -> list[tuple[Arrival, Outcome | None]]:
    """Handle the group; those that a batch handler left undone are the answer. NotDoneError: go one by one."""
    if batch is None:
        for arrival in group:
            if await handle(arrival, tx, savepoint=False) != DONE:
                raise NotDoneError
        return []
    received = [arrival.received for arrival in group if arrival.received]
    await tx.use_municipality(received[0].municipality)
    try:
        left = await batch(received, tx)
    except Exception as problem:
        describe_failure(problem)
        raise NotDoneError from problem
    return _undone(group, left) if left else []


def _undone(group: list[Arrival], left: Unfinished) -> list[tuple[Arrival, Outcome | None]]:
    """Each with its outcome. NotDoneError where a later event of the same key was done: it should have waited."""
    found: list[tuple[Arrival, Outcome | None]] = []
    blocked: set[Key] = set()
    for arrival in group:
        outcome = left.get(arrival.event_id, DONE)
        if outcome == DONE and arrival.key in blocked:
            raise NotDoneError
        if outcome != DONE:
            found.append((arrival, None if arrival.key in blocked else outcome))
            blocked.add(arrival.key)
    return found
