"""Fixtures of every tier: a real PostgreSQL, the embedded broker, tokens, and whole services. None starts unasked."""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import hypothesis
import pytest
import structlog

from meedoen.stack.embedded_broker import EmbeddedBroker, start_embedded_broker
from meedoen.stack.postgres import start_postgres
from shared.auth.local_issuer import LocalIssuer
from shared.database.migrations import ServiceDatabase
from shared.database.tenancy import relay_role
from shared.events import topics
from shared.identity import Role
from shared.settings import ServiceSettings
from shared.testing.database_noise import make_database_noise
from shared.testing.databases import TestDatabases, address_for
from shared.testing.running_service import RunningService, run_service

MUNICIPALITIES = ("gm0637", "gm0080")
hypothesis.settings.register_profile(  # a busy machine is no counterexample
    "meedoen", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("meedoen")
NO_BROKER = "127.0.0.1:1"


def pytest_configure() -> None:
    """Logs of the code under test are for reading when a test fails: short, and quick to write."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server's address as superuser: the one of TEST_DATABASE_URL, else one of this worker, which ends with it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        if "MEEDOEN_NOISY" in os.environ:
            pytest.fail(
                "Database noise changes the settings of the server: unset TEST_DATABASE_URL, so that tests start one."
            )
        yield given
        return
    server = start_postgres(tmp_path_factory.mktemp("postgres"), parent_pid=os.getpid())
    with make_database_noise(server.admin_url) if "MEEDOEN_NOISY" in os.environ else contextlib.nullcontext():
        yield server.admin_url
    server.remove()


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[TestDatabases]:
    made = TestDatabases(postgres, f"t{uuid4().hex[:8]}_")
    yield made
    made.drop_templates()


@pytest.fixture
def service_database(databases: TestDatabases) -> Iterator[Callable[[str], ServiceDatabase]]:
    """`service_database("recruitment")`: a migrated, empty database of the test's own, as `owner_url` and `url`."""
    names: list[str] = []

    def make(service: str) -> ServiceDatabase:
        name, database = databases.copy(service)
        names.append(name)
        return database

    yield make
    for name in names:
        databases.drop(name)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of an embedded broker with every topic; shared, so earlier tests' events are in it."""
    with _broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """An embedded broker of the test's own: empty, and free to be stopped or killed."""
    with _broker(tmp_path) as broker:
        yield broker


@contextlib.contextmanager
def _broker(folder: Path) -> Iterator[EmbeddedBroker]:
    counts = {name: topic.partitions for name, topic in topics().items()}
    broker = start_embedded_broker(folder, counts, parent_pid=os.getpid())
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer(tmp_path_factory.mktemp("issuer"))


class TokenMaker(Protocol):
    def __call__(self, role: Role | str, municipality: str = ..., *, valid_seconds: int = ...) -> str: ...


@pytest.fixture
def token(issuer: LocalIssuer) -> TokenMaker:
    """`token(Role.CASE_MANAGER, "gm0637")`: a bearer token of the local issuer."""

    def make(role: Role | str, municipality: str = "gm0637", *, valid_seconds: int = 3_600) -> str:
        return issuer.token("test-user", role, municipality, valid_seconds)

    return make


@pytest.fixture
def settings_for(
    service_database: Callable[[str], ServiceDatabase], issuer: LocalIssuer
) -> Callable[..., ServiceSettings]:
    """`settings_for("intake", http_body_bytes_max=2048)`: settings over a database of the test's own."""

    def make(service: str, **chosen: Any) -> ServiceSettings:
        given: dict[str, Any] = {
            "municipalities": MUNICIPALITIES,
            "auth_jwks_file": issuer.jwks_file,
            "kafka_bootstrap_servers": NO_BROKER,
            "kafka_embedded": True,
            "figures_every_seconds": 0,
            "metrics_seconds_min": 0,
            **chosen,
        }
        if "database_url" not in given:
            given["database_url"] = service_database(service).url
        given.setdefault("relay_database_url", address_for(relay_role, given["database_url"], service))
        settings: ServiceSettings = import_module(f"services.{service}.settings").Settings(**given)
        return settings

    return make


@pytest.fixture
async def client_for(
    settings_for: Callable[..., ServiceSettings], token: TokenMaker
) -> AsyncIterator[Callable[..., Awaitable[RunningService]]]:
    """`await client_for("intake", Role.CASE_MANAGER)`: the service, running, and a client with that role's token.

    `broker=` takes a bootstrap address; without it the service answers HTTP only. Further settings by name.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def make(
            service: str,
            role: Role | str | None = None,
            municipality: str = "gm0637",
            *,
            broker: str | None = None,
            **chosen: Any,
        ) -> RunningService:
            reach = {"kafka_bootstrap_servers": broker} if broker else {"messaging_enabled": False}
            settings = settings_for(service, **reach, **chosen)
            app = import_module(f"services.{service}.app").create_app(settings)
            headers = {"Authorization": f"Bearer {token(role, municipality)}"} if role else {}
            return await stack.enter_async_context(run_service(app, headers))

        yield make
