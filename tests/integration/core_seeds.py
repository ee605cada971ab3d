"""Seeds: new ones in every run, and every one that ever failed, listed in seeds_that_failed.txt and played first."""

import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SEEDS_FILE = Path(__file__).with_name("seeds_that_failed.txt")
SEED_MAX = 1_000_000_000


async def play_seeds(story: str, fresh: int, play: Callable[[int], Awaitable[None]]) -> None:
    """Play a story with its failed seeds and `fresh` new ones; a seed that fails is named and listed.

    MEEDOEN_FAULT_SEEDS sets how many new ones there are, MEEDOEN_SEED plays that one alone.
    """
    for seed in _choose_seeds(story, fresh):
        await _play_once(story, seed, play)


async def play_kills(story: str, kills: int, play: Callable[[int], Awaitable[int]]) -> tuple[int, int]:
    """Play a story with its failed seeds, and with new ones until so many processes were killed; return runs and kills.

    MEEDOEN_FAULT_KILLS sets how many, MEEDOEN_SEED plays that seed alone. `play` returns how many it killed.
    """
    seeds, kills_min = _choose_seeds(story, 0), int(os.environ.get("MEEDOEN_FAULT_KILLS", kills))
    killed = [await _play_once(story, seed, play) for seed in seeds]
    while sum(killed[len(seeds) :]) < kills_min and not os.environ.get("MEEDOEN_SEED"):
        killed.append(await _play_once(story, secrets.randbelow(SEED_MAX), play))
    return len(killed), sum(killed)


async def _play_once(story: str, seed: int, play: Callable[[int], Awaitable[T]]) -> T:
    try:
        return await play(seed)
    except BaseException as problem:
        problem.add_note(f"Story {story} failed with seed {seed}; to play it alone: MEEDOEN_SEED={seed}.")
        _add_failed_seed(story, seed)
        raise


def _choose_seeds(story: str, fresh: int) -> list[int]:
    only_seed = os.environ.get("MEEDOEN_SEED")
    if only_seed:
        return [int(only_seed)]
    count = int(os.environ.get("MEEDOEN_FAULT_SEEDS", fresh))
    return [*_read_failed_seeds(story), *(secrets.randbelow(SEED_MAX) for _ in range(count))]


def _read_failed_seeds(story: str) -> list[int]:
    lines = [line.split() for line in SEEDS_FILE.read_text().splitlines() if line and not line.startswith("#")]
    return [int(words[1]) for words in lines if words[0] == story]


def _add_failed_seed(story: str, seed: int) -> None:
    if seed not in _read_failed_seeds(story):
        with SEEDS_FILE.open("a") as file:
            file.write(f"{story} {seed}\n")
