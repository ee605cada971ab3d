"""Operators on a real database: what is parked is seen, released and discarded in order, and a log is replayed."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from core_rig import (
    RECORD_EFFECTS,
    CoreDatabase,
    CoreDatabases,
    build_fact,
    build_inbox,
    build_message,
    build_settings,
    deliver,
    emit,
    fetch_rows,
    fetch_value,
    load_effects,
    load_held,
    make_event,
    open_database,
    person_id,
    record_effect,
    run_core,
    step_of,
    wait_for_effects,
)

from meedoen.cli.main import main
from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.messaging import HoldReason, Outcome, Park, Received, Subscription
from shared.messaging.inbox import Inbox
from shared.messaging.retries import Retries
from shared.testing import eventually

A, B = person_id(1), person_id(2)
Command = Callable[..., Any]


@pytest.fixture
def meedoen(database: CoreDatabase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`await meedoen("parked", "list", code=0)`: what the command said, on this database."""

    async def run(*arguments: str, code: int = 0, service: bool = True) -> str:
        where = ["--database-url", database.operator_url, *(["--service", "recruitment"] if service else [])]
        monkeypatch.setattr(sys, "argv", ["meedoen", *arguments, *where])
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main)
        said = capsys.readouterr()
        assert ended.value.code == code, said.out + said.err
        return said.out + said.err

    return run


class Refusing:
    """A handler that refuses one person until it is fixed."""

    def __init__(self) -> None:
        self.is_mended = False

    async def __call__(self, received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        if received.data.person_id == A and not self.is_mended:
            return Park(HoldReason.REFUSED, f"Step {step_of(received.data)} cannot be done yet.")
        return await record_effect(received, tx)


async def work_off(service: Database, box: Inbox) -> None:
    while await Retries(service, box, asyncio.Event()).retry_one_queue():
        pass


async def states(database: CoreDatabase) -> list[str]:
    return [row["state"] for row in await load_held(database)]


async def audit(database: CoreDatabase) -> list[tuple[str, str, str]]:
    query = "SELECT action, actor, reason FROM messaging.held_audit ORDER BY position"
    return [tuple(row) for row in await fetch_rows(database.admin_url, query)]


async def test_a_parked_event_is_seen_released_too_early_and_released_again_when_it_is_mended(
    database: CoreDatabase, meedoen: Command
) -> None:
    refusing = Refusing()
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, refusing)])
        first, *later = (make_event(A, step) for step in (1, 2, 3))
        await deliver(box, first, *later, make_event(B, 1))

        (listed,) = json.loads(await meedoen("parked", "list", "--json"))
        assert (listed["event_id"], listed["reason"], listed["behind"]) == (str(first.event_id), "refused", 2)
        assert listed["sentence"] == "Step 1 cannot be done yet."
        assert str(first.event_id) in await meedoen("parked", "list", "--reason", "refused")
        assert "Nothing is parked" in await meedoen("parked", "list", "--reason", "unreadable")

        await meedoen("parked", "release", str(first.event_id), "--actor", "someone", "--comment", "Tried once.")
        assert await states(database) == ["waiting", "waiting", "waiting"]
        await work_off(service, box)
        assert await states(database) == ["parked", "waiting", "waiting"]

        refusing.is_mended = True
        assert "is released" in await meedoen("parked", "release", "--reason", "refused", "--actor", "someone")
        await work_off(service, box)

    assert await load_effects(database) == {B: [1], A: [1, 2, 3]}
    assert await load_held(database) == []
    assert await audit(database) == [
        ("released", "someone", "Tried once."),
        ("released", "someone", "Released after a fix."),
    ]


async def test_a_discarded_event_is_kept_with_its_reason_and_its_queue_goes_on(
    database: CoreDatabase, meedoen: Command
) -> None:
    refusing = Refusing()
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, refusing)])
        first, second, third = (make_event(A, step) for step in (1, 2, 3))
        await deliver(box, first, second, third)
        event = str(first.event_id)

        assert "needs a reason" in await meedoen("parked", "discard", event, code=1)
        assert "needs a reason" in await meedoen("parked", "discard", event, "--because", " ", code=1)
        assert await states(database) == ["parked", "waiting", "waiting"]

        said = await meedoen("parked", "discard", event, "--comment", "Entered twice.", "--actor", "someone")
        assert "is discarded and kept with its reason; 2 events behind it continue." in said
        refusing.is_mended = True
        await work_off(service, box)

    assert await load_effects(database) == {A: [2, 3]}
    (kept,) = await load_held(database)
    assert (kept["event_id"], kept["state"], kept["payload"]) == (first.event_id, "discarded", first.payload)
    assert await audit(database) == [("discarded", "someone", "Entered twice.")]
    assert "was discarded before" in await meedoen("parked", "discard", event, "--comment", "Again.", code=1)
    assert "is discarded: only a parked or retrying event" in await meedoen("parked", "release", event, code=1)
    assert "Nothing is parked in recruitment" in await meedoen("parked", "list")
    assert event in await meedoen("parked", "list", "--all")


