"""A batch handler that leaves some events undone: those are held in order, and the others are done in one go."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core_rig import CoreDatabase, counted, effects, fact, held, inbox, keep_many, opened, person, take, written

from shared.database.transactions import Transaction
from shared.events import CandidateWithdrawn
from shared.messaging import HoldReason, Outcome, Received, Retry, Subscription

Withdrawn = Received[CandidateWithdrawn]
A, B, C = person(1), person(2), person(3)


class KnowsNot:
    """Keeps everyone's events in one statement but for those of whom it does not know, and counts its calls."""

    def __init__(self, *unknown: object) -> None:
        self.unknown = set(unknown)
        self.calls: list[int] = []

    async def __call__(self, received: Sequence[Withdrawn], tx: Transaction) -> Mapping[UUID, Outcome]:
        self.calls.append(len(received))
        await keep_many([one for one in received if one.data.person_id not in self.unknown], tx)
        undone = (one.event_id for one in received if one.data.person_id in self.unknown)
        return dict.fromkeys(undone, Retry(HoldReason.NOT_YET_KNOWN))


def subscribed(handler: KnowsNot) -> list[Subscription]:
    return [Subscription(CandidateWithdrawn, batch=handler)]


async def queue(database: CoreDatabase) -> list[tuple[str, str, str | None]]:
    return [(row["key"], row["state"], row["reason"]) for row in await held(database)]


async def test_what_is_left_undone_is_held_in_order_and_the_others_are_done_in_one_call(
    database: CoreDatabase,
) -> None:
    handler, counts = KnowsNot(A), counted()
    async with opened(database) as service:
        box = inbox(service, subscribed(handler), counts=counts)
        await take(box, *(written(fact(who, step)) for step in (1, 2) for who in (A, B, C)))

    assert handler.calls == [6], "not again one by one"
    assert await effects(database) == {B: [1, 2], C: [1, 2]}
    assert await queue(database) == [(str(A), "retrying", "not_yet_known"), (str(A), "waiting", None)]
    assert [counts("consumed_events", outcome=outcome) for outcome in ("done", "retry")] == [4, 1]


async def test_the_next_batch_waits_behind_what_is_held_and_holds_up_nobody_else(database: CoreDatabase) -> None:
    handler = KnowsNot(A)
    async with opened(database) as service:
        box = inbox(service, subscribed(handler))
        await take(box, written(fact(A, 1)))
        handler.unknown.clear()
        await take(box, *(written(fact(who, step)) for step in (2, 3) for who in (A, B)))

    assert handler.calls == [1, 2], "the one, and then the two that nothing is held before"
    assert await effects(database) == {B: [2, 3]}
    assert [state for _, state, _ in await queue(database)] == ["retrying", "waiting", "waiting"]


async def test_a_handler_that_passes_over_one_and_does_a_later_one_of_the_same_key_is_not_believed(
    database: CoreDatabase,
) -> None:
    class PassesOver(KnowsNot):
        async def __call__(self, received: Sequence[Withdrawn], tx: Transaction) -> Mapping[UUID, Outcome]:
            self.calls.append(len(received))
            await keep_many([one for one in received if one.event_id != first.event_id], tx)
            return {first.event_id: Retry(HoldReason.NOT_YET_KNOWN)}

    handler, first = PassesOver(), written(fact(A, 1))
    async with opened(database) as service:
        box = inbox(service, subscribed(handler))
        await take(box, first, written(fact(A, 2)), written(fact(B, 1)))

    assert handler.calls == [3, 1, 1]
    assert await effects(database) == {B: [1]}, "the later one waits for the first"
    assert [state for _, state, _ in await queue(database)] == ["retrying", "waiting"]
