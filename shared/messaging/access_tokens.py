"""Access tokens for Kafka's OAUTHBEARER by OAuth 2.0 client credentials (RFC 6749, 4.4), for both clients."""

import asyncio
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from aiokafka.abc import AbstractTokenProvider

REQUEST_SECONDS_MAX = 10.0
RENEW_SECONDS_BEFORE_END = 30.0


class TokenNotIssuedError(RuntimeError):
    """The token endpoint gave no token; the sentence holds neither secret nor answer."""


class AccessTokens(AbstractTokenProvider):
    """Fetches a token and keeps it until half a minute before its end."""

    def __init__(self, url: str, client_id: str, client_secret: str, scope: str | None, ca_file: Path | None) -> None:
        self._url = url
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._login = httpx.BasicAuth(client_id, client_secret)
        self._ca_file = ca_file
        self._fetching = threading.Lock()
        self._token = ""
        self._ends_at_seconds = 0.0

    async def token(self) -> str:
        """Return a token, as aiokafka asks for it."""
        token, _ = await asyncio.to_thread(self.fetch_for_librdkafka)
        return token

    def fetch_for_librdkafka(self, _config: str | None = None) -> tuple[str, float]:
        """Return a token and when it ends, in seconds since 1970; TokenNotIssuedError if none was given."""
        with self._fetching:
            if time.time() > self._ends_at_seconds - RENEW_SECONDS_BEFORE_END:
                answer = self._request()
                self._token = str(answer["access_token"])
                self._ends_at_seconds = time.time() + float(answer.get("expires_in", 2 * RENEW_SECONDS_BEFORE_END))
            return self._token, self._ends_at_seconds

    def _request(self) -> dict[str, Any]:
        context = ssl.create_default_context(cafile=self._ca_file)
        try:
            answer = httpx.post(
                self._url, data=self._form, auth=self._login, verify=context, timeout=REQUEST_SECONDS_MAX
            )
            answer.raise_for_status()
            content: dict[str, Any] = answer.json()
            content["access_token"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            raise TokenNotIssuedError(
                f"The token endpoint gave no token for Kafka ({type(problem).__name__}): "
                "check KAFKA_OAUTH_TOKEN_URL, user and password."
            ) from None
        return content
