"""The relay: whatever the order of ids and positions, nothing is skipped and a person's facts stay in order."""

import asyncio
import random

import pytest
from core_broker import Recorder, publishing, refuse, relaying, send_all, sending_once, tapped, tellers
from core_rig import CoreDatabase, CoreDatabases, emit, execute, fact, person, rows, value
from core_seeds import play_seeds

from shared.messaging.relay import PublishError
from shared.testing.eventually import eventually

A, B = person(1, "relay"), person(2, "relay")


async def mark(database: CoreDatabase) -> int:
    done: int = await value(database.admin_url, "SELECT position_done FROM messaging.relay_mark")
    return done


class TestOrder:
    async def test_an_older_transaction_that_commits_later_is_waited_for_and_not_skipped(
        self, database: CoreDatabase
    ) -> None:
        recorder = Recorder()
        async with tellers(database, 2) as (older, younger), sending_once(database, recorder) as (relay, connection):
            await older.begin()
            await older.tell(A, 1)
            await younger.begin()
            await younger.tell(B, 1)
            await younger.commit()
            assert await relay.publish_settled(connection) == 0
            await older.commit()
            assert await send_all(relay, connection) == 2

        assert recorder.positions == [1, 2]

    async def test_a_younger_transaction_with_a_smaller_position_is_not_skipped(self, database: CoreDatabase) -> None:
        recorder = Recorder()
        async with tellers(database, 2) as (older, younger), sending_once(database, recorder) as (relay, connection):
            await older.begin()
            await younger.begin()
            await younger.tell(A, 1)
            await older.tell(B, 1)
            await older.commit()
            assert await relay.publish_settled(connection) == 0
            await younger.commit()
            assert await send_all(relay, connection) == 2

        assert recorder.positions == [1, 2]

    async def test_an_older_transaction_that_waited_for_a_younger_ones_lock_comes_after_it(
        self, database: CoreDatabase
    ) -> None:
        """Positions agree with the commits here and transaction ids do not."""
        recorder = Recorder()
        async with tellers(database, 2) as (older, younger), sending_once(database, recorder) as (relay, connection):
            await older.begin()
            await younger.begin()
            await younger.tell(A, await younger.lock(A))
            waiting = asyncio.create_task(older.lock(A))
            await younger.commit()
            assert await relay.publish_settled(connection) == 0
            await older.tell(A, await waiting)
            await older.commit()
            await send_all(relay, connection)

        assert recorder.positions == [1, 2]

    async def test_a_third_transaction_that_runs_between_the_two_swaps_nothing(self, database: CoreDatabase) -> None:
        """Everything older than the oldest that still runs has ended; but so may have some that is younger."""
        recorder = Recorder()
        async with (
            tellers(database, 3) as (oldest, middle, youngest),
            sending_once(database, recorder) as (relay, link),
        ):
            for teller in (oldest, middle, youngest):
                await teller.begin()
            await youngest.tell(A, await youngest.lock(A))
            await youngest.commit()
            await oldest.tell(A, await oldest.lock(A))
            await oldest.commit()
            await relay.publish_settled(link)
            await middle.commit()
            await send_all(relay, link)

        assert recorder.positions == [1, 2]

    async def test_a_stranger_in_another_database_of_the_server_holds_facts_back_while_it_runs(
        self, database: CoreDatabase, core_databases: CoreDatabases
    ) -> None:
        recorder = Recorder()
        async with (
            tellers(core_databases.make(), 1) as (stranger,),
            sending_once(database, recorder) as (relay, connection),
        ):
            await stranger.begin()
            await emit(database, [fact(A, 1)])
            assert await relay.publish_settled(connection) == 0
            await stranger.commit()
            assert await send_all(relay, connection) == 1

        assert recorder.positions == [1]

    async def test_whatever_the_interleaving_every_fact_comes_once_and_in_order(
        self, database: CoreDatabase, embedded_broker: str
    ) -> None:
        async def play(seed: int) -> None:
            await execute(database.admin_url, "TRUNCATE person_lock")
            world = str(seed)
            async with (
                tapped(embedded_broker) as tap,
                publishing(embedded_broker) as publisher,
                relaying(database, publisher, batch_rows_max=1 + seed % 7, poll_seconds=0.2),
            ):
                async with asyncio.TaskGroup() as group:
                    for number in range(5):
                        group.create_task(tell_randomly(database, random.Random(seed + number), world))
                told = await rows(database.admin_url, "SELECT person, facts FROM person_lock")
                expected = {row["person"]: list(range(1, row["facts"] + 1)) for row in told}

                async def all_there() -> bool:
                    return await tap.drain() == expected

                await eventually(all_there, 20)
                assert len(tap.ids) == len(set(tap.ids))

        await play_seeds("relay_order", 3, play)


async def tell_randomly(database: CoreDatabase, chance: random.Random, world: str) -> None:
    """Transactions that take their ids, locks (in one order, so no deadlock) and positions one after the other."""
    for _ in range(15):
        async with tellers(database, 1) as (teller,):
            if chance.random() < 0.5:
                await teller.begin()
            else:
                await teller._transaction.start()
            facts = []
            for number in sorted(chance.sample(range(4), chance.randint(1, 3))):
                who = person(number, world)
                facts.append((who, await teller.lock(who)))
                await teller.connection.execute("SELECT pg_sleep($1)", chance.choice([0, 0, 0.01]))
            for who, step in facts:
                await teller.tell(who, step)
            await teller.connection.execute("SELECT pg_sleep($1)", chance.choice([0, 0, 0.02]))
            await teller.commit()


class TestWindows:
    async def test_a_backlog_larger_than_a_batch_is_sent_page_by_page_and_its_window_closed(
        self, database: CoreDatabase
    ) -> None:
        await emit(database, (fact(A, step) for step in range(105)), per_transaction=21)
        recorder = Recorder()
        async with sending_once(database, recorder, batch_rows_max=10) as (relay, connection):
            assert await send_all(relay, connection) == 105

        assert recorder.positions == list(range(1, 106))
        assert max(map(len, recorder.batches)) == 10
        assert await mark(database) == 105

    async def test_after_a_failure_in_a_window_it_goes_on_from_the_last_page_that_was_acknowledged(
        self, database: CoreDatabase
    ) -> None:
        await emit(database, (fact(A, step) for step in range(50)), per_transaction=50)
        recorder = Recorder({3: refuse})
        async with sending_once(database, recorder, batch_rows_max=10) as (relay, connection):
            with pytest.raises(PublishError):
                await send_all(relay, connection)
            assert await mark(database) == 20
        await emit(database, [fact(A, 50)])
        async with sending_once(database, recorder, batch_rows_max=10) as (relay, connection):
            await send_all(relay, connection)

        assert recorder.positions == list(range(1, 52))

    async def test_a_transaction_that_runs_while_a_backlog_is_sent_comes_after_it_and_is_not_skipped(
        self, database: CoreDatabase
    ) -> None:
        await emit(database, (fact(B, step) for step in range(30)))
        async with tellers(database, 1) as (late,):

            async def begin() -> None:
                await late.begin()
                await late.tell(A, 1)
                await emit(database, [fact(B, 30)])

            recorder = Recorder({2: begin, 4: refuse})
            async with sending_once(database, recorder, batch_rows_max=5) as (relay, connection):
                with pytest.raises(PublishError):
                    await send_all(relay, connection)
                assert await relay.publish_settled(connection) == 0
                await late.commit()
                assert await send_all(relay, connection) == 17

        assert recorder.positions == list(range(1, 33))