async def test_an_event_that_two_services_hold_is_given_up_by_both_in_one_command(
    core_databases: CoreDatabases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    databases, event = [core_databases.make() for _ in range(2)], make_event(A, 1)
    for name, database in zip(("INTAKE", "NOTIFICATIONS"), databases, strict=True):
        monkeypatch.setenv(f"DATABASE_URL_{name}", database.operator_url)
        async with open_database(database) as service:
            await deliver(build_inbox(service, [Subscription(CandidateWithdrawn, Refusing())]), event)

    monkeypatch.setattr(sys, "argv", ["meedoen", "parked", "discard", str(event.event_id), "--comment", "Made up."])
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)
    assert ended.value.code == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["intake", "notifications"]
    assert [await states(database) for database in databases] == [["discarded"], ["discarded"]]


async def test_an_event_is_shown_without_its_data_unless_that_is_asked_for(
    database: CoreDatabase, meedoen: Command
) -> None:
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, Refusing())])
        first, second = make_event(A, 1), make_event(A, 2)
        broken = build_message(make_event(B, 1), value=b"{broken", offset=7)
        await deliver(box, first, second, broken)

    shown = json.loads(await meedoen("parked", "show", str(first.event_id), "--json"))
    assert shown["envelope"]["id"] == str(first.event_id)
    assert "data" not in shown["envelope"]
    assert (shown["key"], shown["attempts"]) == (str(A), 1)
    assert [one["event_id"] for one in shown["waiting_behind"]] == [str(second.event_id)]
    assert "withdrawn_on" not in await meedoen("parked", "show", str(first.event_id))
    assert "withdrawn_on" in await meedoen("parked", "show", str(first.event_id), "--with-data")

    (unreadable,) = json.loads(await meedoen("parked", "list", "--reason", "unreadable", "--json"))
    assert "cannot be read" in await meedoen("parked", "show", unreadable["event_id"], "--with-data")


async def test_what_is_not_held_is_refused_with_a_sentence(database: CoreDatabase, meedoen: Command) -> None:
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, Refusing())])
        behind = make_event(A, 2)
        await deliver(box, make_event(A, 1), behind)
    nobody = str(uuid4())

    assert f"No event {nobody} is held in recruitment" in await meedoen("parked", "show", nobody, code=1)
    assert f"No event {nobody} is held" in await meedoen("parked", "discard", nobody, "--comment", "No.", code=1)
    assert f"No event {nobody} is held" in await meedoen("parked", "release", nobody, code=1)
    assert "is waiting: only a parked" in await meedoen("parked", "release", str(behind.event_id), code=1)
    assert "Nothing is parked for unreadable" in await meedoen("parked", "release", "--reason", "unreadable", code=1)
    assert "'42' is not an event id" in await meedoen("parked", "show", "42", code=2)
    assert "'broken' is not a reason: choose from unreadable" in await meedoen(
        "parked", "release", "--reason", "broken", code=2
    )
    assert "name it with --service" in await meedoen("parked", "list", code=1, service=False)
    assert await states(database) == ["parked", "waiting"]
    assert await audit(database) == []


async def test_a_log_told_again_goes_out_whole_and_changes_nothing_for_who_had_it(
    database: CoreDatabase, meedoen: Command, embedded_broker: str
) -> None:
    people = [person_id(number, "replay") for number in range(10)]
    expected = {who: [1, 2] for who in people}
    chosen = build_settings(database, embedded_broker, is_embedded=True)
    async with run_core(chosen, RECORD_EFFECTS) as core:
        await emit(database, [build_fact(who, step) for step in (1, 2) for who in people])
        await wait_for_effects(database, expected)

        said = await meedoen("replay", "recruitment", "--actor", "someone", service=False)
        assert "20 events from position 1 are published again; consumers skip what they have." in said
        assert "everything is published" in said

        async def is_read_again() -> bool:
            now = await core.status()
            return now.broker_connected and now.consumer_lag == now.outbox_depth == 0

        await eventually(is_read_again)
        last = await fetch_value(database.operator_url, "SELECT max(position) FROM messaging.outbox")
        assert "5 events from position" in await meedoen(
            "replay", "recruitment", "--from", str(last - 4), service=False
        )
        await eventually(is_read_again)
    assert await wait_for_effects(database, expected) == expected

    assert "is not running: they are published when it starts" in await meedoen("replay", "recruitment", service=False)
    assert "the log begins at 1" in await meedoen("replay", "recruitment", "--from", "0", code=1, service=False)
    async with run_core(chosen, RECORD_EFFECTS) as core:
        await eventually(is_read_again)
    assert await wait_for_effects(database, expected) == expected
    assert [line[:2] for line in await audit(database)][:1] == [("replayed", "someone")]


async def test_a_database_that_is_no_services_is_refused(postgres: str, meedoen: Command) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL_INTAKE", postgres)
        patch.setattr(sys, "argv", ["meedoen", "parked", "list", "--service", "intake"])
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main)
    assert ended.value.code == 1
