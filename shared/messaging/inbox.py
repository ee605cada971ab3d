"""The inbox: a batch of messages handled in one transaction, each event once, in order per key.

A batch is first handled as a whole: marks for all ids, then the handlers. A batch handler may leave some events undone
and return their outcomes. When any other event does not end in done, the batch is rolled back and handled again with a
savepoint around each event, so that a failure stays with its event. An event that is not done is stored in `held` in
that same transaction; so when a batch commits, each of its events is done or held, and its offsets may be committed.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from shared.database.transactions import Database, Transaction
from shared.messaging import held
from shared.messaging.authorship import OTHER_BODY
from shared.messaging.belief import Belief, ReadingRules, divide_by_id, find_other_bodies
from shared.messaging.decoding import Decoder, IncomingEvent, Message, digest_bodies, set_apart
from shared.messaging.handling import BatchNotDoneError, describe_failure, handle, is_transient
from shared.messaging.held import Key
from shared.messaging.held_counts import refuse_more_than
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome, Park, Retry, RetryPolicy
from shared.messaging.subscription import BatchHandler, Subscription, Unfinished

MARK = """
WITH tenant AS MATERIALIZED (SELECT set_config('app.municipality', $2, true)),
marked AS (
    INSERT INTO messaging.inbox (event_id, body)
    SELECT id, body FROM unnest($1::uuid[], $3::bigint[]) AS asked(id, body) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
)
SELECT count(*) AS number, CASE WHEN count(*) < cardinality($1::uuid[]) THEN array_agg(event_id) END AS event_ids,
    messaging.is_any_held() AS any_held
