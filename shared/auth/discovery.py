"""The issuer's keys by OpenID Connect discovery: cached for a bounded time, fetched again for an unknown key id.

Requests to the issuer are rate-limited, so that made-up key ids cannot make this service attack it. When it does not
answer, the cached keys are valid for one more period; after that no token is accepted.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import structlog

from shared.auth.keys import KeysUnavailableError, PublicKey, public_keys

REQUEST_SECONDS_MAX = 5.0
_log = structlog.get_logger(__name__)


class DiscoveredKeys:
    """Keys of one issuer (its address without /.well-known). `transport` is the one of httpx, such as one of a test."""

    def __init__(
        self,
        issuer: str,
        *,
        age_seconds_max: float = 600.0,
        refresh_seconds_min: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._age_seconds_max = age_seconds_max
        self._refresh_seconds_min = refresh_seconds_min
        self._transport = transport
        self._now = now
        self._keys: dict[str, PublicKey] = {}
        self._read_at: float | None = None
        self._fetched_at: float | None = None
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> PublicKey | None:
        if self._age() > self._age_seconds_max or key_id not in self._keys:
            async with self._lock:
                if self._may_fetch() and (self._age() > self._age_seconds_max or key_id not in self._keys):
                    await self._refresh()
        if self._age() > 2 * self._age_seconds_max:
            raise KeysUnavailableError("The issuer of the tokens does not answer.")
        return self._keys.get(key_id)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._now() - self._read_at

    def _may_fetch(self) -> bool:
        return self._fetched_at is None or self._now() - self._fetched_at >= self._refresh_seconds_min

    async def _refresh(self) -> None:
        self._fetched_at = self._now()
        try:
            self._keys = await self._fetch()
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            _log.warning("issuer_keys_not_refreshed", issuer=self._issuer, error_type=type(error).__name__)
            return
        self._read_at = self._now()

    async def _fetch(self) -> dict[str, PublicKey]:
        async with httpx.AsyncClient(transport=self._transport, timeout=REQUEST_SECONDS_MAX) as client:
            document = await _json(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if document["issuer"] != self._issuer:
                raise ValueError("The discovery document names another issuer.")
            address = str(document["jwks_uri"])
            if self._issuer.startswith("https://") and not address.startswith("https://"):
                raise ValueError("The address of the keys is not https.")
            return public_keys(await _json(client, address))


async def _json(client: httpx.AsyncClient, address: str) -> Any:
    answer = await client.get(address, headers={"Accept": "application/json"})
    return answer.raise_for_status().json()
