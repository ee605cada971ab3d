"""One service process of the fault tests: `python core_process.py PLAN.json`, ended by SIGTERM or by its fail point.

The publisher commits events (a command) and consumes the answers; the consumer handles events and publishes answers.
So between a command and its last effect lie: command, commit, publish, acknowledge, consume, commit, offset commit, and
the same once more. A fail point is the gap in which this process kills itself (kill -9) at the given visit.
"""

import asyncio
import contextlib
import faulthandler
import json
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

# The repository comes first: a folder of tests here has the name of a package of ours.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

import core_rig  # found by the line above
import structlog

from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn, IntakeScheduled
from shared.messaging import DONE, Outcome, Received, Retry, Subscription
from shared.messaging import consumer as kafka_consumer
from shared.messaging.inbox import Inbox
from shared.messaging.outcome import HoldReason
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import Relay
from shared.messaging.runtime import Messaging

SESSION_MS = 2_000
PUBLISHER, CONSUMER = "recruitment", "intake"


@dataclass(frozen=True)
class Plan:
    """The plan of one process; `gap` names its fail point, at its `visit`-th visit."""

    role: str
    group: str
    database_url: str
    bootstrap_servers: str
    enough_file: str
    world: str
    people: int
    pace_seconds: float
    seed: int
    gap: str = ""
    visit: int = 1
    retry_share: float = 0.0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def has_enough(self) -> bool:
        return Path(self.enough_file).exists()


class FailPoint:
    """Kills this process at one visit of one gap."""

    def __init__(self, plan: "FailPlan") -> None:
        self._gap, self._visits_left = plan.gap, plan.visit

    def visit(self, gap: str) -> None:
        if not gap or gap != self._gap:
            return
        self._visits_left -= 1
        if self._visits_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, gap: str, owner: type, name: str) -> None:
        self._around(owner, name, before=gap)

    def after(self, gap: str, owner: type, name: str) -> None:
        self._around(owner, name, after=gap)

    def _around(self, owner: type, name: str, *, before: str = "", after: str = "") -> None:
        inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

        async def wrapper(*arguments: Any, **options: Any) -> Any:
            self.visit(before)
            answer = await inner(*arguments, **options)
            self.visit(after)
            return answer

        setattr(owner, name, wrapper)


class FailPlan(Protocol):
    """A plan with the gap in which its process dies, or none."""

    @property
    def gap(self) -> str: ...
    @property
    def visit(self) -> int: ...


def arm_fail_point(plan: Plan) -> None:
    """Arm every gap of an event's life."""
    point = FailPoint(plan)
    point.before("emitted and not written", Transaction, "flush_all")
    point.after("written and not committed", Transaction, "flush_all")
    arm_relay_and_consumer(point)


def arm_relay_and_consumer(point: FailPoint) -> None:
    """Arm the gaps between a commit and the commit of the next service."""
    point.before("committed and not published", Relay, "_publish")
    point.before("acknowledged and not marked", Relay, "_move_mark")
    point.after("marked", Relay, "_move_mark")
    point.before("read and not handled", Inbox, "handle_batch")
    point.after("handled and offsets not committed", Inbox, "handle_batch")
    point.after("offsets committed", kafka_consumer._Offsets, "_commit")
    _between_publish_and_acknowledgement(point)


def _between_publish_and_acknowledgement(point: FailPoint) -> None:
    inner = KafkaPublisher._await_acknowledgement

    def wrapper(self: KafkaPublisher, producer: Any, count: int, failed: Any) -> None:
        producer.poll(0.002)
        point.visit("published and not acknowledged")
        inner(self, producer, count, failed)

    setattr(KafkaPublisher, "_await_acknowledgement", wrapper)  # noqa: B010 - the gap itself


def build_subscriptions(plan: Plan) -> list[Subscription]:
    """Return the subscriptions of a role. Both record effects and sometimes retry; the consumer publishes an answer."""
    chance = random.Random()

    def retry_by_chance() -> Outcome | None:
        if chance.random() < plan.retry_share:
            return Retry(HoldReason.HANDLER_FAILED, after_seconds=chance.random() * 0.2)
        return None

    async def consume(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        await core_rig.record_effect(received, tx)
        tx.emit(IntakeScheduled(person_id=received.data.person_id, planned_on=received.data.withdrawn_on))
        return retry_by_chance() or DONE

    async def consume_answer(received: Received[IntakeScheduled], tx: Transaction) -> Outcome:
        fact = CandidateWithdrawn(person_id=received.data.person_id, withdrawn_on=received.data.planned_on)
        await core_rig.record_effect(Received(fact, received.event_id, received.municipality), tx)
        return retry_by_chance() or DONE

    if plan.role == CONSUMER:
        return [Subscription(CandidateWithdrawn, consume)]
    return [Subscription(IntakeScheduled, consume_answer)]


async def run_command(plan: Plan, database: Database, people: list[UUID]) -> None:
    """Run one command: the next event about each of some persons, counted under their locks."""
    async with database.transaction(core_rig.HERE) as tx:
        driver = await tx.driver()
        for who in sorted(people):
            step = await driver.fetchval(core_rig.COUNT_FACT, who)
            tx.emit(CandidateWithdrawn(person_id=who, withdrawn_on=date.fromordinal(core_rig.FIRST_DAY + step)))


async def run_commands(plan: Plan, database: Database, stopping: asyncio.Event) -> None:
    """Run commands until there are enough, also while the database is away."""
    chance = random.Random(plan.seed)
    everyone = [core_rig.person_id(number, plan.world) for number in range(plan.people)]
    while not stopping.is_set() and not plan.has_enough():
        try:
            await run_command(plan, database, chance.sample(everyone, chance.randint(1, 3)))
        except Exception as problem:  # noqa: BLE001 - the caller of a command tries again
            structlog.get_logger().info("command_failed", cause=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), plan.pace_seconds * chance.random() * 2)


async def serve(plan: Plan) -> None:
    """Run the core as a service does."""
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    kafka_consumer.KAFKA_LIMITS.update(session_timeout_ms=SESSION_MS, heartbeat_interval_ms=300)
    database = Database(plan.database_url, service=plan.role)
    settings = core_rig.build_settings(
        core_rig.locate(plan.database_url),
        plan.bootstrap_servers,
        is_embedded=False,
        service=plan.group,
        retry_attempts_max=100,
        consumer_batch_events_max=50,
        relay_batch_rows_max=40,
    )
    core = Messaging(settings, database, build_subscriptions(plan), core_rig.build_metrics().metrics)
    await core.start()
    commands = asyncio.create_task(run_commands(plan, database, stopping)) if plan.role == PUBLISHER else None
    await stopping.wait()
    if commands is not None:
        await commands
    await core.stop()
    await database.close()


def main() -> None:
    faulthandler.register(signal.SIGUSR1)  # prints its stack to whoever debugs a test
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    arm_fail_point(plan)
    asyncio.run(serve(plan))


if __name__ == "__main__":
    main()
