"""Processes of the run's fault tests, forked from one that has everything imported: `python run_process.py`.

A worker takes the parts that are open and some that are done, some twice and some as events of another id. A desk is
someone who takes the month from its proposal to the bank's statement, whichever step is next; two of them race. A fail
point is the gap in which a process kills itself (kill -9) at the given visit.
"""

import asyncio
import contextlib
import faulthandler
import gc
import json
import os
import random
import select
import signal
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

# The repository comes first: a folder of tests here has the name of a package of ours.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

import core_rig  # these are found by the line above
import run_desk
from core_process import SESSION_MS, FailPoint, arm_relay_and_consumer
from prometheus_client import CollectorRegistry
from run_households import HERE

from services.ontzorgen.app import SUBSCRIPTIONS, open_database
from services.ontzorgen.bank.handlers import bank_statements, payment_files, refusals
from services.ontzorgen.bank.repository import payment_files as stored_files
from services.ontzorgen.policies.handlers import load_law, load_policies, policy_in_force
from services.ontzorgen.run.handlers import pipeline, runs
from services.ontzorgen.run.repository import runs as repository
from shared.database.transactions import Database, Transaction
from shared.events import RunShardOpened
from shared.events.envelope import CONTENT_TYPE
from shared.messaging import consumer as consuming
from shared.messaging.decoding import Message
from shared.messaging.handling import is_transient
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.messaging.runtime import Messaging

WORKER, DESK = "worker", "desk"
TOPIC = RunShardOpened.event_type.topic.name
DIES = "dies: "
WORKER_GAPS = (
    "taken and not marked",
    "some months written and others not",
    "worked and the part not noted",
    "the part noted and others not looked at",
    "published and not committed",
    "committed and not acknowledged",
)
FLIP_GAPS = ("the last part done and the run not taken further", "the run taken further and not committed")
DESK_GAPS = (
    "a step not begun",
    "a step taken and not published",
    "a step published and not committed",
    "a step committed and nobody answered",
)
BANK_GAPS = (
    "instructed and in no file",
    "one file written and the next not",
    "refused and not booked back",
    "booked back and no task raised",
    "some entries of a statement recorded and others not",
)
BEGINNING = (WORKER_GAPS[0], DESK_GAPS[0])
HOUSEHOLDS_PER_SHARD = 2
CHUNK_HOUSEHOLDS = 1
POLL_SECONDS = 0.01
_HEADERS = (("content-type", CONTENT_TYPE.encode()),)
DONE_AGAIN_MAX = 4
_OPENED = """
SELECT o.key, o.payload, p.is_done FROM messaging.outbox o, LATERAL convert_from(o.payload, 'UTF8') AS text(event)
JOIN run_part p ON p.run_id = (event::jsonb -> 'data' ->> 'run_id')::uuid AND p.step = event::jsonb -> 'data' ->> 'step'
    AND p.number = (event::jsonb -> 'data' ->> 'number')::int
WHERE o.topic = $1 ORDER BY o.position
"""


@dataclass(frozen=True)
class Life:
    """One life of one process; `gap` names its fail point, at its `visit`-th visit."""

    role: str
    name: str
    database_url: str
    log_file: str
    seed: int
    gap: str = ""
    visit: int = 1
    work_seconds_max: float = 0.0
    bootstrap_servers: str = ""
    group: str = ""

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


