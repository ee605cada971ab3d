"""The relay: whatever the order of ids and positions, nothing is skipped and a person's events stay in order."""

import asyncio
import random

import pytest
from core_broker import (
    Recorder,
    open_publisher,
    open_relay,
    open_tap,
    open_transactions,
    raise_publish_error,
    run_relay,
    send_all,
)
from core_rig import CoreDatabase, CoreDatabases, build_fact, emit, execute, fetch_rows, fetch_value, person_id
from core_seeds import play_seeds

from shared.messaging.failures import PublishError
from shared.testing.eventually import eventually

A, B = person_id(1, "relay"), person_id(2, "relay")


async def load_mark(database: CoreDatabase) -> int:
    done: int = await fetch_value(database.admin_url, "SELECT position_done FROM messaging.relay_mark")
    return done


class TestOrder:
    async def test_an_older_transaction_that_commits_later_is_waited_for_and_not_skipped(
        self, database: CoreDatabase
    ) -> None:
        recorder = Recorder()
        async with (
            open_transactions(database, 2) as (older, younger),
            open_relay(database, recorder) as (relay, connection),
        ):
            await older.begin()
            await older.emit(A, 1)
            await younger.begin()
            await younger.emit(B, 1)
            await younger.commit()
            assert await relay.publish_settled(connection) == 0
            await older.commit()
            assert await send_all(relay, connection) == 2

        assert recorder.positions == [1, 2]

    async def test_a_younger_transaction_with_a_smaller_position_is_not_skipped(self, database: CoreDatabase) -> None:
        recorder = Recorder()
        async with (
            open_transactions(database, 2) as (older, younger),
            open_relay(database, recorder) as (relay, connection),
        ):
            await older.begin()
            await younger.begin()
            await younger.emit(A, 1)
            await older.emit(B, 1)
            await older.commit()
            assert await relay.publish_settled(connection) == 0
            await younger.commit()
            assert await send_all(relay, connection) == 2

        assert recorder.positions == [1, 2]

    async def test_an_older_transaction_that_waited_for_a_younger_ones_lock_comes_after_it(
        self, database: CoreDatabase
    ) -> None:
        """Here positions follow the commits, and transaction ids do not."""
        recorder = Recorder()
        async with (
            open_transactions(database, 2) as (older, younger),
            open_relay(database, recorder) as (relay, connection),
        ):
            await older.begin()
            await younger.begin()
            await younger.emit(A, await younger.lock(A))
            waiting = asyncio.create_task(older.lock(A))
            await younger.commit()
            assert await relay.publish_settled(connection) == 0
            await older.emit(A, await waiting)
            await older.commit()
            await send_all(relay, connection)

        assert recorder.positions == [1, 2]

    async def test_a_third_transaction_that_runs_between_the_two_reorders_nothing(self, database: CoreDatabase) -> None:
        """Everything older than the oldest running transaction has ended, and so may have younger ones."""
        recorder = Recorder()
        async with (
            open_transactions(database, 3) as (oldest, middle, youngest),
            open_relay(database, recorder) as (relay, connection),
        ):
            for transaction in (oldest, middle, youngest):
                await transaction.begin()
            await youngest.emit(A, await youngest.lock(A))
            await youngest.commit()
            await oldest.emit(A, await oldest.lock(A))
            await oldest.commit()
            await relay.publish_settled(connection)
            await middle.commit()
            await send_all(relay, connection)

        assert recorder.positions == [1, 2]

    async def test_a_transaction_in_another_database_of_the_server_blocks_events_while_it_runs(
        self, database: CoreDatabase, core_databases: CoreDatabases
    ) -> None:
        recorder = Recorder()
        async with (
            open_transactions(core_databases.make(), 1) as (foreign,),
            open_relay(database, recorder) as (relay, connection),
        ):
            await foreign.begin()
            await emit(database, [build_fact(A, 1)])
            assert await relay.publish_settled(connection) == 0
            await foreign.commit()
            assert await send_all(relay, connection) == 1

        assert recorder.positions == [1]

    async def test_in_every_interleaving_every_event_is_published_once_and_in_order(
        self, database: CoreDatabase, embedded_broker: str
    ) -> None:
        async def play(seed: int) -> None:
            await execute(database.admin_url, "TRUNCATE person_lock")
            world = str(seed)
            async with (
                open_tap(embedded_broker) as tap,
                open_publisher(embedded_broker) as publisher,
                run_relay(database, publisher, batch_rows_max=1 + seed % 7, poll_seconds=0.2),
            ):
                async with asyncio.TaskGroup() as group:
                    for number in range(5):
                        group.create_task(emit_randomly(database, random.Random(seed + number), world))
                locks = await fetch_rows(database.admin_url, "SELECT person, facts FROM person_lock")
                expected = {row["person"]: list(range(1, row["facts"] + 1)) for row in locks}

                async def has_all() -> bool:
                    return await tap.drain() == expected

                await eventually(has_all, 20)
                assert len(tap.ids) == len(set(tap.ids))

        await play_seeds("relay_order", 3, play)


