"""The month's run under kill -9: two workers and two desks race, and the run comes out as it does in peace."""

import random
import string
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import structlog
from core_seeds import play_kills, play_seeds
from core_world import commit_at_the_end
from run_process import BANK_GAPS, DESK, DESK_GAPS, FLIP_GAPS, WORKER, WORKER_GAPS
from run_world import Copies, Lives, World, differences, lives, proven, snapshot

from meedoen.stack.broker import BrokerProcess
from shared.events import RunShardOpened
from shared.testing.eventually import eventually

LOG = structlog.get_logger()
pytestmark = pytest.mark.timeout(3_600)

KILLS, KILLS_OF_A_RUN, KILLS_OVER_KAFKA = 25, 25, 8


@pytest.fixture
async def forks(tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives(tmp_path) as found:
        yield found


async def test_a_run_whose_processes_are_killed_at_any_moment_comes_out_as_it_does_in_peace(
    copies_of_june: Copies, forks: Lives
) -> None:
    in_peace = await copies_of_june.in_peace(forks)

    async def play(seed: int) -> int:
        async with copies_of_june.copy() as (url, admin_url):
            world = World(forks, url, admin_url, random.Random(seed), KILLS_OF_A_RUN, copies_of_june.step_seconds)
            await world.play()
            assert list(differences(await snapshot(admin_url), in_peace)) == []
            await proven(admin_url)
            LOG.info("run_played", seed=seed, killed=world.kills.total(), by_now=dict(world.died_in()))
            return world.kills.total()

    runs, killed = await play_kills("run_killed", KILLS, play)
    LOG.info("runs_played", runs=runs, killed=killed)


async def test_kill_9_in_each_gap_of_a_part_and_of_a_step_leaves_nothing_half_done(
    copies_of_june: Copies, forks: Lives
) -> None:
    in_peace = await copies_of_june.in_peace(forks)
    gaps = {WORKER: [*WORKER_GAPS, *FLIP_GAPS, *FLIP_GAPS], DESK: [*DESK_GAPS, *BANK_GAPS]}
    async with copies_of_june.copy() as (url, admin_url):
        world = World(forks, url, admin_url, random.Random(0), 0, workers=("worker",), desks=("anna+bert",), gaps=gaps)
        await world.play()
        assert set(world.died_in()) == {*WORKER_GAPS, *FLIP_GAPS, *DESK_GAPS, *BANK_GAPS}
        assert list(differences(await snapshot(admin_url), in_peace)) == []


@pytest.mark.kafka
async def test_a_run_whose_parts_come_over_kafka_comes_out_as_it_does_in_peace_when_workers_are_killed(
    copies_of_june: Copies, forks: Lives, kafka: BrokerProcess
) -> None:
    """The service's own consumer and relay, in two processes of one group, which is given what a dead one had."""
    in_peace = await copies_of_june.in_peace(forks)
    topic = RunShardOpened.event_type.topic.name

    async def play(seed: int) -> None:
        group = "runs" + "".join(string.ascii_lowercase[int(digit)] for digit in str(seed))
        await eventually(partial(commit_at_the_end, kafka.bootstrap_servers, group, topic), 30)
        reach = {"bootstrap_servers": kafka.bootstrap_servers, "group": group}
        async with copies_of_june.copy() as (url, admin_url):
            chance = random.Random(seed)
            world = World(forks, url, admin_url, chance, KILLS_OVER_KAFKA, copies_of_june.step_seconds, reach=reach)
            await world.play()
            assert list(differences(await snapshot(admin_url), in_peace)) == []
            await proven(admin_url)
            LOG.info("run_played", seed=seed, killed=world.kills.total(), by_now=dict(world.died_in()))

    await play_seeds("run_killed_over_kafka", 1, play)
