"""Retry held events that are due: the queue of a key from its head, until an event is not done.

An event that was published before the one it depends on, and is before it in the same queue, would wait for ever.
So the later event may go first, provided that both are done by it. All other events stay in their order.

Any number of processes may do this: the head of a queue is locked, and no other process takes what is behind it.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import takewhile

import structlog

from shared.database.transactions import Database, Transaction
from shared.messaging import apart, held
from shared.messaging.decoding import IncomingEvent
from shared.messaging.handling import handle, handle_all_or_none, is_transient
from shared.messaging.held import HeldEvent
from shared.messaging.inbox import Inbox
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome

_LOG = structlog.get_logger("meedoen.retries")
QUEUE_EVENTS_PER_TRANSACTION_MAX = 100


class Retries:
    """Retries the held events of one service; `run` ends after `stop`, between two transactions."""

    def __init__(self, database: Database, inbox: Inbox, wake: asyncio.Event, *, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._inbox = inbox
        self._wake = wake
        self._poll_seconds = poll_seconds
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Retry when woken, when an event is due, and every `poll_seconds` for what other processes hold."""
        while not self._stopping:
            pause_seconds = self._poll_seconds
            self._wake.clear()
            try:
                while not self._stopping and await self.retry_one_queue():
                    pass
                pause_seconds = await self._pause_seconds()
            except Exception as problem:  # noqa: BLE001 - nothing is lost; it is retried
                _LOG.warning("retries_failed", cause=type(problem).__name__, is_passing=is_transient(problem))
            if not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause_seconds)

    async def retry_one_queue(self) -> bool:
        """Retry the queue of one key whose head is due; return False when no head is due."""
        outcomes: list[Outcome] = []
        async with self._database.transaction(None) as tx:
            driver = await tx.driver()
            head = await held.lock_due_head(driver)
            if head is None:
                return False
            position, municipality = head
            await tx.use_municipality(municipality)
            events = await held.lock_queue(driver, position, events_max=QUEUE_EVENTS_PER_TRANSACTION_MAX)
            if not events[0].is_believed:
                await self._retry_apart(events[0], tx)
                return True
            queue = list(takewhile(lambda event: event.state in ("retrying", "waiting"), events))
            while queue:
                done, outcome = await self._retry_head(queue, tx)
                await held.delete_done(driver, done)
                outcomes += [DONE] * len(done) if done else [outcome]
                queue = [event for event in queue if event not in done] if done else []
        for outcome in outcomes:
            self._inbox.count_outcome(outcome)
        return True

    async def _retry_apart(self, head: HeldEvent, tx: Transaction) -> None:
        """Admit a message that was released, if it is believed by now, to the queue of its key; else park it again."""
        driver = await tx.driver()
        event: IncomingEvent | None = self._inbox.decoder.decode_held(head)
        if event is not None and not event.is_apart:
            event = await self._inbox.mark_released(tx, event) if event.is_subscribed else None
        if event is None:
            await held.delete_done(driver, [head])
        elif event.problem is not None and event.is_apart:
            await held.requeue(
                driver,
                head,
                state="parked",
                reason=event.problem.reason,
                sentence=event.problem.sentence,
                attempts=head.attempts + 1,
                due_in_seconds=0.0,
            )
        else:
            await apart.admit(driver, head, event.to_held())

    async def _retry_head(self, queue: Sequence[HeldEvent], tx: Transaction) -> tuple[list[HeldEvent], Outcome]:
        """Handle the head again. Return the events done by that, or none and the outcome with which it was requeued."""
        head = queue[0]
        attempts = head.attempts + 1
        event = self._inbox.decoder.decode_held(head)
        outcome = await handle(event, tx)
        if isinstance(outcome, Done):
            return [head], DONE
        if outcome.reason is HoldReason.NOT_YET_KNOWN:
            for later in queue[1:]:
                if await handle_all_or_none([self._inbox.decoder.decode_held(later), event], tx):
                    return [later, head], DONE
        outcome = self._inbox.limit_attempts(outcome, attempts=attempts)
        state, reason, sentence, due_in_seconds = self._inbox.describe_hold(outcome, attempts=attempts)
        await held.requeue(
            await tx.driver(),
            head,
            state=state,
            reason=reason or HoldReason.HANDLER_FAILED,
            sentence=sentence,
            attempts=attempts,
            due_in_seconds=due_in_seconds,
        )
        return [], outcome

    async def _pause_seconds(self) -> float:
        async with self._database.transaction(None) as tx:
            due = await held.fetch_seconds_until_due(await tx.driver())
        return self._poll_seconds if due is None else min(max(due, 0.01), self._poll_seconds)
