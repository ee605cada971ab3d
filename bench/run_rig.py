"""What the benchmarks of the month's run share: a service's database full of households, and the run by its handlers.

Every household has four charges under mandate with amounts of its own. What a change of its file prepares for the run
is there: its situation and its recurring charges. Parts go through the inbox as from Kafka, one transaction each.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
from prometheus_client import CollectorRegistry

from bench.rig import MUNICIPALITY, Environment
from bench.run_floor import Floor
from services.ontzorgen.app import SUBSCRIPTIONS
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.rules.run import Run, RunState
from shared.database.migrations import ServiceDatabase, prepare_database, upgrade
from shared.database.transactions import Database
from shared.events import FixedChargesDeducted, RunShardOpened
from shared.events.codes import RunStep
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.decoding import Message
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy

MONTH, ON = "2026-07", date(2026, 7, 1)
_HEADERS = (("content-type", CONTENT_TYPE.encode()),)
_KINDS = (("rent", 45_000), ("health_insurance", 14_000), ("energy", 16_000), ("water", 2_500))

_HOUSEHOLDS = """
INSERT INTO household (municipality, id, person_id, household_type, age_band, has_children, first_day, last_day,
    right_from, next_month, months_run)
SELECT $1, ('019' || lpad(to_hex(number), 9, '0') || '7000' || '8' || repeat('0', 3) || repeat('0', 12))::uuid,
    md5('person ' || number)::uuid, 'single', '21_plus', false, '2024-07-01', '2027-06-30', '2024-07-01', $2, 24
FROM generate_series($3::int, $4::int) AS number
"""
_CHARGE = (
    "'{\"key\":\"' || creditor || '/%(kind)s/' || md5('%(kind)s' || h.id)::uuid"
    ' || \'","kind":"%(kind)s","creditor":"\''
    ' || creditor || \'","amount_cents":\' || (%(cents)s + (number * 7919) %% 9973) || \',"from_day":"2024-07-01"}\''
)
_FILES = f"""
INSERT INTO household_situation (municipality, household_id, document)
SELECT h.municipality, h.id, convert_to('{{"situation":{{"right_from":"2024-07-01","compositions":[{{"from_day":'
    || '"2024-07-01","kind":"single","adults":[{{"age":30}}]}}],"last_day":"2027-06-30","charges":['
    || {" || ',' || ".join(_CHARGE % {"kind": kind, "cents": cents} for kind, cents in _KINDS)}
    || ']}},"has_charges":true}}', 'UTF8')
FROM (SELECT *, row_number() OVER (ORDER BY id) AS number, 'creditor-' || right(id::text, 0) || (
    ('x' || substr(id::text, 6, 3))::bit(12)::int % 40) AS creditor FROM household WHERE municipality = $1) AS h
"""  # noqa: S608 - our own text

# By the owner of the server, past the triggers that keep the ledger for good: this ledger is nobody's.
_AS_BEFORE = """
SET session_replication_role = replica;
TRUNCATE run, run_part, run_approval, run_total, statement, ledger_entry, ledger_line, ledger_total, task,
    messaging.outbox, messaging.inbox CASCADE;
UPDATE household SET next_month = '{month}', months_run = 24, holiday_reserve_cents = 0;
VACUUM (FULL, ANALYZE) household;
VACUUM ANALYZE steady_household;
VACUUM ANALYZE steady_bill;
CHECKPOINT
"""


@dataclass(frozen=True)
class RunMeasurement:
    """One run: how long it took, and what it wrote."""

    run: Run
    seconds: float
    wal_bytes: int
    event_bytes: int

    @property
    def rate(self) -> float:
        """Households a second, from the first step to the last commit."""
        return self.run.households / self.seconds


def create_run_database(environment: Environment, name: str, households: int) -> ServiceDatabase:
    """Return a migrated database with this many households that wait for the month."""
    database = fill_without_charges(environment, name, households)
    asyncio.run(_prepare_charges(database.url))
    asyncio.run(reset_run(environment.owner_url(name)))
    return database


def fill_without_charges(environment: Environment, name: str, households: int) -> ServiceDatabase:
    """Return the same without prepared charges: each month is computed by the rules, as after a policy change."""
    database = prepare_database(environment.admin_url, "ontzorgen", name=name)
    upgrade("ontzorgen", database.owner_url)
    asyncio.run(_fill_households(environment.owner_url(name), households))
    return database


async def _prepare_charges(url: str) -> None:
    """Propose once, after which the households' charges are prepared as by changes of their files."""
    database = Database(url, service="ontzorgen", pool_size_max=1)
    try:
        await propose(database)
        await process_parts(database, await read_parts(database, RunStep.PROPOSE))
    finally:
        await database.close()


