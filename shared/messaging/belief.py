"""What an inbox does with messages that are not believed: tells them from the others, and holds them apart, bounded.

They take no mark in the inbox and block no key, so they neither keep an honest event out nor hold one up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from shared.database.transactions import Transaction
from shared.events import DayStarted
from shared.events.envelope import DEFAULT_ORGANISATION_OIN
from shared.messaging import apart
from shared.messaging.authorship import OTHER_BODY
from shared.messaging.days import DayRules, load_days_seen, record_days_seen
from shared.messaging.decoding import IncomingEvent, digest_bodies, set_apart
from shared.messaging.held import HeldEvent
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import Park

_BODIES = "SELECT event_id, body FROM messaging.inbox WHERE event_id = ANY($1::uuid[]) AND body IS NOT NULL"


@dataclass(frozen=True)
class ReadingRules:
    """What is believed, and how much is held: believed events per municipality, others per municipality and reason."""

    organisation_oin: str = DEFAULT_ORGANISATION_OIN
    held_events_max: int = 100_000
    held_apart_events_max: int = 200
    days: DayRules | None = None


async def find_other_bodies(tx: Transaction, known: Sequence[IncomingEvent]) -> list[IncomingEvent]:
    """Return those events whose ids were marked before with another body."""
    rows = await (await tx.driver()).fetch(_BODIES, [event.event_id for event in known])
    bodies = {row["event_id"]: row["body"] for row in rows}
    digests = zip(known, digest_bodies(known), strict=True)
    return [event for event, body in digests if bodies.get(event.event_id, body) != body]


def divide_by_id(events: Sequence[IncomingEvent]) -> tuple[list[IncomingEvent], list[IncomingEvent]]:
    """Return the first event of each id, in order, and those later ones that have another body than it."""
    if len({event.event_id for event in events}) == len(events):
        return list(events), []
    first: dict[UUID, IncomingEvent] = {}
    others = []
    for event in events:
        earlier = first.setdefault(event.event_id, event)
        if earlier is not event and earlier.message.value != event.message.value:
            others.append(event)
    return list(first.values()), others


class Belief:
    """Divides batches into what is believed and what is held apart."""

    def __init__(self, municipalities: frozenset[str], metrics: CoreMetrics, rules: ReadingRules) -> None:
        self._municipalities = municipalities
        self._metrics = metrics
        self._rules = rules

    async def divide(
        self, tx: Transaction, events: Sequence[IncomingEvent]
    ) -> tuple[list[IncomingEvent], list[IncomingEvent]]:
        """Return what is believed and what is not; a day that jumps too far ahead is not, any other is recorded."""
        believed = [event for event in events if event.problem is None or not event.is_apart]
        unbelieved = [event for event in events if event.is_apart] if len(believed) < len(events) else []
        if _holds_day(believed):
            jumps = await self._find_jumps(tx, believed)
            unbelieved += [set_apart(event.message, event.envelope, problem) for event, problem in jumps]
            refused = {id(event) for event, _ in jumps}
            believed = [event for event in believed if id(event) not in refused]
        return believed, unbelieved

    async def hold_other_bodies(self, tx: Transaction, events: Sequence[IncomingEvent]) -> int:
        """Hold events apart whose ids are of others that came before; return how many are new."""
        return await self.hold(tx, [set_apart(event.message, event.envelope, OTHER_BODY) for event in events])

    async def hold(self, tx: Transaction, unbelieved: Sequence[IncomingEvent]) -> int:
        """Hold these messages apart, the newest of each reason and municipality; return how many are new."""
        if not unbelieved:
            return 0
        groups: dict[tuple[str | None, str], list[HeldEvent]] = defaultdict(list)
        for message in map(self._to_held, unbelieved):
            groups[message.municipality, str(message.reason)].append(message)
        newest_max = self._rules.held_apart_events_max
        newest = [message for group in groups.values() for message in group[-newest_max:]]
        held_count = await apart.hold_apart(await tx.driver(), newest, newest_max=newest_max)
        for (_, reason), group in groups.items():
            tx.after_commit(partial(self._metrics.parked.labels(reason).inc, len(group)))
        tx.after_commit(partial(self._metrics.consumed.labels("park").inc, len(unbelieved)))
        return held_count

    async def record_day(self, tx: Transaction, event: IncomingEvent) -> None:
        """Record the day of an event that an operator released as seen."""
        if (day := _day_of(event)) is not None:
            await record_days_seen(await tx.driver(), {day.municipality: day.date})

    async def _find_jumps(self, tx: Transaction, events: Sequence[IncomingEvent]) -> list[tuple[IncomingEvent, Park]]:
        if self._rules.days is None:
            return []
        days = [(event, day) for event in events if (day := _day_of(event)) is not None]
        seen = await load_days_seen(await tx.driver(), (day.municipality for _, day in days))
        jumps = []
        for event, day in days:
            last = seen.get(day.municipality)
            if problem := self._rules.days.find_jump(day.municipality, day.date, last):
                jumps.append((event, problem))
            else:
                seen[day.municipality] = max(day.date, last or day.date)
        await record_days_seen(await tx.driver(), seen)
        return jumps

    def _to_held(self, event: IncomingEvent) -> HeldEvent:
        held_event = event.to_held()
        is_served = held_event.municipality in self._municipalities
        assert event.problem is not None  # noqa: S101 - that is why it is held apart
        return replace(
            held_event,
            municipality=held_event.municipality if is_served else None,
            state="parked",
            reason=event.problem.reason,
            sentence=event.problem.sentence,
        )


def _holds_day(events: Sequence[IncomingEvent]) -> bool:
    kinds = {type(event.received.data) for event in events if event.received is not None}
    return any(issubclass(kind, DayStarted) for kind in kinds)


def _day_of(event: IncomingEvent) -> DayStarted | None:
    data = event.received.data if event.received else None
    return data if isinstance(data, DayStarted) else None
