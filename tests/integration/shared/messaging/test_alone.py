"""Events that come alone: much work each, which begins once what was told before it is on its way."""

import asyncio
import time

from core_rig import (
    CoreDatabase,
    counted,
    effects,
    emit,
    execute,
    fact,
    inbox,
    keep,
    opened,
    person,
    settings,
    take,
    written,
)

from shared.events import CandidateWithdrawn
from shared.messaging import Subscription
from shared.messaging.runtime import Messaging
from shared.testing.eventually import eventually

A, B = person(1), person(2)
ALONE = [Subscription(CandidateWithdrawn, keep, own_transaction=True)]
ALL_SENT = "UPDATE messaging.relay_mark SET position_done = (SELECT max(position) FROM messaging.outbox)"
WAITS_SECONDS_MAX = 30.0


async def test_one_begins_when_all_that_was_told_before_is_sent(database: CoreDatabase) -> None:
    await emit(database, [fact(B, 1)])
    async with opened(database) as service:
        box = inbox(service, ALONE, own_transaction_wait_seconds_max=WAITS_SECONDS_MAX)
        taking = asyncio.create_task(take(box, written(fact(A, 1))))
        done, _ = await asyncio.wait({taking}, timeout=0.5)
        assert (done, await effects(database)) == (set(), {})
        await execute(database.admin_url, ALL_SENT)
        await emit(database, [fact(B, 2)])  # what is told from now on is no reason to wait
        await eventually(taking.done, 10)
        assert await taking == 0
    assert await effects(database) == {A: [1]}


async def test_a_relay_that_sends_nothing_holds_it_up_for_no_longer_than_it_may(database: CoreDatabase) -> None:
    await emit(database, [fact(B, 1)])
    async with opened(database) as service:
        box = inbox(service, ALONE, own_transaction_wait_seconds_max=0.3)
        began = time.monotonic()
        await take(box, written(fact(A, 1)))
    assert time.monotonic() - began >= 0.3
    assert await effects(database) == {A: [1]}


async def test_an_event_that_comes_with_others_never_waits(database: CoreDatabase) -> None:
    await emit(database, [fact(B, 1)])
    async with opened(database) as service:
        box = inbox(service, own_transaction_wait_seconds_max=WAITS_SECONDS_MAX)
        async with asyncio.timeout(10):
            await take(box, written(fact(A, 1)))
    assert await effects(database) == {A: [1]}


async def test_a_service_waits_so(database: CoreDatabase) -> None:
    await emit(database, [fact(B, 1)])
    async with opened(database) as service:
        core = Messaging(settings(database, "127.0.0.1:1", is_embedded=False), service, ALONE, counted().metrics)
        taking = asyncio.create_task(take(core.inbox, written(fact(A, 1))))
        done, _ = await asyncio.wait({taking}, timeout=0.5)
        assert (done, await effects(database)) == (set(), {})
        await execute(database.admin_url, ALL_SENT)
        assert await taking == 0
