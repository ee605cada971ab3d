"""A flood of events that nobody should believe beside honest ones, over a broker, to the consumer of a service.

MEEDOEN_FLOOD_EVENTS says how many bad events there are; ten times as many in a longer run.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from confluent_kafka import Producer
from core_rig import (
    HERE,
    TOPIC,
    CoreDatabase,
    build_fact,
    build_metrics,
    build_settings,
    fetch_rows,
    fetch_value,
    make_event,
    person_id,
    record_effects,
    run_core,
    wait_for_effects,
)

from meedoen.stack.embedded_broker import EmbeddedBroker
from shared.events import CandidateWithdrawn
from shared.events.envelope import CONTENT_TYPE, WrittenEvent, write_event
from shared.messaging import Subscription
from shared.testing.eventually import eventually

BAD_EVENTS = int(os.environ.get("MEEDOEN_FLOOD_EVENTS", "3000"))
KINDS = ("wrong_source", "wrong_key", "unreadable", "other_body")
PEOPLE, APART_EVENTS_MAX, MEMORY_GROWTH_BYTES_MAX = 100, 50, 48 * 1024 * 1024
BAD_PER_HONEST = 10
WAVE_EVENTS = 5_000  # the embedded broker keeps 5 MiB per partition and forgets what is older, taken in or not
WAVE_SECONDS_MAX = 300

Record = tuple[str, bytes]


def make_bad(kind: str, honest: WrittenEvent, step: int, chance: random.Random) -> Record:
    """Return a bad event beside an honest one that was sent before it, mostly under the key of that one."""
    if kind == "wrong_source":
        return honest.key, honest.payload.replace(b"meedoen-recruitment", b"meedoen-intake")
    if kind == "wrong_key":
        return str(person_id(chance.randrange(PEOPLE), "others")), honest.payload
    if kind == "unreadable":
        return honest.key, chance.randbytes(chance.randint(0, 2_000))
    other = write_event(build_fact(UUID(honest.key), step + 10_000), municipality=HERE, event_id=honest.event_id)
    return honest.key, other.payload


def make_flood(count: int, steps: dict[UUID, list[int]]) -> Iterator[Record]:
    """Yield honest events, each followed by bad ones, and note the honest steps."""
    chance = random.Random(20_261_129)
    for number in range(count // BAD_PER_HONEST):
        who = person_id(number % PEOPLE)
        mine = steps.setdefault(who, [])
        honest = make_event(who, len(mine))
        yield honest.key, honest.payload
        for turn in range(BAD_PER_HONEST):
            yield make_bad(KINDS[turn % len(KINDS)], honest, len(mine), chance)
        mine.append(len(mine))


def send(bootstrap_servers: str, flood: Iterator[Record]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap_servers, "partitioner": "murmur2_random"})
    for number, (key, value) in enumerate(flood):
        producer.produce(TOPIC, value, key.encode(), headers=[("content-type", CONTENT_TYPE.encode())])
        if number % 1_000 == 0:
            producer.flush()
    producer.flush()


async def flood(database: CoreDatabase, bootstrap_servers: str, count: int, steps: dict[UUID, list[int]]) -> None:
    """Send so many bad events among honest ones, wave after wave, each once the honest ones before it had effect."""
    for sent in range(0, count, WAVE_EVENTS):
        events = make_flood(min(WAVE_EVENTS, count - sent), steps)
        await asyncio.to_thread(send, bootstrap_servers, events)
        await wait_for_effects(database, steps, WAVE_SECONDS_MAX)


def measure_memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(WAVE_SECONDS_MAX * (2 + BAD_EVENTS // WAVE_EVENTS))
async def test_a_flood_of_bad_events_delays_no_honest_one_for_good_and_fills_nothing(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    counts, steps = build_metrics(), dict[UUID, list[int]]()
    settings = build_settings(
        database, own_broker.bootstrap_servers, is_embedded=True, held_apart_events_max=APART_EVENTS_MAX
    )
    async with run_core(settings, (Subscription(CandidateWithdrawn, batch=record_effects),), counts):
        await flood(database, own_broker.bootstrap_servers, BAD_EVENTS // 5, steps)
        memory_bytes, started = measure_memory_bytes(), time.monotonic()
        later = {who: list(done) for who, done in steps.items()}
        await flood(database, own_broker.bootstrap_servers, BAD_EVENTS, later)
        expected = Counter(KINDS[turn % len(KINDS)] for turn in range(BAD_PER_HONEST))
        rounds = BAD_EVENTS // 5 // BAD_PER_HONEST + BAD_EVENTS // BAD_PER_HONEST

        async def count_bad() -> bool:
            found = {kind: counts("parked_events", reason=kind) for kind in KINDS}
            assert all(found[kind] >= number * rounds for kind, number in expected.items()), found
            return True

        await eventually(count_bad, 60)
        seconds, growth = time.monotonic() - started, measure_memory_bytes() - memory_bytes

    rows = await fetch_rows(database.admin_url, "SELECT reason, count(*) FROM messaging.held GROUP BY reason")
    held = {row["reason"]: row["count"] for row in rows}
    assert held == dict.fromkeys(KINDS, APART_EVENTS_MAX)
    marks = await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.inbox")
    assert marks == sum(len(done) for done in later.values())
    assert growth < MEMORY_GROWTH_BYTES_MAX, f"{growth / 1024**2:.0f} MiB more"
    size = await fetch_value(database.admin_url, "SELECT pg_total_relation_size('messaging.held')")
    figures = {
        "bad_events": BAD_EVENTS,
        "honest_events": marks,
        "seconds": round(seconds, 1),
        "memory_growth_mib": round(growth / 1024**2, 1),
        "held_rows": sum(held.values()),
        "held_table_mib": round(size / 1024**2, 1),
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
