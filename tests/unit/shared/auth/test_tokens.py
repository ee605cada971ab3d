"""Who may call: every way in which a token can be wrong has its own clear refusal, and none repeats the token."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from shared.auth.keys import public_keys
from shared.auth.local_issuer import LocalIssuer
from shared.auth.tokens import LOCAL_ISSUER
from shared.identity import Role
from shared.service import create_service
from shared.testing import sample_service

NOW = int(time.time())
CLAIMS = {
    "iss": LOCAL_ISSUER,
    "aud": "meedoen",
    "sub": "someone",
    "roles": ["case_manager", "astronaut"],
    "municipality": "gm0637",
    "nbf": NOW - 60,
    "exp": NOW + 36_000,
}
OTHER_KEY = ECKey.generate_key("P-256", auto_kid=True)


def signed(issuer: LocalIssuer, **changed: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": issuer._key.kid}, claims, issuer._key)


def unsigned(issuer: LocalIssuer) -> str:
    parts = [{"alg": "none", "kid": issuer._key.kid}, CLAIMS]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def with_header(issuer: LocalIssuer, header: Any) -> str:
    """A token whose header is another one than was signed."""
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([encoded, *signed(issuer).split(".")[1:]])


def signed_with_public_key(issuer: LocalIssuer) -> str:
    """The classic confusion: the public key, which everybody has, used as a shared secret."""
    secret = OctKey.import_key(issuer._key.as_pem(private=False).replace(b"-----BEGIN", b"_"))
    return jwt.encode({"alg": "HS256", "kid": issuer._key.kid}, CLAIMS, secret, algorithms=["HS256"])


def forged(issuer: LocalIssuer) -> str:
    """The claims of one token under the signature of another."""
    header, _, signature = signed(issuer).split(".")
    return ".".join([header, signed(issuer, roles=["operator"]).split(".")[1], signature])


def signed_with_other_key(issuer: LocalIssuer, *, kid: str | None = None) -> str:
    return jwt.encode({"alg": "ES256", "kid": kid or OTHER_KEY.kid}, CLAIMS, OTHER_KEY)


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path)


async def ask(issuer: LocalIssuer, token: str | None) -> httpx.Response:
    async with sample_service.client(sample_service.app(issuer), token) as client:
        return await client.get("/plans")


REFUSED: dict[str, tuple[int, str, Callable[[LocalIssuer], str | None]]] = {
    "no token": (401, "There is no token", lambda _: None),
    "not a JSON Web Token": (401, "not a JSON Web Token", lambda _: "opaque-1234567890"),
    "too long": (401, "longer than", lambda _: "x" * 9_000),
    "expired": (401, "expired", lambda issuer: signed(issuer, exp=NOW - 60)),
    "never expires": (401, "lacks", lambda issuer: signed(issuer, exp=None)),
    "not yet valid": (401, "not yet valid", lambda issuer: signed(issuer, nbf=NOW + 18_000)),
    "forged claims": (401, "signature of the token is wrong", forged),
    "unknown key": (401, "key that the issuer does not know", signed_with_other_key),
    "unknown key under a known id": (
        401,
        "signature of the token is wrong",
        lambda issuer: signed_with_other_key(issuer, kid=issuer._key.kid),
    ),
    "not signed": (401, "signature algorithm of the token is not accepted", unsigned),
    "signed with the public key": (401, "signature algorithm of the token is not accepted", signed_with_public_key),
    "other audience": (401, "meant for another service", lambda issuer: signed(issuer, aud="other")),
    "other issuer": (401, "from another issuer", lambda issuer: signed(issuer, iss="other")),
    "no municipality": (403, "names no municipality", lambda issuer: signed(issuer, municipality=None)),
    "municipality not served": (403, "not served here", lambda issuer: signed(issuer, municipality="gm0080")),
    "other role": (403, "role case_manager", lambda issuer: signed(issuer, roles=["budget_manager"])),
    "roles in an object": (401, "claim roles", lambda issuer: signed(issuer, roles={"case_manager": 1})),
    "roles in lists": (401, "claim roles", lambda issuer: signed(issuer, roles=[["case_manager"]])),
    "a list of subjects": (401, "claim sub", lambda issuer: signed(issuer, sub=["someone"])),
    "a number as subject": (401, "claim sub", lambda issuer: signed(issuer, sub=1)),
    "a subject that no database keeps": (401, "no plain text", lambda issuer: signed(issuer, sub="some\0one")),
    "a subject that looks like another": (401, "no plain text", lambda issuer: signed(issuer, sub="some\u200bone")),
    "a subject with a space behind it": (401, "no plain text", lambda issuer: signed(issuer, sub="someone ")),
    "a subject without end": (401, "no plain text", lambda issuer: signed(issuer, sub="s" * 256)),
    "a municipality in an object": (401, "claim municipality", lambda issuer: signed(issuer, municipality={"a": "b"})),
    "an issuer in a list": (401, "claim iss", lambda issuer: signed(issuer, iss=[LOCAL_ISSUER])),
    "an audience in an object": (401, "claim aud", lambda issuer: signed(issuer, aud={"meedoen": 1})),
    "an end in words": (401, "claim exp", lambda issuer: signed(issuer, exp="tomorrow")),
    "an end in an object": (401, "claim exp", lambda issuer: signed(issuer, exp={"at": NOW})),
    "a beginning that is true": (401, "claim nbf", lambda issuer: signed(issuer, nbf=True)),
    "endless": (401, "is no number", lambda issuer: signed(issuer, exp=float("inf"))),
    "no key id": (401, "which key", lambda issuer: with_header(issuer, {"alg": "ES256"})),
    "a list of key ids": (401, "which key", lambda issuer: with_header(issuer, {"alg": "ES256", "kid": ["x"]})),
    "a list of algorithms": (401, "algorithm of the token", lambda issuer: with_header(issuer, {"alg": ["ES256"]})),
    "another algorithm than its key": (
        401,
        "signature of the token is wrong",
        lambda issuer: with_header(issuer, {"alg": "RS256", "kid": issuer._key.kid}),
    ),
    "a header in a list": (401, "not a JSON Web Token", lambda issuer: with_header(issuer, [{"alg": "ES256"}])),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_token_that_proves_nothing_is_refused_with_a_reason(issuer: LocalIssuer, kind: str) -> None:
    status, words, make = REFUSED[kind]
    token = make(issuer)
    answer = await ask(issuer, token)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="meedoen"')
    if token:
        assert f'error="{"invalid_token" if status == 401 else "insufficient_scope"}"' in challenge  # RFC 6750
        assert words in challenge
        pieces = [piece for piece in token.split(".") if piece]
        assert not any(piece in answer.text + str(answer.headers) for piece in pieces)


async def test_a_good_token_gives_the_caller_and_only_known_roles(issuer: LocalIssuer) -> None:
    answer = await ask(issuer, signed(issuer, aud=["other", "meedoen"]))
    assert (answer.status_code, answer.json()["roles"]) == (200, ["case_manager"])
    assert answer.json()["municipality"] == "gm0637"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSAKey.generate_key(2048, auto_kid=True)),
        ("EdDSA", OKPKey.generate_key("Ed25519", auto_kid=True)),
        ("Ed25519", OKPKey.generate_key("Ed25519", auto_kid=True)),
    ],
)
async def test_the_other_asymmetric_signatures_are_accepted(
    tmp_path: Path, algorithm: str, key: RSAKey | OKPKey
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    application = create_service(sample_service.settings(tmp_path / "keys.json"), sample_service.DEFINITION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("joserfc._rfc8037.jws_eddsa.EdDSAAlgorithm.security_warning", None)  # signing warns, we verify
        token = jwt.encode({"alg": algorithm, "kid": key.kid}, CLAIMS, key, algorithms=[algorithm])
    async with sample_service.client(application, token) as client:
        assert (await client.get("/plans")).status_code == 200


async def test_one_bad_key_does_not_take_the_others_with_it_and_weak_ones_are_left_out(tmp_path: Path) -> None:
    good = ECKey.generate_key("P-256", auto_kid=True)
    with pytest.warns(UserWarning, match="2048 bits"):
        short = RSAKey.generate_key(1024, auto_kid=True)
    curve, odd = ECKey.generate_key("secp256k1", auto_kid=True), {"kty": "EC", "crv": "P-256", "kid": "odd", "x": 1}
    public = [key.as_dict(private=False) for key in (short, curve, good)]
    encrypting, nameless = {**public[2], "kid": "enc", "use": "enc"}, {**public[2], "kid": None}
    listed = ["no key", odd, {"kty": "NEW", "kid": "n"}, {"kty": "oct", "k": "AA", "kid": "o"}, encrypting, nameless]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [*listed, *public]}))
    application = create_service(sample_service.settings(tmp_path / "keys.json"), sample_service.DEFINITION)
    statuses = {}
    for name, key, algorithm in (("good", good, "ES256"), ("short", short, "RS256"), ("curve", curve, "ES256K")):
        token = jwt.encode({"alg": algorithm, "kid": key.kid}, CLAIMS, key, algorithms=[algorithm])
        assert token.count(".") == 2
        async with sample_service.client(application, token) as client:
            statuses[name] = (await client.get("/plans")).status_code
    assert statuses == {"good": 200, "short": 401, "curve": 401}
    assert set(public_keys({"keys": [*listed, *public]})) == {good.kid}
    with structlog.testing.capture_logs() as lines:
        public_keys({"keys": [*listed, *public]})
    reasons = ["no_id", "malformed", "unknown_kind", "no_id", "too_short", "unknown_curve"]
    assert [line["reason"] for line in lines if line["event"] == "issuer_key_unusable"] == reasons


@pytest.mark.parametrize("document", [None, [], {"keys": None}, {"keys": {"kid": "a"}}, {}])
def test_what_is_no_list_of_keys_is_no_reason_to_forget_those_that_are_known(document: Any) -> None:
    with pytest.raises(ValueError, match="not a JWKS"):
        public_keys(document)


class TestLocalIssuer:
    def test_keeps_its_private_key_for_its_owner(self, issuer: LocalIssuer, tmp_path: Path) -> None:
        assert (tmp_path / "issuer-key.json").stat().st_mode & 0o777 == 0o600
        assert "d" not in json.loads(issuer.jwks_file.read_text())["keys"][0]

    async def test_tokens_of_a_second_process_in_the_same_folder_are_good(
        self, issuer: LocalIssuer, tmp_path: Path
    ) -> None:
        answer = await ask(issuer, LocalIssuer(tmp_path).token(role="operator, case_manager"))
        assert answer.json()["roles"] == ["case_manager", "operator"]

    async def test_tokens_end_when_they_say(self, issuer: LocalIssuer, tmp_path: Path) -> None:
        yesterday = LocalIssuer(tmp_path, now=lambda: time.time() - 86_400)
        answer = await ask(issuer, yesterday.token(role=Role.CASE_MANAGER))
        assert "expired" in answer.json()["detail"]


async def test_a_keys_file_that_is_replaced_is_read_again(issuer: LocalIssuer, tmp_path: Path) -> None:
    application = sample_service.app(issuer)
    newer = LocalIssuer(tmp_path / "newer")
    async with sample_service.client(application, newer.token()) as client:
        assert (await client.get("/plans")).status_code == 401
        newer.jwks_file.replace(issuer.jwks_file)
        assert (await client.get("/plans")).status_code == 200


async def test_without_the_keys_nobody_is_let_in_and_nobody_is_blamed(issuer: LocalIssuer) -> None:
    token = issuer.token()
    issuer.jwks_file.unlink()
    answer = await ask(issuer, token)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
