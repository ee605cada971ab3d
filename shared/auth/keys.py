"""Where public keys come from: a port, and its implementation over a file. Discovery is in auth_discovery.py."""

import json
from pathlib import Path
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey


class KeysUnavailableError(Exception):
    """The keys can not be had now; the sentence says from where they were asked."""


class KeySource(Protocol):
    """The issuer's public keys, by the `kid` of a token's header."""

    async def key(self, key_id: str) -> PublicKey | None:
        """The key, or None when the issuer knows none by that id. Raises KeysUnavailableError."""
        ...


class KeysFromFile:
    """Keys in a JWKS file, read when first asked for and again when the file has changed."""

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
                "The file with the issuer's keys can not be read: check AUTH_JWKS_FILE."
            ) from error
        return self._keys.get(key_id)


def public_keys(document: Any) -> dict[str, PublicKey]:
    """The usable keys of a JWKS document by their id; ValueError when it is none. Symmetric keys are passed over."""
    try:
        keys = KeySet.import_key_set(document).keys
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("The document is no JWKS.") from error
    return {str(key.kid): key for key in keys if isinstance(key, (RSAKey, ECKey, OKPKey))}
