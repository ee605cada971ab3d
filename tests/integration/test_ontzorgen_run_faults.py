"""The month's run under kill -9: two workers and two desks race, and the run comes out as it does in peace."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from core_seeds import play_kills
from run_process import BANK_GAPS, DESK, DESK_GAPS, FLIP_GAPS, WORKER, WORKER_GAPS
from run_world import Copies, Lives, World, differences, lives, proven, snapshot

pytestmark = pytest.mark.timeout(3_600)

KILLS, KILLS_OF_A_RUN = 60, 40


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
            world = World(forks, url, admin_url, random.Random(seed), KILLS_OF_A_RUN)
            await world.play()
            assert list(differences(await snapshot(admin_url), in_peace)) == []
            await proven(admin_url)
            print(f"seed {seed}: {world.kills.total()} killed; by now in gaps {dict(world.died_in())}")
            return world.kills.total()

    runs, killed = await play_kills("run_killed", KILLS, play)
    print(f"{killed} processes were killed during {runs} runs")


async def test_kill_9_in_each_gap_of_a_part_and_of_a_step_leaves_nothing_half_done(
    copies_of_june: Copies, forks: Lives
) -> None:
    in_peace = await copies_of_june.in_peace(forks)
    gaps = {WORKER: [*WORKER_GAPS, *FLIP_GAPS, *FLIP_GAPS], DESK: [*DESK_GAPS, *BANK_GAPS]}
    async with copies_of_june.copy() as (url, admin_url):
        world = World(forks, url, admin_url, random.Random(0), 0, ("worker",), ("anna+bert",), gaps=gaps)
        await world.play()
        assert set(world.died_in()) == {*WORKER_GAPS, *FLIP_GAPS, *DESK_GAPS, *BANK_GAPS}
        assert list(differences(await snapshot(admin_url), in_peace)) == []
