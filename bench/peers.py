"""What other libraries do with the same rows: as their documentation shows it, with batch settings on."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from pydantic import BaseModel
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col, select

from bench.rig import Environment, make_events, new_people
from shared.database.address import DatabaseAddress
from shared.events.envelope import WrittenEvent


class PeerOutbox(SQLModel, table=True):
    """The usual outbox table: a row per message and a flag."""

    __tablename__ = "peer_outbox"
    id: int | None = Field(default=None, primary_key=True)
    topic: str
    key: str
    payload: bytes
    is_sent: bool = Field(default=False, index=True)


class PeerInbox(SQLModel, table=True):
    """The usual inbox table."""

    __tablename__ = "peer_inbox"
    event_id: UUID = Field(primary_key=True)


class PeerState(SQLModel, table=True):
    """One row per person."""

    __tablename__ = "peer_state"
    person: UUID = Field(primary_key=True)
    events: int = 0


class PeerData(BaseModel):
    person_id: UUID
    withdrawn_on: str


class PeerEvent(BaseModel):
    id: UUID
    type: str
    data: PeerData


async def measure_sqlmodel_relay(url: str, bootstrap_servers: str, topic: str, count: int) -> float:
    """Return the rows per second of: load rows as objects, send each and wait, set the flag, commit per hundred."""
    engine = DatabaseAddress.parse(url).create_engine()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
    await producer.start()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
    try:
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all, [PeerOutbox.__table__])  # type: ignore[attr-defined]  # SQLModel makes it
        async with AsyncSession(engine) as session:
            session.add_all(
                PeerOutbox(topic=topic, key=fact.key, payload=fact.payload)
                for fact in make_events(count, new_people(500))
            )
            await session.commit()
        started, sent = time.perf_counter(), 0
        while sent < count:
            async with AsyncSession(engine) as session:
                unsent = select(PeerOutbox).where(col(PeerOutbox.is_sent).is_(False)).order_by(col(PeerOutbox.id))
                for row in (await session.scalars(unsent.limit(100))).all():
                    await producer.send_and_wait(row.topic, row.payload, key=row.key.encode())  # type: ignore[no-untyped-call]  # aiokafka is typed in part
                    row.is_sent = True
                    sent += 1
                await session.commit()
        return sent / (time.perf_counter() - started)
    finally:
        await producer.stop()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        await engine.dispose()


async def measure_faststream_outbox(
    environment: Environment, name: str, bootstrap_servers: str, topic: str, count: int
) -> float:
    """Return the rows per second of faststream-outbox to Kafka, order kept (one worker), batches of 500."""
    await environment.create_database(name)
    metadata = MetaData()
    engine = DatabaseAddress.parse(environment.owner_url(name)).create_engine()
    table = make_outbox_table(metadata, table_name="peer_relay")
    outbox = OutboxBroker(engine, outbox_table=table, logger=None)
    kafka = KafkaBroker(bootstrap_servers, logger=None, allow_auto_create_topics=False)
    sent, done = 0, asyncio.Event()

    async def decode_unchanged(message: Any) -> Any:
        return message.body

    @outbox.subscriber(
        "relay",
        max_workers=1,
        fetch_batch_size=500,
        min_fetch_interval=0.001,
        terminal_flush_batch_size=500,
        decoder=decode_unchanged,
    )
    async def relay(body: Any) -> None:
        nonlocal sent
        await kafka.publish(body, topic, key=b"key", no_confirm=True)
        sent += 1
        if sent >= count:
            done.set()

    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        async with AsyncSession(engine) as session, session.begin():
            facts = make_events(count, new_people(500))
            for start in range(0, count, 500):
                bodies = [fact.payload for fact in facts[start : start + 500]]
                await outbox.publish_batch(*bodies, queue="relay", session=session)
        await kafka.start()
        started = time.perf_counter()
        await outbox.start()
        async with asyncio.timeout(120):
            await done.wait()
        return sent / (time.perf_counter() - started)
    finally:
        await outbox.stop()
        await kafka.stop()
        await engine.dispose()


async def measure_faststream_consumer(
    url: str, bootstrap_servers: str, topic: str, facts: Sequence[WrittenEvent]
) -> float:
    """Return the events per second of FastStream with one SQLModel transaction per message."""
    engine = DatabaseAddress.parse(url).create_engine()
    broker = KafkaBroker(bootstrap_servers, logger=None, allow_auto_create_topics=False)
    handled, started, done = 0, 0.0, asyncio.Event()

    @broker.subscriber(topic, group_id="peer", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
    async def handle(event: PeerEvent) -> None:
        nonlocal handled, started
        started = started or time.perf_counter()
        async with AsyncSession(engine) as session:
            if await session.get(PeerInbox, event.id) is None:
                session.add(PeerInbox(event_id=event.id))
                state = await session.get(PeerState, event.data.person_id)
                session.add(state := state or PeerState(person=event.data.person_id))
                state.events += 1
                await session.commit()
        handled += 1
        if handled >= len(facts):
            done.set()

    try:
        async with engine.begin() as connection:
            tables = [PeerInbox.__table__, PeerState.__table__]  # type: ignore[attr-defined]  # SQLModel makes it
            await connection.run_sync(SQLModel.metadata.create_all, tables)
        await broker.start()
        async with asyncio.timeout(120):
            await done.wait()
        return handled / (time.perf_counter() - started)
    finally:
        await broker.stop()
        await engine.dispose()
