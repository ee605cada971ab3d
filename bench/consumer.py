"""The consumer's rate: one inbox mark and one state change per event, from Kafka to the commit of the last.

Floor: the same arrays written by asyncpg with the same statements in the same batches, no Kafka, nothing decoded.
Peer of the same run: FastStream with a model per message and one SQLModel transaction per message.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from confluent_kafka import Producer
from prometheus_client import CollectorRegistry

from bench import peers
from bench.rig import (
    MUNICIPALITY,
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
from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.events.envelope import CONTENT_TYPE, WrittenEvent
from shared.messaging import Received, Subscription
from shared.messaging.inbox import MARK
from shared.messaging.metrics import CoreMetrics
from shared.messaging.runtime import Messaging
from shared.messaging.security import PLAINTEXT, KafkaSecurity
from shared.settings import ServiceSettings

EVENTS = 30_000
PEER_EVENTS = 1_500
PERSONS = 3_000
BATCH_EVENTS = 2_000

_CHANGE = """
UPDATE person_state SET events = person_state.events + changed.number
FROM (SELECT person, count(*) AS number FROM unnest($1::uuid[]) AS event(person) GROUP BY person) AS changed
WHERE person_state.person = changed.person
"""


async def change_states(received: Sequence[Received[CandidateWithdrawn]], tx: Transaction) -> None:
    """Make one state change per event, many events in one statement."""
    await (await tx.driver()).execute(_CHANGE, [event.data.person_id for event in received])


def send_events(
    bootstrap_servers: str,
    facts: Sequence[WrittenEvent],
    content_type: str = CONTENT_TYPE,
    *,
    security: KafkaSecurity = PLAINTEXT,
) -> None:
    """Send the events to the topic and wait for the acknowledgements."""
    producer = Producer(
        {"bootstrap.servers": bootstrap_servers, "enable.idempotence": True, **security.librdkafka_options()}
    )
    for fact in facts:
        producer.produce(TOPIC, fact.payload, fact.key.encode(), headers=[("content-type", content_type.encode())])
    producer.flush()


async def prepare_database_for(environment: Environment, name: str, facts: Sequence[WrittenEvent]) -> str:
    """Return a database in which every person has a state."""
    url = await environment.create_database(name)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO person_state (person) SELECT DISTINCT unnest($1::uuid[])", [fact.key for fact in facts]
        )
    finally:
        await connection.close()
    return url


async def measure_consumer(
    url: str, bootstrap_servers: str, count: int, *, is_embedded: bool, security: KafkaSecurity = PLAINTEXT
) -> float:
    """Return the events per second of the consumer itself, from its first batch to the last commit."""
    settings = ServiceSettings.model_validate(
        {
            "service": "intake",
            "municipalities": MUNICIPALITY,
            "database_url": url,
            "relay_database_url": relay_url(url),
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": is_embedded,
            "kafka_security_protocol": security.protocol,
            "kafka_ssl_ca_file": security.ca_file,
            "kafka_sasl_mechanism": security.mechanism,
            "kafka_sasl_username": security.username,
            "kafka_sasl_password_file": security.password_file,
            "auth_jwks_file": "unused",
            "consumer_batch_events_max": BATCH_EVENTS,
        }
    )
    database = Database(url, service="intake")
    core = Messaging(
        settings,
        database,
        (Subscription(CandidateWithdrawn, batch=change_states),),
        CoreMetrics(CollectorRegistry()),
    )
    consumed, started, done = 0, 0.0, asyncio.Event()
    take = core.inbox.handle_batch

    async def count_and_take(events: Sequence[Any]) -> int:
        nonlocal consumed, started
        started = started or time.perf_counter()
        held_events = await take(events)
        consumed += len(events)
        if consumed >= count:
            done.set()
        return held_events

    core.inbox.handle_batch = count_and_take  # type: ignore[method-assign]  # a stopwatch around the real one
    await core.start()
    try:
        async with asyncio.timeout(120):
            await done.wait()
        return consumed / (time.perf_counter() - started)
    finally:
        await core.stop()
        await database.close()


async def measure_floor(url: str, facts: Sequence[WrittenEvent]) -> float:
    """Return the events per second of the two statements alone."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    batches = [
        ([fact.event_id for fact in part], [fact.key for fact in part], [fact.event_id.int % 2**63 for fact in part])
        for part in (facts[start : start + BATCH_EVENTS] for start in range(0, len(facts), BATCH_EVENTS))
    ]
    try:
        started = time.perf_counter()
        for ids, persons, bodies in batches:
            async with connection.transaction():
                await connection.fetch(MARK, ids, MUNICIPALITY, bodies)
                await connection.execute(_CHANGE, persons)
        return len(facts) / (time.perf_counter() - started)
    finally:
        await connection.close()


async def measure_pass(environment: Environment) -> dict[str, float]:
    facts = make_events(EVENTS, new_people(PERSONS))
    rates = {"floor": await measure_floor(await prepare_database_for(environment, "bench_floor", facts), facts)}
    with start_fresh_broker() as broker:
        send_events(broker.bootstrap_servers, facts)
        url = await prepare_database_for(environment, "bench_consumer", facts)
        rates["consumer"] = await measure_consumer(url, broker.bootstrap_servers, EVENTS, is_embedded=True)
        connection = await asyncpg.connect(url)
        total = await connection.fetchval("SELECT sum(events) FROM person_state")
        await connection.close()
        if total != EVENTS:
            raise RuntimeError(f"{EVENTS} events left {total} state changes: the figure would mean nothing.")
    with start_fresh_broker() as broker:
        few = facts[:PEER_EVENTS]
        send_events(broker.bootstrap_servers, few, "application/json")
        await environment.create_database("bench_consumer_peer")
        rates["peer"] = await peers.measure_faststream_consumer(
            environment.owner_url("bench_consumer_peer"), broker.bootstrap_servers, TOPIC, few
        )
    return rates


def run(environment: Environment, passes: int) -> list[Figure]:
    """Return the lines for build/bench.json."""
    passes_measured = [run_on_uvloop(measure_pass(environment)) for _ in range(passes)]
    rates = {name: [rates_of_pass[name] for rates_of_pass in passes_measured] for name in passes_measured[0]}
    return make_figures(
        "consumer",
        "events/s",
        rates["consumer"],
        rates["floor"],
        peers={"FastStream, one SQLModel transaction per message": rates["peer"]},
    )
