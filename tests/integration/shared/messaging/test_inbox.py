"""The inbox: exactly once in effect, order per key, and a failure stays with its event."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import pytest
from core_rig import (
    HERE,
    THERE,
    CoreDatabase,
    build_fact,
    build_inbox,
    build_metrics,
    deliver,
    execute,
    fetch_value,
    load_effects,
    load_held,
    make_event,
    open_database,
    person_id,
    record_effect,
    record_effects,
    step_of,
    write_fact,
)
from sqlalchemy import Integer, bindparam, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.transactions import Transaction
from shared.events import CandidateRecruited, CandidateWithdrawn, IntakeScheduled
from shared.messaging import DONE, HoldReason, Outcome, Park, Received, Retry, Subscription

Withdrawn = Received[CandidateWithdrawn]
Handler = Callable[[Withdrawn, Transaction], Awaitable[Outcome]]
A, B, C = person_id(1), person_id(2), person_id(3)


def end_for(who: object, ending: Callable[[Withdrawn, Transaction], Awaitable[Outcome]]) -> list[Subscription]:
    """Return a subscription that records every event, and calls `ending` for those of one person."""

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return await (ending if received.data.person_id == who else record_effect)(received, tx)

    return [Subscription(CandidateWithdrawn, handler)]


async def queue(database: CoreDatabase) -> list[tuple[str, str, str | None]]:
    return [(row["key"], row["state"], row["reason"]) for row in await load_held(database)]


class TestOnce:
    async def test_an_event_that_comes_twice_in_a_batch_and_again_later_has_one_effect(
        self, database: CoreDatabase
    ) -> None:
        first, second = make_event(A, 1), make_event(A, 2)
        counts = build_metrics()
        async with open_database(database) as service:
            box = build_inbox(service, counts=counts)
            await deliver(box, first, second, first)
            await deliver(box, second)

        assert await load_effects(database) == {A: [1, 2]}
        assert counts("consumed_events", outcome="done") == 2
        assert counts("consumed_events", outcome="known") == 2

    async def test_two_processes_with_the_same_events_handle_them_once_and_in_order(
        self, database: CoreDatabase
    ) -> None:
        batch = [make_event(person_id(number % 7), number) for number in range(70)]
        async with open_database(database) as first, open_database(database) as other:
            await asyncio.gather(deliver(build_inbox(first), *batch[:50]), deliver(build_inbox(other), *batch))

        assert await load_effects(database) == {person_id(who): list(range(who, 70, 7)) for who in range(7)}

    async def test_repeats_are_counted_once_when_the_batch_is_handled_again_one_by_one(
        self, database: CoreDatabase
    ) -> None:
        async def never(received: Withdrawn, tx: Transaction) -> Outcome:
            return Park(HoldReason.REFUSED, "No.")

        repeat, counts = make_event(A, 1), build_metrics()
        async with open_database(database) as service:
            box = build_inbox(service, end_for(B, never), counts=counts)
            await deliver(box, repeat)
            await deliver(box, repeat, make_event(B, 1), make_event(C, 1))

        assert counts("consumed_events", outcome="known") == 1
        assert counts("consumed_events", outcome="done") == 2
        assert counts("consumed_events", outcome="park") == counts("parked_events", reason="refused") == 1


class TestHeld:
    @pytest.mark.parametrize(
        ("ending", "state"),
        [(Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60), "retrying"), (Park(HoldReason.REFUSED, "No."), "parked")],
    )
    async def test_later_events_of_the_key_wait_in_order_and_other_keys_go_on(
        self, database: CoreDatabase, ending: Outcome, state: str
    ) -> None:
        async def not_now(received: Withdrawn, tx: Transaction) -> Outcome:
            return ending if step_of(received.data) == 2 else await record_effect(received, tx)

        async with open_database(database) as service:
            box = build_inbox(service, end_for(A, not_now))
            assert await deliver(box, *(make_event(who, step) for step in (1, 2, 3) for who in (A, B))) == 2
            assert await deliver(box, make_event(A, 4), make_event(B, 4), make_event(C, 4)) == 1

        assert await load_effects(database) == {A: [1], B: [1, 2, 3, 4], C: [4]}
        assert [(key, row_state) for key, row_state, _ in await queue(database)] == [
            (str(A), state),
            (str(A), "waiting"),
            (str(A), "waiting"),
        ]

    async def test_what_a_handler_wrote_and_emitted_before_it_parked_is_rolled_back(
        self, database: CoreDatabase
    ) -> None:
        async def emit_and_park(received: Withdrawn, tx: Transaction) -> Outcome:
            await record_effect(received, tx)
            tx.emit(build_fact(received.data.person_id, 99))
            return Park(HoldReason.REFUSED, "No.")

        async def emit_and_record(received: Withdrawn, tx: Transaction) -> Outcome:
            tx.emit(build_fact(received.data.person_id, 100))
            return await record_effect(received, tx)

        async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
            return await (emit_and_park if received.data.person_id == A else emit_and_record)(received, tx)

        async with open_database(database) as service:
            box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
            await deliver(box, make_event(B, 1), make_event(A, 1), make_event(C, 1))

        assert await load_effects(database) == {B: [1], C: [1]}
        keys = await fetch_value(database.admin_url, "SELECT array_agg(key ORDER BY position) FROM messaging.outbox")
        assert keys == [str(B), str(C)]

    async def test_events_of_the_same_person_on_another_topic_do_not_wait(self, database: CoreDatabase) -> None:
        async def not_now(received: Withdrawn, tx: Transaction) -> Outcome:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)

        async def scheduled(received: Received[IntakeScheduled], tx: Transaction) -> Outcome:
            tx.emit(build_fact(received.data.person_id, 7))
            return DONE

        lines = [*end_for(A, not_now), Subscription(IntakeScheduled, scheduled)]
        other = write_fact(IntakeScheduled(person_id=A, planned_on=build_fact(A, 1).withdrawn_on))  # type: ignore[arg-type]  # any event will do
        async with open_database(database) as service:
            assert await deliver(build_inbox(service, lines), make_event(A, 1), other) == 1

        assert await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.outbox") == 1


class TestTenants:
    async def test_each_event_of_a_mixed_batch_sees_the_rows_of_its_own_municipality(
        self, database: CoreDatabase
    ) -> None:
        counts: list[tuple[str, int]] = []

        async def count_rows(received: Withdrawn, tx: Transaction) -> Outcome:
            count = await (await tx.driver()).fetchval("SELECT count(*) FROM effect")
            counts.append((received.municipality, count))
            return await record_effect(received, tx)

        municipalities = [HERE, THERE, HERE, THERE, THERE]
        async with open_database(database) as service:
            box = build_inbox(service, [Subscription(CandidateWithdrawn, count_rows)])
            await deliver(box, *(make_event(A, step, municipality) for step, municipality in enumerate(municipalities)))

        assert counts == [(HERE, 0), (THERE, 0), (HERE, 1), (THERE, 1), (THERE, 2)]

    async def test_after_an_event_that_is_retried_the_next_has_its_own_municipality(
        self, database: CoreDatabase
    ) -> None:
        async def later(received: Withdrawn, tx: Transaction) -> Outcome:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)

        async with open_database(database) as service:
            box = build_inbox(service, end_for(B, later))
            await deliver(
                box,
                make_event(A, 1, THERE),
                make_event(B, 1, HERE),
                make_event(C, 1, HERE),
            )

        assert await load_effects(database) == {A: [1], C: [1]}
        assert [(key, state) for key, state, _ in await queue(database)] == [(str(B), "retrying")]

    async def test_a_row_loaded_for_one_municipality_is_not_handed_to_another(self, database: CoreDatabase) -> None:
        class Base(DeclarativeBase): ...

        class Effect(Base):
            __tablename__ = "effect"
            event_id: Mapped[UUID] = mapped_column(primary_key=True)

        rows: list[Effect | None] = []

        async def load(received: Withdrawn, tx: Transaction) -> Outcome:
            await record_effect(received, tx) if not rows else None
            rows.append(await tx.session.get(Effect, first.event_id))
            return DONE

        first = make_event(A, 1, HERE)
        async with open_database(database) as service:
            await deliver(
                build_inbox(service, [Subscription(CandidateWithdrawn, load)]),
                first,
                make_event(B, 1, THERE),
            )

        assert [row is None for row in rows] == [False, True]


class TestBatches:
    async def test_a_batch_handler_gets_runs_of_one_municipality_in_one_call(self, database: CoreDatabase) -> None:
        calls: list[tuple[str, int]] = []

        async def many(received: Sequence[Withdrawn], tx: Transaction) -> None:
            calls.append((received[0].municipality, len(received)))
            await record_effects(received, tx)

        async with open_database(database) as service:
            box = build_inbox(service, [Subscription(CandidateWithdrawn, batch=many)])
            await deliver(box, *(write_fact(build_fact(A, step), HERE if step < 4 else THERE) for step in range(6)))

        assert calls == [(HERE, 4), (THERE, 2)]
        assert await load_effects(database) == {A: list(range(6))}

    async def test_an_event_that_fails_a_batch_handler_is_held_and_the_others_are_done(
        self, database: CoreDatabase
    ) -> None:
        async def many(received: Sequence[Withdrawn], tx: Transaction) -> None:
            await record_effects(received, tx)
            if any(event.data.person_id == A for event in received):
                raise ValueError("Abel Zonnebloem")

        async with open_database(database) as service:
            box = build_inbox(service, [Subscription(CandidateWithdrawn, batch=many)])
            await deliver(box, *(make_event(who, step) for step in (1, 2) for who in (A, B)))

        assert await load_effects(database) == {B: [1, 2]}
        assert await queue(database) == [(str(A), "retrying", "handler_failed"), (str(A), "waiting", None)]


class TestFailures:
    """However a handler fails, the events of other keys in the same batch take effect."""

    async def check_retried(self, database: CoreDatabase, ending: Handler) -> None:
        async with open_database(database) as service, asyncio.timeout(10):
            await deliver(build_inbox(service, end_for(A, ending)), *(make_event(who, 1) for who in (B, A, C)))
        assert await load_effects(database) == {B: [1], C: [1]}
        (row,) = await load_held(database)
        assert (row["key"], row["state"], row["reason"]) == (str(A), "retrying", "handler_failed")

    @pytest.mark.parametrize("problem", [ConnectionRefusedError("smtp"), TimeoutError("smtp"), OSError("template")])
    async def test_another_system_is_away(self, database: CoreDatabase, problem: Exception) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            raise problem

        await self.check_retried(database, ending)

    async def test_postgresql_refuses_a_statement(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("SELECT 1 / 0"))
            return DONE

        await self.check_retried(database, ending)

    async def test_the_driver_refuses_a_value(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            statement = text("SELECT CAST(:amount AS integer)").bindparams(bindparam("amount", type_=Integer))
            await tx.session.execute(statement, {"amount": 2**40})
            return DONE

        await self.check_retried(database, ending)

    async def test_a_statement_takes_too_long(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
            await tx.session.execute(text("SELECT pg_sleep(5)"))
            return DONE

        await self.check_retried(database, ending)

    async def test_the_handler_returns_no_outcome(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            return None  # type: ignore[return-value]  # the mistake itself

        await self.check_retried(database, ending)

    async def test_a_deferred_constraint_is_violated(self, database: CoreDatabase) -> None:
        await execute(
            database.admin_url,
            "CREATE TABLE due (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)",
            "GRANT ALL ON due TO core_rig",
        )

        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            await tx.session.execute(text("INSERT INTO due VALUES (1), (1)"))
            return DONE

        await self.check_retried(database, ending)

    async def test_a_deadlock_is_raised_so_that_the_whole_batch_is_retried(self, database: CoreDatabase) -> None:
        async def ending(received: Withdrawn, tx: Transaction) -> Outcome:
            raise asyncpg.DeadlockDetectedError("deadlock detected")

        async with open_database(database) as service:
            with pytest.raises(asyncpg.DeadlockDetectedError):
                await deliver(build_inbox(service, end_for(A, ending)), make_event(A, 1), make_event(B, 1))

        assert await load_effects(database) == {}
        assert await load_held(database) == []
        assert await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.inbox") == 0


def test_every_subscription_has_one_kind_of_handler() -> None:
    with pytest.raises(ValueError, match="either a handler or a batch handler"):
        Subscription(CandidateRecruited)
