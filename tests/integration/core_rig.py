"""A test rig for the messaging core: databases with its tables, events in steps, and effects that reveal faults.

The step-th event about a person carries its step as a date. A handler records one effect and two ledger entries per
event, in the order of handling: so lost, doubled or reordered events show as gaps, repeats or inversions, and a half
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

from shared.database.address import DatabaseAddress
from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.events.envelope import CONTENT_TYPE, WrittenEvent, write_event
from shared.messaging import DONE, Outcome, Received, Subscription, schema
from shared.messaging.belief import ReadingRules
from shared.messaging.decoding import Message
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.messaging.roles import CoreRoles, separate
from shared.messaging.runtime import Messaging
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually

ROLE = "core_rig"
ROLES = CoreRoles.of(ROLE)
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
    """The database of one service: for the service, its relay, its operators, and as superuser."""

    url: str
    relay_url: str
    operator_url: str
    admin_url: str


class CoreDatabases:
    """Databases with the core's tables and those of the effects, copied from one template; never reused."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._prefix = f"core_{uuid4().hex[:8]}"
        self._count = 0

    def make(self) -> CoreDatabase:
        """Create a database; callable from inside a running event loop too."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(lambda: asyncio.run(self._make())).result()

    async def _make(self) -> CoreDatabase:
        if self._count == 0:
            await self._prepare_template()
        self._count += 1
        name = f"{self._prefix}_{self._count}"
        await execute(self._admin_url, f"CREATE DATABASE {name} TEMPLATE {self._prefix}")
        roles = (ROLES.application, ROLES.relay, ROLES.operator)
        return CoreDatabase(
            *(_build_url(self._admin_url, name, f"{role}:rig") for role in roles), _build_url(self._admin_url, name)
        )

    async def _prepare_template(self) -> None:
        for role in (ROLES.application, ROLES.relay, ROLES.operator):
            if not await fetch_value(self._admin_url, "SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await execute(self._admin_url, f"CREATE ROLE {role} LOGIN NOBYPASSRLS PASSWORD 'rig'")
        await execute(self._admin_url, f"CREATE DATABASE {self._prefix}")
        await execute(_build_url(self._admin_url, self._prefix), *schema.install(ROLE), *separate(ROLES), *_EFFECTS)


def _build_url(admin_url: str, name: str, user: str | None = None) -> str:
    parts = urlsplit(admin_url)
    account, _, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{user or account}@{host}", f"/{name}", parts.query, ""))


def locate(url: str) -> CoreDatabase:
    """Return the addresses of a database, of which a process was told that of its service."""
    address = DatabaseAddress.parse(url)
    roles = CoreRoles.of(address.user)
    return CoreDatabase(url, address.at(user=roles.relay).url, address.at(user=roles.operator).url, "")


@asynccontextmanager
async def open_as_operator(database: CoreDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.operator_url)
    try:
        yield connection
    finally:
        await connection.close()


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch_rows(url: str, query: str, *values: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def fetch_value(url: str, query: str, *values: Any) -> Any:
    result = await fetch_rows(url, query, *values)
    return result[0][0] if result else None


def person_id(number: int, world: str = "") -> UUID:
    return uuid5(NAMESPACE, f"{world}/{number}")


def build_fact(who: UUID, step: int) -> CandidateWithdrawn:
    """Return the step-th event about a person."""
    return CandidateWithdrawn(person_id=who, withdrawn_on=date.fromordinal(FIRST_DAY + step))


def step_of(data: CandidateWithdrawn) -> int:
    return data.withdrawn_on.toordinal() - FIRST_DAY


async def record_effect(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    """Record one effect, and move its step in cents from one account to another."""
    await record_effects([received], tx)
    return DONE


async def record_effects(received: Sequence[Received[CandidateWithdrawn]], tx: Transaction) -> None:
    driver = await tx.driver()
    await driver.executemany(
        "INSERT INTO effect (municipality, event_id, person, step) VALUES ($1, $2, $3, $4)",
        [(event.municipality, event.event_id, event.data.person_id, step_of(event.data)) for event in received],
    )
    await driver.executemany(
        "INSERT INTO entry VALUES ($1, $2, $3, $4), ($1, $2, 'pot', -$4::bigint)",
        [(event.municipality, event.event_id, str(event.data.person_id), step_of(event.data)) for event in received],
    )


RECORD_EFFECTS = (Subscription(CandidateWithdrawn, record_effect),)


async def load_effects(database: CoreDatabase) -> dict[UUID, list[int]]:
    """Return the steps per person in the order in which they took effect."""
    steps: dict[UUID, list[int]] = {}
    for row in await fetch_rows(database.admin_url, "SELECT person, step FROM effect ORDER BY turn"):
        steps.setdefault(row["person"], []).append(row["step"])
    return steps


async def wait_for_effects(
    database: CoreDatabase, expected: dict[UUID, list[int]], deadline_seconds: float = 30.0
) -> dict[UUID, list[int]]:
    """Return the effects of these persons once they are as expected; fail with what is missing or too much."""

    async def load_expected() -> dict[UUID, list[int]]:
        all_steps = await load_effects(database)
        mine = {who: all_steps.get(who, []) for who in expected}
        wrong = {str(who): steps for who, steps in mine.items() if steps != expected[who]}
        assert not wrong, f"{len(wrong)} of {len(expected)} persons differ, such as {dict(list(wrong.items())[:2])}"
        return mine

    steps = await eventually(load_expected, deadline_seconds)
    assert await fetch_value(database.admin_url, "SELECT coalesce(sum(cents), 0)::bigint FROM entry") == 0
    return steps


async def load_held(database: CoreDatabase) -> list[asyncpg.Record]:
    """Return the held events, in the order of the queue."""
    return await fetch_rows(
        database.admin_url,
        "SELECT * FROM messaging.held ORDER BY position",
    )


async def emit(
    database: CoreDatabase, facts: Iterable[CandidateWithdrawn], *, per_transaction: int = 10, municipality: str = HERE
) -> None:
    """Commit these events, some per transaction."""
    events = list(facts)
    async with open_database(database) as service:
        for start in range(0, len(events), per_transaction):
            async with service.transaction(municipality) as tx:
                tx.emit(*events[start : start + per_transaction])


@asynccontextmanager
async def open_database(database: CoreDatabase, service: str = "recruitment") -> AsyncIterator[Database]:
    opened = Database(database.url, service=service, pool_size_max=4)
    try:
        yield opened
    finally:
        await opened.close()


def write_fact(data: CandidateWithdrawn, municipality: str = HERE) -> WrittenEvent:
    """Return an event as another service would publish it, with an id of its own."""
    return write_event(data, municipality=municipality)


def make_event(who: UUID, step: int, municipality: str = HERE) -> WrittenEvent:
    """Return the step-th event about a person as another service would publish it."""
    return write_fact(build_fact(who, step), municipality)


def build_message(event: WrittenEvent, **changes: Any) -> Message:
    """Return the Kafka record of an event, with changes."""
    fields: dict[str, Any] = {
        "topic": event.topic,
        "partition": 0,
        "offset": 0,
        "key": event.key.encode(),
        "value": event.payload,
        "headers": HEADERS,
    }
    return Message(**{**fields, **changes})


@dataclass(frozen=True)
class RigMetrics:
    """A registry with the core's metrics; call it for the value of a counter."""

    registry: CollectorRegistry
    metrics: CoreMetrics

    def __call__(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"meedoen_{name}_total", labels) or 0.0