async def emit_randomly(database: CoreDatabase, chance: random.Random, world: str) -> None:
    """Run transactions that take their ids, locks (in one order, so no deadlock) and positions one after the other."""
    for _ in range(15):
        async with open_transactions(database, 1) as (transaction,):
            if chance.random() < 0.5:
                await transaction.begin()
            else:
                await transaction._transaction.start()
            facts = []
            for number in sorted(chance.sample(range(4), chance.randint(1, 3))):
                who = person_id(number, world)
                facts.append((who, await transaction.lock(who)))
                await transaction.connection.execute("SELECT pg_sleep($1)", chance.choice([0, 0, 0.01]))
            for who, step in facts:
                await transaction.emit(who, step)
            await transaction.connection.execute("SELECT pg_sleep($1)", chance.choice([0, 0, 0.02]))
            await transaction.commit()


class TestPages:
    async def test_a_backlog_larger_than_a_batch_is_published_page_by_page(self, database: CoreDatabase) -> None:
        await emit(database, (build_fact(A, step) for step in range(105)), per_transaction=21)
        recorder = Recorder()
        async with open_relay(database, recorder, batch_rows_max=10) as (relay, connection):
            assert await send_all(relay, connection) == 105

        assert recorder.positions == list(range(1, 106))
        assert max(map(len, recorder.batches)) == 10
        assert await load_mark(database) == 105

    async def test_after_a_failure_it_goes_on_from_the_last_page_that_was_acknowledged(
        self, database: CoreDatabase
    ) -> None:
        await emit(database, (build_fact(A, step) for step in range(50)), per_transaction=50)
        recorder = Recorder({3: raise_publish_error})
        async with open_relay(database, recorder, batch_rows_max=10) as (relay, connection):
            with pytest.raises(PublishError):
                await send_all(relay, connection)
            assert await load_mark(database) == 20
        await emit(database, [build_fact(A, 50)])
        async with open_relay(database, recorder, batch_rows_max=10) as (relay, connection):
            await send_all(relay, connection)

        assert recorder.positions == list(range(1, 52))

    async def test_a_transaction_that_runs_while_a_backlog_is_published_comes_after_it_and_is_not_skipped(
        self, database: CoreDatabase
    ) -> None:
        await emit(database, (build_fact(B, step) for step in range(30)))
        async with open_transactions(database, 1) as (late,):

            async def begin() -> None:
                await late.begin()
                await late.emit(A, 1)
                await emit(database, [build_fact(B, 30)])

            recorder = Recorder({2: begin, 4: raise_publish_error})
            async with open_relay(database, recorder, batch_rows_max=5) as (relay, connection):
                with pytest.raises(PublishError):
                    await send_all(relay, connection)
                assert await relay.publish_settled(connection) == 0
                await late.commit()
                assert await send_all(relay, connection) == 17

        assert recorder.positions == list(range(1, 33))
