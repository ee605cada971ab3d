"""Keys by OpenID Connect discovery, against an issuer that is a real HTTP application."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from joserfc.jwk import ECKey

from shared.auth.discovery import DiscoveredKeys
from shared.auth.keys import KeysUnavailableError

ISSUER = "https://issuer.example/realm"


class Issuer:
    """Counts how often its keys are asked for; it can rotate them, go away, and call itself otherwise."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_away = False
        self.name = ISSUER
        self.jwks_uri = f"{ISSUER}/keys"
        self.keys = [ECKey.generate_key("P-256", auto_kid=True)]
        self.app = FastAPI(openapi_url=None)
        self.app.get("/realm/.well-known/openid-configuration")(self._configuration)
        self.app.get("/realm/keys")(self._keys)

    async def _configuration(self) -> dict[str, str]:
        self.asked += 1
        if self.is_away:
            raise HTTPException(503)
        return {"issuer": self.name, "jwks_uri": self.jwks_uri}

    async def _keys(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def rotate(self) -> str:
        self.keys = [ECKey.generate_key("P-256", auto_kid=True)]
        return self.kid

    @property
    def kid(self) -> str:
        return str(self.keys[0].kid)


class Clock:
    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> DiscoveredKeys:
    transport = httpx.ASGITransport(issuer.app)
    return DiscoveredKeys(ISSUER, age_seconds_max=600, refresh_seconds_min=10, transport=transport, now=clock)


async def test_keys_are_asked_for_once_and_kept(issuer: Issuer, keys: DiscoveredKeys) -> None:
    assert [await keys.key(issuer.kid) is not None for _ in range(3)] == [True] * 3
    assert issuer.asked == 1


async def test_a_rotated_key_is_found_at_once(issuer: Issuer, keys: DiscoveredKeys, clock: Clock) -> None:
    await keys.key(issuer.kid)
    clock.seconds += 11
    assert await keys.key(issuer.rotate()) is not None


async def test_made_up_key_ids_do_not_turn_the_service_against_its_issuer(
    issuer: Issuer, keys: DiscoveredKeys, clock: Clock
) -> None:
    for number in range(50):
        clock.seconds += 1
        assert await keys.key(f"made-up-{number}") is None
    assert issuer.asked == 5


async def test_a_key_that_the_issuer_withdrew_serves_no_longer_than_the_age(
    issuer: Issuer, keys: DiscoveredKeys, clock: Clock
) -> None:
    withdrawn = issuer.kid
    await keys.key(withdrawn)
    issuer.rotate()
    clock.seconds += 601
    assert await keys.key(withdrawn) is None


async def test_an_issuer_that_is_away_is_outlived_for_one_more_period_and_not_longer(
    issuer: Issuer, keys: DiscoveredKeys, clock: Clock
) -> None:
    await keys.key(issuer.kid)
    issuer.is_away = True
    clock.seconds += 1_199
    assert await keys.key(issuer.kid) is not None
    clock.seconds += 2
    with pytest.raises(KeysUnavailableError):
        await keys.key(issuer.kid)
    issuer.is_away = False
    clock.seconds += 10
    assert await keys.key(issuer.kid) is not None


@pytest.mark.parametrize(
    "changed", [{"name": "https://other.example"}, {"jwks_uri": "http://issuer.example/realm/keys"}, {"keys": []}]
)
async def test_an_issuer_that_is_not_what_it_says_is_not_believed(
    issuer: Issuer, keys: DiscoveredKeys, changed: dict[str, Any]
) -> None:
    kid = issuer.kid
    vars(issuer).update(changed)
    with pytest.raises(KeysUnavailableError):
        await keys.key(kid)
