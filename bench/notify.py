"""A month's run in notifications: from Kafka to the commit of the last household's message, and to its delivery.

Floor: the same rows in the same schema by the same arrays in the same batches, written by asyncpg with nothing read,
checked or computed before it. The second line continues until the last letter is ready for the printer, as PDF, and
its event is written, with the worker printing all the while, as the service does; its floor is the first.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from confluent_kafka import Producer
from prometheus_client import CollectorRegistry

from bench.rig import MUNICIPALITY, PARTITIONS, Environment, Figure, make_figures, new_people, relay_url, run_on_uvloop
from meedoen.stack.embedded_broker import start_embedded_broker
from services.notifications.app import SUBSCRIPTIONS
from services.notifications.contacts.repository import find_contacts
from services.notifications.messages.handlers.drafts import write_draft
from services.notifications.messages.repository import add_messages
from services.notifications.messages.rules.messages import Message, message_id
from services.notifications.messages.rules.notices import Audience
from services.notifications.printing.worker import PrintWorker
from services.notifications.settings import Settings
from shared.calendar import amsterdam_date
from shared.database.migrations import prepare_database, upgrade
from shared.database.transactions import Database
from shared.events import ChargeLine, FixedChargesDeducted, topics
from shared.events.codes import ChargeKind, MessageChannel
from shared.events.envelope import CONTENT_TYPE, WrittenEvent, write_event
from shared.messaging.inbox import MARK
from shared.messaging.metrics import CoreMetrics
from shared.messaging.runtime import Messaging
from shared.testing.golden import LOGGED_AT

HOUSEHOLDS = 32_768
BATCH_EVENTS = 2_000
TIMEOUT_SECONDS = 1_800
POLL_SECONDS = 0.05
# The embedded broker keeps 5 MB of a partition and no more: so the run, which waits there whole, has many.
TOPICS = dict.fromkeys(topics(), PARTITIONS) | {FixedChargesDeducted.event_type.topic.name: 4 * PARTITIONS}
_AMOUNTS = ((ChargeKind.RENT, 61_250), (ChargeKind.HEALTH_INSURANCE, 15_635), (ChargeKind.ENERGY, 14_900))
_CHARGES = tuple(ChargeLine(kind=kind, due_cents=cents, paid_cents=cents) for kind, cents in _AMOUNTS)


def make_month(person: UUID, run: UUID) -> FixedChargesDeducted:
    """Return a household's month with four charges; its only person gives the household its id."""
    water = ChargeLine(kind=ChargeKind.WATER, due_cents=1_875, paid_cents=1_875)
    return FixedChargesDeducted(
        household_id=person,
        person_id=person,
        run_id=run,
        month="2026-07",
        norm_cents=141_946,
        payable_cents=134_849,
        holiday_reserve_cents=7_097,
        charges=(*_CHARGES, water),
        deducted_cents=93_660,
        remainder_cents=41_189,
        available_cents=134_849,
        correction_cents=0,
    )


def make_run(persons: Sequence[UUID]) -> list[WrittenEvent]:
    run = uuid4()
    return [write_event(make_month(person, run), municipality=MUNICIPALITY, logged_at=LOGGED_AT) for person in persons]


@contextlib.contextmanager
def start_broker_with(facts: Sequence[WrittenEvent]) -> Iterator[str]:
    """Start an embedded broker that holds the whole run."""
    with TemporaryDirectory(prefix="meedoen-bench-broker-") as folder:
        broker = start_embedded_broker(Path(folder), TOPICS, parent_pid=os.getpid())
        try:
            producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "enable.idempotence": True})
            for fact in facts:
                producer.produce(
                    fact.topic, fact.payload, fact.key.encode(), headers=[("content-type", CONTENT_TYPE.encode())]
                )
                producer.poll(0)
            producer.flush()
            yield broker.bootstrap_servers
        finally:
            broker.stop()


async def prepare_database_for(environment: Environment, persons: Sequence[UUID]) -> str:
    """Return a database of notifications in which every person's language is known."""
    name = f"bench_notify_{uuid4().hex[:8]}"
    database = await asyncio.to_thread(prepare_database, environment.admin_url, "notifications", name=name)
    await asyncio.to_thread(upgrade, "notifications", database.owner_url)
    connection = await asyncpg.connect(environment.owner_url(name))
    try:
        await connection.execute(
            "INSERT INTO contact (municipality, person_id, language, channel, entered, name, street, house_number, "
            "postcode, town) SELECT $1, unnest($2::uuid[]), 'nl', 'letter', true, 'Lezer', 'Voorbeeldweg', 12, "
            "'2799 ZZ', 'Zoetermeer'",
            MUNICIPALITY,
            persons,
        )
        await connection.execute("VACUUM ANALYZE contact")
    finally:
        await connection.close()
    return database.url


