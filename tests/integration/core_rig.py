"""A bench for the messaging core: databases with its tables, facts in steps, and effects that tell on the core.

The step-th fact about a person carries its step as a date. A handler keeps one row of effect and two of a ledger per
event, in the order of handling: so lost, doubled or swapped events show as gaps, repeats or inversions, and a half
done one as a ledger that does not sum to zero.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4, uuid5

import asyncpg
from prometheus_client import CollectorRegistry

from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.events.envelope import CONTENT_TYPE, WrittenEvent, write_event
from shared.messaging import DONE, Outcome, Received, Subscription, schema
from shared.messaging.decoding import Message
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.messaging.runtime import Messaging
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually

ROLE = "core_rig"
HERE, THERE = "gm0637", "gm0080"
TOPIC = CandidateWithdrawn.event_type.topic.name
NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
FIRST_DAY = 730_000
HEADERS: tuple[tuple[str, bytes | None], ...] = (("content-type", CONTENT_TYPE.encode()),)

# Steps are in the order in which transactions had the person's lock, which is the order of their commits.
COUNT_FACT = """
INSERT INTO person_lock VALUES ($1, 1) ON CONFLICT (person) DO UPDATE SET facts = person_lock.facts + 1 RETURNING facts
"""

_SAME = "municipality = current_setting('app.municipality', true)"
_EFFECTS = (
    """CREATE TABLE effect (
        turn bigint GENERATED ALWAYS AS IDENTITY, municipality text NOT NULL, event_id uuid NOT NULL,
        person uuid NOT NULL, step integer NOT NULL
    )""",
    "CREATE INDEX effect_person ON effect (person)",
    """CREATE TABLE entry (
        municipality text NOT NULL, event_id uuid NOT NULL, account text NOT NULL, cents bigint NOT NULL
    )""",
    "CREATE TABLE person_lock (person uuid PRIMARY KEY, facts integer NOT NULL DEFAULT 0)",
    *(
        f"ALTER TABLE {table} {change}"
        for table in ("effect", "entry")
        for change in ("ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY")
    ),
    *(f"CREATE POLICY tenant ON {table} USING ({_SAME}) WITH CHECK ({_SAME})" for table in ("effect", "entry")),
    f"GRANT ALL ON effect, entry, person_lock TO {ROLE}",
)


@dataclass(frozen=True)
class CoreDatabase:
    """One service's database: `url` as the service works in it, `admin_url` as one who may see and do everything."""

    url: str
    admin_url: str


