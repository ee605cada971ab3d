"""A bad day on a database server, for `make test-rough`: a stranger's transactions, many vacuums, no idle processor.

What waits for older transactions waits for these too: a test that asks once and takes the answer for final fails here,
and in peace once in very many runs. It ends when it is told to, or when the program that started it is gone.
"""

import asyncio
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

SETTINGS = {"autovacuum_naptime": "1s", "autovacuum_vacuum_threshold": "5", "autovacuum_analyze_threshold": "5"}
# Of coprime lengths, so that it is long before they repeat together.
HELD_SECONDS = (0.02, 0.1, 0.3, 0.6)
PAUSE_SECONDS = (0.0, 0.02, 0.3, 0.1, 0.0)


@contextmanager
def bad_weather(admin_url: str) -> Iterator[None]:
    """The server of `admin_url` has such a day until the block ends; RuntimeError when it cleared up before."""
    storm = multiprocessing.get_context("spawn").Process(target=_storm, args=(admin_url,), daemon=True)
    storm.start()
    try:
        yield
        if not storm.is_alive():
            raise RuntimeError("The bad weather ended before the tests did: what its process printed says why.")
    finally:
        storm.kill()
        storm.join()


def _storm(admin_url: str) -> None:
    asyncio.run(_hold(admin_url))


async def _hold(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    for name, value in SETTINGS.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.execute("SELECT pg_reload_conf()")
    parent = multiprocessing.parent_process()
    for held_seconds, pause_seconds in zip(itertools.cycle(HELD_SECONDS), itertools.cycle(PAUSE_SECONDS), strict=False):
        if parent is None or not parent.is_alive():
            return
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            _be_busy(held_seconds)
        _be_busy(pause_seconds)


def _be_busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
