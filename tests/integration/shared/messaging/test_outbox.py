"""The outbox: append-only, bounded in size, partitioned by month, and dropped only when it was published."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from core_broker import Recorder, open_relay, open_transactions, send_all
from core_rig import (
    HERE,
    CoreDatabase,
    build_fact,
    build_inbox,
    deliver,
    emit,
    execute,
    fetch_rows,
    fetch_value,
    make_event,
    open_database,
    person_id,
)

from shared.events import IntakeScheduled, OutreachHeld
from shared.events.codes import OutreachChannel
from shared.events.envelope import EventTooLargeError, write_event

A = person_id(1)
WITHOUT_TIME = UUID("ffffffff-ffff-4fff-8fff-ffffffffffff")
MONTHS = """
SELECT (SELECT relname FROM pg_class WHERE oid = {table}.tableoid) AS month, count(*)::int AS rows
FROM messaging.{table} GROUP BY 1 ORDER BY 1
"""


async def count_by_month(database: CoreDatabase, table: str) -> dict[str, int]:
    return {row["month"]: row["rows"] for row in await fetch_rows(database.admin_url, MONTHS.format(table=table))}


def month_suffix(ago: int = 0) -> str:
    first = datetime.now(UTC).replace(day=1)
    for _ in range(ago):
        first = (first - timedelta(days=1)).replace(day=1)
    return first.strftime("_%Y_%m")


async def make_month(database: CoreDatabase, ago: int) -> None:
    """Create the partitions of a past month, as they were created when it was still to come."""
    await execute(
        database.admin_url,
        f"""DO $$ DECLARE first timestamptz := date_trunc('month', now(), 'UTC') - interval '{ago} months';
            after timestamptz := first + interval '1 month';
        BEGIN
            PERFORM messaging.make_month('outbox', 'outbox{month_suffix(ago)}', first::text, after::text);
            PERFORM messaging.make_month('inbox', 'inbox{month_suffix(ago)}', messaging.first_uuid(first)::text,
                                         messaging.first_uuid(after)::text);
        END $$""",
    )


async def insert_long_ago(database: CoreDatabase, ago: int) -> None:
    """Insert one event of that month, published and consumed then."""
    await execute(
        database.admin_url,
        f"SET rig.ago = '{ago} months'",
        """INSERT INTO messaging.outbox (recorded_at, event_id, topic, key, payload)
        VALUES (now() - current_setting('rig.ago')::interval, gen_random_uuid(), 't', 'k', '')""",
        """INSERT INTO messaging.inbox SELECT overlay(
            messaging.first_uuid(now() - current_setting('rig.ago')::interval)::text PLACING '7' FROM 15
        )::uuid""",
    )


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE messaging.outbox SET key = 'x'", "DELETE FROM messaging.outbox", "TRUNCATE messaging.outbox"],
    )
    async def test_the_service_may_insert_and_change_nothing(self, database: CoreDatabase, statement: str) -> None:
        await emit(database, [build_fact(A, 1)])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(database.url, statement)

    async def test_the_service_may_not_insert_into_a_partition_directly(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(
                database.url,
                f"INSERT INTO messaging.outbox{month_suffix()} SELECT 1, now(), gen_random_uuid(), 't', 'k', NULL, ''",
            )

    async def test_inbox_marks_and_audit_lines_cannot_be_deleted(self, database: CoreDatabase) -> None:
        for table in ("inbox", "held_audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await execute(database.url, f"TRUNCATE messaging.{table}")


class TestEmitting:
    def build_outreach(self, pairs: int) -> OutreachHeld:
        return OutreachHeld(
            outreach_id=A,
            channel=OutreachChannel.MARKET,
            neighbourhood="meerzicht",
            ambassador_ids=tuple(person_id(number) for number in range(pairs)),
            people_reached=1,
            held_on=build_fact(A, 1).withdrawn_on,
        )

    async def test_an_event_larger_than_64_kib_is_refused_when_it_is_emitted(self, database: CoreDatabase) -> None:
        async with open_database(database) as service, service.transaction(HERE) as tx:
            huge = self.build_outreach(1).model_copy(update={"ambassador_ids": (A,) * 2_000})
            with pytest.raises(EventTooLargeError, match="split the event"):
                tx.emit(huge)
            tx.emit(self.build_outreach(20))

        assert await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 1

    async def test_the_table_itself_refuses_a_larger_one(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.CheckViolationError):
            await execute(
                database.url,
                f"SET app.municipality = '{HERE}'",
                "INSERT INTO messaging.outbox (event_id, topic, key, payload) "
                "VALUES (gen_random_uuid(), 't', 'k', repeat('x', 65537)::bytea)",
            )

    async def test_a_service_emits_its_own_events_only_and_of_a_municipality(self, database: CoreDatabase) -> None:
        async with open_database(database) as service:
            async with service.transaction(HERE) as tx:
                with pytest.raises(ValueError, match="published by intake"):
                    tx.emit(IntakeScheduled(person_id=A, planned_on=build_fact(A, 1).withdrawn_on))
            async with service.transaction(None) as tx:
                with pytest.raises(ValueError, match="not a municipality"):
                    tx.emit(build_fact(A, 1))

    async def test_a_transaction_that_fails_publishes_nothing(self, database: CoreDatabase) -> None:
        async with open_database(database) as service:
            with contextlib.suppress(LookupError):
                async with service.transaction(HERE) as tx:
                    tx.emit(build_fact(A, 1))
                    raise LookupError
        assert await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 0


class TestMonths:
    async def test_an_event_and_a_mark_are_in_the_partition_of_their_month(self, database: CoreDatabase) -> None:
        await emit(database, [build_fact(A, 1)])
        async with open_database(database) as service:
            await deliver(build_inbox(service), make_event(A, 1))

        assert await count_by_month(database, "outbox") == {f"outbox{month_suffix()}": 1}
        assert await count_by_month(database, "inbox") == {f"inbox{month_suffix()}": 1}

    async def test_what_belongs_to_no_partition_is_stored_too(self, database: CoreDatabase) -> None:
        await insert_long_ago(database, 30)
        async with open_database(database) as service:
            timeless = write_event(build_fact(A, 1), municipality=HERE, event_id=WITHOUT_TIME)
            await deliver(build_inbox(service), timeless)

        assert await count_by_month(database, "outbox") == {"outbox_rest": 1}
        assert await count_by_month(database, "inbox") == {"inbox_rest": 2}

    async def test_partitions_are_created_ahead_by_any_number_of_processes_at_once(
        self, database: CoreDatabase
    ) -> None:
        await asyncio.gather(
            *(fetch_value(database.url, "SELECT messaging.make_partitions(5)::text") for _ in range(4))
        )
        count = await fetch_value(
            database.admin_url, "SELECT count(*) FROM pg_class WHERE relname ~ '^(out|in)box_[0-9]{4}_[0-9]{2}$'"
        )
        assert count == 12

    async def test_creating_a_partition_waits_for_nobody_and_dropping_one_gives_up(
        self, database: CoreDatabase
    ) -> None:
        await make_month(database, 6)
        async with open_transactions(database, 1) as (long,), asyncio.timeout(20):
            await long.begin()
            await long.emit(A, 1)
            await fetch_value(database.url, "SELECT messaging.make_partitions(6)::text")
            await emit(database, [build_fact(A, 2)])
            with pytest.raises(asyncpg.LockNotAvailableError):
                await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")

    async def test_only_partitions_that_are_old_and_published_are_dropped(self, database: CoreDatabase) -> None:
        for ago in (6, 5, 4, 3, 2):
            await make_month(database, ago)
            await insert_long_ago(database, ago)
        recorder = Recorder()
        async with open_relay(database, recorder) as (relay, connection):
            assert await send_all(relay, connection) == 5
            await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 2")
            await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")
            assert list(await count_by_month(database, "outbox")) == [f"outbox{month_suffix(ago)}" for ago in (4, 3, 2)]
            await send_all(relay, connection)
            await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")
            assert list(await count_by_month(database, "outbox")) == [f"outbox{month_suffix(ago)}" for ago in (3, 2)]

    async def test_inbox_marks_stay_a_month_longer_than_events_so_that_a_replay_doubles_nothing(
        self, database: CoreDatabase
    ) -> None:
        for ago in (6, 5, 4, 3, 2):
            await make_month(database, ago)
            await insert_long_ago(database, ago)
        await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 99")
        await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")

        assert list(await count_by_month(database, "outbox")) == [f"outbox{month_suffix(ago)}" for ago in (3, 2)]
        assert list(await count_by_month(database, "inbox")) == [f"inbox{month_suffix(ago)}" for ago in (4, 3, 2)]

    async def test_rows_of_the_default_partition_are_deleted_with_their_month_when_published(
        self, database: CoreDatabase
    ) -> None:
        for ago in (30, 1):
            await insert_long_ago(database, ago)
        async with open_database(database) as service:
            timeless = write_event(build_fact(A, 1), municipality=HERE, event_id=WITHOUT_TIME)
            await deliver(build_inbox(service), timeless)
        await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")
        assert await count_by_month(database, "outbox") == {"outbox_rest": 2}
        await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 99")
        await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(3)")

        assert await count_by_month(database, "outbox") == {"outbox_rest": 1}
        assert await count_by_month(database, "inbox") == {
            "inbox_rest": 2
        }  # an id of another version has no time in it, so it stays

    async def test_the_current_month_cannot_be_dropped(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.RaiseError, match="at least one month"):
            await fetch_value(database.operator_url, "SELECT messaging.drop_partitions(0)")
