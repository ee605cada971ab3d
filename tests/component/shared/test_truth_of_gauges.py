"""What is not known is not shown: neither as 0 nor as it was before."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meedoen.stack.embedded_broker import EmbeddedBroker
from meedoen.stack.postgres import PostgresServer, start_postgres
from services.intake.app import create_app
from shared.settings import ServiceSettings
from shared.testing import eventually
from shared.testing.databases import TestDatabases
from shared.testing.running_service import RunningService, run_service

OF_DATABASE = {
    "meedoen_files_opened",
    "meedoen_plans_signed",
    "meedoen_outbox_depth_events",
    "meedoen_relay_age_seconds",
    "meedoen_held_events",
}
OF_BROKER = {"meedoen_consumer_lag_events"}


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = start_postgres(tmp_path, parent_pid=os.getpid())
    yield server
    server.remove()


async def shown(service: RunningService) -> set[str]:
    """The names of the gauges in question that have a value now."""
    lines = (await service.get("http://service/metrics")).text.splitlines()
    names = {line.partition(" ")[0].partition("{")[0] for line in lines if not line.startswith("#")}
    return names & (OF_DATABASE | OF_BROKER)


@pytest.mark.parametrize("every_seconds", [0.0, 600.0])
async def test_they_show_nothing_while_database_or_broker_is_away_and_the_truth_when_it_is_back(
    settings_for: Callable[..., ServiceSettings],
    own_postgres: PostgresServer,
    own_broker: EmbeddedBroker,
    every_seconds: float,
) -> None:
    settings = settings_for(
        "intake",
        database_url=TestDatabases(own_postgres.admin_url, "").copy("intake")[1].url,
        kafka_bootstrap_servers=own_broker.bootstrap_servers,
        figures_every_seconds=every_seconds,
    )

    async def wait_for(service: RunningService, names: set[str]) -> None:
        async def is_shown() -> bool:
            return await shown(service) == names

        await eventually(is_shown, 30, what=f"exactly {sorted(names)} is shown")

    async with run_service(create_app(settings)) as service:
        await wait_for(service, OF_DATABASE | OF_BROKER)
        own_postgres.stop()
        assert await shown(service) & OF_DATABASE == set()
        own_postgres.restart()
        await wait_for(service, OF_DATABASE | OF_BROKER)
        own_broker.kill()
        await wait_for(service, OF_DATABASE)
