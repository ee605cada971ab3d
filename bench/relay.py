"""The relay's rate: 30,000 rows of about 700 bytes, order kept, until Kafka acknowledged the last one.

Floor: the same rows, read by the same cursor and sent with librdkafka, acknowledged once at the end, no mark kept.
Both have sent one row before: the half second that a producer takes for its id is paid once in its life.
Peers of the same run: SQLModel rows sent one by one with send-and-wait, and faststream-outbox relaying the rows.
"""

import time

import asyncpg
from confluent_kafka import Producer
from prometheus_client import CollectorRegistry

from bench import peers
from bench.rig import (
    TOPIC,
    Environment,
    Figure,
    make_events,
    make_figures,
    new_people,
    relay_url,
    run_on_uvloop,
    start_fresh_broker,
)
from shared.events.envelope import CONTENT_TYPE
from shared.messaging import outbox, relay
from shared.messaging.metrics import CoreMetrics
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.security import PLAINTEXT, KafkaSecurity

ROWS = 30_000
ROWS_PER_TRANSACTION = 100
PEER_ROWS = 1_500
OUTBOX_PEER_ROWS = 6_000
BATCH_ROWS = 2_000


async def fill_outbox(url: str, count: int) -> None:
    """Insert rows as services write them: a hundred events a transaction."""
    facts = make_events(count, new_people(3_000))
    connection = await asyncpg.connect(url)
    try:
        for start in range(0, count, ROWS_PER_TRANSACTION):
            async with connection.transaction():
                await outbox.append(connection, facts[start : start + ROWS_PER_TRANSACTION])
    finally:
        await connection.close()


async def measure_relay(url: str, bootstrap_servers: str, security: KafkaSecurity = PLAINTEXT) -> float:
    """Return the rows per second through the relay itself."""
    publisher = KafkaPublisher(bootstrap_servers, client_id="bench", acknowledge_seconds_max=60.0, security=security)
    connection = await asyncpg.connect(relay_url(url), server_settings=relay.SESSION)
    try:
        await publisher.is_connected(10.0)
        await publisher.publish(await connection.fetch(relay.PAGE, 0, 1_000, 1))
        bench_relay = relay.Relay(
            relay_url(url), publisher, CoreMetrics(CollectorRegistry()), batch_rows_max=BATCH_ROWS
        )
        started = time.perf_counter()
        sent = await bench_relay.publish_settled(connection)
        return sent / (time.perf_counter() - started)
    finally:
        await publisher.close()
        await connection.close()


async def measure_floor(url: str, bootstrap_servers: str) -> float:
    """Return the rows per second of the same cursor and librdkafka alone."""
    producer = Producer({"bootstrap.servers": bootstrap_servers, "enable.idempotence": True, "acks": "all"})
    producer.produce(TOPIC, b"{}", b"first")
    producer.flush()
    connection = await asyncpg.connect(relay_url(url), server_settings=relay.SESSION)
    try:
        started = time.perf_counter()
        highest = await connection.fetchval("SELECT max(position) FROM messaging.outbox")
        position, sent = 0, 0
        while rows := await connection.fetch(relay.PAGE, position, highest, BATCH_ROWS):
            for row in rows:
                producer.produce(
                    row["topic"], row["payload"], row["key"].encode(), headers=[("content-type", CONTENT_TYPE.encode())]
                )
            producer.poll(0)
            position, sent = rows[-1]["position"], sent + len(rows)
        producer.flush()
        return sent / (time.perf_counter() - started)
    finally:
        await connection.close()


async def count_dead_tuples(url: str) -> int:
    """Return the dead rows in the outbox after relaying: there must be none."""
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval(
                "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname LIKE 'outbox%'"
            )
        )
    finally:
        await connection.close()


async def measure_pass(environment: Environment) -> dict[str, float]:
    url = await environment.create_database("bench_relay")
    await fill_outbox(url, ROWS)
    rates = {}
    with start_fresh_broker() as broker:
        rates["floor"] = await measure_floor(url, broker.bootstrap_servers)
    with start_fresh_broker() as broker:
        rates["relay"] = await measure_relay(url, broker.bootstrap_servers)
        rates["dead"] = await count_dead_tuples(url)
    with start_fresh_broker() as broker:
        rates["sqlmodel"] = await peers.measure_sqlmodel_relay(
            environment.owner_url("bench_relay"), broker.bootstrap_servers, TOPIC, PEER_ROWS
        )
    with start_fresh_broker() as broker:
        rates["outbox"] = await peers.measure_faststream_outbox(
            environment, "bench_outbox_peer", broker.bootstrap_servers, TOPIC, OUTBOX_PEER_ROWS
        )
    return rates


def run(environment: Environment, passes: int) -> list[Figure]:
    """Return the lines for build/bench.json."""
    passes_measured = [run_on_uvloop(measure_pass(environment)) for _ in range(passes)]
    rates = {name: [rates_of_pass[name] for rates_of_pass in passes_measured] for name in passes_measured[0]}
    lines = make_figures(
        "relay",
        "rows/s",
        rates["relay"],
        rates["floor"],
        peers={
            "SQLModel rows, send and wait": rates["sqlmodel"],
            "faststream-outbox": rates["outbox"],
        },
    )
    return [*lines, *make_figures("relay, dead tuples after all rows", "tuples", rates["dead"], [])]