async def _fill_households(admin_url: str, households: int) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(_HOUSEHOLDS, MUNICIPALITY, MONTH, 1, households)
        await connection.execute(_FILES, MUNICIPALITY)
        await connection.execute("VACUUM ANALYZE household")
        await connection.execute("VACUUM ANALYZE household_situation")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def reset_run(admin_url: str) -> None:
    """Remove the run and all that it wrote: every household waits for the month again."""
    connection = await asyncpg.connect(admin_url)
    try:
        for statement in _AS_BEFORE.format(month=MONTH).split(";"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def read_parts(database: Database, step: RunStep) -> list[Message]:
    """Return the parts of a step, as they come from Kafka."""
    async with database.transaction(MUNICIPALITY) as tx:
        query = "SELECT key, payload FROM messaging.outbox WHERE topic = $1 ORDER BY position"
        rows = await (await tx.driver()).fetch(query, RunShardOpened.event_type.topic.name)
    step_marker = f'"step":"{step}"'.encode()
    return [
        Message(RunShardOpened.event_type.topic.name, 0, offset, row["key"].encode(), row["payload"], _HEADERS)
        for offset, row in enumerate(rows)
        if step_marker in row["payload"]
    ]


def make_inbox(database: Database) -> Inbox:
    policy = RetryPolicy(attempts_max=3, delay_seconds_first=1, delay_seconds_max=1)
    return Inbox(database, SUBSCRIPTIONS, frozenset({MUNICIPALITY}), policy, CoreMetrics(CollectorRegistry()))


async def process_parts(database: Database, messages: Sequence[Message]) -> None:
    """Process parts one after the other, as a worker does."""
    consumer_inbox = make_inbox(database)
    if await consumer_inbox.handle_batch(consumer_inbox.decode(messages)):
        raise RuntimeError("A part was not done: the figure would mean nothing.")


async def propose(database: Database, on: date = ON) -> UUID:
    async with database.transaction(MUNICIPALITY) as tx:
        return (await runs.propose_run(MONTH, on, "first", tx)).id


async def approve_and_seal(database: Database, run_id: UUID) -> None:
    """Approve by two people and seal; then open the release."""
    async with database.transaction(MUNICIPALITY) as tx:
        run = await runs.get_run(run_id, tx)
        if run.state is RunState.PROPOSED:
            await runs.approve_run(run_id, "second", ON, tx)
    async with database.transaction(MUNICIPALITY) as tx:
        await runs.seal_run(run_id, ON, tx)
    async with database.transaction(MUNICIPALITY) as tx:
        await runs.release_run(run_id, "first", ON, tx)


async def measure_run(url: str, floor: Floor | None = None) -> RunMeasurement:
    """Measure the whole run by one worker on one connection; the floor's parts follow its own, untimed here."""
    database = Database(url, service="ontzorgen", pool_size_max=1)
    clock = Clock()
    try:
        async with _time(database, clock):
            run_id = await propose(database)
        await _process_in_turns(database, clock, RunStep.PROPOSE, floor)
        async with _time(database, clock):
            await approve_and_seal(database, run_id)
        if floor is not None:
            await floor.begin_release()
        await _process_in_turns(database, clock, RunStep.RELEASE, floor)
        run = await require_released(database, run_id)
        return RunMeasurement(run, clock.seconds, clock.wal_bytes, await _read_event_bytes(database))
    finally:
        await database.close()


async def _process_in_turns(database: Database, clock: "Clock", step: RunStep, floor: Floor | None) -> None:
    async with _time(database, clock):
        messages = await read_parts(database, step)
    if floor is not None and len(floor.parts) != len(messages):
        raise RuntimeError("The floor has other parts than the run: the figure would mean nothing.")
    for index, message in enumerate(messages):
        async with _time(database, clock):
            await process_parts(database, [message])
        if floor is not None:
            await floor.work(step, floor.parts[index : index + 1])


@dataclass
class Clock:
    """The timed total: how long it took, and what it wrote to the WAL."""

    seconds: float = 0.0
    wal_bytes: int = 0


@asynccontextmanager
async def _time(database: Database, clock: Clock) -> AsyncIterator[None]:
    wal_before = await _read_wal_bytes(database)
    started = time.perf_counter()
    yield
    clock.seconds += time.perf_counter() - started
    clock.wal_bytes += await _read_wal_bytes(database) - wal_before


async def require_released(database: Database, run_id: UUID) -> Run:
    """Return the run, which must be released by now."""
    async with database.transaction(MUNICIPALITY) as tx:
        run = await runs.get_run(run_id, tx)
    if run.state is not RunState.RELEASED:
        raise RuntimeError("The run was not released: the figure would mean nothing.")
    return run


async def _read_event_bytes(database: Database) -> int:
    """Return the bytes of the households' events."""
    topic = FixedChargesDeducted.event_type.topic.name
    query = "SELECT sum(octet_length(payload)) FROM messaging.outbox WHERE topic = $1"
    async with database.transaction(MUNICIPALITY) as tx:
        return int(await (await tx.driver()).fetchval(query, topic))


async def _read_wal_bytes(database: Database) -> int:
    async with database.transaction(None) as tx:
        return int(await (await tx.driver()).fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"))
