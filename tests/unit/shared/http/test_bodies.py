"""Bodies within their limits: what is too slow, too deep or too much together ends with a sentence, and is not kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.auth.local_issuer import LocalIssuer
from shared.http.figures import SharedResult
from shared.testing import sample_service

JSON = {"content-type": "application/json"}


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path)


async def post(app: FastAPI, token: str, pieces: Sequence[bytes], pause_seconds: float = 0.0) -> httpx.Response:
    async def drip() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(pause_seconds)

    async with sample_service.client(app, token) as client:
        return await client.post("/plans", content=drip(), headers=JSON)


async def test_lists_inside_each_other_are_counted_wherever_the_body_is_cut(issuer: LocalIssuer) -> None:
    app = sample_service.app(issuer, http_body_levels_max=8)
    flat = b'{"person_id": [' + b"[], " * 50 + b'"\\"[[[[[[[[[[[["]}'
    deep = b'{"person_id": ' + b"[" * 8 + b"]" * 8 + b"}"
    for text, code in ((flat, "uuid_type"), (deep, "too_deep")):
        for size in (1, 7, 1_000):
            answer = await post(app, issuer.token(), [text[at : at + size] for at in range(0, len(text), size)])
            assert answer.status_code == 400
            assert code in {error["code"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"plan_id": 1, "plan_id": 2}', "repeated_key"),
        (b'{"plan_id": {"a": 1, "\\u0061": 2}}', "repeated_key"),
        ('{"plan_id": "\u2200"}'.encode("utf-16-le"), "not_utf8"),
        ('{"plan_id": "x"}'.encode("utf-32"), "not_utf8"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
    ],
)
async def test_what_others_would_read_in_another_way_is_refused(
    issuer: LocalIssuer, media_type: str, text: bytes, code: str
) -> None:
    async with sample_service.client(sample_service.app(issuer), issuer.token()) as client:
        answer = await client.post("/plans", content=text, headers={"content-type": media_type})
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (400, [code])


async def test_all_bodies_together_are_bounded_and_give_back_what_they_held(issuer: LocalIssuer) -> None:
    app = sample_service.app(issuer, http_body_bytes_max=40_000, http_bytes_in_flight_max=65_536)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> AsyncIterator[bytes]:
        yield b" " * 39_000
        begun.set()
        await go_on.wait()
        yield b"{}"

    async with sample_service.client(app, issuer.token()) as client:
        first = asyncio.create_task(client.post("/plans", content=wait(), headers=JSON))
        await begun.wait()
        refused = await client.post("/plans", content=b" " * 39_000, headers=JSON)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        go_on.set()
        assert (await first).status_code == 400
        assert (await client.post("/plans", content=b" " * 39_000, headers=JSON)).status_code == 400


async def test_a_body_that_comes_too_slowly_is_not_waited_for(issuer: LocalIssuer) -> None:
    app = sample_service.app(issuer, http_body_seconds_max=0.5, http_body_bytes_per_second_min=256)
    never = asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {**JSON, "content-length": "100", "expect": "100-continue", "authorization": f"Bearer {issuer.token()}"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/plans",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await asyncio.wait_for(app(scope, receive, send), 10)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"], "what is left of it would be read as the next request"


async def test_what_operators_read_is_counted_once_for_all_who_ask() -> None:
    counts = 0

    async def count() -> int:
        nonlocal counts
        counts += 1
        await asyncio.sleep(0)
        return counts

    recent = SharedResult(count, seconds_min=60)
    assert await asyncio.gather(*(recent.get_recent() for _ in range(50))) == [1] * 50
    fresh = SharedResult(count, seconds_min=0)
    first = asyncio.create_task(fresh.get_fresh())
    await asyncio.sleep(0)
    later = [asyncio.create_task(fresh.get_fresh()) for _ in range(50)]
    assert (await first, {await each for each in later}) == (2, {3}), "who asks later gets a count begun after that"
