"""The inbox: once in effect, order per key, and one event's trouble is its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import pytest
from core_rig import (
    HERE,
    THERE,
    CoreDatabase,
    counted,
    effects,
    execute,
    fact,
    held,
    inbox,
    keep,
    keep_many,
    opened,
    person,
    step_of,
    take,
    value,
    written,
)
from sqlalchemy import Integer, bindparam, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.transactions import Transaction
from shared.events import CandidateRecruited, CandidateWithdrawn, IntakeScheduled
from shared.messaging import DONE, HoldReason, Outcome, Park, Received, Retry, Subscription

Withdrawn = Received[CandidateWithdrawn]
Handler = Callable[[Withdrawn, Transaction], Awaitable[Outcome]]
A, B, C = person(1), person(2), person(3)


def but_for(who: object, ending: Callable[[Withdrawn, Transaction], Awaitable[Outcome]]) -> list[Subscription]:
    """Everyone's events are kept; this person's end as told."""

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return await (ending if received.data.person_id == who else keep)(received, tx)

    return [Subscription(CandidateWithdrawn, handler)]


async def queue(database: CoreDatabase) -> list[tuple[str, str, str | None]]:
    return [(row["key"], row["state"], row["reason"]) for row in await held(database)]


class TestOnce:
    async def test_an_event_that_comes_twice_in_a_batch_and_again_later_has_one_effect(
        self, database: CoreDatabase
    ) -> None:
        first, second = written(fact(A, 1)), written(fact(A, 2))
        counts = counted()
        async with opened(database) as service:
            box = inbox(service, counts=counts)
            await take(box, first, second, first)
            await take(box, second)

        assert await effects(database) == {A: [1, 2]}
        assert counts("consumed_events", outcome="done") == 2
        assert counts("consumed_events", outcome="known") == 2

    async def test_two_processes_that_have_the_same_events_do_them_once_and_in_order(
        self, database: CoreDatabase
    ) -> None:
        batch = [written(fact(person(number % 7), number)) for number in range(70)]
        async with opened(database) as one, opened(database) as other:
            await asyncio.gather(take(inbox(one), *batch[:50]), take(inbox(other), *batch))

        assert await effects(database) == {person(who): list(range(who, 70, 7)) for who in range(7)}

    async def test_events_known_already_are_counted_once_when_the_batch_is_done_again_one_by_one(
        self, database: CoreDatabase
    ) -> None:
        async def never(received: Withdrawn, tx: Transaction) -> Outcome:
            return Park(HoldReason.REFUSED, "No.")

        known, counts = written(fact(A, 1)), counted()
        async with opened(database) as service:
            box = inbox(service, but_for(B, never), counts=counts)
            await take(box, known)
            await take(box, known, written(fact(B, 1)), written(fact(C, 1)))

        assert counts("consumed_events", outcome="known") == 1
        assert counts("consumed_events", outcome="done") == 2
        assert counts("consumed_events", outcome="park") == counts("parked_events", reason="refused") == 1


class TestHeldBack:
    @pytest.mark.parametrize(
        ("ending", "state"),
        [(Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60), "retrying"), (Park(HoldReason.REFUSED, "No."), "parked")],
    )
    async def test_later_events_of_the_key_wait_in_order_and_no_other_key_notices(
        self, database: CoreDatabase, ending: Outcome, state: str
    ) -> None:
        async def not_now(received: Withdrawn, tx: Transaction) -> Outcome:
            return ending if step_of(received.data) == 2 else await keep(received, tx)

        async with opened(database) as service:
            box = inbox(service, but_for(A, not_now))
            assert await take(box, *(written(fact(who, step)) for step in (1, 2, 3) for who in (A, B))) == 2
            assert await take(box, written(fact(A, 4)), written(fact(B, 4)), written(fact(C, 4))) == 1

        assert await effects(database) == {A: [1], B: [1, 2, 3, 4], C: [4]}
        assert [(key, told) for key, told, _ in await queue(database)] == [
            (str(A), state),
            (str(A), "waiting"),
            (str(A), "waiting"),
        ]

    async def test_what_a_handler_wrote_and_told_before_it_gave_up_is_gone(self, database: CoreDatabase) -> None:
        async def too_late(received: Withdrawn, tx: Transaction) -> Outcome:
            await keep(received, tx)
            tx.emit(fact(received.data.person_id, 99))
            return Park(HoldReason.REFUSED, "No.")

        async def tells(received: Withdrawn, tx: Transaction) -> Outcome:
            tx.emit(fact(received.data.person_id, 100))
            return await keep(received, tx)

        async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
            return await (too_late if received.data.person_id == A else tells)(received, tx)

        async with opened(database) as service:
            box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
            await take(box, written(fact(B, 1)), written(fact(A, 1)), written(fact(C, 1)))

        assert await effects(database) == {B: [1], C: [1]}
        told = await value(database.admin_url, "SELECT array_agg(key ORDER BY position) FROM messaging.outbox")
        assert told == [str(B), str(C)]

    async def test_events_of_the_same_person_on_another_topic_do_not_wait(self, database: CoreDatabase) -> None:
        async def not_now(received: Withdrawn, tx: Transaction) -> Outcome:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)

        async def scheduled(received: Received[IntakeScheduled], tx: Transaction) -> Outcome:
            tx.emit(fact(received.data.person_id, 7))
            return DONE

        lines = [*but_for(A, not_now), Subscription(IntakeScheduled, scheduled)]
        other = written(IntakeScheduled(person_id=A, planned_on=fact(A, 1).withdrawn_on))  # type: ignore[arg-type]  # any event will do
        async with opened(database) as service:
            assert await take(inbox(service, lines), written(fact(A, 1)), other) == 1

        assert await value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 1


class TestTenants:
    async def test_each_event_of_a_mixed_batch_sees_the_rows_of_its_own_municipality(
        self, database: CoreDatabase
    ) -> None:
        seen: list[tuple[str, int]] = []

        async def look(received: Withdrawn, tx: Transaction) -> Outcome:
            found = await (await tx.driver()).fetchval("SELECT count(*) FROM effect")
            seen.append((received.municipality, found))
            return await keep(received, tx)

        places = [HERE, THERE, HERE, THERE, THERE]
        async with opened(database) as service:
            box = inbox(service, [Subscription(CandidateWithdrawn, look)])
            await take(box, *(written(fact(A, step), place) for step, place in enumerate(places)))

        assert seen == [(HERE, 0), (THERE, 0), (HERE, 1), (THERE, 1), (THERE, 2)]

    async def test_after_an_event_that_was_set_back_the_next_works_for_its_own_municipality(
        self, database: CoreDatabase
    ) -> None:
        async def later(received: Withdrawn, tx: Transaction) -> Outcome:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)

        async with opened(database) as service:
            box = inbox(service, but_for(B, later))
            await take(box, written(fact(A, 1), THERE), written(fact(B, 1), HERE), written(fact(C, 1), HERE))

        assert await effects(database) == {A: [1], C: [1]}
        assert [(key, state) for key, state, _ in await queue(database)] == [(str(B), "retrying")]

    async def test_a_row_loaded_for_one_municipality_is_not_handed_to_another(self, database: CoreDatabase) -> None:
        class Base(DeclarativeBase): ...

        class Effect(Base):
            __tablename__ = "effect"
            event_id: Mapped[UUID] = mapped_column(primary_key=True)

        rows: list[Effect | None] = []

        async def load(received: Withdrawn, tx: Transaction) -> Outcome:
            await keep(received, tx) if not rows else None
            rows.append(await tx.session.get(Effect, first.event_id))
            return DONE

        first = written(fact(A, 1), HERE)
        async with opened(database) as service:
            await take(inbox(service, [Subscription(CandidateWithdrawn, load)]), first, written(fact(B, 1), THERE))

        assert [row is None for row in rows] == [False, True]


class TestBatches:
    async def test_a_batch_handler_gets_runs_of_one_municipality_in_one_call(self, database: CoreDatabase) -> None:
        calls: list[tuple[str, int]] = []

        async def many(received: Sequence[Withdrawn], tx: Transaction) -> None:
            calls.append((received[0].municipality, len(received)))
            await keep_many(received, tx)

        async with opened(database) as service:
            box = inbox(service, [Subscription(CandidateWithdrawn, batch=many)])
            await take(box, *(written(fact(A, step), HERE if step < 4 else THERE) for step in range(6)))

        assert calls == [(HERE, 4), (THERE, 2)]
        assert await effects(database) == {A: list(range(6))}

    async def test_an_event_that_fails_a_batch_handler_is_found_and_the_others_go_on(
        self, database: CoreDatabase
    ) -> None:
        async def many(received: Sequence[Withdrawn], tx: Transaction) -> None:
            await keep_many(received, tx)
            if any(one.data.person_id == A for one in received):
                raise ValueError("Abel Zonnebloem")

        async with opened(database) as service:
            box = inbox(service, [Subscription(CandidateWithdrawn, batch=many)])
            await take(box, *(written(fact(who, step)) for step in (1, 2) for who in (A, B)))

        assert await effects(database) == {B: [1, 2]}
        assert await queue(database) == [(str(A), "retrying", "handler_failed"), (str(A), "waiting", None)]


class TestFailures:
    """Whatever a handler meets, the events of other keys in the same batch have their effect."""

    async def fails(self, database: CoreDatabase, ending: Handler) -> None:
        async with opened(database) as service, asyncio.timeout(10):
            await take(inbox(service, but_for(A, ending)), *(written(fact(who, 1)) for who in (B, A, C)))
        assert await effects(database) == {B: [1], C: [1]}
        (row,) = await held(database)
        assert (row["key"], row["state"], row["reason"]) == (str(A), "retrying", "handler_failed")

    @pytest.mark.parametrize("problem", [ConnectionRefusedError("smtp"), TimeoutError("smtp"), OSError("template")])
    async def test_another_system_that_is_away(self, database: CoreDatabase, problem: Exception) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            raise problem

        await self.fails(database, ending)

    async def test_a_statement_that_postgresql_refuses(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("SELECT 1 / 0"))
            return DONE

        await self.fails(database, ending)

    async def test_a_value_that_the_driver_refuses(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            statement = text("SELECT CAST(:amount AS integer)").bindparams(bindparam("amount", type_=Integer))
            await tx.session.execute(statement, {"amount": 2**40})
            return DONE

        await self.fails(database, ending)

    async def test_a_statement_that_takes_longer_than_it_may(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
            await tx.session.execute(text("SELECT pg_sleep(5)"))
            return DONE

        await self.fails(database, ending)

    async def test_a_handler_that_forgets_to_say_how_it_ended(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            return None  # type: ignore[return-value]  # the mistake itself

        await self.fails(database, ending)

    async def test_a_constraint_that_is_checked_at_the_commit(self, database: CoreDatabase) -> None:
        await execute(
            database.admin_url,
            "CREATE TABLE due (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)",
            "GRANT ALL ON due TO core_rig",
        )

        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("INSERT INTO due VALUES (1), (1)"))
            return DONE

        await self.fails(database, ending)

    async def test_a_deadlock_is_nobodys_fault_and_the_batch_is_tried_again(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            raise asyncpg.DeadlockDetectedError("deadlock detected")

        async with opened(database) as service:
            with pytest.raises(asyncpg.DeadlockDetectedError):
                await take(inbox(service, but_for(A, ending)), written(fact(A, 1)), written(fact(B, 1)))

        assert await effects(database) == {}
        assert await held(database) == []
        assert await value(database.admin_url, "SELECT count(*) FROM messaging.inbox") == 0


def test_every_subscription_has_one_way_to_be_handled() -> None:
    with pytest.raises(ValueError, match="either a handler or a batch handler"):
        Subscription(CandidateRecruited)
