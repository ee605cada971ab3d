"""Held events are tried again: later and later, each queue in order, by any number of processes, without haste."""

import asyncio
import random
from collections import defaultdict
from uuid import UUID

from core_rig import (
    CoreDatabase,
    counted,
    effects,
    execute,
    fact,
    held,
    inbox,
    keep,
    opened,
    person,
    rows,
    step_of,
    take,
    value,
    written,
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
A, B = person(1), person(2)


def retries(service: Database, box: Inbox, poll_seconds: float = 0.05) -> Retries:
    return Retries(service, box, asyncio.Event(), poll_seconds=poll_seconds)


async def make_due(database: CoreDatabase) -> None:
    await execute(database.admin_url, "UPDATE messaging.held SET due_at = now()")


async def test_a_failing_handler_is_asked_later_and_later_and_then_the_event_is_parked(database: CoreDatabase) -> None:
    async def fails(received: Withdrawn, tx: Transaction) -> Outcome:
        raise ValueError("Abel Zonnebloem")

    counts = counted()
    delays = []
    async with opened(database) as service:
        policy = RetryPolicy(attempts_max=5, delay_seconds_first=10, delay_seconds_max=60)
        box = inbox(service, [Subscription(CandidateWithdrawn, fails)], policy=policy, counts=counts)
        await take(box, written(fact(A, 1)), written(fact(A, 2)))
        for _ in range(4):
            delays.append(
                await value(database.admin_url, "SELECT extract(epoch FROM max(due_at) - now()) FROM messaging.held")
            )
            assert not await retries(service, box).retry_one_queue()
            await make_due(database)
            assert await retries(service, box).retry_one_queue()
        await make_due(database)
        assert not await retries(service, box).retry_one_queue()

    assert all(low * 0.5 - 1 < delay <= low for delay, low in zip(delays, (10, 20, 40, 60), strict=True))
    parked, waiting = await held(database)
    assert (parked["state"], parked["reason"], parked["attempts"]) == ("parked", "handler_failed", 5)
    assert "ValueError" in parked["sentence"]
    assert "Tried 5 times." in parked["sentence"]
    assert "Zonnebloem" not in parked["sentence"]
    assert waiting["state"] == "waiting"
    assert counts("consumed_events", outcome="retry") == 4
    assert counts("parked_events", reason="handler_failed") == 1


async def test_a_released_event_goes_first_and_its_queue_follows_in_order(database: CoreDatabase) -> None:
    refuses = True

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        if refuses and received.data.person_id == A:
            return Park(HoldReason.REFUSED, "No.")
        return await keep(received, tx)

    async with opened(database) as service:
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
        await take(box, *(written(fact(who, step)) for step in range(1, 150) for who in (A, B)))
        assert not await retries(service, box).retry_one_queue()
        refuses = False
        async with service.transaction(None) as tx:
            assert len(await holding.release(await tx.driver(), actor="operator", because="mended")) == 1
        while await retries(service, box).retry_one_queue():
            await take(box, written(fact(A, 150)))

    found = await effects(database)
    assert found[A][:149] == list(range(1, 150))
    assert set(found[A][149:]) == {150}
    assert await held(database) == []
    (line,) = await rows(database.admin_url, "SELECT action, actor, reason FROM messaging.held_audit")
    assert tuple(line) == ("released", "operator", "mended")


async def test_a_discarded_event_stays_with_its_reason_and_what_waited_goes_on(database: CoreDatabase) -> None:
    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.") if step_of(received.data) == 1 else await keep(received, tx)

    async with opened(database) as service:
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
        first = written(fact(A, 1))
        await take(box, first, written(fact(A, 2)))
        async with service.transaction(None) as tx:
            assert await holding.discard(await tx.driver(), first.event_id, actor="operator", because="a test fact")
        assert await retries(service, box).retry_one_queue()
        await take(box, first, written(fact(A, 3)))

    assert await effects(database) == {A: [2, 3]}
    (row,) = await held(database)
    assert (row["state"], row["payload"]) == ("discarded", first.payload)
    assert await value(database.admin_url, "SELECT reason FROM messaging.held_audit") == "a test fact"


async def test_what_makes_an_early_event_known_goes_before_it_and_nothing_else_does(database: CoreDatabase) -> None:
    """The second and third steps build on the first, the fifth on nothing; the first comes last but one."""

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        who, step = received.data.person_id, step_of(received.data)
        known = await (await tx.driver()).fetchval("SELECT true FROM effect WHERE person = $1 AND step = 1", who)
        if step in (2, 3) and not known:
            return Retry(HoldReason.NOT_YET_KNOWN, after_seconds=60)
        return await keep(received, tx)

    async with opened(database) as service:
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
        worker = retries(service, box)
        await take(box, *(written(fact(A, step)) for step in (2, 5, 3)))
        assert await worker.retry_one_queue()
        assert await effects(database) == {}
        await take(box, written(fact(A, 1)), written(fact(A, 6)))
        assert await worker.retry_one_queue(), "at once: what came may be what it waits for"
        assert await effects(database) == {A: [1, 2, 5, 3, 6]}
        assert await held(database) == []


async def test_an_event_that_waits_behind_a_parked_one_costs_no_polling(database: CoreDatabase) -> None:
    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.")

    async with opened(database) as service:
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
        await take(box, written(fact(A, 1)), written(fact(A, 2)))
        worker = retries(service, box, poll_seconds=0.4)
        looks = 0
        look = worker.retry_one_queue

        async def counting() -> bool:
            nonlocal looks
            looks += 1
            return await look()

        worker.retry_one_queue = counting  # type: ignore[method-assign]  # a counter around the real one
        running = asyncio.create_task(worker.run())
        await eventually(lambda: looks >= 3, 20)
        began = asyncio.get_running_loop().time()
        await eventually(lambda: looks >= 6, 20)
        seconds = asyncio.get_running_loop().time() - began
        worker.stop()
        await running

    assert seconds > 3 * 0.4 * 0.8


async def test_a_retry_is_made_when_it_is_due_and_not_at_the_next_poll(database: CoreDatabase) -> None:
    tries = 0

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        nonlocal tries
        tries += 1
        return await keep(received, tx) if tries > 3 else Retry(HoldReason.HANDLER_FAILED, after_seconds=0.1)

    async with opened(database) as service, asyncio.timeout(15):
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)])
        worker = retries(service, box, poll_seconds=30)
        await take(box, written(fact(A, 1)))
        running = asyncio.create_task(worker.run())
        await eventually(lambda: tries == 4)
        worker.stop()
        await running

    assert await effects(database) == {A: [1]}


