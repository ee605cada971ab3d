"""Seeds: fresh ones in every run, and every one that ever failed, kept in seeds_that_failed.txt and played first."""

import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
KEPT = Path(__file__).with_name("seeds_that_failed.txt")
SEED_MAX = 1_000_000_000


async def play_seeds(story: str, fresh: int, play: Callable[[int], Awaitable[None]]) -> None:
    """Play a story with its kept seeds and `fresh` new ones; a seed that fails is named and kept.

    MEEDOEN_FAULT_SEEDS sets how many new ones there are, MEEDOEN_SEED plays that one alone.
    """
    for seed in _chosen(story, fresh):
        await _played(story, seed, play)


async def play_kills(story: str, kills: int, play: Callable[[int], Awaitable[int]]) -> tuple[int, int]:
    """Play a story with its kept seeds, and with new ones until so many processes were killed; runs and kills.

    MEEDOEN_FAULT_KILLS sets how many, MEEDOEN_SEED plays that seed alone. `play` says how many it killed.
    """
    seeds, wanted = _chosen(story, 0), int(os.environ.get("MEEDOEN_FAULT_KILLS", kills))
    killed = [await _played(story, seed, play) for seed in seeds]
    while sum(killed[len(seeds) :]) < wanted and not os.environ.get("MEEDOEN_SEED"):
        killed.append(await _played(story, secrets.randbelow(SEED_MAX), play))
    return len(killed), sum(killed)


async def _played(story: str, seed: int, play: Callable[[int], Awaitable[T]]) -> T:
    try:
        return await play(seed)
    except BaseException as problem:
        problem.add_note(f"Story {story} failed with seed {seed}; to play it alone: MEEDOEN_SEED={seed}.")
        _keep(story, seed)
        raise


def _chosen(story: str, fresh: int) -> list[int]:
    alone = os.environ.get("MEEDOEN_SEED")
    if alone:
        return [int(alone)]
    count = int(os.environ.get("MEEDOEN_FAULT_SEEDS", fresh))
    return [*_kept(story), *(secrets.randbelow(SEED_MAX) for _ in range(count))]


def _kept(story: str) -> list[int]:
    lines = [line.split() for line in KEPT.read_text().splitlines() if line and not line.startswith("#")]
    return [int(words[1]) for words in lines if words[0] == story]


def _keep(story: str, seed: int) -> None:
    if seed not in _kept(story):
        with KEPT.open("a") as file:
            file.write(f"{story} {seed}\n")
