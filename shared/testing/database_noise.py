"""Noise on a database server, for `make test-noisy`: foreign transactions, frequent vacuums, a busy processor.

Whatever waits for older transactions waits for these too: a test that reads a result once and takes it as final fails
here, and in a quiet environment once in very many runs. The noise ends with its block, or with the parent process.
"""

import asyncio
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

SETTINGS = {"autovacuum_naptime": "1s", "autovacuum_vacuum_threshold": "5", "autovacuum_analyze_threshold": "5"}
# Of coprime lengths, so that the pattern repeats late.
TRANSACTION_SECONDS = (0.02, 0.1, 0.3, 0.6)
PAUSE_SECONDS = (0.0, 0.02, 0.3, 0.1, 0.0)


@contextmanager
def make_database_noise(admin_url: str) -> Iterator[None]:
    """Make noise on the server of `admin_url` until the block ends; RuntimeError if it stopped before that."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(admin_url,), daemon=True)
    process.start()
    try:
        yield
        if not process.is_alive():
            raise RuntimeError("The database noise stopped before the tests did: see the output of its process.")
    finally:
        process.kill()
        process.join()


def _run(admin_url: str) -> None:
    asyncio.run(_hold_transactions(admin_url))


async def _hold_transactions(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    for name, value in SETTINGS.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.execute("SELECT pg_reload_conf()")
    parent = multiprocessing.parent_process()
    for open_seconds, pause_seconds in zip(
        itertools.cycle(TRANSACTION_SECONDS), itertools.cycle(PAUSE_SECONDS), strict=False
    ):
        if parent is None or not parent.is_alive():
            return
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            _be_busy(open_seconds)
        _be_busy(pause_seconds)


def _be_busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
