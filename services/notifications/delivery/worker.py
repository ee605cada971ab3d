"""The worker: claims queued messages, hands them over outside any transaction, and settles what came of it.

A claim is a lease: the message's next attempt is put behind it, so a worker that dies leaves nothing stuck, and no
transaction stays open while a mail server thinks. Woken by the commit of a handler in this process; a slow poll
finds what is due again and what another process left.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from weakref import WeakSet

import structlog

from services.notifications import domain, metrics, repository
from services.notifications.delivery.port import DeliveryFailedError, DeliveryPort
from services.notifications.repository import Claimed
from services.notifications.settings import Settings
from shared.database.counters import count_on_commit
from shared.database.transactions import Database, Transaction
from shared.events import DeliveryParked, NotificationSent
from shared.events.codes import DeliveryProblem, MessageChannel

PAUSE_AFTER_FAILURE_SECONDS = 1.0
BURST_MESSAGES = 100
LULL_SECONDS = 0.25
BURST_SECONDS_MAX = 10.0
_log = structlog.get_logger("meedoen.delivery")
_workers: WeakSet["DeliveryWorker"] = WeakSet()


def wake(queued: int = 1) -> None:
    """So many messages are there to deliver. For handlers, once their transaction has committed."""
    for worker in _workers:
        worker.wake(queued)


class Burst:
    """Many messages at once: all that is to be told is kept first, and letters leave in the lull after it.

    They wait no longer than BURST_SECONDS_MAX, however long the burst goes on. Without a burst no message waits.
    """

    def __init__(self) -> None:
        self._began = self._lull = 0.0

    def add(self, queued: int, now_seconds: float) -> None:
        if queued < BURST_MESSAGES:
            return
        if now_seconds >= self._lull:
            self._began = now_seconds
        self._lull = now_seconds + LULL_SECONDS

    def wait_seconds(self, now_seconds: float) -> float:
        return max(0.0, min(self._lull, self._began + BURST_SECONDS_MAX) - now_seconds)


@dataclass(frozen=True)
class Attempt:
    """What came of one delivery; no problem means that it was handed over."""

    message: Claimed
    problem: DeliveryProblem | None


class DeliveryWorker:
    """Delivers the messages of every municipality served, until it is stopped."""

    def __init__(self, database: Database, settings: Settings, outlets: Mapping[MessageChannel, DeliveryPort]) -> None:
        self._database = database
        self._settings = settings
        self._outlets = outlets
        self._wake = asyncio.Event()
        self._stopping = False
        self._parallel = asyncio.Semaphore(settings.delivery_parallel_max)
        self._task: asyncio.Task[None] | None = None
        self._burst = Burst()
        self._rounds = 0

    def start(self) -> None:
        _workers.add(self)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the deliveries under way and settle them, then end."""
        _workers.discard(self)
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def wake(self, queued: int = 1) -> None:
        self._burst.add(queued, time.monotonic())
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if lull_seconds := self._burst.wait_seconds(time.monotonic()):
                await self._rest(lull_seconds)
                continue
            try:
                rest_seconds = 0.0 if await self.deliver_due() else self._settings.delivery_poll_seconds
            except Exception as problem:  # noqa: BLE001 - the database may be away; what was claimed comes back
                metrics.DELIVERY_ROUNDS_FAILED.inc()
                _log.warning("delivery_round_failed", cause=type(problem).__name__)
                rest_seconds = PAUSE_AFTER_FAILURE_SECONDS
            if rest_seconds:
                await self._rest(rest_seconds)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def deliver_due(self) -> int:
        """One round: claim what is due, hand it over, settle it; how many messages that were."""
        claimed = await self._claim()
        if claimed:
            attempts = await asyncio.gather(*(self._attempt(message) for message in claimed))
            await self._settle(attempts)
        return len(claimed)

    async def _claim(self) -> list[Claimed]:
        """Up to a batch, of every municipality in turn, so that none waits for the letters of another."""
        limit = self._settings.delivery_batch_messages_max
        self._rounds += 1
        turn = self._rounds % len(self._settings.municipalities)
        order = self._settings.municipalities[turn:] + self._settings.municipalities[:turn]
        claimed: list[Claimed] = []
        async with self._database.transaction(order[0]) as tx:
            for municipality in order:
                await tx.use_municipality(municipality)
                room = limit - len(claimed)
                claimed += await repository.claim(tx, room, self._settings.delivery_lease_seconds) if room else []
        return claimed

    async def _attempt(self, message: Claimed) -> Attempt:
        if not message.is_in_words:
            return Attempt(message, DeliveryProblem.UNREACHABLE)
        async with self._parallel:
            try:
                outgoing = message.outgoing
                await self._outlets[outgoing.channel].deliver(outgoing)
            except DeliveryFailedError as failure:
                problem = failure.problem
            except Exception as failure:  # noqa: BLE001 - one message that can not be made must not stop the others
                _log.error("delivery_broke", cause=type(failure).__name__, message_id=str(message.outgoing.id))
                problem = DeliveryProblem.UNREACHABLE
            else:
                return Attempt(message, None)
        return Attempt(message, problem)

    async def _settle(self, attempts: Sequence[Attempt]) -> None:
        """Mark what was handed over and tell of it; put back or park the rest."""
        by_municipality: dict[str, list[Attempt]] = {}
        for attempt in attempts:
            by_municipality.setdefault(attempt.message.outgoing.municipality, []).append(attempt)
        for municipality, of_one in by_municipality.items():
            async with self._database.transaction(municipality) as tx:
                await self._settle_sent(tx, [one.message for one in of_one if one.problem is None])
                for attempt in of_one:
                    if attempt.problem is not None:
                        await self._settle_failed(tx, attempt.message, attempt.problem)

    async def _settle_sent(self, tx: Transaction, messages: Sequence[Claimed]) -> None:
        sent_on = await repository.mark_sent(tx, [message.outgoing.id for message in messages]) if messages else {}
        for message in messages:
            if day := sent_on.get(message.outgoing.id):
                tx.emit(_sent(message, day))
                count_on_commit(tx, metrics.MESSAGES_SENT.labels(message.outgoing.channel).inc)

    async def _settle_failed(self, tx: Transaction, message: Claimed, problem: DeliveryProblem) -> None:
        outgoing, limits = message.outgoing, self._settings
        _log.warning("delivery_failed", message_id=str(outgoing.id), problem=problem, attempts=message.attempts)
        if domain.gives_up(problem, message.attempts, limits.delivery_attempts_max):
            if parked_on := await repository.park(tx, outgoing.id, problem):
                tx.emit(_parked(message, problem, parked_on))
                count_on_commit(tx, metrics.DELIVERIES_PARKED.labels(problem).inc)
            return
        first, longest = limits.delivery_delay_seconds_first, limits.delivery_delay_seconds_max
        await repository.put_back(tx, outgoing.id, problem, domain.delay_seconds(message.attempts, first, longest))
        count_on_commit(tx, metrics.DELIVERIES_RETRIED.labels(problem).inc)


def _sent(message: Claimed, sent_on: date) -> NotificationSent:
    return NotificationSent(
        person_id=message.person_id,
        message_id=message.outgoing.id,
        template=message.template,
        language=message.outgoing.language,
        channel=message.outgoing.channel,
        sent_on=sent_on,
    )


def _parked(message: Claimed, problem: DeliveryProblem, parked_on: date) -> DeliveryParked:
    return DeliveryParked(
        person_id=message.person_id, message_id=message.outgoing.id, problem=problem, parked_on=parked_on
    )
