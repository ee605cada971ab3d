"""One service process of the fault tests: `python core_process.py PLAN.json`, ended by SIGTERM or by its fail point.

The teller commits facts (command) and hears what came of them; the hearer handles facts and tells that it did. So
between a command and its last effect lie: command, commit, publish, acknowledge, consume, commit, offset commit, and
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
from shared.messaging import consumer as consuming
from shared.messaging.inbox import Inbox
from shared.messaging.outcome import HoldReason
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import Relay
from shared.messaging.runtime import Messaging

SESSION_MS = 2_000
TELLER, HEARER = "recruitment", "intake"


@dataclass(frozen=True)
class Plan:
    """What one process does; `gap` names its fail point, at its `visit`-th visit."""

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

    def __init__(self, plan: "Fated") -> None:
        self._gap, self._left = plan.gap, plan.visit

    def visit(self, gap: str) -> None:
        if not gap or gap != self._gap:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, gap: str, owner: type, name: str) -> None:
        self._around(owner, name, before=gap)

    def after(self, gap: str, owner: type, name: str) -> None:
        self._around(owner, name, after=gap)

    def _around(self, owner: type, name: str, *, before: str = "", after: str = "") -> None:
        inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

        async def wrapper(*given: Any, **options: Any) -> Any:
            self.visit(before)
            answer = await inner(*given, **options)
            self.visit(after)
            return answer

        setattr(owner, name, wrapper)


class Fated(Protocol):
    """What has a gap to die in, or none."""

    @property
    def gap(self) -> str: ...
    @property
    def visit(self) -> int: ...


def arm(plan: Plan) -> None:
    """Every gap of an event's life."""
    point = FailPoint(plan)
    point.before("told and not written", Transaction, "flush_all")
    point.after("written and not committed", Transaction, "flush_all")
    arm_relay_and_consumer(point)


def arm_relay_and_consumer(point: FailPoint) -> None:
    """The gaps between a commit and the next service's."""
    point.before("committed and not published", Relay, "_publish")
    point.before("acknowledged and not marked", Relay, "_move_mark")
    point.after("marked", Relay, "_move_mark")
    point.before("read and not handled", Inbox, "handle_batch")
    point.after("handled and offsets not committed", Inbox, "handle_batch")
    point.after("offsets committed", consuming._Offsets, "_commit")
    _between_publish_and_acknowledgement(point)


def _between_publish_and_acknowledgement(point: FailPoint) -> None:
    inner = KafkaPublisher._await_acknowledgement

    def wrapper(self: KafkaPublisher, producer: Any, count: int, failed: Any) -> None:
        producer.poll(0.002)
        point.visit("published and not acknowledged")
        inner(self, producer, count, failed)

    setattr(KafkaPublisher, "_await_acknowledgement", wrapper)  # noqa: B010 - the gap itself


def handlers(plan: Plan) -> list[Subscription]:
    """The hearer tells on; both keep their effects, and now and then say "not now"."""
    chance = random.Random()

    def not_now() -> Outcome | None:
        if chance.random() < plan.retry_share:
            return Retry(HoldReason.HANDLER_FAILED, after_seconds=chance.random() * 0.2)
        return None

    async def hear(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        await core_rig.keep(received, tx)
        tx.emit(IntakeScheduled(person_id=received.data.person_id, planned_on=received.data.withdrawn_on))
        return not_now() or DONE

    async def hear_back(received: Received[IntakeScheduled], tx: Transaction) -> Outcome:
        fact = CandidateWithdrawn(person_id=received.data.person_id, withdrawn_on=received.data.planned_on)
        await core_rig.keep(Received(fact, received.event_id, received.municipality), tx)
        return not_now() or DONE

    if plan.role == HEARER:
        return [Subscription(CandidateWithdrawn, hear)]
    return [Subscription(IntakeScheduled, hear_back)]


async def command(plan: Plan, database: Database, people: list[UUID]) -> None:
    """One command: the next fact about each of some persons, counted under their locks."""
    async with database.transaction(core_rig.HERE) as tx:
        driver = await tx.driver()
        for who in sorted(people):
            step = await driver.fetchval(core_rig.COUNT_FACT, who)
            tx.emit(CandidateWithdrawn(person_id=who, withdrawn_on=date.fromordinal(core_rig.FIRST_DAY + step)))


async def keep_telling(plan: Plan, database: Database, stopping: asyncio.Event) -> None:
    """Commands until there are enough; a database that is away is no reason to stop."""
    chance = random.Random(plan.seed)
    everyone = [core_rig.person(number, plan.world) for number in range(plan.people)]
    while not stopping.is_set() and not plan.has_enough():
        try:
            await command(plan, database, chance.sample(everyone, chance.randint(1, 3)))
        except Exception as problem:  # noqa: BLE001 - the caller of a command tries again
            structlog.get_logger().info("command_failed", cause=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), plan.pace_seconds * chance.random() * 2)


async def serve(plan: Plan) -> None:
    """The core as a service runs it."""
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    consuming.KAFKA_LIMITS.update(session_timeout_ms=SESSION_MS, heartbeat_interval_ms=300)
    database = Database(plan.database_url, service=plan.role)
    chosen = core_rig.settings(
        core_rig.CoreDatabase(plan.database_url, ""),
        plan.bootstrap_servers,
        is_embedded=False,
        service=plan.group,
        retry_attempts_max=100,
        consumer_batch_events_max=50,
        relay_batch_rows_max=40,
    )
    core = Messaging(chosen, database, handlers(plan), core_rig.counted().metrics)
    await core.start()
    telling = asyncio.create_task(keep_telling(plan, database, stopping)) if plan.role == TELLER else None
    await stopping.wait()
    if telling is not None:
        await telling
    await core.stop()
    await database.close()


def main() -> None:
    faulthandler.register(signal.SIGUSR1)  # says where it stands to whoever debugs a test
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    arm(plan)
    asyncio.run(serve(plan))


if __name__ == "__main__":
    main()
