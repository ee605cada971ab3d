"""The source of the issuer's public keys: a protocol, and its implementation by a file; see discovery.py for OIDC."""

import json
from pathlib import Path
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey


class KeysUnavailableError(Exception):
    """The keys are not available now; the sentence names their source."""


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
    """Return the usable keys of a JWKS document by id; ValueError if it is not one. Symmetric keys are ignored."""
    try:
        keys = KeySet.import_key_set(document).keys
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("The document is not a JWKS.") from error
    return {str(key.kid): key for key in keys if isinstance(key, (RSAKey, ECKey, OKPKey))}
