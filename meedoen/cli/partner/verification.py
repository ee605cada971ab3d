"""The check of a delivery's signature by Standard Webhooks, as a partner makes it."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

TOLERANCE_SECONDS: Final = 300


def find_fault(headers: Mapping[str, str], body: bytes, secret: str, now: int) -> str | None:
    """Return why a delivery cannot be trusted; None if its signature holds. Names of headers are in lower case."""
    delivery_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not delivery_id or not timestamp.isdecimal():
        return "headers are missing"
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return "it is too old, or from the future"
    content = f"{delivery_id}.{timestamp}.".encode() + body
    expected = b64encode(hmac.digest(b64decode(secret.removeprefix("whsec_")), content, sha256)).decode()
    for part in headers.get("webhook-signature", "").split():
        kind, _, signature = part.partition(",")
        if kind == "v1" and hmac.compare_digest(signature, expected):
            return None
    return "no signature holds"
