"""Fixtures of the core's tests: databases with its tables on the session's PostgreSQL, and Apache Kafka when asked."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka import start_kafka
from meedoen.stack.postgres import PostgresServer, start_postgres
from shared.events import topics

# The rigs stand beside the tests, which are no package.
sys.path.insert(0, str(Path(__file__).parent))

from core_rig import CoreDatabase, CoreDatabases
from run_world import Copies


@pytest.fixture(scope="session")
def core_databases(postgres: str) -> CoreDatabases:
    return CoreDatabases(postgres)


@pytest.fixture
def database(core_databases: CoreDatabases) -> CoreDatabase:
    """A database of the test's own."""
    return core_databases.make()


@pytest.fixture(scope="session")
def copies_of_june(postgres: str) -> Iterator[Copies]:
    """Databases in which June was run for households of every kind, and July waits."""
    copies = Copies(postgres)
    yield copies
    asyncio.run(copies.drop())


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of the test's own, to be hurt."""
    server = start_postgres(tmp_path / "postgres", parent_pid=os.getpid())
    yield server
    server.remove()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """An Apache Kafka of this session's own, to be hurt; without one a skip, or a failure where it is required."""
    counts = {name: topic.partitions for name, topic in topics().items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
        try:
            broker = start_kafka(tmp_path_factory.mktemp("kafka"), counts, parent_pid=os.getpid())
        except LocalError as error:
            if os.environ.get("MEEDOEN_REQUIRE_KAFKA") or os.environ.get("CI"):
                pytest.fail(f"Apache Kafka is required here: {error}")
            pytest.skip(str(error))
    yield broker
    broker.remove()