def build_metrics() -> RigMetrics:
    registry = CollectorRegistry()
    return RigMetrics(registry, CoreMetrics(registry))


def build_inbox(
    database: Database,
    subscriptions: Sequence[Subscription] = RECORD_EFFECTS,
    *,
    policy: RetryPolicy | None = None,
    counts: RigMetrics | None = None,
    own_transaction_wait_seconds_max: float = 0.0,
    rules: ReadingRules | None = None,
) -> Inbox:
    """Build an inbox without a broker: the test hands batches to it."""
    return Inbox(
        database,
        subscriptions,
        frozenset({HERE, THERE}),
        policy or RetryPolicy(attempts_max=5, delay_seconds_first=0.01, delay_seconds_max=0.02),
        (counts or build_metrics()).metrics,
        own_transaction_wait_seconds_max=own_transaction_wait_seconds_max,
        rules=rules,
    )


async def deliver(box: Inbox, *batch: WrittenEvent | Message) -> int:
    """Hand a batch to the inbox as the consumer does; return how many of its events were held."""
    messages = [build_message(item) if isinstance(item, WrittenEvent) else item for item in batch]
    return await box.handle_batch(box.decode(messages))


def build_settings(
    database: CoreDatabase, bootstrap_servers: str, *, is_embedded: bool, **changes: Any
) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "service": "recruitment",
            "municipalities": f"{HERE},{THERE}",
            "database_url": database.url,
            "relay_database_url": database.relay_url,
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": is_embedded,
            "auth_jwks_file": "unused",
            "relay_lock_retry_seconds": 0.1,
            "retry_delay_seconds_first": 0.05,
            "retry_delay_seconds_max": 0.2,
            "held_poll_seconds": 0.05,
            **changes,
        }
    )


@asynccontextmanager
async def run_core(
    settings: ServiceSettings, subscriptions: Sequence[Subscription] = (), counts: RigMetrics | None = None
) -> AsyncIterator[Messaging]:
    """Run the messaging core of one process; drain it at the end."""
    database = Database(settings.database_url, service=settings.service)
    core = Messaging(settings, database, subscriptions, (counts or build_metrics()).metrics)
    await core.start()
    try:
        yield core
    finally:
        await core.stop()
        await database.close()