async def test_processes_that_work_off_and_take_in_at_once_keep_every_key_in_order(database: CoreDatabase) -> None:
    """Each takes its own keys' new events and any key's held ones, as partitions and the table share them out."""
    chance = random.Random(7)
    last: dict[UUID, int] = defaultdict(int)
    people = [person(number) for number in range(9)]

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        await (await tx.driver()).execute("SELECT pg_sleep($1)", chance.random() * 0.005)
        if chance.random() < 0.3:
            return Retry(HoldReason.HANDLER_FAILED, after_seconds=chance.random() * 0.02)
        await keep(received, tx)
        return DONE

    async def consume(service: Database, mine: list[UUID]) -> None:
        box = inbox(service, [Subscription(CandidateWithdrawn, handler)], policy=RetryPolicy(1000, 0.01, 0.02))
        worker = retries(service, box)
        working = asyncio.create_task(worker.run())
        for _ in range(10):
            batch = []
            for _ in range(12):
                who = chance.choice(mine)
                last[who] += 1
                batch.append(written(fact(who, last[who])))
            await take(box, *batch)
        await eventually(lambda: value(database.admin_url, "SELECT count(*) = 0 FROM messaging.held"), 60)
        worker.stop()
        await working

    async with opened(database) as one, opened(database) as two, asyncio.TaskGroup() as group:
        for number, service in enumerate((one, two)):
            group.create_task(consume(service, people[number::2]))

    assert await effects(database) == {who: list(range(1, last[who] + 1)) for who in people if last[who]}
