"""The month's run under kill -9: two workers and two desks race, and the run comes out as it does in peace."""

import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from core_seeds import play_seeds
from run_world import Copies, Lives, World, differences, lives, proven, snapshot

pytestmark = pytest.mark.timeout(3_600)

KILLS_OF_A_RUN = 25


@pytest.fixture(scope="session")
def copies_of_june(postgres: str) -> Copies:
    return Copies(postgres)


@pytest.fixture
async def forks(tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives(tmp_path) as found:
        yield found


async def test_a_run_whose_processes_are_killed_comes_out_as_it_does_in_peace(
    copies_of_june: Copies, forks: Lives
) -> None:
    in_peace = await copies_of_june.in_peace(forks)
    kills: Counter[str] = Counter()

    async def play(seed: int) -> None:
        async with copies_of_june.copy() as (url, admin_url):
            world = World(forks, url, admin_url, random.Random(seed), KILLS_OF_A_RUN)
            await world.play()
            kills.update(world.kills)
            assert list(differences(await snapshot(admin_url), in_peace)) == []
            await proven(admin_url)

    await play_seeds("run_killed", 3, play)
    print(f"{kills.total()} processes were killed: {dict(kills)}")
