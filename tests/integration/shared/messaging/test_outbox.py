"""The log: appended to and never changed, bounded in size, kept by month, and given up only when it was sent."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from core_broker import Recorder, send_all, sending_once, tellers
from core_rig import HERE, CoreDatabase, emit, execute, fact, inbox, message, opened, person, rows, take, value, written

from shared.events import IntakeScheduled, OutreachHeld
from shared.events.codes import OutreachChannel
from shared.events.envelope import EventTooLargeError

A = person(1)
MONTHS = """
SELECT (SELECT relname FROM pg_class WHERE oid = {table}.tableoid) AS month, count(*)::int AS kept
FROM messaging.{table} GROUP BY 1 ORDER BY 1
"""


async def kept(database: CoreDatabase, table: str) -> dict[str, int]:
    return {row["month"]: row["kept"] for row in await rows(database.admin_url, MONTHS.format(table=table))}


def this_month(ago: int = 0) -> str:
    first = datetime.now(UTC).replace(day=1)
    for _ in range(ago):
        first = (first - timedelta(days=1)).replace(day=1)
    return first.strftime("_%Y_%m")


async def make_month(database: CoreDatabase, ago: int) -> None:
    """A month's partitions as they were made when it was still to come."""
    await execute(
        database.admin_url,
        f"""DO $$ DECLARE first timestamptz := date_trunc('month', now(), 'UTC') - interval '{ago} months';
            after timestamptz := first + interval '1 month';
        BEGIN
            PERFORM messaging.make_month('outbox', 'outbox{this_month(ago)}', first::text, after::text);
            PERFORM messaging.make_month('inbox', 'inbox{this_month(ago)}', messaging.first_uuid(first)::text,
                                         messaging.first_uuid(after)::text);
        END $$""",
    )


