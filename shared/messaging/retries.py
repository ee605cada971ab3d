"""Held events whose time has come, each key's queue from its head, until one is not done.

An event that came before what it builds on, and before it in the very same queue, would wait for ever: so the one
event that makes it known goes first, and only when both are done by that. Everything else stays in its order.

Any number of processes may do this: a queue's head is locked, and nobody takes what is behind a locked head.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import takewhile

import structlog

from shared.database.transactions import Database, Transaction
from shared.messaging import held
from shared.messaging.handling import handle, handle_all_or_none, is_passing
from shared.messaging.held import HeldEvent
from shared.messaging.inbox import Inbox
from shared.messaging.outcome import DONE, Done, HoldReason, Outcome

_LOG = structlog.get_logger("meedoen.retries")
QUEUE_EVENTS_PER_TRANSACTION_MAX = 100


class Retries:
    """Works off the held events of one service; `run` ends after `stop`, between two transactions."""

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
        """Look when woken, when something is due, and now and then for what other processes have put here."""
        while not self._stopping:
            pause_seconds = self._poll_seconds
            self._wake.clear()
            try:
                while not self._stopping and await self.work_off_one_queue():
                    pass
                pause_seconds = await self._pause_seconds()
            except Exception as problem:  # noqa: BLE001 - nothing is lost; it is looked at again
                _LOG.warning("retries_failed", cause=type(problem).__name__, is_passing=is_passing(problem))
            if not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause_seconds)

    async def work_off_one_queue(self) -> bool:
        """Take the queue of one key whose head is due; False when there is none."""
        outcomes: list[Outcome] = []
        async with self._database.transaction(None) as tx:
            driver = await tx.driver()
            head = await held.take_due_head(driver)
            if head is None:
                return False
            behind = await held.take_behind(driver, head, events_max=QUEUE_EVENTS_PER_TRANSACTION_MAX - 1)
            queue = list(takewhile(lambda one: one.state in ("retrying", "waiting"), (head, *behind)))
            while queue:
                done, outcome = await self._first_of(queue, tx)
                await held.let_go(driver, done)
                outcomes += [DONE] * len(done) if done else [outcome]
                queue = [event for event in queue if event not in done] if done else []
        for outcome in outcomes:
            self._inbox.count(outcome)
        return True

    async def _first_of(self, queue: Sequence[HeldEvent], tx: Transaction) -> tuple[list[HeldEvent], Outcome]:
        """One more attempt at the first: what is done by it, or how it ended; then it is set back, still first."""
        event = queue[0]
        attempts = event.attempts + 1
        arrival = self._inbox.reader.reread(event)
        outcome = await handle(arrival, tx)
        if isinstance(outcome, Done):
            return [event], DONE
        if outcome.reason is HoldReason.NOT_YET_KNOWN:
            for later in queue[1:]:
                if await handle_all_or_none([self._inbox.reader.reread(later), arrival], tx):
                    return [later, event], DONE
        outcome = self._inbox.settled(outcome, attempts=attempts)
        state, reason, sentence, due_in_seconds = self._inbox.placing(outcome, attempts=attempts)
        await held.set_back(
            await tx.driver(),
            event,
            state=state,
            reason=reason or HoldReason.HANDLER_FAILED,
            sentence=sentence,
            attempts=attempts,
            due_in_seconds=due_in_seconds,
        )
        return [], outcome

    async def _pause_seconds(self) -> float:
        async with self._database.transaction(None) as tx:
            due = await held.next_due_seconds(await tx.driver())
        return self._poll_seconds if due is None else min(max(due, 0.01), self._poll_seconds)