def make_settings(url: str, bootstrap_servers: str, spool_folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "service": "notifications",
            "municipalities": MUNICIPALITY,
            "database_url": url,
            "relay_database_url": relay_url(url),
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": True,
            "auth_jwks_file": "unused",
            "consumer_batch_events_max": BATCH_EVENTS,
            "spool_folder": spool_folder,
            "letters_leave": "at_once",
        }
    )


@contextlib.asynccontextmanager
async def run_delivery(database: Database, service_settings: Settings, *, is_wanted: bool) -> AsyncIterator[None]:
    worker = PrintWorker(database, service_settings)
    if is_wanted:
        worker.start()
    try:
        yield
    finally:
        if is_wanted:
            await worker.stop()


async def time_consumer(url: str, bootstrap_servers: str, count: int, *, with_delivery: bool) -> float:
    """Return the seconds from the first batch to the commit of the last message, or to the last letter's delivery."""
    with TemporaryDirectory(prefix="meedoen-bench-spool-") as folder:
        service_settings = make_settings(url, bootstrap_servers, Path(folder))
        database = Database(url, service="notifications")
        core = Messaging(service_settings, database, SUBSCRIPTIONS, CoreMetrics(CollectorRegistry()))
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
        async with run_delivery(database, service_settings, is_wanted=with_delivery):
            await core.start()
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await done.wait()
                    while with_delivery and await _has_queued_messages(database):  # noqa: ASYNC110 - what is awaited is in a database
                        await asyncio.sleep(POLL_SECONDS)
                seconds = time.perf_counter() - started
            finally:
                await core.stop()
        await _require_all_messages(database, count)
        await database.close()
        return seconds


async def _has_queued_messages(database: Database) -> bool:
    async with database.transaction(MUNICIPALITY) as tx:
        value = await (await tx.driver()).fetchval("SELECT EXISTS (SELECT FROM message WHERE state = 'queued')")
    return bool(value)


async def _require_all_messages(database: Database, count: int) -> None:
    async with database.transaction(MUNICIPALITY) as tx:
        value = await (await tx.driver()).fetchval("SELECT count(DISTINCT person_id) FROM message")
    if value != count:
        raise RuntimeError(f"{count} households left {value} messages: the figure would mean nothing.")


async def measure_floor(url: str, facts: Sequence[WrittenEvent]) -> float:
    """Return the seconds for the inbox marks, the contacts and the rows alone, in the same batches."""
    messages = [_message(fact) for fact in facts]
    database = Database(url, service="notifications")
    batches = [messages[start : start + BATCH_EVENTS] for start in range(0, len(messages), BATCH_EVENTS)]
    async with database.transaction(MUNICIPALITY) as tx:
        await tx.driver()
    started = time.perf_counter()
    for batch in batches:
        async with database.transaction(None) as tx:
            await tx.rows(MARK, [message.event_id for message in batch], MUNICIPALITY, [0] * len(batch))
            tx.municipality = MUNICIPALITY
            await find_contacts(tx, [message.person_id for message in batch])
            await add_messages(tx, batch)
    seconds = time.perf_counter() - started
    await database.close()
    return seconds


def _message(fact: WrittenEvent) -> Message:
    data = fact.payload[fact.payload.index(b'"data":') + len(b'"data":') : -1].decode()
    return Message(
        message_id(fact.event_id, Audience.PERSON),
        fact.event_id,
        Audience.PERSON,
        UUID(fact.key),
        "month_deducted",
        "nl",
        MessageChannel.LETTER,
        write_draft(data, ("nl",), amsterdam_date(LOGGED_AT)),
    )


async def measure_pass(environment: Environment) -> dict[str, float]:
    persons = new_people(HOUSEHOLDS)
    facts = make_run(persons)
    seconds = {"floor": await measure_floor(await prepare_database_for(environment, persons), facts)}
    with start_broker_with(facts) as servers:
        seconds["handled"] = await time_consumer(
            await prepare_database_for(environment, persons), servers, len(facts), with_delivery=False
        )
    with start_broker_with(facts) as servers:
        seconds["leaving"] = await time_consumer(
            await prepare_database_for(environment, persons), servers, len(facts), with_delivery=True
        )
    return {name: HOUSEHOLDS / pass_seconds for name, pass_seconds in seconds.items()}


def run(environment: Environment, passes: int) -> list[Figure]:
    """Return the lines for build/bench.json."""
    passes_measured = [run_on_uvloop(measure_pass(environment)) for _ in range(passes)]
    rates = {name: [rates_of_pass[name] for rates_of_pass in passes_measured] for name in passes_measured[0]}
    households = f"{HOUSEHOLDS:,} households' months in notifications"
    return [
        *make_figures(households, "events/s", rates["handled"], rates["floor"]),
        *make_figures(f"{households}, until the last letter has left", "events/s", rates["leaving"], rates["handled"]),
    ]
