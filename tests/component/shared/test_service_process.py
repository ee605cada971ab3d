"""A service as its own process: on SIGTERM it finishes current requests, accepts no new ones, and exits with 0."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from meedoen.stack.processes import find_free_port, python_environment
from shared.database.migrations import ServiceDatabase
from shared.testing import eventually

PROGRAM = Path(__file__).parents[1] / "slow_service.py"
HELD_SECONDS = 0.5  # longer than a server takes that does not wait
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Service:
    def __init__(self, process: asyncio.subprocess.Process, folder: Path, port: int) -> None:
        self.process = process
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.address, timeout=30) as client:
            return await client.get(path, headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})

    async def answers(self, status: int) -> bool:
        with suppress(httpx.HTTPError):
            return (await self.get("/health/ready")).status_code == status
        return False

    async def refuses(self) -> bool:
        """A connection refused, not merely one that was accepted in the last moment and then closed unanswered."""
        try:
            await self.get("/health/live")
        except httpx.ConnectError:
            return True
        except httpx.RemoteProtocolError:
            return False
        return False

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]


@asynccontextmanager
async def process(folder: Path, database: ServiceDatabase) -> AsyncIterator[Service]:
    port = find_free_port()
    with (folder / "log").open("wb") as log:
        command = [sys.executable, str(PROGRAM), str(folder), str(port), database.url]
        started = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=python_environment())
    try:
        yield Service(started, folder, port)
    finally:
        with suppress(ProcessLookupError):
            started.kill()
        await started.wait()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_finishes_the_request_in_hand_and_takes_no_other(
    tmp_path: Path, service_database: Callable[[str], ServiceDatabase], sign: signal.Signals
) -> None:
    async with process(tmp_path, service_database("recruitment")) as service:
        await eventually(lambda: service.answers(200), 20, what="the service is ready")
        request = asyncio.create_task(service.get("/v1/slow"))
        await eventually((tmp_path / "begun").exists, 5)
        service.process.send_signal(sign)
        await eventually(service.refuses, 5)
        ended, _ = await asyncio.wait({request, asyncio.create_task(service.process.wait())}, timeout=HELD_SECONDS)
        assert not ended, "it left, or cut the request short"
        (tmp_path / "release").touch()
        assert (await request).json() == "finished"
        assert await asyncio.wait_for(service.process.wait(), 10) == 0

    lines = service.lines()
    assert "service_stopped" in {line["event"] for line in lines}
    (answered,) = [line for line in lines if line["event"] == "request_answered"]
    assert (answered["route"], answered["status"], answered["trace_id"]) == ("/v1/slow", 200, TRACE)
    (span,) = map(json.loads, (tmp_path / "spans.jsonl").read_text().splitlines())
    assert (span["name"], span["trace_id"], span["service"]) == ("GET /v1/slow", TRACE, "recruitment")
