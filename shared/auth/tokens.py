"""Authentication: bearer tokens (JWT) verified by the issuer's public keys, with asymmetric signatures only.

Errors, each one sentence without the token:
    TokenRefusedError       the token itself: malformed, expired, forged, for another audience (401)
    KeysUnavailableError    the issuer's keys are not available now (503)
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, MissingClaimError
from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from shared.auth.keys import KeysFromFile, KeySource, KeysUnavailableError
from shared.identity import Role
from shared.settings import ServiceSettings

__all__ = ["Identity", "KeysUnavailableError", "TokenRefusedError", "TokenVerifier", "token_verifier"]

ALGORITHMS: Final = ("RS256", "ES256", "Ed25519", "EdDSA")
TOKEN_CHARACTERS_MAX: Final = 8_192
SUBJECT_CHARACTERS_MAX: Final = 255  # of OpenID Connect
LOCAL_ISSUER: Final = "meedoen-local"
_NUMBER: Final = (int, float)
_CLAIM_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "iss": str, "sub": str, "municipality": str, "aud": (str, list), "roles": (str, list),
    "exp": _NUMBER, "nbf": _NUMBER, "iat": _NUMBER,
}  # fmt: skip


class TokenRefusedError(Exception):
    """The token is not accepted; the sentence says why and holds nothing of the token."""


@dataclass(frozen=True)
class Identity:
    """The identity in a token. `municipality` is None if the issuer named none; unknown roles are left out."""

    subject: str
    municipality: str | None
    roles: frozenset[Role]


class _Registry(JWSRegistry):
    """Allows only the algorithms above. EdDSA is the older name of Ed25519 that issuers still write."""

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in ALGORITHMS:
            raise TokenRefusedError("The signature algorithm of the token is not accepted: use RS256 or ES256.")
        return self.algorithms[name]


class TokenVerifier:
    """Verifies signature, issuer, audience, expiry and not-before; `now` is the clock in seconds since 1970."""

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        leeway_seconds: int = 10,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)
        self._claims = JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=leeway_seconds,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Identity:
        """Return the identity in the token; raises TokenRefusedError or KeysUnavailableError."""
        header = _read_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        self._registry.get_alg(algorithm if isinstance(algorithm, str) else "")
        if not isinstance(key_id, str) or not key_id:
            raise TokenRefusedError("The token does not say which key it is signed with: ask the issuer to add a kid.")
        key = await self._keys.key(key_id)
        if key is None:
            raise TokenRefusedError("The token is signed with a key that the issuer does not know: log in again.")
        try:
            claims = jwt.decode(token, key, registry=self._registry).claims
            _require_plain(claims)
            self._claims.validate(claims)
        except ClaimError as error:
            raise TokenRefusedError(_describe_claim(error)) from None
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
            raise TokenRefusedError("The signature of the token is wrong: log in again.") from None
        return _read_identity(claims)


def token_verifier(settings: ServiceSettings) -> TokenVerifier:
    """Return the verifier by the settings: with keys of the local issuer's file, or by OpenID Connect discovery."""
    return TokenVerifier(
        _key_source(settings),
        issuer=settings.auth_issuer or LOCAL_ISSUER,
        audience=settings.auth_audience,
        leeway_seconds=settings.auth_leeway_seconds,
    )


def _key_source(settings: ServiceSettings) -> KeySource:
    if settings.auth_jwks_file is not None:
        return KeysFromFile(settings.auth_jwks_file)
    from shared.auth.discovery import DiscoveredKeys  # imports an HTTP client, which local runs do not need

    return DiscoveredKeys(
        str(settings.auth_issuer),
        age_seconds_max=settings.auth_keys_age_seconds_max,
        refresh_seconds_min=settings.auth_keys_refresh_seconds_min,
    )


def _read_header(token: str) -> dict[str, Any]:
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenRefusedError(f"The token is longer than {TOKEN_CHARACTERS_MAX} characters: ask for a smaller one.")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise TokenRefusedError("The token is not a JSON Web Token: log in again.") from None
    if not isinstance(header, dict):
        raise TokenRefusedError("The token is not a JSON Web Token: log in again.")
    return header


def _describe_claim(error: ClaimError) -> str:
    """Return a sentence by the name of the claim, for the claims that are validated."""
    if isinstance(error, ExpiredTokenError):
        return "The token has expired: log in again."
    if isinstance(error, MissingClaimError):
        return "The token lacks iss, aud, exp or sub: ask the issuer to add them."
    sentences = {
        "iss": "The token is from another issuer: log in at the issuer of this service.",
        "aud": "The token is meant for another service: ask for one with the audience of this service.",
        "nbf": "The token is not yet valid: check the clock or log in again.",
        "iat": "The token was issued in the future: check the clock or log in again.",
    }
    return sentences.get(str(error.claim), "The claims of the token are wrong: log in again.")


def _require_plain(claims: Any) -> None:
    """TokenRefusedError unless each claim that counts here has its own type: nothing inside of lists or objects."""
    if not isinstance(claims, dict):
        raise TokenRefusedError("The token is not a JSON Web Token: log in again.")
    for name, types in _CLAIM_TYPES.items():
        value = claims.get(name)
        if value is not None and (not isinstance(value, types) or isinstance(value, bool)):
            raise TokenRefusedError(f"The claim {name} of the token has a wrong type: ask the issuer to repair it.")
    for name in ("aud", "roles"):
        values = claims.get(name)
        if isinstance(values, list) and not all(isinstance(value, str) for value in values):
            raise TokenRefusedError(f"The claim {name} of the token has a wrong type: ask the issuer to repair it.")
    subject = claims.get("sub")
    if subject is not None and not _is_plain_subject(subject):
        raise TokenRefusedError("The subject of the token is no plain text: ask the issuer to repair it.")
    if any(isinstance(claims.get(name), float) and not isfinite(claims[name]) for name in ("exp", "nbf", "iat")):
        raise TokenRefusedError("A time in the token is no number: ask the issuer to repair it.")


def _is_plain_subject(subject: str) -> bool:
    """Return whether a subject can be kept and told from others: what nobody sees would make two of one person."""
    return len(subject) <= SUBJECT_CHARACTERS_MAX and subject.isprintable() and subject == subject.strip()


def _read_identity(claims: dict[str, Any]) -> Identity:
    roles = claims.get("roles")
    named: Collection[Any] = roles if isinstance(roles, list) else (roles,)
    return Identity(
        subject=claims["sub"],
        municipality=claims.get("municipality") or None,
        roles=frozenset(role for role in Role if role.value in named),
    )
