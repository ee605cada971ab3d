"""Held events are retried: with growing delay, each queue in order, by any number of processes, without polling."""

import asyncio
import random
from collections import defaultdict
from uuid import UUID

from core_rig import (
    CoreDatabase,
    build_inbox,
    build_metrics,
    deliver,
    execute,
    fetch_rows,
    fetch_value,
    load_effects,
    load_held,
    make_event,
    open_as_operator,
    open_database,
    person_id,
    record_effect,
    step_of,
)

from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.messaging import DONE, HoldReason, Outcome, Park, Received, Retry, Subscription
from shared.messaging import held as holding
from shared.messaging.inbox import Inbox
from shared.messaging.outcome import RetryPolicy
from shared.messaging.retries import Retries
from shared.testing.eventually import eventually

Withdrawn = Received[CandidateWithdrawn]
A, B = person_id(1), person_id(2)


def build_retries(service: Database, box: Inbox, poll_seconds: float = 0.05) -> Retries:
    return Retries(service, box, asyncio.Event(), poll_seconds=poll_seconds)


async def make_due(database: CoreDatabase) -> None:
    await execute(database.admin_url, "UPDATE messaging.held SET due_at = now()")


async def test_a_failing_handler_is_retried_with_growing_delay_and_then_the_event_is_parked(
    database: CoreDatabase,
) -> None:
    async def fail(received: Withdrawn, tx: Transaction) -> Outcome:
        raise ValueError("Abel Zonnebloem")

    counts = build_metrics()
    delays = []
    async with open_database(database) as service:
        policy = RetryPolicy(attempts_max=5, delay_seconds_first=10, delay_seconds_max=60)
        box = build_inbox(service, [Subscription(CandidateWithdrawn, fail)], policy=policy, counts=counts)
        await deliver(box, make_event(A, 1), make_event(A, 2))
        for _ in range(4):
            delays.append(
                await fetch_value(
                    database.admin_url, "SELECT extract(epoch FROM max(due_at) - now()) FROM messaging.held"
                )
            )
            assert not await build_retries(service, box).retry_one_queue()
            await make_due(database)
            assert await build_retries(service, box).retry_one_queue()
        await make_due(database)
        assert not await build_retries(service, box).retry_one_queue()

    assert all(longest * 0.5 - 1 < delay <= longest for delay, longest in zip(delays, (10, 20, 40, 60), strict=True))
    parked, waiting = await load_held(database)
    assert (parked["state"], parked["reason"], parked["attempts"]) == ("parked", "handler_failed", 5)
    assert "ValueError" in parked["sentence"]
    assert "Tried 5 times." in parked["sentence"]
    assert "Zonnebloem" not in parked["sentence"]
    assert waiting["state"] == "waiting"
    assert counts("consumed_events", outcome="retry") == 4
    assert counts("parked_events", reason="handler_failed") == 1


async def test_a_released_event_goes_first_and_its_queue_follows_in_order(database: CoreDatabase) -> None:
    is_refusing = True

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        if is_refusing and received.data.person_id == A:
            return Park(HoldReason.REFUSED, "No.")
        return await record_effect(received, tx)

    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
        await deliver(box, *(make_event(who, step) for step in range(1, 150) for who in (A, B)))
        assert not await build_retries(service, box).retry_one_queue()
        is_refusing = False
        async with open_as_operator(database) as operator:
            assert len(await holding.release(operator, actor="operator", because="fixed")) == 1
        while await build_retries(service, box).retry_one_queue():
            await deliver(box, make_event(A, 150))

    effects = await load_effects(database)
    assert effects[A][:149] == list(range(1, 150))
    assert set(effects[A][149:]) == {150}
    assert await load_held(database) == []
    (line,) = await fetch_rows(database.admin_url, "SELECT action, actor, reason FROM messaging.held_audit")
    assert tuple(line) == ("released", "operator", "fixed")


async def test_a_discarded_event_is_stored_with_its_reason_and_the_events_behind_it_go_on(
    database: CoreDatabase,
) -> None:
    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.") if step_of(received.data) == 1 else await record_effect(received, tx)

    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
        first = make_event(A, 1)
        await deliver(box, first, make_event(A, 2))
        async with open_as_operator(database) as operator:
            assert await holding.discard(operator, first.event_id, actor="operator", because="a test fact")
        assert await build_retries(service, box).retry_one_queue()
        await deliver(box, first, make_event(A, 3))

    assert await load_effects(database) == {A: [2, 3]}
    (row,) = await load_held(database)
    assert (row["state"], row["payload"]) == ("discarded", first.payload)
    assert await fetch_value(database.admin_url, "SELECT reason FROM messaging.held_audit") == "a test fact"


