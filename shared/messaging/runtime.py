"""The messaging core of one service process: relay, consumer, retries and partitions, started and stopped together.

Everything here retries: a broker or database that is away when the process starts, or goes away later, is waited for,
and `status` reports it meanwhile.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal

import structlog

from shared.clock import read_today
from shared.database.transactions import Database
from shared.messaging import held_counts as counts
from shared.messaging.apart import drop_old
from shared.messaging.belief import ReadingRules
from shared.messaging.consumer import COMMIT_SECONDS_MAX, LEAVE_SECONDS_MAX, Consumer
from shared.messaging.days import DayRules
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import BACKLOG, Relay
from shared.messaging.retries import Retries
from shared.messaging.security import Credentials, build_security
from shared.messaging.subscription import Subscription
from shared.settings import ServiceSettings

_LOG = structlog.get_logger("meedoen.messaging")
START_PAUSE_SECONDS_FIRST = 0.2
START_PAUSE_SECONDS_MAX = 5.0
OWN_TRANSACTION_WAIT_SECONDS_MAX = 5.0
CONSUMER_STOP_SECONDS_MAX = COMMIT_SECONDS_MAX + LEAVE_SECONDS_MAX
PARTITION_CHECK_SECONDS = 6 * 3600.0


@dataclass(frozen=True)
class MessagingStatus:
    """The state of the messaging core of this process. `consumer_lag` is None while no broker says it."""

    outbox_depth: int
    outbox_age_seconds: float
    consumer_lag: int | None
    held_parked: int
    held_retrying: int
    held_waiting: int
    parked_by_reason: dict[str, int]
    held_fullest: int
    relay: Literal["active", "standby", "down"]
    broker_connected: bool


class Messaging:
    """Built from settings without I/O; `start` returns at once and never fails, `stop` drains."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        subscriptions: Sequence[Subscription],
        metrics: CoreMetrics,
        *,
        forward_days_max: Callable[[str, date], int] | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._held_wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.inbox = Inbox(
            database,
            subscriptions,
            frozenset(settings.municipalities),
            _build_policy(settings),
            metrics,
            own_transaction_wait_seconds_max=OWN_TRANSACTION_WAIT_SECONDS_MAX,
            rules=ReadingRules(
                settings.organisation_oin,
                settings.held_events_max,
                settings.held_apart_events_max,
                DayRules(partial(read_today, settings.clock_file), forward_days_max),
            ),
        )
        self._security = build_security(settings)
        self._publisher = KafkaPublisher(
            settings.kafka_bootstrap_servers,
            client_id=f"meedoen-{settings.service}",
            is_embedded=settings.kafka_embedded,
            security=self._security,
        )
        assert settings.relay_database_url is not None  # noqa: S101 - the settings refuse messaging without it
        self._relay = Relay(
            settings.relay_database_url,
            self._publisher,
            metrics,
            batch_rows_max=settings.relay_batch_rows_max,
            poll_seconds=settings.relay_poll_seconds,
            lock_retry_seconds=settings.relay_lock_retry_seconds,
        )
        self._retries = Retries(database, self.inbox, self._held_wake, poll_seconds=settings.held_poll_seconds)
        self._topics = sorted({line.event.event_type.topic.name for line in subscriptions})
        self._consumer: Consumer | None = None
        self._consuming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the tasks; what is not reachable yet is retried in the background."""
        self._spawn(self._relay.run())
        self._spawn(self._retries.run())
        self._spawn(self._maintain_partitions())
        if self._security.list_files():
            self._spawn(self._watch_credentials())
        if self._topics:
            self._consuming = asyncio.create_task(self._run_consumer())

    async def stop(self) -> None:
        """Consume nothing new, finish the current work, close; the next process publishes the rest of the outbox."""
        self._stopping.set()
        self._retries.stop()
        seconds = self._settings.shutdown_drain_seconds_max
        if self._consuming is not None:
            await _wait_or_cancel([self._consuming], seconds + CONSUMER_STOP_SECONDS_MAX)
        self._relay.stop()
        await _wait_or_cancel(self._tasks, seconds)
        await self._publisher.close()

    async def status(self) -> MessagingStatus:
        """Return the state, counted now from database and broker; raises what the database raises."""
        async with self._database.transaction(None) as tx:
            driver = await tx.driver()
            backlog = await driver.fetchrow(BACKLOG)
            held_counts = await counts.count_by_state(driver)
            parked = await counts.count_parked_by_reason(driver)
            fullest = await counts.count_of_fullest_municipality(driver)
        lag, connected = await self._measure_lag()
        return MessagingStatus(
            outbox_depth=backlog["depth"] if backlog else 0,
            outbox_age_seconds=backlog["age"] if backlog else 0.0,
            consumer_lag=lag,
            held_parked=held_counts.get("parked", 0),
            held_retrying=held_counts.get("retrying", 0),
            held_waiting=held_counts.get("waiting", 0),
            parked_by_reason=parked,
            held_fullest=fullest,
            relay=self._relay.state,
            broker_connected=connected,
        )

    async def measure(self) -> MessagingStatus:
        """Return `status`, and write it into the metrics: those of which nothing is known show nothing."""
        try:
            status = await self.status()
        except BaseException:
            self._metrics.forget()
            raise
        self._metrics.outbox_depth_events.set(status.outbox_depth)
        self._metrics.relay_age_seconds.set(status.outbox_age_seconds)
        if status.consumer_lag is None:
            self._metrics.consumer_lag_events.forget()
        else:
            self._metrics.consumer_lag_events.set(status.consumer_lag)
        self._metrics.held_events.answer(
            {
                ("parked",): status.held_parked,
                ("retrying",): status.held_retrying,
                ("waiting",): status.held_waiting,
            }
        )
        self._metrics.held_fullest_ratio.set(status.held_fullest / self._settings.held_events_max)
        self._metrics.parked_now.answer({(reason,): count for reason, count in status.parked_by_reason.items()})
        return status

    async def broker_answers(self, seconds_max: float = 2.0) -> bool:
        """Return whether a broker answers within the given time and the consumer has joined its group."""
        joined = not self._topics or self._consumer is not None
        return joined and await self._publisher.is_connected(seconds_max)

    async def _measure_lag(self) -> tuple[int | None, bool]:
        """Return the lag, None if no broker says it, and whether a broker answers."""
        connected = await self.broker_answers()
        if not connected:
            return None, False
        if self._consumer is None:
            return 0, True  # without a subscription there is nothing to be behind with
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2.0):
                return await self._consumer.measure_lag_events(), True
        return None, False

    async def _run_consumer(self) -> None:
        """Run a consumer, and another one whenever it has failed for good."""
        while not self._stopping.is_set():
            await self._retry_until_success("consumer_start", self._start_consumer)
            if self._consumer is None:
                return
            failed = asyncio.ensure_future(self._consumer.wait_for_failure())
            stopping = asyncio.ensure_future(self._stopping.wait())
            try:
                await asyncio.wait({failed, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                failed.cancel()
                stopping.cancel()
                consumer, self._consumer = self._consumer, None
                await consumer.stop()
            await self._is_stopping_within(START_PAUSE_SECONDS_FIRST)

    async def _start_consumer(self) -> None:
        consumer = Consumer(
            self._settings.kafka_bootstrap_servers,
            service=self._settings.service,
            topics=self._topics,
            inbox=self.inbox,
            metrics=self._metrics,
            on_held=self._held_wake,
            is_embedded=self._settings.kafka_embedded,
            security=self._security,
            batch_events_max=self._settings.consumer_batch_events_max,
            poll_ms=self._settings.consumer_poll_ms,
            drain_seconds_max=self._settings.shutdown_drain_seconds_max,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer

    async def _watch_credentials(self) -> None:
        """Build new clients when certificates or passwords were renewed: no process has to start again."""
        credentials = Credentials(self._security)
        while not self._stopping.is_set():
            await self._is_stopping_within(self._settings.kafka_credentials_check_seconds)
            if await asyncio.to_thread(credentials.were_renewed):
                _LOG.info("kafka_credentials_renewed")
                self._publisher.renew()
                if self._consumer is not None:
                    self._consumer.renew()

    async def _maintain_partitions(self) -> None:
        async def attempt() -> None:
            async with self._database.transaction(None) as tx:
                ahead = self._settings.partitions_ahead_months
                driver = await tx.driver()
                await driver.execute("SELECT messaging.make_partitions($1)", ahead)
                dropped = await drop_old(driver, self._settings.held_retention_days)
            if dropped:
                _LOG.info("held_events_dropped", events=dropped)

        while not self._stopping.is_set():
            await self._retry_until_success("partitions", attempt)
            await self._is_stopping_within(PARTITION_CHECK_SECONDS)

    async def _retry_until_success(self, what: str, attempt: Callable[[], Awaitable[None]]) -> None:
        pause_seconds = START_PAUSE_SECONDS_FIRST
        while not self._stopping.is_set():
            try:
                return await attempt()
            except Exception as problem:  # noqa: BLE001 - what is away now may be back later
                _LOG.warning("not_yet_started", what=what, cause=type(problem).__name__)
            await self._is_stopping_within(pause_seconds)
            pause_seconds = min(pause_seconds * 2, START_PAUSE_SECONDS_MAX)
        return None

    async def _is_stopping_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))


async def _wait_or_cancel(tasks: Sequence[asyncio.Task[None]], seconds_max: float) -> None:
    """Wait for these tasks; cancel those that have not ended in time."""
    _, late = await asyncio.wait(tasks, timeout=seconds_max) if tasks else (set(), set())
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _build_policy(settings: ServiceSettings) -> RetryPolicy:
    return RetryPolicy(
        settings.retry_attempts_max, settings.retry_delay_seconds_first, settings.retry_delay_seconds_max
    )
