"""Two small services over a real broker as processes of their own, to be killed, frozen and restarted.

The publisher commits events under load; the consumer records an effect of each and publishes an answer; the publisher
records an effect of that. `World.settle` checks that nothing was lost, doubled or reordered, on either side.
"""

import asyncio
import contextlib
import itertools
import random
import signal
import string
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

from confluent_kafka import Consumer, KafkaException, TopicPartition
from core_process import CONSUMER, PUBLISHER, Plan
from core_rig import CoreDatabase, CoreDatabases, fetch_rows, fetch_value, person_id

from meedoen.stack.processes import python_environment
from shared.events import CandidateWithdrawn, IntakeScheduled
from shared.testing.eventually import eventually

PROGRAM = Path(__file__).with_name("core_process.py")
START_SECONDS_MAX = 30.0
END_SECONDS_MAX = 45.0
SETTLE_SECONDS_MAX = 90.0

_IN_ORDER = """
SELECT person, array_agg(step ORDER BY turn) AS steps FROM effect WHERE person = ANY($1::uuid[]) GROUP BY person
"""
_COUNT_EVENTS = "SELECT key, count(*)::int AS facts FROM messaging.outbox WHERE key = ANY($1::text[]) GROUP BY key"
_UNBALANCED = """
SELECT count(*)::int FROM (
    SELECT event_id FROM entry GROUP BY event_id HAVING sum(cents) <> 0 OR count(*) <> 2
) AS wrong
"""


@dataclass
class Service:
    """One process that is started again whenever it dies, with the next of its gaps until there is none left."""

    name: str
    plan: Plan
    folder: Path
    gaps: list[tuple[str, int]] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    _starts: "itertools.count[int]" = field(default_factory=itertools.count)
    _watching: asyncio.Task[None] | None = None
    _is_wanted: bool = True

    async def start(self) -> None:
        gap, visit = self.gaps[0] if self.gaps else ("", 1)
        number = next(self._starts)
        file = self.folder / f"{self.name}-{number}.json"
        Plan(**{**vars(self.plan), "gap": gap, "visit": visit, "seed": self.plan.seed + number}).write(file)
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), str(file), stdout=log, stderr=log, env=python_environment()
            )
        self._watching = asyncio.create_task(self._watch(self.process, gap))

    async def _watch(self, process: asyncio.subprocess.Process, gap: str) -> None:
        status = await process.wait()
        if not self._is_wanted:
            return
        if status == -signal.SIGKILL and gap and self.gaps:
            self.deaths.append(self.gaps.pop(0)[0])
        elif status != -signal.SIGKILL:
            raise AssertionError(f"{self.name} ended by itself with status {status}: {self.log_tail()}")
        await self.start()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def signal(self, sign: signal.Signals) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(sign)

    async def stop(self) -> int:
        """End in order; the exit status."""
        self._is_wanted = False
        assert self.process is not None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), END_SECONDS_MAX)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            raise AssertionError(f"{self.name} does not stop: {self.log_tail()}") from None

    async def restart(self) -> int:
        """End in order and come back, as in a rolling restart."""
        status = await self.stop()
        self._is_wanted = True
        await self.start()
        return status

    def raise_failure(self) -> None:
        """Raise the failure of the watcher, if there is one."""
        if self._watching is not None and self._watching.done() and not self._watching.cancelled():
            self._watching.result()

    def log_tail(self) -> str:
        return (self.folder / f"{self.name}.log").read_text(errors="replace")[-3_000:]


