"""Readiness reports the state of a real database and a real broker, and startup never waits for either."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from meedoen.stack.embedded_broker import EmbeddedBroker
from meedoen.stack.postgres import PostgresServer, start_postgres
from shared.database.transactions import Database
from shared.http.requests import DatabaseDep
from shared.service import ServiceDefinition, create_service
from shared.settings import ServiceSettings
from shared.testing import eventually
from shared.testing.databases import TestDatabases
from shared.testing.running_service import RunningService, run_service

router = APIRouter()
DEFINITION = ServiceDefinition("recruitment", "Werving", "Een verzonnen dienst.", router, ())
RED_WITHIN_SECONDS = 5.0
READY = "http://service/health/ready"
SettingsFor = Callable[..., ServiceSettings]


@router.get("/tenant")
async def tenant(database: DatabaseDep) -> str:
    async with database.transaction("gm0637") as tx:
        return tx.municipality


@router.get("/echo")
async def echo(database: DatabaseDep, remark: str) -> str | None:
    async with database.transaction("gm0637") as tx:
        remark_stored: str | None = await tx.session.scalar(text("SELECT CAST(:remark AS text)"), {"remark": remark})
        return remark_stored


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = start_postgres(tmp_path, parent_pid=os.getpid())
    yield server
    server.remove()


@pytest.fixture
def database_url(own_postgres: PostgresServer) -> str:
    """A migrated database on a server that the test may stop."""
    return TestDatabases(own_postgres.admin_url, "").copy("recruitment")[1].url


@asynccontextmanager
async def ready_service(settings: ServiceSettings) -> AsyncIterator[RunningService]:
    async with run_service(create_service(settings, DEFINITION)) as service:
        await turns(service, 200)
        yield service


async def turns(service: RunningService, status: int, *, within_seconds: float = 10.0) -> dict[str, bool]:
    """Wait for the status; each check by name and whether it is up. A probe itself always answers at once."""

    async def read_checks() -> dict[str, bool] | None:
        began = monotonic()
        answer = await service.get(READY)
        assert monotonic() - began < 1.0, "the probe itself hung"
        checks = answer.json()["checks"]
        return {name: check["up"] for name, check in checks.items()} if answer.status_code == status else None

    return await eventually(read_checks, within_seconds, what=f"readiness answers {status}")


async def test_a_lost_database_is_red_in_time_and_green_when_back(
    settings_for: SettingsFor, own_postgres: PostgresServer, database_url: str, own_broker: EmbeddedBroker
) -> None:
    settings = settings_for(
        "recruitment", database_url=database_url, kafka_bootstrap_servers=own_broker.bootstrap_servers
    )
    async with ready_service(settings) as service:
        assert (await service.get("/tenant")).json() == "gm0637"
        own_postgres.stop()
        assert (await service.get("/tenant")).status_code == 503
        assert not (await turns(service, 503, within_seconds=RED_WITHIN_SECONDS))["database"]
        assert (await service.get("http://service/health/live")).status_code == 200
        own_postgres.restart()
        await turns(service, 200)
        assert (await service.get("/tenant")).json() == "gm0637"


async def test_a_database_that_hangs_is_red_in_time(
    settings_for: SettingsFor, own_postgres: PostgresServer, database_url: str
) -> None:
    """Frozen, not gone: connections stay open and no answer comes."""
    async with ready_service(
        settings_for("recruitment", database_url=database_url, messaging_enabled=False)
    ) as service:
        with Frozen(own_postgres.pid):
            assert not (await turns(service, 503, within_seconds=RED_WITHIN_SECONDS))["database"]
        await turns(service, 200)


async def test_a_lost_broker_is_red_in_time(settings_for: SettingsFor, own_broker: EmbeddedBroker) -> None:
    settings = settings_for("recruitment", kafka_bootstrap_servers=own_broker.bootstrap_servers)
    async with ready_service(settings) as service:
        own_broker.kill()
        checks = await turns(service, 503, within_seconds=RED_WITHIN_SECONDS)
        assert checks == {"startup": True, "database": True, "broker": False}


async def test_it_starts_red_without_database_and_broker_and_answers_meanwhile(
    settings_for: SettingsFor, own_postgres: PostgresServer, database_url: str
) -> None:
    started: list[Database] = []

    async def extra(database: Database, _: FastAPI) -> None:
        async with database.transaction("gm0637"):
            started.append(database)

    own_postgres.stop()
    app = create_service(
        settings_for("recruitment", database_url=database_url, messaging_enabled=False),
        DEFINITION,
        extra_startup=extra,
    )
    async with run_service(app) as service:
        assert await turns(service, 503) == {"startup": False, "database": False}
        assert (await service.get("/openapi.json")).status_code == 200
        own_postgres.restart()
        assert await turns(service, 200) == {"startup": True, "database": True}
    assert len(started) == 1


async def test_what_a_service_started_of_its_own_is_stopped_before_the_database_closes(
    settings_for: SettingsFor,
) -> None:
    steps: list[str] = []

    async def extra(database: Database, _: FastAPI) -> Callable[[], Awaitable[None]]:
        async def stop() -> None:
            async with database.transaction("gm0637"):
                steps.append("stopped with a database")

        return stop

    app = create_service(settings_for("recruitment", messaging_enabled=False), DEFINITION, extra_startup=extra)
    async with run_service(app) as service:
        await turns(service, 200)
    assert steps == ["stopped with a database"]


class Frozen:
    """Freeze all processes of the server inside the `with` (SIGSTOP to each, since each has its own session)."""

    def __init__(self, pid: int | None) -> None:
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._pids = [pid, *map(int, children)]

    def __enter__(self) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)


async def test_a_text_that_no_database_can_keep_is_bad_input(settings_for: SettingsFor) -> None:
    async with ready_service(settings_for("recruitment", messaging_enabled=False)) as service:
        assert (await service.get("/echo", params={"remark": "abel"})).json() == "abel"
        answer = await service.get("/echo", params={"remark": "ab\0el"})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unkeepable_text")
