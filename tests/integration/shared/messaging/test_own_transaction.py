"""Events with a transaction of their own: heavy, so handling begins once the outbox is published."""

import asyncio
import time

from core_rig import (
    CoreDatabase,
    build_fact,
    build_inbox,
    build_metrics,
    build_settings,
    deliver,
    emit,
    execute,
    load_effects,
    make_event,
    open_database,
    person_id,
    record_effect,
)

from shared.events import CandidateWithdrawn
from shared.messaging import Subscription
from shared.messaging.runtime import Messaging
from shared.testing.eventually import eventually

A, B = person_id(1), person_id(2)
OWN = [Subscription(CandidateWithdrawn, record_effect, own_transaction=True)]
MARK_ALL_PUBLISHED = "UPDATE messaging.relay_mark SET position_done = (SELECT max(position) FROM messaging.outbox)"
WAIT_SECONDS_MAX = 30.0


async def test_it_begins_when_all_of_the_outbox_is_published(database: CoreDatabase) -> None:
    await emit(database, [build_fact(B, 1)])
    async with open_database(database) as service:
        box = build_inbox(service, OWN, own_transaction_wait_seconds_max=WAIT_SECONDS_MAX)
        handling = asyncio.create_task(deliver(box, make_event(A, 1)))
        done, _ = await asyncio.wait({handling}, timeout=0.5)
        assert (done, await load_effects(database)) == (set(), {})
        await execute(database.admin_url, MARK_ALL_PUBLISHED)
        await emit(database, [build_fact(B, 2)])  # what is emitted from now on is not waited for
        await eventually(handling.done, 10)
        assert await handling == 0
    assert await load_effects(database) == {A: [1]}


async def test_a_relay_that_publishes_nothing_delays_it_no_longer_than_allowed(database: CoreDatabase) -> None:
    await emit(database, [build_fact(B, 1)])
    async with open_database(database) as service:
        box = build_inbox(service, OWN, own_transaction_wait_seconds_max=0.3)
        began = time.monotonic()
        await deliver(box, make_event(A, 1))
    assert time.monotonic() - began >= 0.3
    assert await load_effects(database) == {A: [1]}


async def test_an_event_that_shares_a_transaction_never_waits(database: CoreDatabase) -> None:
    await emit(database, [build_fact(B, 1)])
    async with open_database(database) as service:
        box = build_inbox(service, own_transaction_wait_seconds_max=WAIT_SECONDS_MAX)
        async with asyncio.timeout(10):
            await deliver(box, make_event(A, 1))
    assert await load_effects(database) == {A: [1]}


async def test_a_service_waits_for_its_outbox(database: CoreDatabase) -> None:
    await emit(database, [build_fact(B, 1)])
    async with open_database(database) as service:
        core = Messaging(
            build_settings(database, "127.0.0.1:1", is_embedded=False), service, OWN, build_metrics().metrics
        )
        handling = asyncio.create_task(deliver(core.inbox, make_event(A, 1)))
        done, _ = await asyncio.wait({handling}, timeout=0.5)
        assert (done, await load_effects(database)) == (set(), {})
        await execute(database.admin_url, MARK_ALL_PUBLISHED)
        assert await handling == 0