async def tell_long_ago(database: CoreDatabase, ago: int) -> None:
    """One fact of that month, sent and received then."""
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
    async def test_the_service_may_add_to_the_log_and_change_nothing_in_it(
        self, database: CoreDatabase, statement: str
    ) -> None:
        await emit(database, [fact(A, 1)])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(database.url, statement)

    async def test_the_service_may_not_write_into_a_month_directly(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(
                database.url,
                f"INSERT INTO messaging.outbox{this_month()} SELECT 1, now(), gen_random_uuid(), 't', 'k', NULL, ''",
            )

    async def test_marks_and_audit_lines_can_not_be_taken_back(self, database: CoreDatabase) -> None:
        for table in ("inbox", "held_audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await execute(database.url, f"TRUNCATE messaging.{table}")


class TestTelling:
    def outreach(self, pairs: int) -> OutreachHeld:
        return OutreachHeld(
            outreach_id=A,
            channel=OutreachChannel.MARKET,
            neighbourhood="meerzicht",
            ambassador_ids=tuple(person(number) for number in range(pairs)),
            people_reached=1,
            held_on=fact(A, 1).withdrawn_on,
        )

    async def test_an_event_larger_than_64_kib_is_refused_when_it_is_told(self, database: CoreDatabase) -> None:
        async with opened(database) as service, service.transaction(HERE) as tx:
            huge = self.outreach(1).model_copy(update={"ambassador_ids": (A,) * 2_000})
            with pytest.raises(EventTooLargeError, match="split the event"):
                tx.emit(huge)
            tx.emit(self.outreach(20))

        assert await value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 1

    async def test_the_table_itself_takes_nothing_larger(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.CheckViolationError):
            await execute(
                database.url,
                "INSERT INTO messaging.outbox (event_id, topic, key, payload) "
                "VALUES (gen_random_uuid(), 't', 'k', repeat('x', 65537)::bytea)",
            )

    async def test_a_service_tells_its_own_facts_only_and_of_a_municipality(self, database: CoreDatabase) -> None:
        async with opened(database) as service:
            async with service.transaction(HERE) as tx:
                with pytest.raises(ValueError, match="published by intake"):
                    tx.emit(IntakeScheduled(person_id=A, planned_on=fact(A, 1).withdrawn_on))
            async with service.transaction(None) as tx:
                with pytest.raises(ValueError, match="not a municipality"):
                    tx.emit(fact(A, 1))

    async def test_a_transaction_that_fails_tells_nothing(self, database: CoreDatabase) -> None:
        async with opened(database) as service:
            with contextlib.suppress(LookupError):
                async with service.transaction(HERE) as tx:
                    tx.emit(fact(A, 1))
                    raise LookupError
        assert await value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 0


class TestMonths:
    async def test_a_fact_and_a_mark_stand_in_the_partition_of_their_month(self, database: CoreDatabase) -> None:
        await emit(database, [fact(A, 1)])
        async with opened(database) as service:
            await take(inbox(service), written(fact(A, 1)))

        assert await kept(database, "outbox") == {f"outbox{this_month()}": 1}
        assert await kept(database, "inbox") == {f"inbox{this_month()}": 1}

    async def test_what_belongs_to_no_month_that_was_made_is_taken_too(self, database: CoreDatabase) -> None:
        await tell_long_ago(database, 30)
        async with opened(database) as service:
            foreign = message(written(fact(A, 1)), value=written(fact(A, 1)).payload.replace(b"systeem", b"anders"))
            await take(inbox(service), foreign)

        assert await kept(database, "outbox") == {"outbox_rest": 1}
        assert await kept(database, "inbox") == {"inbox_rest": 2}

    async def test_months_are_made_ahead_by_any_number_of_processes_at_once(self, database: CoreDatabase) -> None:
        await asyncio.gather(*(value(database.url, "SELECT messaging.make_partitions(5)::text") for _ in range(4)))
        made = await value(
            database.admin_url, "SELECT count(*) FROM pg_class WHERE relname ~ '^(out|in)box_[0-9]{4}_[0-9]{2}$'"
        )
        assert made == 12

    async def test_making_a_month_waits_for_nobody_and_dropping_one_gives_way(self, database: CoreDatabase) -> None:
        await make_month(database, 6)
        async with tellers(database, 1) as (long,), asyncio.timeout(20):
            await long.begin()
            await long.tell(A, 1)
            await value(database.url, "SELECT messaging.make_partitions(6)::text")
            await emit(database, [fact(A, 2)])
            with pytest.raises(asyncpg.LockNotAvailableError):
                await value(database.url, "SELECT messaging.drop_partitions(3)")

    async def test_only_months_that_are_old_and_wholly_sent_are_dropped(self, database: CoreDatabase) -> None:
        for ago in (6, 5, 4, 3, 2):
            await make_month(database, ago)
            await tell_long_ago(database, ago)
        recorder = Recorder()
        async with sending_once(database, recorder) as (relay, connection):
            assert await send_all(relay, connection) == 5
            await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 2")
            await value(database.url, "SELECT messaging.drop_partitions(3)")
            assert list(await kept(database, "outbox")) == [f"outbox{this_month(ago)}" for ago in (4, 3, 2)]
            await send_all(relay, connection)
            await value(database.url, "SELECT messaging.drop_partitions(3)")
            assert list(await kept(database, "outbox")) == [f"outbox{this_month(ago)}" for ago in (3, 2)]

    async def test_marks_are_kept_a_month_longer_than_facts_so_that_a_replay_doubles_nothing(
        self, database: CoreDatabase
    ) -> None:
        for ago in (6, 5, 4, 3, 2):
            await make_month(database, ago)
            await tell_long_ago(database, ago)
        await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 99")
        await value(database.url, "SELECT messaging.drop_partitions(3)")

        assert list(await kept(database, "outbox")) == [f"outbox{this_month(ago)}" for ago in (3, 2)]
        assert list(await kept(database, "inbox")) == [f"inbox{this_month(ago)}" for ago in (4, 3, 2)]

    async def test_strays_are_given_up_with_their_month_when_they_were_sent(self, database: CoreDatabase) -> None:
        for ago in (30, 1):
            await tell_long_ago(database, ago)
        async with opened(database) as service:
            foreign = message(written(fact(A, 1)), value=written(fact(A, 1)).payload.replace(b"systeem", b"anders"))
            await take(inbox(service), foreign)
        await value(database.url, "SELECT messaging.drop_partitions(3)")
        assert await kept(database, "outbox") == {"outbox_rest": 2}
        await execute(database.admin_url, "UPDATE messaging.relay_mark SET position_done = 99")
        await value(database.url, "SELECT messaging.drop_partitions(3)")

        assert await kept(database, "outbox") == {"outbox_rest": 1}
        assert await kept(database, "inbox") == {"inbox_rest": 2}  # the foreign id tells no month, so it stays

    async def test_the_present_can_not_be_dropped(self, database: CoreDatabase) -> None:
        with pytest.raises(asyncpg.RaiseError, match="at least one month"):
            await value(database.url, "SELECT messaging.drop_partitions(0)")
