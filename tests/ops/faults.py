"""Faults of a running stack, each with the alerts that it has to raise; leaving one mends it."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from threading import Event, Thread

import httpx
from confluent_kafka import Producer
from fault_rows import ANSWERED_BY_BANK, ROWS, SENT_TO_BANK, Rows
from watched_run import SERVICES, WatchedRun, wait_until

from meedoen.stack.embedded_broker import find_embedded_broker
from meedoen.stack.postgres import find_postgres
from services.calendar.app import publish_days

Make = Callable[[WatchedRun], AbstractContextManager[None]]
IMPLAUSIBLE_DAY = date(2062, 11, 2)
UNREADABLE_EVENTS = 1_100


@dataclass(frozen=True)
class Fault:
    """What is done to the stack, the alerts that fire until it is mended, and the panels that show it meanwhile."""

    make: Make
    alerts: frozenset[str]
    titles: frozenset[str] = frozenset()
    fills_all: bool = False

    def shows(self, title: str) -> bool:
        return self.fills_all or title in self.titles


@contextmanager
def full_spool(run: WatchedRun) -> Iterator[None]:
    spool, away = run.home / "spool", run.home / "spool-away"
    spool.rename(away)
    spool.write_text("Not a folder.")
    try:
        yield
    finally:
        spool.unlink()
        away.rename(spool)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def silent_service(run: WatchedRun) -> AbstractContextManager[None]:
    return frozen(run.pid("recruitment"))


@contextmanager
def lost_database(run: WatchedRun) -> Iterator[None]:
    """The server is away while callers go on asking."""
    server = find_postgres(run.home)
    assert server is not None
    with asked_all_the_time(run):
        server.stop()
        try:
            yield
        finally:
            server.restart()


@contextmanager
def asked_all_the_time(run: WatchedRun) -> Iterator[None]:
    """Somebody asks for a list, several times a second."""
    done = Event()
    headers = {"Authorization": f"Bearer {run.make_token('ambassador_coordinator', 'carla')}"}
    url = f"http://127.0.0.1:{run.port('recruitment')}/v1/ambassadors"

    def ask() -> None:
        while not done.wait(0.2):
            httpx.get(url, headers=headers, timeout=20)

    caller = Thread(target=ask)
    caller.start()
    try:
        yield
    finally:
        done.set()
        caller.join()


@contextmanager
def frozen_broker(run: WatchedRun) -> Iterator[None]:
    """The broker answers nobody, and what was sent last waits again, since long ago."""
    broker = find_embedded_broker(run.home)
    assert broker is not None
    assert broker.pid is not None
    again = (
        "INSERT INTO messaging.outbox (recorded_at, event_id, topic, key, payload) "
        "SELECT now() - interval '1 hour', event_id, topic, key, payload FROM messaging.outbox "
        "ORDER BY position DESC LIMIT 1"
    )
    with frozen(broker.pid):
        asyncio.run(run.execute("recruitment", again))
        yield


@contextmanager
def renamed(run: WatchedRun, service: str, table: str) -> Iterator[None]:
    """A table is not where the service looks for it."""
    name = table.rpartition(".")[2]
    asyncio.run(run.execute(service, f"ALTER TABLE {table} RENAME TO {name}_away"))
    try:
        yield
    finally:
        asyncio.run(run.execute(service, f"ALTER TABLE {table}_away RENAME TO {name}"))


def send_unreadable(run: WatchedRun, topic: str, count: int) -> None:
    producer = Producer({"bootstrap.servers": run.state.bootstrap_servers})
    for number in range(count):
        producer.produce(topic, b"?", str(number).encode())
    assert producer.flush(30) == 0


@contextmanager
def nothing_is_taken_in(run: WatchedRun) -> Iterator[None]:
    """Intake cannot mark what it handled, so every batch fails while events keep coming; others set them apart."""
    with emptied_of_held(run), renamed(run, "intake", "messaging.inbox"):
        publish_days(run.state.bootstrap_servers, [("gm0637", run.today())])
        send_unreadable(run, "meedoen.recruitment.candidate", UNREADABLE_EVENTS)
        yield


@contextmanager
def emptied_of_held(run: WatchedRun) -> Iterator[None]:
    """What is held because of a fault is gone once it is mended and everything has come in."""
    try:
        yield
    finally:
        wait_until(
            lambda: not any(run.scrape(name)["meedoen_consumer_lag_events"] for name in SERVICES), 60, "all has come in"
        )
        for service in SERVICES:
            asyncio.run(run.execute(service, "DELETE FROM messaging.held"))


@contextmanager
def slow_batches(run: WatchedRun) -> Iterator[None]:
    """Somebody holds a lock that each batch waits for, longer than ten seconds."""
    done = Event()

    async def hold() -> None:
        connection = await run.connect("intake")
        try:
            while not done.is_set():
                async with connection.transaction():
                    await connection.execute("LOCK TABLE messaging.inbox IN ACCESS EXCLUSIVE MODE")
                    publish_days(run.state.bootstrap_servers, [("gm0637", run.today())])
                    await asyncio.to_thread(done.wait, 13)
                await asyncio.to_thread(done.wait, 0.5)
        finally:
            await connection.close()

    holder = Thread(target=lambda: asyncio.run(hold()))
    holder.start()
    try:
        yield
    finally:
        done.set()
        holder.join()


@contextmanager
def refused_bank_file(run: WatchedRun) -> Iterator[None]:
    headers = {
        "Authorization": f"Bearer {run.make_token('budget_manager', 'anna')}",
        "Content-Type": "application/xml",
    }
    url = f"http://127.0.0.1:{run.port('ontzorgen')}/v1/bank-statements"
    assert 400 <= httpx.post(url, headers=headers, content=b"<Document/>", timeout=20).status_code < 500
    yield


@contextmanager
def implausible_day(run: WatchedRun) -> Iterator[None]:
    with emptied_of_held(run):
        publish_days(run.state.bootstrap_servers, [("gm0637", IMPLAUSIBLE_DAY)])
        yield


@contextmanager
def no_day(run: WatchedRun) -> Iterator[None]:
    """Nothing happens, until a day starts."""
    yield
    publish_days(run.state.bootstrap_servers, [("gm0637", run.today())])


@contextmanager
def added(run: WatchedRun, rows: Rows) -> Iterator[None]:
    asyncio.run(run.execute(rows.service, *rows.inserts))
    try:
        yield
    finally:
        asyncio.run(run.execute(rows.service, *rows.deletes))


@contextmanager
def wrong_rows(run: WatchedRun) -> Iterator[None]:
    """The databases hold what somebody has to look at, of every kind at once."""
    with ExitStack() as stack:
        for rows in ROWS:
            stack.enter_context(added(run, rows))
        yield


@contextmanager
def silent_bank(run: WatchedRun) -> Iterator[None]:
    """A file left and no statement came; then one does. Both stay."""
    asyncio.run(run.execute("ontzorgen", *SENT_TO_BANK))
    yield
    asyncio.run(run.execute("ontzorgen", *ANSWERED_BY_BANK))


def list_alerts(names: str) -> frozenset[str]:
    return frozenset(names.split())


RELAY_WAITS = frozenset({"Relay age: the oldest event that Kafka has not acknowledged", "Outbox depth"})
FAULTS = {
    "spool": Fault(full_spool, list_alerts("SpoolFull")),
    "service": Fault(silent_service, list_alerts("ServiceDown")),
    "database": Fault(lost_database, list_alerts("DependencyDown AnswersFail RelayFails RelayNotActive")),
    "broker": Fault(frozen_broker, list_alerts("DependencyDown RelayLate"), RELAY_WAITS),
    "intake": Fault(
        nothing_is_taken_in,
        list_alerts("BatchesFail ConsumerLate EventsNotBelieved EventsParked"),
        frozenset({"Consumer lag", "Parked, by reason"}),
    ),
    "silence": Fault(no_day, list_alerts("NoDayArrived")),
    "lock": Fault(slow_batches, list_alerts("BatchesSlow")),
    "day": Fault(implausible_day, list_alerts("DayNotBelieved EventsParked")),
    "worker": Fault(lambda run: renamed(run, "notifications", "message"), list_alerts("DeliveryWorkerFails")),
    "file": Fault(refused_bank_file, list_alerts("BankFileRefused")),
    "bank": Fault(silent_bank, list_alerts("BankSilent")),
    "rows": Fault(
        wrong_rows,
        list_alerts(
            "EventsParked EventsNotBelieved HeldNearlyFull EventsHeldLong LedgerUnbalanced RunStuck DeliveriesParked "
            "DeadlinesMissed ShortfallsFound RunNotApproved RunNotReleased HouseholdsLeftOut NormOutdated "
            "PaymentsNotSent PaymentsHeld PaymentsRefused BankEntriesUnclear PaymentsUnbooked StatementMissing "
            "BankAnswersUnclear"
        ),
        fills_all=True,
    ),
}
