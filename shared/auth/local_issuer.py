"""The token issuer of local runs and tests: a key pair in a folder, and tokens signed with it. Never for production.

The private key is readable by its owner alone; services get the public half only (`jwks_file`).
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.auth.tokens import LOCAL_ISSUER
from shared.identity import Role


class LocalIssuer:
    """Generates the key pair on first use; several processes may share the folder."""

    def __init__(self, folder: Path, *, audience: str = "meedoen", now: Callable[[], float] = time.time) -> None:
        self.jwks_file = folder / "jwks.json"
        self._key_file = folder / "issuer-key.json"
        self._audience = audience
        self._now = now
        self._key = self._load_or_generate()

    def token(
        self,
        subject: str = "local-user",
        role: Role | str = Role.CASE_MANAGER,
        municipality: str = "gm0637",
        valid_seconds: int = 3_600,
    ) -> str:
        """Return a signed token; separate several roles by commas."""
        now = int(self._now())
        claims: dict[str, Any] = {
            "iss": LOCAL_ISSUER,
            "aud": self._audience,
            "sub": subject,
            "roles": [part.strip() for part in str(role).split(",")],
            "municipality": municipality,
            "iat": now,
            "nbf": now,
            "exp": now + valid_seconds,
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)

    def _load_or_generate(self) -> ECKey:
        self._key_file.parent.mkdir(parents=True, exist_ok=True)
        if not self._key_file.exists():
            generated = ECKey.generate_key("P-256", auto_kid=True)
            self._write_once(self._key_file, generated.as_dict(private=True))
        key = ECKey.import_key(json.loads(self._key_file.read_bytes()))
        if not self.jwks_file.exists():
            self._write_once(self.jwks_file, {"keys": [key.as_dict(private=False)]})
        return key

    def _write_once(self, path: Path, document: dict[str, Any]) -> None:
        """Write the file atomically; the first of several writers wins, as a hard link fails if the name exists."""
        handle, draft = tempfile.mkstemp(dir=path.parent)  # created with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