@dataclass
class World:
    """The services, their databases and the persons of the events."""

    publisher: CoreDatabase
    consumer: CoreDatabase
    services: list[Service]
    people: list[UUID]
    enough: Path

    @property
    def publishers(self) -> list[Service]:
        return [service for service in self.services if service.plan.role == PUBLISHER]

    @property
    def consumers(self) -> list[Service]:
        return [service for service in self.services if service.plan.role == CONSUMER]

    async def count_committed(self) -> dict[UUID, int]:
        """Return how many events have been committed about each person."""
        locks = await fetch_rows(self.publisher.admin_url, "SELECT person, facts FROM person_lock WHERE facts > 0")
        return {row["person"]: row["facts"] for row in locks}

    async def wait_for_more(self, database: CoreDatabase, count: int) -> None:
        """Wait until there are so many effects more than now."""
        query = "SELECT count(*)::int FROM effect WHERE person = ANY($1::uuid[])"
        now: int = await fetch_value(database.admin_url, query, self.people)

        async def has_more() -> bool:
            for service in self.services:
                service.raise_failure()
            return bool(await fetch_value(database.admin_url, query, self.people) >= now + count)

        await eventually(has_more, SETTLE_SECONDS_MAX, what=f"{count} more effects after {now}")

    async def pass_time(self, seconds: float) -> None:
        """Let the load run for so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), seconds)
        for service in self.services:
            service.raise_failure()

    async def replay(self) -> None:
        """Replay both outboxes, as an operator does after the broker was lost."""
        for database in (self.publisher, self.consumer):
            await fetch_value(database.admin_url, "SELECT messaging.replay_from(1)")

    async def settle(self) -> None:
        """End the load and wait until every event has exactly its effects."""
        self.enough.touch()
        await eventually(self._agrees, SETTLE_SECONDS_MAX)

    async def _agrees(self) -> bool:
        for service in self.services:
            service.raise_failure()
        committed = await self.count_committed()
        assert sum(committed.values()) > 0
        expected = {who: list(range(1, facts + 1)) for who, facts in committed.items()}
        assert await self._count_published(self.publisher) == committed
        for database in (self.consumer, self.publisher):
            effects = await fetch_rows(database.admin_url, _IN_ORDER, self.people)
            steps = {row["person"]: list(row["steps"]) for row in effects}
            wrong = {who: (steps.get(who, []), all_of) for who, all_of in expected.items() if steps.get(who) != all_of}
            assert not wrong, f"{len(wrong)} of {len(expected)} persons differ, such as {list(wrong.values())[:1]}"
            assert await fetch_value(database.admin_url, _UNBALANCED) == 0
            assert await fetch_value(database.admin_url, "SELECT coalesce(sum(cents), 0)::bigint FROM entry") == 0
            assert await fetch_value(database.admin_url, "SELECT count(*)::int FROM messaging.held") == 0
        assert await self._count_published(self.consumer) == committed
        return True

    async def _count_published(self, database: CoreDatabase) -> dict[UUID, int]:
        counts = await fetch_rows(database.admin_url, _COUNT_EVENTS, [str(who) for who in self.people])
        return {UUID(row["key"]): row["facts"] for row in counts}


def commit_at_the_end(bootstrap_servers: str, group: str, topic: str) -> bool:
    """Skip what other tests published. Return False while a new broker has no coordinator yet."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": f"meedoen-{group}"})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = [TopicPartition(topic, number) for number in partitions]
        for end in ends:
            end.offset = consumer.get_watermark_offsets(end, timeout=10)[1]
        consumer.commit(offsets=ends, asynchronous=False)
    except KafkaException:
        return False
    else:
        return True
    finally:
        consumer.close()


async def _skip_earlier_events(bootstrap_servers: str, name: str) -> None:
    for role, event in ((PUBLISHER, IntakeScheduled), (CONSUMER, CandidateWithdrawn)):
        commit = partial(asyncio.to_thread, commit_at_the_end, bootstrap_servers, f"{role}{name}")
        await eventually(partial(commit, event.event_type.topic.name), START_SECONDS_MAX)


@asynccontextmanager
async def run_world(
    databases: CoreDatabases,
    bootstrap_servers: str,
    folder: Path,
    seed: int,
    *,
    publishers: int = 1,
    consumers: int = 1,
    people: int = 12,
    pace_seconds: float = 0.03,
    gaps: Sequence[Sequence[tuple[str, int]]] = (),
    retry_share: float = 0.0,
) -> AsyncIterator[World]:
    """Start the services under load; end them with the test. Their groups begin where earlier tests ended."""
    name = f"{''.join(random.choices(string.ascii_lowercase, k=10))}"
    await _skip_earlier_events(bootstrap_servers, name)
    service_databases = {PUBLISHER: databases.make(), CONSUMER: databases.make()}
    folder = folder / name
    folder.mkdir()
    services = []
    for number, role in enumerate([PUBLISHER] * publishers + [CONSUMER] * consumers):
        plan = Plan(
            role=role,
            group=f"{role}{name}",
            database_url=service_databases[role].url,
            bootstrap_servers=bootstrap_servers,
            enough_file=str(folder / "enough"),
            world=name,
            people=people,
            pace_seconds=pace_seconds,
            seed=seed + 1_000 * number,
            retry_share=retry_share,
        )
        services.append(Service(f"{role}-{number}", plan, folder, list(gaps[number]) if gaps else []))
    persons = [person_id(number, name) for number in range(people)]
    world = World(service_databases[PUBLISHER], service_databases[CONSUMER], services, persons, folder / "enough")
    try:
        await asyncio.gather(*(service.start() for service in services))
        yield world
    except BaseException as problem:
        for service in services:
            problem.add_note(f"--- {service.name}, died in {service.deaths}: {service.log_tail()}")
        raise
    finally:
        await asyncio.gather(*(service.stop() for service in services), return_exceptions=True)
