"""The source of the issuer's public keys: a protocol, and its implementation by a file; see discovery.py for OIDC."""

import base64
import json
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from joserfc.jwk import ECKey, OKPKey, RSAKey
from prometheus_client import Counter

from shared.observability.metrics import start_at_zero

PublicKey = RSAKey | ECKey | OKPKey
RSA_BITS_MIN: Final = 2_048
KEYS_MAX: Final = 100
CURVES: Final = frozenset({"P-256", "Ed25519"})  # of the algorithms that tokens may have
REASONS: Final = ("no_id", "unknown_kind", "unknown_curve", "malformed", "too_short")
KEYS_UNUSABLE: Final = Counter(
    "meedoen_issuer_keys_unusable_total",
    "Keys in what the issuer publishes that were left out",
    ("reason",),
    registry=None,
)
_KINDS: Final[dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_log = structlog.get_logger(__name__)
start_at_zero(KEYS_UNUSABLE, REASONS)


class KeysUnavailableError(Exception):
    """The keys are not available now; the sentence names their source."""


class UnusableKeyError(Exception):
    """One key of an issuer cannot be used; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeySource(Protocol):
    """The issuer's public keys, by the `kid` of a token's header."""

    async def key(self, key_id: str) -> PublicKey | None:
        """Return the key; None if the issuer has none by that id. Raises KeysUnavailableError."""
        ...


class KeysFromFile:
    """Keys in a JWKS file, read on first use and again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed_ns = 0
        self._keys: dict[str, PublicKey] = {}

    async def key(self, key_id: str) -> PublicKey | None:
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._keys = public_keys(json.loads(self._path.read_bytes()))
                self._changed_ns = changed_ns
        except (OSError, ValueError) as error:
            raise KeysUnavailableError(
                "The file with the issuer's keys cannot be read: check AUTH_JWKS_FILE."
            ) from error
        return self._keys.get(key_id)


def public_keys(document: Any) -> dict[str, PublicKey]:
    """Return the usable keys of a JWKS document by id; ValueError if it is not one or has none.

    Key by key: one that cannot be used is left out with a warning, so that it does not take the others with it. Those
    for encryption and symmetric ones, which an issuer may list too, are left out silently; keys without an id are never
    asked for.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("The document is not a JWKS.")  # noqa: TRY004 - the document is wrong, and not our use of it
    keys: dict[str, PublicKey] = {}
    for place, entry in enumerate(listed[:KEYS_MAX]):
        if isinstance(entry, dict) and (entry.get("kty") == "oct" or entry.get("use", "sig") != "sig"):
            continue
        try:
            key_id, key = _read_key(entry)
        except UnusableKeyError as error:
            KEYS_UNUSABLE.labels(error.reason).inc()
            _log.warning("issuer_key_unusable", place=place, reason=error.reason)
            continue
        keys.setdefault(key_id, key)
    if not keys:
        raise ValueError("The document holds no key that can be used.")
    return keys


def _read_key(entry: Any) -> tuple[str, PublicKey]:
    key_id = entry.get("kid") if isinstance(entry, dict) else None
    if not isinstance(key_id, str) or not key_id:
        raise UnusableKeyError("no_id")
    kind = _KINDS.get(str(entry.get("kty")))
    if kind is None:
        raise UnusableKeyError("unknown_kind")
    if kind is not RSAKey and entry.get("crv") not in CURVES:
        raise UnusableKeyError("unknown_curve")
    try:
        is_too_short = kind is RSAKey and _count_bits(entry["n"]) < RSA_BITS_MIN
        public = None if is_too_short else kind.import_key(kind.import_key(entry).as_dict(private=False))
    except Exception:  # noqa: BLE001 - a key from outside may be wrong in any way, and the others still count
        raise UnusableKeyError("malformed") from None
    if public is None:
        raise UnusableKeyError("too_short")
    return key_id, public


def _count_bits(modulus: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "==")).bit_length()
