"""Services with objects of two municipalities, for the tests of who gets in and of what the document promises."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

sys.path.insert(0, str(Path(__file__).parent))  # the folders of tests are no packages
sys.path.insert(0, str(Path(__file__).parents[1] / "upgrade"))

import last_version
from last_version import LastVersion
from matrix import Counts, Matrix, make_objects
from objects import OTHER, OWN, make_twins, read_all_ids, read_ids, renew_ids

from shared.auth.local_issuer import LocalIssuer
from shared.testing.running_service import RunningService

LOGS_FROM = 30  # warnings: a line for each of so many requests would cost more than the request
Opener = Callable[[str], Any]


@pytest.fixture(autouse=True)
def few_logs() -> Iterator[None]:
    configured = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOGS_FROM))
    yield
    structlog.configure(**configured)


@pytest.fixture(scope="module")
def dumps(postgres: str) -> Iterator[LastVersion]:
    original = last_version.read_dump
    last_version.read_dump = lambda service: renew_ids(original(service))
    last = LastVersion(postgres)
    yield last
    last_version.read_dump = original
    asyncio.run(last.drop())


@pytest.fixture
def open_matrix(
    dumps: LastVersion,
    client_for: Callable[..., Awaitable[RunningService]],
    issuer: LocalIssuer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Opener:
    """The requests to a service with objects of two municipalities; nothing that they write is kept."""

    @asynccontextmanager
    async def opened(name: str) -> AsyncIterator[Matrix]:
        database = await dumps.copy_and_upgrade(name)
        chosen = {"spool_folder": tmp_path / "spool"} if name == "notifications" else {}
        service = await client_for(name, municipalities=(OWN, OTHER), database_url=database.url, **chosen)
        matrix = Matrix(service, name, issuer)
        connection = await dumps.connect(database.url)
        try:
            matrix.ids = await read_ids(connection, name)
            await make_objects(matrix)
            await make_twins(connection)
            matrix.ids = await read_ids(connection, name)
            matrix.everything = {each: await read_all_ids(connection, each) for each in (OWN, OTHER)}
        finally:
            await connection.close()
        assert {each for ids in matrix.ids.values() for each, found in ids.items() if not found} == set()
        matrix.counts = Counts()
        with monkeypatch.context() as undone:
            undone.setattr(AsyncConnection, "commit", AsyncConnection.rollback)
            yield matrix

    return opened
