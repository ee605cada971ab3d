"""The bank's side under faults: a database that crashes in mid-run, a statement whose taking is killed."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from core_rig import execute, fetch_value
from core_seeds import play_seeds
from run_process import BANK_GAPS, DESK, WORKER, Life
from run_world import Copies, Lives, World, differences, lives, nothing_held, proven, snapshot

from meedoen.stack.postgres import PostgresServer
from shared.testing.eventually import eventually

pytestmark = pytest.mark.timeout(900)

CRASHES = 2
_STEPS_DONE = "SELECT (SELECT count(*) FROM run_part WHERE is_done) + (SELECT count(*) FROM bank_message)"


@pytest.fixture
async def forks(tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives(tmp_path) as forks:
        yield forks


async def test_a_statement_whose_taking_is_killed_again_and_again_is_taken_whole_and_once(
    copies_of_june: Copies, forks: Lives
) -> None:
    """Nothing of it is there after each death, which the world looks at; the same file then completes."""
    in_peace = await copies_of_june.in_peace(forks)
    async with copies_of_june.copy() as (url, admin_url):
        gaps = {DESK: [BANK_GAPS[-1]] * 4}
        world = World(forks, url, admin_url, random.Random(0), 0, desks=("anna+bert",), gaps=gaps)
        await world.play()
        assert world.died_in()[BANK_GAPS[-1]] == 4
        assert await fetch_value(admin_url, "SELECT count(*)::int FROM bank_message WHERE kind = 'camt.053'") == 1
        assert list(differences(await snapshot(admin_url), in_peace)) == []


async def test_a_life_that_nobody_asks_for_any_more_keeps_no_other_from_beginning(forks: Lives) -> None:
    """As when a world ends just as it starts one anew; such a life ends, too."""

    def life(name: str) -> Life:
        return Life(WORKER, name, "postgresql://nobody@127.0.0.1:1/none", str(forks.folder / "lives.log"), 0)

    given_up = asyncio.create_task(forks.begin(life("given up")))
    await asyncio.wait({given_up}, timeout=0)
    given_up.cancel()
    pid, end = await asyncio.wait_for(forks.begin(life("next")), 30)
    os.kill(pid, signal.SIGKILL)
    assert await asyncio.wait_for(end, 30) == -signal.SIGKILL
    await eventually(lambda: not forks.alive, 30)


async def test_a_copy_gives_no_number_out_twice_though_its_database_crashes(own_postgres: PostgresServer) -> None:
    async with Copies(own_postgres.admin_url, is_durable=True).copy() as (_, admin_url):
        await execute(admin_url, "CREATE TABLE drawn AS SELECT nextval('ledger_entry_number') AS number")
        await asyncio.to_thread(own_postgres.restart, "immediate")
        assert await fetch_value(admin_url, "SELECT nextval('ledger_entry_number') > max(number) FROM drawn")


async def test_a_run_in_which_the_database_crashes_comes_out_as_it_does_in_peace(
    own_postgres: PostgresServer, forks: Lives
) -> None:
    copies = Copies(own_postgres.admin_url, is_durable=True)
    in_peace = await copies.in_peace(forks)

    async def play(seed: int) -> None:
        async with copies.copy() as (url, admin_url):
            chance = random.Random(seed)
            world = World(forks, url, admin_url, chance, 4, copies.step_seconds)
            playing = asyncio.create_task(world.play())
            for steps_done in sorted(chance.sample(range(9, 42), CRASHES)):

                async def so_far(steps_done: int = steps_done) -> bool:
                    await nothing_held(admin_url)
                    return playing.done() or int(await fetch_value(admin_url, _STEPS_DONE)) >= steps_done

                await eventually(so_far, 120)
                await asyncio.to_thread(own_postgres.restart, "immediate")
            await playing
            assert list(differences(await snapshot(admin_url), in_peace)) == []
            await proven(admin_url)

    await play_seeds("run_database_crash", 1, play)
