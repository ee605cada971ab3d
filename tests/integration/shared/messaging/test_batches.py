"""A batch handler that leaves some events undone: those are held in order, and the others are done in one call."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core_rig import (
    CoreDatabase,
    build_inbox,
    build_metrics,
    deliver,
    load_effects,
    load_held,
    make_event,
    open_database,
    person_id,
    record_effects,
)

from shared.database.transactions import Transaction
from shared.events import CandidateWithdrawn
from shared.messaging import HoldReason, Outcome, Received, Retry, Subscription

Withdrawn = Received[CandidateWithdrawn]
A, B, C = person_id(1), person_id(2), person_id(3)


class PartialHandler:
    """Records the events of everyone but unknown persons in one statement, and counts its calls."""

    def __init__(self, *unknown: object) -> None:
        self.unknown = set(unknown)
        self.calls: list[int] = []

    async def __call__(self, received: Sequence[Withdrawn], tx: Transaction) -> Mapping[UUID, Outcome]:
        self.calls.append(len(received))
        await record_effects([event for event in received if event.data.person_id not in self.unknown], tx)
        undone = (event.event_id for event in received if event.data.person_id in self.unknown)
        return dict.fromkeys(undone, Retry(HoldReason.NOT_YET_KNOWN))


def build_subscriptions(handler: PartialHandler) -> list[Subscription]:
    return [Subscription(CandidateWithdrawn, batch=handler)]


async def queue(database: CoreDatabase) -> list[tuple[str, str, str | None]]:
    return [(row["key"], row["state"], row["reason"]) for row in await load_held(database)]


async def test_what_is_undone_is_held_in_order_and_the_others_are_done_in_one_call(
    database: CoreDatabase,
) -> None:
    handler, counts = PartialHandler(A), build_metrics()
    async with open_database(database) as service:
        box = build_inbox(service, build_subscriptions(handler), counts=counts)
        await deliver(box, *(make_event(who, step) for step in (1, 2) for who in (A, B, C)))

    assert handler.calls == [6], "not again one by one"
    assert await load_effects(database) == {B: [1, 2], C: [1, 2]}
    assert await queue(database) == [(str(A), "retrying", "not_yet_known"), (str(A), "waiting", None)]
    assert [counts("consumed_events", outcome=outcome) for outcome in ("done", "retry")] == [4, 1]


async def test_the_next_batch_waits_behind_what_is_held_and_blocks_no_other_key(database: CoreDatabase) -> None:
    handler = PartialHandler(A)
    async with open_database(database) as service:
        box = build_inbox(service, build_subscriptions(handler))
        await deliver(box, make_event(A, 1))
        handler.unknown.clear()
        await deliver(box, *(make_event(who, step) for step in (2, 3) for who in (A, B)))

    assert handler.calls == [1, 2], "one event, and then the two that have nothing held before them"
    assert await load_effects(database) == {B: [2, 3]}
    assert [state for _, state, _ in await queue(database)] == ["retrying", "waiting", "waiting"]


async def test_a_handler_that_skips_one_and_does_a_later_one_of_the_same_key_is_rolled_back(
    database: CoreDatabase,
) -> None:
    class SkippingHandler(PartialHandler):
        async def __call__(self, received: Sequence[Withdrawn], tx: Transaction) -> Mapping[UUID, Outcome]:
            self.calls.append(len(received))
            await record_effects([event for event in received if event.event_id != first.event_id], tx)
            return {first.event_id: Retry(HoldReason.NOT_YET_KNOWN)}

    handler, first = SkippingHandler(), make_event(A, 1)
    async with open_database(database) as service:
        box = build_inbox(service, build_subscriptions(handler))
        await deliver(box, first, make_event(A, 2), make_event(B, 1))

    assert handler.calls == [3, 1, 1]
    assert await load_effects(database) == {B: [1]}, "the later one waits for the first"
    assert [state for _, state, _ in await queue(database)] == ["retrying", "waiting"]
