"""Faults under load, on Apache Kafka and PostgreSQL: nothing lost, nothing twice, order per key, the ledger at zero."""

import asyncio
import random
import signal
from pathlib import Path

import pytest
from core_process import SESSION_MS
from core_rig import CoreDatabases
from core_seeds import play_seeds
from core_world import run_world

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.postgres import PostgresServer

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

PUBLISHER_GAPS = ["emitted and not written", "written and not committed"]
RELAY_GAPS = [
    "committed and not published",
    "published and not acknowledged",
    "acknowledged and not marked",
    "marked",
]
INBOX_GAPS = [
    "read and not handled",
    "written and not committed",
    "handled and offsets not committed",
    "offsets committed",
]


async def test_kill_9_between_any_two_steps_of_an_events_life(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)

        def shuffle(gaps: list[str]) -> list[tuple[str, int]]:
            return [(gap, chance.randint(1, 8)) for gap in chance.sample(gaps, len(gaps))]

        gaps = [shuffle(PUBLISHER_GAPS + RELAY_GAPS), shuffle(INBOX_GAPS + RELAY_GAPS)]
        async with run_world(core_databases, kafka.bootstrap_servers, tmp_path, seed, gaps=gaps) as world:
            while any(service.gaps for service in world.services):
                await world.wait_for_more(world.consumer, 1)
            await world.wait_for_more(world.publisher, 50)
            await world.settle()
            assert {gap for service in world.services for gap in service.deaths} == {
                *PUBLISHER_GAPS,
                *RELAY_GAPS,
                *INBOX_GAPS,
            }

    await play_seeds("gaps", 2, play)


async def test_two_relays_and_three_consumers_race_and_are_killed_at_random(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)
        async with run_world(
            core_databases, kafka.bootstrap_servers, tmp_path, seed, publishers=2, consumers=3, retry_share=0.02
        ) as world:
            await world.wait_for_more(world.publisher, 20)
            for _ in range(6):
                chance.choice(world.services).kill()
                await world.pass_time(chance.random() * 1.5)
            await world.wait_for_more(world.publisher, 20)
            await world.settle()

    await play_seeds("killed_at_random", 2, play)


async def test_a_rolling_restart_under_load_loses_nothing_and_doubles_nothing(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        async with run_world(
            core_databases, kafka.bootstrap_servers, tmp_path, seed, publishers=2, consumers=2, retry_share=0.02
        ) as world:
            await world.wait_for_more(world.publisher, 20)
            for service in random.Random(seed).sample(world.services, len(world.services)):
                assert await service.restart() == 0, service.log_tail()
                await world.wait_for_more(world.publisher, 5)
            await world.settle()

    await play_seeds("rolling_restart", 2, play)


async def test_a_consumer_or_relay_that_is_frozen_past_its_session_rejoins_as_a_new_member(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)
        async with run_world(
            core_databases, kafka.bootstrap_servers, tmp_path, seed, publishers=2, consumers=2, retry_share=0.02
        ) as world:
            await world.wait_for_more(world.publisher, 20)
            for service in (chance.choice(world.consumers), chance.choice(world.publishers)):
                service.signal(signal.SIGSTOP)
                await world.pass_time(2 * SESSION_MS / 1000)
                service.signal(signal.SIGCONT)
                await world.wait_for_more(world.publisher, 10)
            await world.settle()

    await play_seeds("frozen", 2, play)


async def test_a_database_that_crashes_in_mid_batch(
    kafka: BrokerProcess, own_postgres: PostgresServer, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)
        databases = CoreDatabases(own_postgres.admin_url)
        async with run_world(
            databases, kafka.bootstrap_servers, tmp_path, seed, consumers=2, retry_share=0.02
        ) as world:
            await world.wait_for_more(world.publisher, 20)
            for _ in range(3):
                await world.pass_time(chance.random())
                await asyncio.to_thread(own_postgres.restart, "immediate")
                await world.wait_for_more(world.publisher, 5)
            await world.settle()

    await play_seeds("database_crash", 2, play)


async def test_a_broker_that_is_killed_and_comes_back(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    async def play(seed: int) -> None:
        async with run_world(core_databases, kafka.bootstrap_servers, tmp_path, seed, consumers=2) as world:
            await world.wait_for_more(world.publisher, 20)
            await asyncio.to_thread(kafka.kill)
            await asyncio.to_thread(kafka.restart)
            await world.wait_for_more(world.publisher, 20)
            await world.settle()

    await play_seeds("broker_bounce", 2, play)


async def test_a_broker_that_is_wiped_is_filled_again_from_the_logs(
    core_databases: CoreDatabases, kafka: BrokerProcess, tmp_path: Path
) -> None:
    """Also with events that nobody had consumed: one consumer is frozen, and the relays go on publishing."""

    async def play(seed: int) -> None:
        chance = random.Random(seed)
        async with run_world(core_databases, kafka.bootstrap_servers, tmp_path, seed, consumers=2) as world:
            await world.wait_for_more(world.publisher, 50)
            chance.choice(world.consumers).signal(signal.SIGSTOP)
            await world.pass_time(chance.random())
            await asyncio.to_thread(kafka.wipe_and_restart)
            await world.pass_time(chance.random())
            for service in world.consumers:
                service.signal(signal.SIGCONT)
            await world.replay()
            await world.wait_for_more(world.publisher, 20)
            await world.settle()

    await play_seeds("broker_wiped", 2, play)