class ToldFailPoint(FailPoint):
    """One that says in which gap it dies. From the first work on it also dies at any moment, when it has a limit."""

    def __init__(self, life: Life) -> None:
        super().__init__(life)
        self._seconds = life.work_seconds_max

    def visit(self, gap: str) -> None:
        if self._seconds and gap in BEGINNING:
            dying = threading.Timer(self._seconds, self._die)
            dying.daemon = True
            dying.start()
            self._seconds = 0
        if gap and gap == self._gap and self._visits_left == 1:
            os.write(1, f"{DIES}{gap}\n".encode())
        super().visit(gap)

    def _die(self) -> None:
        os.write(1, f"{DIES}at any moment\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def arm(point: FailPoint) -> None:
    """Every gap of a part's and of a step's life, and of the events between them."""
    arm_relay_and_consumer(point)
    point.before("taken and not marked", Inbox, "_mark")
    point.after("some months written and others not", Transaction, "append")
    point.after("committed and not acknowledged", Inbox, "handle_batch")
    around(point, repository, "finish_part", before="worked and the part not noted", after=WORKER_GAPS[3])
    around(point, runs, "_complete_proposal", before=FLIP_GAPS[0], after=FLIP_GAPS[1])
    around(point, runs, "_complete_release", before=FLIP_GAPS[0], after=FLIP_GAPS[1])
    point.after("published and not committed", Transaction, "flush_all")
    around(point, run_desk, "ask", before="a step not begun", after="a step committed and nobody answered")
    around(point, run_desk, "do", after="a step taken and not published")
    point.after("a step published and not committed", Transaction, "flush_all")
    around(point, payment_files, "_write_files", before="instructed and in no file")
    around(point, stored_files, "add_file", after="one file written and the next not")
    around(point, refusals, "book_back", before="refused and not booked back", after="booked back and no task raised")
    around(point, bank_statements, "_record_entries", after="some entries of a statement recorded and others not")


def around(point: FailPoint, module: Any, name: str, *, before: str = "", after: str = "") -> None:
    """The gaps before and after a module's function."""
    inner: Callable[..., Awaitable[Any]] = getattr(module, name)

    async def wrapper(*arguments: Any, **options: Any) -> Any:
        point.visit(before)
        answer = await inner(*arguments, **options)
        point.visit(after)
        return answer

    setattr(module, name, wrapper)


def prepare() -> None:
    """Small parts and pieces, so that there are many gaps; law and policies read once for all lives."""
    load_policies()
    load_law()
    small = {"households_per_shard": HOUSEHOLDS_PER_SHARD}
    setattr(runs, "policy_in_force", lambda code, on: policy_in_force(code, on).model_copy(update=small))  # noqa: B010 - a choice
    setattr(pipeline, "CHUNK_HOUSEHOLDS", CHUNK_HOUSEHOLDS)  # noqa: B010 - Final for all but this
    setattr(bank_statements, "ENTRIES_AT_ONCE", 5)  # noqa: B010 - small pieces


async def list_opened(database: Database, chance: random.Random) -> list[Message]:
    """The parts that are open and some that are done, in any order, as they come from a broker after a rebalance."""
    async with database.transaction(HERE) as tx:
        rows = await (await tx.driver()).fetch(_OPENED, TOPIC)
    messages = [Message(TOPIC, 0, n, row["key"].encode(), row["payload"], _HEADERS) for n, row in enumerate(rows)]
    done = [message for message, row in zip(messages, rows, strict=True) if row["is_done"]]
    again = chance.sample(done, min(len(done), chance.randint(0, DONE_AGAIN_MAX)))
    coming = [message for message, row in zip(messages, rows, strict=True) if not row["is_done"]] + again
    return chance.sample(coming, len(coming))


def as_another(message: Message) -> Message:
    """The same part in an event with another id, which the inbox does not know."""
    document = json.loads(message.value or b"")
    document["id"] = str(uuid4())
    return Message(TOPIC, 0, message.offset, message.key, json.dumps(document).encode(), _HEADERS)


async def work(life: Life, database: Database) -> None:
    """Take parts for ever, in a random order."""
    chance = random.Random(life.seed)
    policy = RetryPolicy(attempts_max=3, delay_seconds_first=1, delay_seconds_max=1)
    inbox = Inbox(database, SUBSCRIPTIONS, frozenset({HERE}), policy, CoreMetrics(CollectorRegistry()))
    while True:
        with passing():
            for message in await list_opened(database, chance):
                other = as_another(message)
                batch = chance.choice(([message], [message], [message, message], [other, message], [message, other]))
                await inbox.handle_batch(inbox.decode(batch))
        await pause()


async def pause() -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), POLL_SECONDS)


async def listen(life: Life, database: Database) -> None:
    """Take parts as they come from Kafka, and relay what is published, as the service does."""
    consuming.KAFKA_LIMITS.update(session_timeout_ms=SESSION_MS, heartbeat_interval_ms=300)
    chosen = core_rig.build_settings(
        core_rig.locate(life.database_url),
        life.bootstrap_servers,
        is_embedded=False,
        service=life.group,
        consumer_batch_events_max=4,
    )
    await Messaging(chosen, database, SUBSCRIPTIONS, CoreMetrics(CollectorRegistry())).start()
    await asyncio.Event().wait()


@contextlib.contextmanager
def passing() -> Any:
    """A database that is away or chooses another is no reason to end: the work is done again."""
    try:
        yield
    except (OSError, TimeoutError):
        traceback.print_exc()
    except Exception as problem:
        if not is_transient(problem):
            raise
        traceback.print_exc()


async def serve(life: Life) -> None:
    database = open_database(life.database_url, pool_size_max=8 if life.bootstrap_servers else 1)
    if life.bootstrap_servers:
        await listen(life, database)
    if life.role == WORKER:
        await work(life, database)
    chance = random.Random(life.seed)
    is_done = False
    while not is_done:
        for who in life.name.split("+"):
            with passing():
                is_done = await run_desk.take_step(who, database, chance)
        await pause()
    await database.close()


def live(life: Life) -> int:
    """What the child does; its exit status."""
    log = os.open(life.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.enable()
    arm(ToldFailPoint(life))
    try:
        asyncio.run(serve(life))
    except Exception:  # noqa: BLE001 - the child's log says what ended it
        traceback.print_exc()
        return 1
    return 0


def fork(life: Life) -> int:
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        status = 1
        try:
            status = live(life)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return child


def reap() -> list[str]:
    """A line for each child that ended since the last call."""
    lines = []
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            lines.append(f"ended {ended[0]} {os.waitstatus_to_exitcode(ended[1])}")
    return lines


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main() -> None:
    """Fork a life for each line that comes in; say its number, and its status once it ended."""
    prepare()
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    alive: set[int] = set()
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready:
            more = os.read(0, 65536)
            if not more:
                break
            *lines, rest = (rest + more).split(b"\n")
            for line in lines:
                alive.add(child := fork(Life(**json.loads(line))))
                say(f"began {child}")
        for line in reap():
            alive.discard(int(line.split()[1]))
            say(line)
    for child in alive:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
