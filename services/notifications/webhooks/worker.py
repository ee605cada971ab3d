"""The worker that delivers to webhooks: many partners side by side, none slowed by another.

A webhook is leased to one worker at a time, so the order of each subject holds across processes. Whoever dies between
sending and settling loses its lease, and the same documents go out again under the same ids.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import structlog

from services.notifications import metrics
from services.notifications.settings import Settings
from services.notifications.subscriptions.rules.subscriptions import SigningKey
from services.notifications.webhooks.adapters.connections import PartnerClient
from services.notifications.webhooks.adapters.signatures import Signer
from services.notifications.webhooks.handlers import WEBHOOKS_DUE, claim_webhooks, record_consent, settle_round
from services.notifications.webhooks.rules.attempts import Reply, Round, Sent, concerns_partner, sum_up
from services.notifications.webhooks.rules.deliveries import ClaimedWebhook, Parcel, group_by_subject
from shared.database.transactions import Database
from shared.events.envelope import CONTENT_TYPE

PAUSE_AFTER_FAILURE_SECONDS = 1.0
_log = structlog.get_logger("meedoen.webhooks")

NotifyOwner = Callable[[ClaimedWebhook], Awaitable[None]]


class WebhookWorker:
    """Delivers to the webhooks of every municipality served, until it is stopped."""

    def __init__(self, database: Database, settings: Settings, notify_owner: NotifyOwner) -> None:
        self._database = database
        self._settings = settings
        self._notify_owner = notify_owner
        self._client = PartnerClient(
            allows_loopback=settings.webhook_loopback_allowed,
            timeout_seconds=settings.webhook_timeout_seconds,
            ca_file=str(settings.webhook_ca_file) if settings.webhook_ca_file else None,
            connections_max=settings.webhook_rounds_parallel_max * settings.webhook_parallel_max,
        )
        self._origin = urlsplit(settings.own_url).netloc
        self._wake = asyncio.Event()
        self._stopping = False
        self._rounds: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._database.signals.connect(WEBHOOKS_DUE, self.wake)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the rounds under way and settle them, then end."""
        self._database.signals.disconnect(WEBHOOKS_DUE, self.wake)
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await asyncio.gather(*self._rounds, return_exceptions=True)
        await self._client.close()

    def wake(self, _: int = 0) -> None:
        """Look for documents now."""
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                claimed = await self._claim(self._settings.webhook_rounds_parallel_max - len(self._rounds))
            except Exception as problem:  # noqa: BLE001 - the database may be away; what was claimed comes back
                _log.warning("webhook_round_failed", cause=type(problem).__name__)
                await self._rest(PAUSE_AFTER_FAILURE_SECONDS)
                continue
            for webhook, keys in claimed:
                task = asyncio.create_task(self._deliver(webhook, keys))
                self._rounds.add(task)
                task.add_done_callback(self._end_round)
            if not claimed:
                await self._rest(self._settings.delivery_poll_seconds)

    def _end_round(self, task: asyncio.Task[None]) -> None:
        self._rounds.discard(task)
        self._wake.set()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _claim(self, room: int) -> list[tuple[ClaimedWebhook, list[SigningKey]]]:
        claimed: list[tuple[ClaimedWebhook, list[SigningKey]]] = []
        settings = self._settings
        for municipality in settings.municipalities:
            if room > len(claimed):
                async with self._database.transaction(municipality) as tx:
                    limits = (room - len(claimed), settings.webhook_batch_events_max, settings.webhook_lease_seconds)
                    claimed += await claim_webhooks(tx, *limits)
        return claimed

    async def _deliver(self, webhook: ClaimedWebhook, keys: Sequence[SigningKey]) -> None:
        """Deliver one round to one webhook and settle it; a failure here is logged, and the lease ends by itself."""
        try:
            started = time.monotonic()
            outcome = await self._run_round(webhook, keys)
            metrics.WEBHOOK_ROUND_SECONDS.observe(time.monotonic() - started)
            async with self._database.transaction(webhook.municipality) as tx:
                is_given_up = await settle_round(webhook, outcome, tx)
            if is_given_up:
                await self._notify_owner(webhook)
        except Exception as problem:  # noqa: BLE001 - one webhook must not stop the others
            _log.error("webhook_broke", cause=type(problem).__name__, subscription_id=str(webhook.subscription_id))

    async def _run_round(self, webhook: ClaimedWebhook, keys: Sequence[SigningKey]) -> Round:
        if not webhook.has_consented:
            consent = await self._client.ask_consent(webhook.sink, self._origin)
            if consent.problem is not None:
                return Round((), (), consent.problem, consent.retry_after_seconds)
            async with self._database.transaction(webhook.municipality) as tx:
                await record_consent(webhook, tx)
        return sum_up(await self._send(webhook, Signer(keys)))

    async def _send(self, webhook: ClaimedWebhook, signer: Signer) -> list[Sent]:
        """Send each subject's documents in order, several subjects side by side, until the partner is away."""
        groups = iter(list(group_by_subject(webhook.parcels)))
        sent: list[Sent] = []
        deadline = time.monotonic() + self._settings.webhook_lease_seconds / 2
        is_away = asyncio.Event()

        async def send_groups() -> None:
            for parcels in groups:
                for parcel in parcels:
                    if is_away.is_set() or time.monotonic() > deadline:
                        return
                    reply = await self._post(webhook, signer, parcel)
                    sent.append(Sent(parcel.sequence, parcel.subject, reply))
                    if concerns_partner(reply):
                        is_away.set()
                    if reply.problem is not None:
                        break

        await asyncio.gather(*(send_groups() for _ in range(self._settings.webhook_parallel_max)))
        return sent

    async def _post(self, webhook: ClaimedWebhook, signer: Signer, parcel: Parcel) -> Reply:
        signature = signer.build_headers(str(parcel.id), int(time.time()), parcel.document)
        headers = {"Content-Type": CONTENT_TYPE, "WebHook-Request-Origin": self._origin, **signature}
        return await self._client.post(webhook.sink, headers, parcel.document)
