"""July's run among killed processes: two workers and two desks on one database, and what must be there afterwards.

Whatever is killed is followed by another that knows nothing of it. At the end everything is held against the same run
in peace: months, ledger, facts, tasks, payments and the files to the byte.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from core_rig import _build_url, execute, fetch_rows, fetch_value
from run_households import HERE, MONTH, fill
from run_process import BANK_GAPS, DESK, DESK_GAPS, DIES, FLIP_GAPS, WORKER, WORKER_GAPS, Life

from meedoen.stack.processes import python_environment
from services.ontzorgen.app import open_database
from shared.database.migrations import ServiceDatabase, prepare_database, upgrade
from shared.messaging.handling import is_transient

PROGRAM = Path(__file__).with_name("run_process.py")
RUN_SECONDS_MAX = 600.0
STEPS_OF_A_RUN = 40
WORK_STEPS_MAX = 3  # of a life that dies at any moment, from its first work on
ARMED_STEPS_MAX = 10  # of one that waits for a gap, which may not come
AT_ANY_MOMENT_SHARE = 0.3
VISITS_MAX = 3
LOOK_SHARE = 0.2
GAPS = {WORKER: WORKER_GAPS + FLIP_GAPS, DESK: DESK_GAPS + BANK_GAPS}
# An order's moment is the one thing of a file that a clock says; here it is always the same.
_ONE_MOMENT = "ALTER TABLE payment_order ALTER made_at SET DEFAULT '2026-07-02T08:00:00Z'"
_SNAPSHOT = {
    "runs": """
        SELECT to_jsonb(r) - 'proposer' AS what FROM run r""",
    "months": "SELECT to_jsonb(s) FROM statement s",
    "entries": """
        SELECT jsonb_build_array(e.household_id, e.month, e.kind, e.booked_on, e.run_id, (
            SELECT jsonb_agg(jsonb_build_array(l.line_no, l.account, l.amount_cents) ORDER BY l.line_no)
            FROM ledger_line l WHERE l.municipality = e.municipality AND l.entry_id = e.id))
        FROM ledger_entry e""",
    "totals": """
        SELECT jsonb_build_array(run_id, account, sum(amount_cents), sum(lines)) FROM ledger_total
        GROUP BY run_id, account""",
    "run totals": "SELECT to_jsonb(t) FROM run_total t",
    "facts": """
        SELECT jsonb_build_array(convert_from(payload, 'UTF8')::jsonb -> 'type',
            convert_from(payload, 'UTF8')::jsonb -> 'data') FROM messaging.outbox""",
    "tasks": "SELECT to_jsonb(t) - 'raised_at' FROM task t",
    "households": "SELECT to_jsonb(h) FROM household h",
    "instructions": "SELECT to_jsonb(i) FROM payment_instruction i",
    "entries of files": "SELECT to_jsonb(e) FROM payment_file_entry e",
    "files": "SELECT jsonb_build_array(id, number, payments, total_cents, sha256, content) FROM payment_file",
    "refusals": "SELECT to_jsonb(r) FROM payment_refusal r",
    "messages": "SELECT jsonb_build_array(sha256, kind, counts) FROM bank_message",
    "entries of statements": """
        SELECT jsonb_build_array(s.id, to_jsonb(e) - 'statement_no') FROM bank_entry e JOIN bank_statement s
        ON s.municipality = e.municipality AND s.statement_no = e.statement_no""",
}
# Each must find nothing at any moment, as what others see is always whole.
_HALF_DONE = {
    "a part is noted and its months are not there, or the other way round": """
        SELECT r.id FROM run r WHERE (SELECT coalesce(sum(households), 0) FROM run_part p
            WHERE p.run_id = r.id AND p.step = 'propose')
            <> (SELECT count(*) FROM statement s WHERE s.run_id = r.id)""",
    "a part is noted and not booked, or the other way round": """
        SELECT r.id FROM run r WHERE (SELECT coalesce(sum(households), 0) FROM run_part p
            WHERE p.run_id = r.id AND p.step = 'release')
            <> (SELECT count(*) FROM statement s JOIN household h ON h.id = s.household_id
                WHERE s.run_id = r.id AND h.next_month > s.month)""",
    "a run is released and a part of it is open": """
        SELECT r.id FROM run r JOIN run_part p ON p.run_id = r.id WHERE r.state = 'released' AND NOT p.is_done""",
    "some payments of an export stand in a file and others in none": """
        SELECT o.run_id FROM payment_order o WHERE o.held_cents IS NULL OR EXISTS (
            SELECT FROM payment_instruction i LEFT JOIN payment_file_entry e ON e.instruction_id = i.id
            WHERE i.run_id = o.run_id AND i.attempt = 1 AND e.file_id IS NULL)""",
    "a payment is refused and has no task": """
        SELECT r.instruction_id FROM payment_refusal r
        WHERE (SELECT count(*) FROM payment_refusal) <> (SELECT count(*) FROM task WHERE kind = 'payment_refused')""",
    "a payment is refused and not booked back, or made anew and not booked out once": """
        SELECT 1 FROM (SELECT count(*) AS booked FROM ledger_entry WHERE kind = 3) AS entry
        WHERE booked <> (SELECT count(*) FROM payment_refusal)
            + (SELECT count(*) FROM payment_instruction WHERE replaces IS NOT NULL)""",
    "what is set aside for a household is not what the ledger holds for it": """
        SELECT h.id FROM household h WHERE h.holiday_reserve_cents <> (
            SELECT coalesce(sum(l.amount_cents), 0) FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
            WHERE e.household_id = h.id AND l.account = 20)""",
    "entries of a statement are kept and the file is not taken": """
        SELECT s.id FROM bank_statement s
        WHERE NOT EXISTS (SELECT FROM bank_message m WHERE m.sha256 = s.message_sha256)""",
}
# Copied through the log, a sequence would give numbers out again after a crash: PostgreSQL 18.4 copies its promise that
# the next 32 are logged, and not that log.
_CRASH_SAFE = "STRATEGY file_copy"
_UNBALANCED = """
SELECT count(*)::int FROM (
    SELECT 1 FROM ledger_entry e JOIN ledger_line l ON l.municipality = e.municipality AND l.entry_id = e.id
    GROUP BY e.municipality, e.id, e.line_count HAVING sum(l.amount_cents) <> 0 OR count(*) <> e.line_count
) AS wrong
"""
Snapshot = dict[str, Counter[str]]


class Copies:
    """Copies of one database full of households; the first look at it makes it, and the run in peace."""

    def __init__(self, admin_url: str, *, is_durable: bool = False) -> None:
        self.admin_url = admin_url
        self._is_durable = is_durable
        self.template = f"run_{uuid4().hex[:8]}"
        self._made = count()
        self._filled: ServiceDatabase | None = None
        self._in_peace: Snapshot | None = None
        self.step_seconds = 0.0  # what a step takes here and now, so that deaths come amid work on a busy machine too

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[tuple[str, str]]:
        """A database of one's own: as the service reaches it, and as one who may see everything does."""
        made = await self._template()
        name = f"{self.template}_{next(self._made)}"
        strategy = _CRASH_SAFE if self._is_durable else ""
        await execute(self.admin_url, f"CREATE DATABASE {name} TEMPLATE {self.template} {strategy}")
        try:
            if not self._is_durable:  # where the server is never killed, waiting for its disk would show nothing
                await execute(self.admin_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
            yield made.url.replace(self.template, name), _build_url(self.admin_url, name)
        finally:
            await execute(self.admin_url, f"DROP DATABASE {name} WITH (FORCE)")

    async def in_peace(self, lives: "Lives") -> Snapshot:
        """What the run comes to when nobody is killed and nobody races: one worker, and two people in turn."""
        if self._in_peace is None:
            async with self.copy() as (url, admin_url):
                alone = {"workers": ("worker",), "desks": ("anna+bert",)}
                world = World(lives, url, admin_url, random.Random(0), kills_max=0, **alone)
                began = time.monotonic()
                await world.play()
                self.step_seconds = (time.monotonic() - began) / STEPS_OF_A_RUN
                self._in_peace = await snapshot(admin_url)
                await proven(admin_url)
        return self._in_peace

    async def _template(self) -> ServiceDatabase:
        if self._filled is None:
            made = await asyncio.to_thread(prepare_database, self.admin_url, "ontzorgen", name=self.template)
            await asyncio.to_thread(upgrade, "ontzorgen", made.owner_url)
            database = open_database(made.url)
            try:
                await fill(database)
            finally:
                await database.close()
            await execute(_build_url(self.admin_url, self.template), _ONE_MOMENT)
            self._filled = made
        return self._filled

    async def drop(self) -> None:
        if self._filled is not None:
            await execute(self.admin_url, f"DROP DATABASE {self.template} WITH (FORCE)")


class Lives:
    """Lives forked from a warm process, and how each ended."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self.folder = folder
        self._asked: list[asyncio.Future[int]] = []
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._listening = asyncio.create_task(self._listen())

    @property
    def alive(self) -> set[int]:
        """The numbers of those that began and have not ended."""
        return set(self._ends)

    async def begin(self, life: Life) -> tuple[int, "asyncio.Future[int]"]:
        """Its number, and its exit status once there is one."""
        assert self._process.stdin is not None
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._process.stdin.write(life.to_line())
        pid = await asyncio.wait_for(asked, RUN_SECONDS_MAX)
        return pid, self._ends[pid]

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            what, pid, *status = line.split()
            if what == b"began":
                self._ends[int(pid)] = asyncio.get_running_loop().create_future()
                self._hand_over(int(pid), self._asked.pop(0))
            else:
                self._ends.pop(int(pid)).set_result(int(status[0]))

    def _hand_over(self, pid: int, asked: "asyncio.Future[int]") -> None:
        """To whoever asked for it; a life that nobody waits for any more, as its world is over, ends here."""
        if not asked.done():
            asked.set_result(pid)
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._listening


@asynccontextmanager
async def lives(folder: Path) -> AsyncIterator[Lives]:
    pipe = asyncio.subprocess.PIPE
    with (folder / "forks.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), stdin=pipe, stdout=pipe, stderr=log, env=python_environment()
        )
    found = Lives(process, folder)
    try:
        yield found
    finally:
        await found.close()


@dataclass
class World:
    """One run; `kills_max` processes of it are killed, in a gap or at any moment of their work."""

    lives: Lives
    url: str
    admin_url: str
    chance: random.Random
    kills_max: int
    step_seconds: float = 0.0
    workers: tuple[str, ...] = ("worker 1", "worker 2")
    desks: tuple[str, ...] = ("anna", "bert")
    gaps: dict[str, list[str]] = field(default_factory=dict)
    reach: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    _alive: dict[str, int] = field(default_factory=dict)

    async def play(self) -> None:
        """Until both desks say that July is done."""
        workers = [asyncio.create_task(self._again(WORKER, name)) for name in self.workers]
        desks = [asyncio.create_task(self._again(DESK, name)) for name in self.desks]
        waiting = asyncio.gather(*desks)
        try:
            async with asyncio.timeout(RUN_SECONDS_MAX):
                ended, _ = await asyncio.wait({waiting, *workers}, return_when=asyncio.FIRST_COMPLETED)
                for one in ended:
                    one.result()
        except TimeoutError:
            raise AssertionError(f"The run does not end: {self.log_tail()}") from None
        finally:
            for task in (*workers, *desks):
                task.cancel()
            await asyncio.gather(waiting, *workers, *desks, return_exceptions=True)

    async def _again(self, role: str, name: str) -> None:
        """A process, and another one whenever it was killed."""
        while True:
            pid, end = await self.lives.begin(self._life(role, name))
            self._alive[name] = pid
            try:
                status = await asyncio.shield(end)
            except asyncio.CancelledError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                await end
                raise
            finally:
                del self._alive[name]
            if status == 0:
                return
            if status != -signal.SIGKILL:
                raise AssertionError(f"{name} ended by itself with status {status}: {self.log_tail()}")
            self.kills[role] += 1
            if self.gaps or self.chance.random() < LOOK_SHARE:
                await self._look()

    async def _look(self) -> None:
        """Nothing is half done; a database that is away at this moment has nothing to look at."""
        try:
            await whole(self.admin_url)
        except Exception as problem:
            if not is_transient(problem) and not isinstance(problem, (OSError, asyncpg.InterfaceError)):
                raise

    def _life(self, role: str, name: str) -> Life:
        log = str(self.lives.folder / "lives.log")
        if role in self.gaps:
            gap = self.gaps[role].pop(0) if self.gaps[role] else ""
            return Life(role, name, self.url, log, self.chance.getrandbits(32), gap, **self._reach(role))
        seed, gap = self.chance.getrandbits(32), self.chance.choice(GAPS[role])
        visit, seconds = self.chance.randint(1, VISITS_MAX), self.step_seconds * ARMED_STEPS_MAX
        if self.chance.random() < AT_ANY_MOMENT_SHARE:
            gap, seconds = "", self.chance.random() * self.step_seconds * WORK_STEPS_MAX
        if self.kills.total() >= self.kills_max:
            gap, seconds = "", 0.0
        return Life(role, name, self.url, log, seed, gap, visit, seconds, **self._reach(role))

    def _reach(self, role: str) -> dict[str, str]:
        return self.reach if role == WORKER else {}

    def died_in(self) -> Counter[str]:
        """In which gaps lives ended, of all worlds of this folder."""
        said = (self.lives.folder / "lives.log").read_text(errors="replace").splitlines()
        return Counter(line.removeprefix(DIES) for line in said if line.startswith(DIES))

    def log_tail(self) -> str:
        return (self.lives.folder / "lives.log").read_text(errors="replace")[-3_000:]


async def snapshot(admin_url: str) -> Snapshot:
    """All that must be the same, whoever was killed: what each thing says, and how often it is there."""
    connection = await asyncpg.connect(admin_url)
    try:
        return {
            name: Counter(json.dumps(json.loads(row[0]), sort_keys=True) for row in await connection.fetch(query))
            for name, query in _SNAPSHOT.items()
        }
    finally:
        await connection.close()


def differences(found: Snapshot, expected: Snapshot) -> Iterator[str]:
    """What is too much and what is missing."""
    for name, wanted in expected.items():
        for sign, more in (("too much", found[name] - wanted), ("missing", wanted - found[name])):
            if more:
                yield f"{name}: {more.total()} {sign}, such as {next(iter(more))[:600]}"


async def whole(admin_url: str) -> None:
    """Nothing is half done, whatever is under way."""
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for fault, query in _HALF_DONE.items():
                assert await connection.fetch(query) == [], fault
    finally:
        await connection.close()


async def nothing_held(admin_url: str) -> None:
    """A held event waits for ever here, as nobody tries it again: so this fails at once, also in `eventually`."""
    held = await fetch_rows(admin_url, "SELECT DISTINCT sentence FROM messaging.held ORDER BY 1 DESC LIMIT 5")
    if held:
        pytest.fail(f"Events are held that should have been done: {[row[0] for row in held]}")


async def proven(admin_url: str) -> None:
    """What holds of every run, without another one to hold it against."""
    assert await fetch_value(admin_url, _UNBALANCED) == 0
    await nothing_held(admin_url)
    for query in (
        "SELECT municipality, run_id, sum(amount_cents) FROM ledger_total GROUP BY 1, 2 HAVING sum(amount_cents) <> 0",
        "SELECT household_id FROM statement WHERE run_id IS NULL",
        """SELECT i.id FROM payment_instruction i LEFT JOIN payment_file_entry e ON e.instruction_id = i.id
           WHERE e.file_id IS NULL""",
    ):
        assert await fetch_rows(admin_url, query) == [], query
    paid, asked = await _paid_and_asked(admin_url)
    assert paid == asked, "what the months say is what left or waits for an account"


async def _paid_and_asked(admin_url: str) -> tuple[int, int]:
    paid = """
    SELECT (SELECT sum(amount_cents) FROM payment_instruction WHERE attempt = 1 AND month = $1)
        + (SELECT sum(held_cents) FROM payment_order WHERE month = $1)
    """
    asked = """
    SELECT sum(deducted_cents + remainder_cents + coalesce(holiday_paid_cents, 0)
        + coalesce(attachment_cents, 0) - coalesce(set_off_cents, 0)) FROM statement WHERE month = $1
    """
    return int(await fetch_value(admin_url, paid, MONTH)), int(await fetch_value(admin_url, asked, MONTH))


__all__ = ["HERE", "Copies", "Lives", "World", "differences", "lives", "nothing_held", "proven", "snapshot"]
