"""The delivery worker: claims queued messages, hands them over outside any transaction, and settles what came of it.

A claim is a lease: the message's next attempt is put behind it, so a worker that dies leaves nothing stuck, and no
transaction stays open while a mail server thinks. The commit of a handler in this process wakes it; a slow poll
finds what is due again and what another process left.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from services.notifications import metrics
from services.notifications.delivery.adapters.port import DeliveryFailedError, DeliveryPort
from services.notifications.delivery.handlers import claim_messages, park_incomplete, settle_attempts
from services.notifications.delivery.rules import Attempt, Burst, Claimed
from services.notifications.messages.rules.messages import MESSAGES_QUEUED, MessageProblem
from services.notifications.settings import Settings
from shared.database.transactions import Database
from shared.events.codes import MessageChannel
from shared.messaging.outcome import RetryPolicy

PAUSE_AFTER_FAILURE_SECONDS = 1.0
INCOMPLETE_EVERY_SECONDS = 10.0
_log = structlog.get_logger("meedoen.delivery")


class DeliveryWorker:
    """Delivers the messages of every municipality served, until it is stopped."""

    def __init__(self, database: Database, settings: Settings, outlets: Mapping[MessageChannel, DeliveryPort]) -> None:
        self._database = database
        self._settings = settings
        self._outlets = outlets
        self._retry = RetryPolicy(
            settings.delivery_attempts_max, settings.delivery_delay_seconds_first, settings.delivery_delay_seconds_max
        )
        self._wake = asyncio.Event()
        self._stopping = False
        self._parallel = asyncio.Semaphore(settings.delivery_parallel_max)
        self._task: asyncio.Task[None] | None = None
        self._burst = Burst()
        self._rounds = 0
        self._incomplete_at = 0.0

    def start(self) -> None:
        self._database.signals.connect(MESSAGES_QUEUED, self.wake)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the deliveries under way and settle them, then end."""
        self._database.signals.disconnect(MESSAGES_QUEUED, self.wake)
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def wake(self, queued: int) -> None:
        """Look for messages now: so many were queued by a transaction that has committed."""
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
        """Claim what is due, hand it over and settle it, in one round. Return how many messages that were."""
        await self._park_incomplete()
        claimed = await self._claim()
        if claimed:
            attempts = await asyncio.gather(*(self._attempt(message) for message in claimed))
            await self._settle(attempts)
        return len(claimed)

    async def _park_incomplete(self) -> None:
        """Look now and then which letters still lack a name or an address."""
        if time.monotonic() < self._incomplete_at:
            return
        for municipality in self._settings.municipalities:
            async with self._database.transaction(municipality) as tx:
                await park_incomplete(tx)
        self._incomplete_at = time.monotonic() + INCOMPLETE_EVERY_SECONDS

    async def _claim(self) -> list[Claimed]:
        """Claim up to a batch, of every municipality in turn, so that none waits for the letters of another."""
        limit = self._settings.delivery_batch_messages_max
        self._rounds += 1
        turn = self._rounds % len(self._settings.municipalities)
        order = self._settings.municipalities[turn:] + self._settings.municipalities[:turn]
        claimed: list[Claimed] = []
        async with self._database.transaction(order[0]) as tx:
            for municipality in order:
                await tx.use_municipality(municipality)
                room = limit - len(claimed)
                claimed += await claim_messages(tx, room, self._settings.delivery_lease_seconds) if room else []
        return claimed

    async def _attempt(self, message: Claimed) -> Attempt:
        if not message.is_in_words:
            return Attempt(message, MessageProblem.UNREACHABLE)
        async with self._parallel:
            try:
                outgoing = message.outgoing
                await self._outlets[outgoing.channel].deliver(outgoing)
            except DeliveryFailedError as failure:
                problem = failure.problem
            except Exception as failure:  # noqa: BLE001 - one message that cannot be written must not stop the others
                _log.error("delivery_broke", cause=type(failure).__name__, message_id=str(message.outgoing.id))
                problem = MessageProblem.UNREACHABLE
            else:
                return Attempt(message, None)
        return Attempt(message, problem)

    async def _settle(self, attempts: Sequence[Attempt]) -> None:
        """Settle what came of the attempts, in one transaction for each municipality."""
        by_municipality: dict[str, list[Attempt]] = {}
        for attempt in attempts:
            by_municipality.setdefault(attempt.message.outgoing.municipality, []).append(attempt)
        for municipality, local_attempts in by_municipality.items():
            async with self._database.transaction(municipality) as tx:
                await settle_attempts(tx, local_attempts, self._retry)
