"""The life of relays: one is active, a standby takes over, a replay is noticed, no failure ends one for good."""

import asyncio
import random
import time
from uuid import UUID

import pytest
from core_broker import (
    Recorder,
    Tap,
    open_publisher,
    open_relay,
    open_tap,
    open_transactions,
    raise_publish_error,
    run_relay,
    send_all,
)
from core_rig import CoreDatabase, build_fact, emit, execute, fetch_rows, fetch_value, person_id
from core_seeds import play_seeds

from shared.messaging.failures import PublishError
from shared.messaging.relay import BACKLOG, LOCK_KEY, MarkAheadError
from shared.testing.eventually import eventually

A = person_id(1, "relay life")

HOLDER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database()
) AND (classid::bigint << 32 | objid::bigint) = $1
"""


async def lock_holder(database: CoreDatabase) -> int | None:
    pid: int | None = await fetch_value(database.admin_url, HOLDER, LOCK_KEY)
    return pid


async def kill_relay(database: CoreDatabase) -> bool:
    """End the connection of the active relay, as a broken network or a stopped server does."""
    pid = await lock_holder(database)
    return pid is not None and bool(await fetch_value(database.admin_url, "SELECT pg_terminate_backend($1)", pid))


async def test_a_standby_takes_over_when_the_active_relay_loses_its_connection(database: CoreDatabase) -> None:
    recorder, other = Recorder(), Recorder()
    async with run_relay(database, recorder) as first, run_relay(database, other, lock_retry_seconds=0.05) as second:
        await eventually(lambda: {first.state, second.state} == {"active", "standby"})
        active, standby = (first, second) if first.state == "active" else (second, first)
        active._failure_pause_seconds = 60
        await emit(database, [build_fact(A, 1)])
        await eventually(lambda: recorder.positions + other.positions == [1])

        assert await kill_relay(database)
        await emit(database, [build_fact(A, 2)])
        await eventually(lambda: sorted(recorder.positions + other.positions) == [1, 2])
        await eventually(lambda: (standby.state, active.state) == ("active", "down"), 2)


async def test_a_relay_that_is_idle_for_too_long_loses_the_lock_to_a_standby(database: CoreDatabase) -> None:
    """A machine that froze or vanished blocks the others no longer than that."""
    thawed = asyncio.Event()

    async def freeze() -> None:
        await thawed.wait()

    frozen, other = Recorder({1: freeze}), Recorder()
    async with run_relay(database, frozen, poll_seconds=0.2, idle_session_seconds_max=1.0) as first:
        await eventually(lambda: first.state == "active")
        await emit(database, [build_fact(A, 1), build_fact(A, 2)])
        async with run_relay(database, other, poll_seconds=0.2, idle_session_seconds_max=1.0) as second:
            await eventually(lambda: other.positions == [1, 2], 15)
            thawed.set()
            await eventually(lambda: first.state == "standby")
            assert second.state == "active"

    assert frozen.positions == [1, 2]  # published again, late, in order; and the mark did not move back
    assert await fetch_value(database.admin_url, "SELECT position_done FROM messaging.relay_mark") == 2


async def test_another_cluster_at_the_address_gets_nothing_before_a_replay(database: CoreDatabase) -> None:
    """New events there before the old ones would reorder them for consumers that had not read the old ones yet."""

    async def lose_broker() -> None:
        raise PublishError("The broker was away.")

    publisher = Recorder({2: lose_broker})
    publisher.cluster_id = "first"
    async with run_relay(database, publisher, batch_rows_max=3) as relay:
        await emit(database, [build_fact(A, step) for step in (1, 2, 3)])
        await eventually(lambda: publisher.positions == [1, 2, 3])
        publisher.cluster_id = "second"
        await emit(database, [build_fact(A, step) for step in range(4, 9)])
        await eventually(lambda: publisher.resets >= 3)
        assert publisher.positions == [1, 2, 3]
        assert await fetch_value(database.admin_url, "SELECT position_done FROM messaging.relay_mark") == 3

        await fetch_value(database.admin_url, "SELECT messaging.replay_from(1)")
        await eventually(lambda: publisher.positions == [1, 2, 3, *range(1, 9)])
        await eventually(lambda: relay.state == "active")


async def test_a_backlog_of_several_pages_needs_one_check_of_the_cluster(database: CoreDatabase) -> None:
    await emit(database, [build_fact(A, step) for step in range(1, 11)])
    publisher = Recorder()
    publisher.cluster_id = "first"
    async with run_relay(database, publisher, batch_rows_max=3):
        await eventually(lambda: publisher.positions == list(range(1, 11)))
    assert publisher.resets == 1


async def test_relays_that_race_and_crash_lose_nothing_and_reorder_nothing(
    database: CoreDatabase, embedded_broker: str
) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)
        people = [person_id(number, str(seed)) for number in range(5)]
        expected = {who: list(range(60)) for who in people}
        async with (
            open_tap(embedded_broker) as tap,
            open_publisher(embedded_broker) as publisher,
            open_publisher(embedded_broker) as other,
            run_relay(database, publisher, batch_rows_max=7),
            run_relay(database, other, batch_rows_max=11),
        ):

            async def crash() -> None:
                for _ in range(6):
                    await kill_relay(database)
                    await eventually(lambda: lock_holder(database))
                    await execute(database.admin_url, f"SELECT pg_sleep({chance.random() * 0.3})")

            await asyncio.gather(
                crash(),
                emit(database, (build_fact(who, step) for step in range(60) for who in people), per_transaction=3),
            )
            await eventually(lambda: _has_arrived(tap, expected), 30)
            # A relay that was killed after its last batch would leave repeats of it to the next seed.
            await eventually(lambda: _is_all_marked(database))

    await play_seeds("relay_race", 2, play)


async def _has_arrived(tap: Tap, expected: dict[UUID, list[int]]) -> bool:
    await tap.drain()
    assert tap.first_arrivals() == expected, f"arrived, with repeats: {tap.steps}"
    return True


async def _is_all_marked(database: CoreDatabase) -> bool:
    (backlog,) = await fetch_rows(database.url, BACKLOG)
    return bool(backlog["depth"] == 0)


async def test_whatever_error_a_round_raises_the_relay_goes_on(database: CoreDatabase) -> None:
    async def unheard_of() -> None:
        raise LookupError

    recorder = Recorder({1: raise_publish_error, 2: unheard_of, 3: raise_publish_error})
    async with run_relay(database, recorder) as relay:
        await emit(database, [build_fact(A, 1), build_fact(A, 2)])
        await eventually(lambda: recorder.positions == [1, 2])
        assert relay.state == "active"


class TestWaking:
    async def test_a_commit_wakes_the_relay_long_before_its_poll(self, database: CoreDatabase) -> None:
        recorder = Recorder()
        async with run_relay(database, recorder, poll_seconds=60) as relay:
            await eventually(lambda: relay.state == "active")
            await emit(database, [build_fact(A, 1)])
            await eventually(lambda: recorder.positions == [1])
            started = time.monotonic()
            await emit(database, [build_fact(A, 2)])
            await eventually(lambda: recorder.positions == [1, 2])
            assert time.monotonic() - started < 5

    async def test_an_event_whose_notification_was_lost_is_published_with_the_next_poll(
        self, database: CoreDatabase
    ) -> None:
        await execute(
            database.admin_url,
            "CREATE OR REPLACE FUNCTION messaging.before_telling() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_current_xact_id(); RETURN NULL; END'",
        )
        recorder = Recorder()
        async with run_relay(database, recorder, poll_seconds=0.3) as relay:
            await eventually(lambda: relay.state == "active")
            await emit(database, [build_fact(A, 1)])
            await eventually(lambda: recorder.positions == [1])

    async def test_rows_that_wait_for_an_older_transaction_are_published_soon_after_it_ended(
        self, database: CoreDatabase
    ) -> None:
        recorder = Recorder()
        async with run_relay(database, recorder, poll_seconds=60), open_transactions(database, 1) as (long,):
            await long.begin()
            await emit(database, [build_fact(A, 1)])
            await eventually(
                lambda: fetch_value(database.admin_url, "SELECT last_value = 1 FROM messaging.outbox_turn")
            )
            assert recorder.positions == []
            await long._transaction.rollback()  # which notifies nobody
            await eventually(lambda: recorder.positions == [1])


class TestReplay:
    async def replay(self, database: CoreDatabase, position: int) -> int:
        count: int = await fetch_value(database.admin_url, "SELECT messaging.replay_from($1)", position)
        return count

    @pytest.mark.parametrize(("position", "again"), [(1, [1, 2, 3, 4, 5]), (4, [4, 5]), (6, []), (99, [])])
    async def test_the_outbox_is_published_again_from_a_position(
        self, database: CoreDatabase, position: int, again: list[int]
    ) -> None:
        await emit(database, (build_fact(A, step) for step in range(5)))
        recorder = Recorder()
        async with open_relay(database, recorder) as (relay, connection):
            await send_all(relay, connection)
            assert await self.replay(database, position) == len(again)
            await send_all(relay, connection)
            await emit(database, [build_fact(A, 5)])
            await send_all(relay, connection)

        assert recorder.positions == [1, 2, 3, 4, 5, *again, 6]

    async def test_an_idle_relay_notices_and_resets_its_producer(self, database: CoreDatabase) -> None:
        recorder = Recorder()
        async with run_relay(database, recorder, poll_seconds=60) as relay:
            await emit(database, (build_fact(A, step) for step in range(5)))
            await eventually(lambda: recorder.positions == [1, 2, 3, 4, 5])
            before = recorder.resets
            await self.replay(database, 1)
            await eventually(lambda: recorder.positions == [1, 2, 3, 4, 5] * 2)
            assert relay.state == "active"
            assert recorder.resets == before + 1

    async def test_a_replay_in_the_middle_of_a_backlog_skips_nothing(self, database: CoreDatabase) -> None:
        async def replay() -> None:
            await self.replay(database, 3)

        await emit(database, (build_fact(A, step) for step in range(50)))
        recorder = Recorder({4: replay})
        async with run_relay(database, recorder, batch_rows_max=5):
            await eventually(lambda: recorder.positions[-1:] == [50])

        assert recorder.positions == [*range(1, 21), *range(3, 51)]

    async def test_an_outbox_restored_without_its_sequence_is_not_skipped(self, database: CoreDatabase) -> None:
        await emit(database, (build_fact(A, step) for step in range(5)))
        recorder = Recorder()
        async with open_relay(database, recorder) as (relay, connection):
            await send_all(relay, connection)
            await execute(database.admin_url, "SELECT setval('messaging.outbox_turn', 2)")
            with pytest.raises(MarkAheadError, match="meedoen replay"):
                await relay.publish_settled(connection)
            await self.replay(database, 1)
            await send_all(relay, connection)
            await emit(database, [build_fact(A, 5)])
            await send_all(relay, connection)

        assert recorder.positions == [1, 2, 3, 4, 5] * 2 + [6]


async def test_the_depth_and_age_of_the_backlog_are_those_of_unpublished_rows(database: CoreDatabase) -> None:
    await emit(database, (build_fact(A, step) for step in range(5)))
    (row,) = await fetch_rows(database.url, BACKLOG)
    assert row["depth"] == 5
    assert row["age"] > 0
    recorder = Recorder()
    async with open_relay(database, recorder) as (relay, connection):
        await send_all(relay, connection)
    (row,) = await fetch_rows(database.url, BACKLOG)
    assert tuple(row) == (0, 0)
