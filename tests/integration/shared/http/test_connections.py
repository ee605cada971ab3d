"""Connections of a real server: who sends no whole header ends, and who is refused amid a body is told why."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from meedoen.stack.processes import find_free_port
from shared.auth.local_issuer import LocalIssuer
from shared.http.server import build_options
from shared.testing import eventually, sample_service

WAIT_SECONDS_MAX = 20


@asynccontextmanager
async def serve(folder: Path, **limits: Any) -> AsyncIterator[int]:
    port = find_free_port()
    settings = sample_service.settings(LocalIssuer(folder).jwks_file, http_port=port, **limits)
    app = sample_service.app(LocalIssuer(folder), **limits)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", **build_options(settings)))
    task = asyncio.create_task(server._serve())
    try:
        await eventually(lambda: server.started, WAIT_SECONDS_MAX)
        yield port
    finally:
        server.should_exit = True
        await task


async def is_closed(reader: asyncio.StreamReader) -> bool:
    with suppress(OSError):
        return await asyncio.wait_for(reader.read(1), WAIT_SECONDS_MAX) == b""
    return True


async def ask_live(port: int) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/health/live")).status_code


async def test_those_who_wait_longest_without_a_header_make_room(tmp_path: Path) -> None:
    async with serve(tmp_path, http_connections_max=16, http_header_seconds_max=120) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
        assert [await ask_live(port) for _ in range(3)] == [200] * 3
        assert await is_closed(idle[0][0])
        assert not idle[-1][0].at_eof()
        for _, writer in idle:
            writer.close()


async def test_a_header_has_its_time_on_a_new_and_on_a_used_connection(tmp_path: Path) -> None:
    async with serve(tmp_path, http_header_seconds_max=0.5, http_idle_seconds_max=120) as port:
        for begin in (b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begin)
            if begin:
                assert b"200" in await asyncio.wait_for(reader.readuntil(b'"live"}'), WAIT_SECONDS_MAX)
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            assert await is_closed(reader)
            writer.close()


async def test_who_is_refused_in_the_middle_of_a_body_sees_why(tmp_path: Path) -> None:
    make_head: Callable[[int], bytes] = lambda length: (  # noqa: E731 - one line of HTTP
        f"POST /v1/plans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    async with serve(tmp_path) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(make_head(2_000_000) + b" " * 1_000_000)
        answer = await asyncio.wait_for(reader.readuntil(b"}"), WAIT_SECONDS_MAX)
        writer.write(b" " * 500_000)
        assert b" 401 " in answer
        assert b"connection: close" in answer.lower()
        assert await is_closed(reader)
        writer.close()

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):  # what came in whole costs no connection
            writer.write(make_head(2) + b"{}")
            answer = await asyncio.wait_for(reader.readuntil(b"}"), WAIT_SECONDS_MAX)
            assert b" 401 " in answer
            assert b"connection: close" not in answer.lower()
        writer.close()
