"""Signatures of deliveries by Standard Webhooks 1.0.0: HMAC-SHA256 (v1) and Ed25519 (v1a), by every key that holds."""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.notifications.subscriptions.rules.subscriptions import SigningKey


class Signer:
    """Signs the deliveries of one subscription."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._secrets = [key.secret for key in keys]
        self._private_keys = [Ed25519PrivateKey.from_private_bytes(key.seed) for key in keys]

    def build_headers(self, delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Return the three headers; `timestamp` is the second of this attempt, the id that of every attempt."""
        content = f"{delivery_id}.{timestamp}.".encode() + body
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(self._sign(content)),
        }

    def _sign(self, content: bytes) -> Iterator[str]:
        for secret in self._secrets:
            yield f"v1,{b64encode(hmac.digest(secret, content, sha256)).decode()}"
        for private_key in self._private_keys:
            yield f"v1a,{b64encode(private_key.sign(content)).decode()}"