async def test_the_event_that_an_early_one_depends_on_goes_before_it_and_no_other_does(database: CoreDatabase) -> None:
    """The second and third steps depend on the first, the fifth on nothing; the first arrives last but one."""

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        who, step = received.data.person_id, step_of(received.data)
        is_known = await (await tx.driver()).fetchval("SELECT true FROM effect WHERE person = $1 AND step = 1", who)
        if step in (2, 3) and not is_known:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)
        return await record_effect(received, tx)

    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
        worker = build_retries(service, box)
        await deliver(box, *(make_event(A, step) for step in (2, 5, 3)))
        assert await worker.retry_one_queue()
        assert await load_effects(database) == {}
        await deliver(box, make_event(A, 1), make_event(A, 6))
        assert await worker.retry_one_queue(), "at once: the new event may be the one it depends on"
        assert await load_effects(database) == {A: [1, 2, 5, 3, 6]}
        assert await load_held(database) == []


async def test_an_event_that_waits_behind_a_parked_one_costs_no_polling(database: CoreDatabase) -> None:
    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.")

    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
        await deliver(box, make_event(A, 1), make_event(A, 2))
        worker = build_retries(service, box, poll_seconds=0.4)
        polls = 0
        retry_one_queue = worker.retry_one_queue

        async def count_and_retry() -> bool:
            nonlocal polls
            polls += 1
            return await retry_one_queue()

        worker.retry_one_queue = count_and_retry  # type: ignore[method-assign]  # a counter around the real one
        task = asyncio.create_task(worker.run())
        await eventually(lambda: polls >= 3, 20)
        began = asyncio.get_running_loop().time()
        await eventually(lambda: polls >= 6, 20)
        seconds = asyncio.get_running_loop().time() - began
        worker.stop()
        await task

    assert seconds > 3 * 0.4 * 0.8


async def test_a_retry_happens_when_it_is_due_and_not_at_the_next_poll(database: CoreDatabase) -> None:
    tries = 0

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        nonlocal tries
        tries += 1
        return await record_effect(received, tx) if tries > 3 else Retry(HoldReason.HANDLER_FAILED, after_seconds=0.1)

    async with open_database(database) as service, asyncio.timeout(15):
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)])
        worker = build_retries(service, box, poll_seconds=30)
        await deliver(box, make_event(A, 1))
        task = asyncio.create_task(worker.run())
        await eventually(lambda: tries == 4)
        worker.stop()
        await task

    assert await load_effects(database) == {A: [1]}


async def test_processes_that_retry_and_consume_at_once_keep_every_key_in_order(database: CoreDatabase) -> None:
    """Each consumes new events of its own keys, by partition, and retries held events of any key, from the table."""
    chance = random.Random(7)
    last: dict[UUID, int] = defaultdict(int)
    people = [person_id(number) for number in range(9)]

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        await (await tx.driver()).execute("SELECT pg_sleep($1)", chance.random() * 0.005)
        if chance.random() < 0.3:
            return Retry(HoldReason.HANDLER_FAILED, after_seconds=chance.random() * 0.02)
        await record_effect(received, tx)
        return DONE

    async def consume(service: Database, mine: list[UUID]) -> None:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, handler)], policy=RetryPolicy(1000, 0.01, 0.02))
        worker = build_retries(service, box)
        retrying = asyncio.create_task(worker.run())
        for _ in range(10):
            batch = []
            for _ in range(12):
                who = chance.choice(mine)
                last[who] += 1
                batch.append(make_event(who, last[who]))
            await deliver(box, *batch)
        await eventually(lambda: fetch_value(database.admin_url, "SELECT count(*) = 0 FROM messaging.held"), 60)
        worker.stop()
        await retrying

    async with open_database(database) as first, open_database(database) as second, asyncio.TaskGroup() as group:
        for number, service in enumerate((first, second)):
            group.create_task(consume(service, people[number::2]))

    assert await load_effects(database) == {who: list(range(1, last[who] + 1)) for who in people if last[who]}
