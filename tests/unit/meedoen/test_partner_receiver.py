"""The sample receiver: what is forged, late or changed is refused, and what comes twice is said so."""

import json
import time
from base64 import b64encode
from typing import Any

from meedoen.cli.partner.receiver import SampleReceiver
from services.notifications.subscriptions.rules.subscriptions import SigningKey
from services.notifications.webhooks.adapters.signatures import Signer

KEY = SigningKey(1, b"s" * 32, b"e" * 32, None)
SECRET = f"whsec_{b64encode(KEY.secret).decode()}"
BODY = json.dumps({"id": "one", "type": "nl.meedoen.x.y.v1", "sequence": "1", "data": {}}).encode()


async def post(receiver: SampleReceiver, headers: dict[str, str], body: bytes = BODY) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await receiver({"type": "http", "method": "POST", "headers": lines}, receive, send)
    return statuses[0]


def sign(at: float, key: SigningKey = KEY) -> dict[str, str]:
    return Signer([key]).build_headers("one", int(at), BODY)


async def test_only_what_is_signed_fresh_and_unchanged_is_taken() -> None:
    shown: list[str] = []
    receiver = SampleReceiver(SECRET, shown.append)
    now = time.time()
    assert await post(receiver, sign(now)) == 204
    assert await post(receiver, sign(now)) == 204
    assert "came before" in shown[1]
    assert "came before" not in shown[0]
    forged = sign(now, SigningKey(1, b"f" * 32, b"e" * 32, None))
    for headers, body in (
        (sign(now - 301), BODY),
        (sign(now + 400), BODY),
        (forged, BODY),
        (sign(now), BODY + b" "),
        ({}, BODY),
    ):
        assert await post(receiver, headers, body) == 401
    assert len(shown) == 7
