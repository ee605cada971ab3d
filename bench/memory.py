"""A million rows through the relay: the process must be no larger at the end than after the first tenth."""

import asyncio
import json
import os
import sys
import threading
import time
from typing import Any

import asyncpg
import psutil
from prometheus_client import CollectorRegistry

from bench.rig import EVENT_BYTES, TOPIC, Environment, Figure, relay_url, run_on_uvloop, start_fresh_broker
from shared.messaging import relay
from shared.messaging.metrics import CoreMetrics
from shared.messaging.publisher import KafkaPublisher

ROWS = 1_000_000
ROWS_PER_INSERT = 50_000
MIB = 1024 * 1024
EARLY_SHARE = 0.1

_FILL = """
INSERT INTO messaging.outbox (event_id, topic, key, payload)
SELECT gen_random_uuid(), $1, 'person-' || (number % 5000), convert_to(repeat('x', $3), 'UTF8')
FROM generate_series(1, $2) AS number
"""


async def fill_outbox(url: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"synchronous_commit": "off"})
    try:
        for _ in range(0, ROWS, ROWS_PER_INSERT):
            await connection.execute(_FILL, TOPIC, ROWS_PER_INSERT, EVENT_BYTES)
    finally:
        await connection.close()


async def relay_all(url: str, bootstrap_servers: str) -> dict[str, Any]:
    """Relay in a process of its own; return resident MiB by the share of rows sent."""
    metrics = CoreMetrics(CollectorRegistry())
    publisher = KafkaPublisher(bootstrap_servers, client_id="bench", acknowledge_seconds_max=60.0)
    connection = await asyncpg.connect(relay_url(url), server_settings=relay.SESSION)
    process, samples, done = psutil.Process(os.getpid()), [], threading.Event()  # type: ignore[no-untyped-call]  # psutil has no types

    def sample_memory() -> None:
        while not done.wait(0.05):
            sent = metrics.relay_published._value.get()  # noqa: SLF001 - the counter has no public reader
            samples.append((sent / ROWS, process.memory_info().rss / MIB))

    watcher = threading.Thread(target=sample_memory)
    watcher.start()
    started = time.perf_counter()
    try:
        sent = await relay.Relay(relay_url(url), publisher, metrics).publish_settled(connection)
    finally:
        done.set()
        watcher.join()
        await publisher.close()
        await connection.close()
    early = max((size for share, size in samples if share <= EARLY_SHARE), default=0.0)
    late = max((size for share, size in samples if share > EARLY_SHARE), default=0.0)
    return {"sent": sent, "early_mib": early, "late_mib": late, "seconds": time.perf_counter() - started}


async def measure(environment: Environment) -> dict[str, Any]:
    url = await environment.create_database("bench_memory")
    await fill_outbox(url)
    with start_fresh_broker() as broker:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.memory",
            url,
            broker.bootstrap_servers,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await child.communicate()
    result: dict[str, Any] = json.loads(output)
    if result["sent"] != ROWS:
        raise RuntimeError(f"{result['sent']} of {ROWS} rows were sent: the figure would mean nothing.")
    return result


def run(environment: Environment) -> list[Figure]:
    """Return the line for build/bench.json: peak after the first tenth, beside the peak within it."""
    result = asyncio.run(measure(environment))
    late, early = result["late_mib"], result["early_mib"]
    spread = f"{early:.1f} MiB in the first tenth, {late:.1f} after it, {ROWS / result['seconds']:.0f} rows/s"
    return [Figure("relay, resident memory over 1,000,000 rows", late, "MiB", early, late / early, None, None, spread)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run_on_uvloop(relay_all(sys.argv[1], sys.argv[2]))))