FROM marked, tenant
"""
LAST_POSITION = "SELECT messaging.last_position()"
IS_PUBLISHED = "SELECT messaging.is_published($1)"
POLL_SECONDS = 0.1


class Inbox:
    """Handles batches for one service.

    An event with a transaction of its own is heavy and may emit much. So what is in the outbox is published first:
    then no other event waits behind more than one such transaction. `own_transaction_wait_seconds_max` bounds that
    wait; zero means no wait.
    """

    def __init__(
        self,
        database: Database,
        subscriptions: Sequence[Subscription],
        municipalities: frozenset[str],
        policy: RetryPolicy,
        metrics: CoreMetrics,
        *,
        own_transaction_wait_seconds_max: float = 0.0,
        rules: ReadingRules | None = None,
    ) -> None:
        self._database = database
        self._own_transaction_wait_seconds_max = own_transaction_wait_seconds_max
        self._rules = rules or ReadingRules()
        self.decoder = Decoder(
            subscriptions, municipalities, organisation_oin=self._rules.organisation_oin, days=self._rules.days
        )
        self.belief = Belief(municipalities, metrics, self._rules)
        self.policy = policy
        self._metrics = metrics
        self._jitter = random.Random()  # noqa: S311 - spreads retries, keeps no secret

    def decode(self, messages: Sequence[Message]) -> list[IncomingEvent]:
        """Return the events that concern this service, decoded; touches no database."""
        return [event for message in messages if (event := self.decoder.decode(message)).is_subscribed]

    async def handle_batch(self, events: Sequence[IncomingEvent]) -> int:
        """Handle a batch; afterwards every event is done, known already, or held. Return how many were held.

        Raises only what the database raises: then nothing of the batch took effect, or nothing of an event with a
        transaction of its own and of all events after it.
        """
        held_count = 0
        for group in _split_by_transaction(events):
            if self._own_transaction_wait_seconds_max and _has_own_transaction(group[0]):
                await self._wait_until_published()
            held_count += await self._handle_group(group)
        return held_count

    async def _wait_until_published(self) -> None:
        """Wait until everything in the outbox is published, and no longer than allowed when the broker is away."""
        end = time.monotonic() + self._own_transaction_wait_seconds_max
        last = await self._fetch_value(LAST_POSITION)
        while last is not None and time.monotonic() < end and not await self._fetch_value(IS_PUBLISHED, last):  # noqa: ASYNC110 - it is in a database
            await asyncio.sleep(POLL_SECONDS)

    async def _fetch_value(self, query: str, *arguments: object) -> int | None:
        async with self._database.transaction(None) as tx:
            value: int | None = await (await tx.driver()).fetchval(query, *arguments)
            return value

    async def _handle_group(self, events: Sequence[IncomingEvent]) -> int:
        with self._metrics.batch_seconds.time():
            try:
                return await self._handle_whole(events)
            except Exception as problem:
                if is_transient(problem):
                    raise
            return await self._handle_one_by_one(events)

    async def _handle_whole(self, events: Sequence[IncomingEvent]) -> int:
        undone: list[tuple[IncomingEvent, Outcome | None]] = []
        async with self._database.transaction(None) as tx:
            believed, unbelieved = await self.belief.divide(tx, events)
            apart_count = await self.belief.hold(tx, unbelieved)
            fresh, blocked, others_count = await self._mark(tx, believed)
            for (batch, _), group in groupby(fresh, key=_batch_key):
                free = list(group)
                if blocked:
                    undone += [(event, None) for event in free if event.key in blocked]
                    free = [event for event in free if event.key not in blocked]
                unfinished = await _handle_all(batch, free, tx) if free else []
                blocked |= {event.key for event, _ in unfinished}
                undone += unfinished
            undone = [(event, outcome and self.limit_attempts(outcome, attempts=1)) for event, outcome in undone]
            await self._hold_all(tx, undone)
        self._metrics.consumed.labels("done").inc(len(fresh) - len(undone))
        self._metrics.consumed.labels("known").inc(len(believed) - len(fresh) - others_count)
        for outcome in (outcome for _, outcome in undone if outcome is not None):
            self.count_outcome(outcome)
        return len(undone) + apart_count + others_count

    async def _handle_one_by_one(self, events: Sequence[IncomingEvent]) -> int:
        outcomes: list[Outcome] = []
        undone: list[tuple[IncomingEvent, Outcome | None]] = []
        async with self._database.transaction(None) as tx:
            believed, unbelieved = await self.belief.divide(tx, events)
            apart_count = await self.belief.hold(tx, unbelieved)
            fresh, blocked, others_count = await self._mark(tx, believed)
            for event in fresh:
                outcome = None if event.key in blocked else self.limit_attempts(await handle(event, tx), attempts=1)
                if outcome == DONE:
                    outcomes.append(DONE)
                    continue
                blocked.add(event.key)
                undone.append((event, outcome))
                outcomes.extend([outcome] if outcome else [])
            await self._hold_all(tx, undone)
        for outcome in outcomes:
            self.count_outcome(outcome)
        self._metrics.consumed.labels("known").inc(len(believed) - len(fresh) - others_count)
        return len(undone) + apart_count + others_count

    async def _mark(
        self, tx: Transaction, events: Sequence[IncomingEvent]
    ) -> tuple[list[IncomingEvent], set[Key], int]:
        """Mark the ids. Return the events marked now, once each and in order, those of their keys that are held, and
        how many others had the id of another event and are held apart.

        When all ids are new, no other process works on these keys, and what the marking statement itself read of `held`
        is right. When some are not, it may have waited for another transaction, so the held keys are read after it.
        """
        if not events:
            return [], set(), 0
        municipality = _first_municipality(events)
        asked, others = divide_by_id(events)
        (marked,) = await tx.rows(MARK, [event.event_id for event in asked], municipality, digest_bodies(asked))
        if marked["number"]:
            tx.municipality = municipality
        fresh, blocked = asked, set[Key]()
        if marked["number"] < len(asked):
            unseen = set(marked["event_ids"] or ())
            fresh = [event for event in asked if event.event_id in unseen]
            known = [event for event in asked if event.event_id not in unseen]
            others += await find_other_bodies(tx, known)
        if fresh and (len(fresh) < len(asked) or marked["any_held"]):
            blocked = await held.list_held_keys(await tx.driver(), (event.key for event in fresh))
        return fresh, blocked, await self.belief.hold_other_bodies(tx, others)

    async def mark_released(self, tx: Transaction, event: IncomingEvent) -> IncomingEvent | None:
        """Mark a released message; return it, set apart if its id is of another event; None if it was handled."""
        (marked,) = await tx.rows(MARK, [event.event_id], _first_municipality([event]), digest_bodies([event]))
        if marked["number"]:
            await self.belief.record_day(tx, event)
            return event
        others = await find_other_bodies(tx, [event])
        return set_apart(event.message, event.envelope, OTHER_BODY) if others else None

    async def _hold_all(self, tx: Transaction, undone: Sequence[tuple[IncomingEvent, Outcome | None]]) -> None:
        for event, outcome in undone:
            await self._hold(tx, event, outcome)
        if undone:
            municipalities = {event.envelope.municipality if event.envelope else None for event, _ in undone}
            await refuse_more_than(await tx.driver(), municipalities, self._rules.held_events_max)

    async def _hold(self, tx: Transaction, event: IncomingEvent, outcome: Outcome | None) -> None:
        state, reason, sentence, due_in_seconds = self.describe_hold(outcome, attempts=1)
        attempts = 0 if outcome is None else 1
        held_event = replace(event.to_held(), state=state, reason=reason, sentence=sentence, attempts=attempts)
        await held.hold(await tx.driver(), held_event, due_in_seconds)
        if outcome is None:
            await held.make_due(await tx.driver(), event.key)

    def limit_attempts(self, outcome: Outcome, *, attempts: int) -> Outcome:
        """Return the outcome after so many attempts: a Retry becomes a Park when the attempts are used up."""
        if isinstance(outcome, Retry) and attempts >= self.policy.attempts_max:
            return Park(outcome.reason, f"{outcome.sentence} Tried {attempts} times.".strip())
        return outcome

    def describe_hold(self, outcome: Outcome | None, *, attempts: int) -> tuple[str, HoldReason | None, str, float]:
        """Return state, reason, sentence and delay in seconds of an event that is held.

        An outcome of None is that of an event that waits behind another one of its key.
        """
        match outcome:
            case None | Done():
                return "waiting", None, "", 0.0
            case Park(reason, sentence):
                return "parked", reason, sentence, 0.0
            case Retry(reason, sentence, after_seconds):
                delay = self.policy.delay_seconds(attempts, self._jitter)
                return "retrying", reason, sentence, after_seconds if after_seconds is not None else delay

    def count_outcome(self, outcome: Outcome) -> None:
        """Count the outcome of one event."""
        match outcome:
            case Done():
                self._metrics.consumed.labels("done").inc()
            case Retry(reason):
                self._metrics.consumed.labels("retry").inc()
                self._metrics.retried.labels(reason.value).inc()
            case Park(reason):
                self._metrics.consumed.labels("park").inc()
                self._metrics.parked.labels(reason.value).inc()


def _split_by_transaction(events: Sequence[IncomingEvent]) -> Iterator[list[IncomingEvent]]:
    """Yield the events of one transaction each, in order; those with a transaction of their own come by themselves."""
    by_subscription = {id(event.subscription): event for event in events}
    if not any(map(_has_own_transaction, by_subscription.values())):
        yield from [list(events)] if events else []
        return
    for _, group in groupby(enumerate(events), key=_index_if_own_transaction):
        yield [event for _, event in group]


def _index_if_own_transaction(numbered: tuple[int, IncomingEvent]) -> int | None:
    index, event = numbered
    return index if _has_own_transaction(event) else None


def _has_own_transaction(event: IncomingEvent) -> bool:
    return event.subscription is not None and event.subscription.own_transaction


def _first_municipality(events: Sequence[IncomingEvent]) -> str:
    """Return the tenant that is set along with the marks, as most batches need no other; "" when no event names one."""
    return next((event.received.municipality for event in events if event.received), "")


def _batch_key(event: IncomingEvent) -> tuple[BatchHandler | None, str]:
    """Return what groups events: the batch handler and the municipality; None for those handled one at a time."""
    batch = event.subscription.batch if event.subscription else None
    return batch, event.received.municipality if event.received else ""


async def _handle_all(
    batch: BatchHandler | None, group: list[IncomingEvent], tx: Transaction
) -> list[tuple[IncomingEvent, Outcome | None]]:
    """Handle the group; return what a batch handler left undone. BatchNotDoneError: handle them one by one."""
    if batch is None:
        for event in group:
            if await handle(event, tx, savepoint=False) != DONE:
                raise BatchNotDoneError
        return []
    received = [event.received for event in group if event.received]
    await tx.use_municipality(received[0].municipality)
    try:
        unfinished = await batch(received, tx)
    except Exception as problem:
        describe_failure(problem)
        raise BatchNotDoneError from problem
    return _list_undone(group, unfinished) if unfinished else []


def _list_undone(group: list[IncomingEvent], unfinished: Unfinished) -> list[tuple[IncomingEvent, Outcome | None]]:
    """Return each with its outcome. BatchNotDoneError if a later event of its key is done: that should have waited."""
    undone: list[tuple[IncomingEvent, Outcome | None]] = []
    blocked: set[Key] = set()
    for event in group:
        outcome = unfinished.get(event.event_id, DONE)
        if outcome == DONE and event.key in blocked:
            raise BatchNotDoneError
        if outcome != DONE:
            undone.append((event, None if event.key in blocked else outcome))
            blocked.add(event.key)
    return undone