class CoreDatabases:
    """Databases with the core's tables and the effects, copied from one template; for tests to throw away."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._prefix = f"core_{uuid4().hex[:8]}"
        self._made = 0

    def make(self) -> CoreDatabase:
        """Callable from inside a running event loop too."""
        with ThreadPoolExecutor(max_workers=1) as apart:
            return apart.submit(lambda: asyncio.run(self._make())).result()

    async def _make(self) -> CoreDatabase:
        if self._made == 0:
            await self._prepare_template()
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        await execute(self._admin_url, f"CREATE DATABASE {name} TEMPLATE {self._prefix}")
        return CoreDatabase(_address(self._admin_url, name, f"{ROLE}:rig"), _address(self._admin_url, name))

    async def _prepare_template(self) -> None:
        if not await value(self._admin_url, "SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
            await execute(self._admin_url, f"CREATE ROLE {ROLE} LOGIN NOBYPASSRLS PASSWORD 'rig'")
        await execute(self._admin_url, f"CREATE DATABASE {self._prefix}")
        await execute(_address(self._admin_url, self._prefix), *schema.install(ROLE), *_EFFECTS)


def _address(admin_url: str, name: str, user: str | None = None) -> str:
    parts = urlsplit(admin_url)
    account, _, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{user or account}@{host}", f"/{name}", parts.query, ""))


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def rows(url: str, query: str, *values: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def value(url: str, query: str, *values: Any) -> Any:
    found = await rows(url, query, *values)
    return found[0][0] if found else None


def person(number: int, world: str = "") -> UUID:
    return uuid5(NAMESPACE, f"{world}/{number}")


def fact(who: UUID, step: int) -> CandidateWithdrawn:
    """The step-th fact about a person."""
    return CandidateWithdrawn(person_id=who, withdrawn_on=date.fromordinal(FIRST_DAY + step))


def step_of(data: CandidateWithdrawn) -> int:
    return data.withdrawn_on.toordinal() - FIRST_DAY


async def keep(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    """The plainest effect: one row, and its step in cents from one account to another."""
    await keep_many([received], tx)
    return DONE


async def keep_many(received: Sequence[Received[CandidateWithdrawn]], tx: Transaction) -> None:
    driver = await tx.driver()
    await driver.executemany(
        "INSERT INTO effect (municipality, event_id, person, step) VALUES ($1, $2, $3, $4)",
        [(one.municipality, one.event_id, one.data.person_id, step_of(one.data)) for one in received],
    )
    await driver.executemany(
        "INSERT INTO entry VALUES ($1, $2, $3, $4), ($1, $2, 'pot', -$4::bigint)",
        [(one.municipality, one.event_id, str(one.data.person_id), step_of(one.data)) for one in received],
    )


KEEP = (Subscription(CandidateWithdrawn, keep),)


async def effects(database: CoreDatabase) -> dict[UUID, list[int]]:
    """Steps per person in the order in which they took effect."""
    found: dict[UUID, list[int]] = {}
    for row in await rows(database.admin_url, "SELECT person, step FROM effect ORDER BY turn"):
        found.setdefault(row["person"], []).append(row["step"])
    return found


async def all_effects(
    database: CoreDatabase, expected: dict[UUID, list[int]], deadline_seconds: float = 30.0
) -> dict[UUID, list[int]]:
    """The effects of these persons once there are as many as expected; fails with what is missing or too much."""

    async def there() -> dict[UUID, list[int]]:
        found = await effects(database)
        mine = {who: found.get(who, []) for who in expected}
        wrong = {str(who): steps for who, steps in mine.items() if steps != expected[who]}
        assert not wrong, f"{len(wrong)} of {len(expected)} persons differ, such as {dict(list(wrong.items())[:2])}"
        return mine

    found = await eventually(there, deadline_seconds)
    assert await value(database.admin_url, "SELECT coalesce(sum(cents), 0)::bigint FROM entry") == 0
    return found


async def held(database: CoreDatabase) -> list[asyncpg.Record]:
    """What is held, in the order of the queue."""
    return await rows(
        database.admin_url,
        "SELECT * FROM messaging.held ORDER BY position",
    )


async def emit(
    database: CoreDatabase, facts: Iterable[CandidateWithdrawn], *, per_transaction: int = 10, municipality: str = HERE
) -> None:
    """Commands that commit facts."""
    told = list(facts)
    async with opened(database) as service:
        for start in range(0, len(told), per_transaction):
            async with service.transaction(municipality) as tx:
                tx.emit(*told[start : start + per_transaction])


@asynccontextmanager
async def opened(database: CoreDatabase, service: str = "recruitment") -> AsyncIterator[Database]:
    found = Database(database.url, service=service, pool_size_max=4)
    try:
        yield found
    finally:
        await found.close()


def written(data: CandidateWithdrawn, municipality: str = HERE) -> WrittenEvent:
    """A fact as another service would publish it, with an id of its own."""
    return write_event(data, municipality=municipality)


def message(event: WrittenEvent, **changed: Any) -> Message:
    """The Kafka record of an event, or one that differs from it."""
    fields: dict[str, Any] = {
        "topic": event.topic,
        "partition": 0,
        "offset": 0,
        "key": event.key.encode(),
        "value": event.payload,
        "headers": HEADERS,
    }
    return Message(**{**fields, **changed})


@dataclass(frozen=True)
class Counted:
    """A registry and what stands in it."""

    registry: CollectorRegistry
    metrics: CoreMetrics

    def __call__(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"meedoen_{name}_total", labels) or 0.0


def counted() -> Counted:
    registry = CollectorRegistry()
    return Counted(registry, CoreMetrics(registry))


def inbox(
    database: Database,
    subscriptions: Sequence[Subscription] = KEEP,
    *,
    policy: RetryPolicy | None = None,
    counts: Counted | None = None,
    own_transaction_wait_seconds_max: float = 0.0,
) -> Inbox:
    """An inbox without a broker: batches are handed to it by the test."""
    return Inbox(
        database,
        subscriptions,
        frozenset({HERE, THERE}),
        policy or RetryPolicy(attempts_max=5, delay_seconds_first=0.01, delay_seconds_max=0.02),
        (counts or counted()).metrics,
        own_transaction_wait_seconds_max=own_transaction_wait_seconds_max,
    )


async def take(box: Inbox, *batch: WrittenEvent | Message) -> int:
    """Hand a batch over as the consumer does; returns how many of it were held."""
    return await box.handle_batch(box.decode([message(one) if isinstance(one, WrittenEvent) else one for one in batch]))


def settings(database: CoreDatabase, bootstrap_servers: str, *, is_embedded: bool, **more: Any) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "service": "recruitment",
            "municipalities": f"{HERE},{THERE}",
            "database_url": database.url,
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": is_embedded,
            "auth_jwks_file": "unused",
            "relay_lock_retry_seconds": 0.1,
            "retry_delay_seconds_first": 0.05,
            "retry_delay_seconds_max": 0.2,
            "held_poll_seconds": 0.05,
            **more,
        }
    )


@asynccontextmanager
async def running(
    chosen: ServiceSettings, subscriptions: Sequence[Subscription] = (), counts: Counted | None = None
) -> AsyncIterator[Messaging]:
    """The core of one process, started and drained."""
    database = Database(chosen.database_url, service=chosen.service)
    core = Messaging(chosen, database, subscriptions, (counts or counted()).metrics)
    await core.start()
    try:
        yield core
    finally:
        await core.stop()
        await database.close()
