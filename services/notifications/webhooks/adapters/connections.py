"""Connections to partners' servers: checked after every resolution, without redirects, bounded in time and bytes."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from services.notifications.subscriptions.rules.targets import is_allowed
from services.notifications.webhooks.rules.attempts import Reply, WebhookProblem, judge

_ANSWER_BYTES_MAX: Final = 16_384


class TargetRefusedError(httpcore.ConnectError):
    """The name resolves to an address that is not of the public internet."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets to addresses that were checked after they were resolved, and to nothing else."""

    def __init__(self, *, allows_loopback: bool) -> None:
        self._allows_loopback = allows_loopback
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the address that the name has now; TargetRefusedError if any of its addresses is not public."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as problem:
            raise httpcore.ConnectError("The name does not resolve.") from problem
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(is_allowed(each, allows_loopback=self._allows_loopback) for each in addresses):
            raise TargetRefusedError("The name resolves to an address that is not public.")
        return await self._sockets.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: no partner is on this machine's file system."""
        raise TargetRefusedError("A webhook is no socket of this machine.")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its own attempts."""
        await asyncio.sleep(seconds)


class PartnerClient:
    """Posts to partners' servers and says what came of it; never raises."""

    def __init__(
        self, *, allows_loopback: bool, timeout_seconds: float, ca_file: str | None, connections_max: int
    ) -> None:
        self._timeout_seconds = timeout_seconds
        context = ssl.create_default_context(cafile=ca_file)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections_max,
            max_keepalive_connections=connections_max,
            keepalive_expiry=15,
            network_backend=GuardedBackend(allows_loopback=allows_loopback),
        )

    async def close(self) -> None:
        await self._pool.aclose()

    async def post(self, sink: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post a document; what the answer's body says is nobody's concern."""
        reply, _ = await self._ask("POST", sink, headers, body)
        return reply

    async def ask_consent(self, sink: str, origin: str) -> Reply:
        """Ask whether deliveries are wanted, by the handshake of the CloudEvents webhook specification."""
        reply, answer = await self._ask("OPTIONS", sink, {"WebHook-Request-Origin": origin}, b"")
        if reply.problem is None and answer.get("webhook-allowed-origin") not in (origin, "*"):
            return Reply(reply.status, WebhookProblem.NO_CONSENT)
        return reply

    async def _ask(
        self, method: str, sink: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Reply, Mapping[str, str]]:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._exchange(method, sink, headers, body)
        except TargetRefusedError:
            problem = WebhookProblem.TARGET_REFUSED
        except (TimeoutError, httpcore.TimeoutException):
            problem = WebhookProblem.TIMEOUT
        except Exception as error:  # noqa: BLE001 - whatever a foreign server does is an answer, and not our fault
            problem = WebhookProblem.TLS if _is_tls(error) else WebhookProblem.UNREACHABLE
        return Reply(problem=problem), {}

    async def _exchange(
        self, method: str, sink: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Reply, Mapping[str, str]]:
        parts = urlsplit(sink)
        lines = {"Host": parts.netloc, "Content-Length": str(len(body)), "User-Agent": "Meedoen", **headers}
        async with self._pool.stream(method, sink, headers=list(lines.items()), content=body) as response:
            answer = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            await _drain(response)
            return judge(response.status, answer.get("retry-after")), answer


async def _drain(response: httpcore.Response) -> None:
    """Read a short answer, so that the connection can be used again; a long one is closed unread."""
    length = 0
    async for piece in response.aiter_stream():
        length += len(piece)
        if length > _ANSWER_BYTES_MAX:
            return


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
