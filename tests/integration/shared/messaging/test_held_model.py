"""The queues of held events against a model of a few lines, in random stories of arrivals, retries and operators."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from core_rig import (
    HERE,
    CoreDatabase,
    RigMetrics,
    build_inbox,
    build_metrics,
    deliver,
    execute,
    make_event,
    open_as_operator,
    open_database,
    person_id,
    record_effect,
    step_of,
)
from core_seeds import play_seeds

from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.events.envelope import WrittenEvent
from shared.messaging import DONE, HoldReason, Outcome, Park, Received, Retry, Subscription
from shared.messaging import held as holding
from shared.messaging.outcome import RetryPolicy
from shared.messaging.retries import Retries

ATTEMPTS_MAX = 3
PEOPLE = [person_id(number) for number in range(4)]
OUTCOMES: dict[str, Outcome] = {
    "done": DONE,
    "retry": Retry(HoldReason.HANDLER_FAILED, "Not here yet.", after_seconds=0),
    "park": Park(HoldReason.REFUSED, "No."),
}


@dataclass
class Waiting:
    event: WrittenEvent
    step: int
    state: str
    attempts: int


@dataclass
class Model:
    """The expected state: a queue per person, and what took effect."""

    queues: dict[UUID, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    done: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    marked: set[UUID] = field(default_factory=set)
    repeats = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def arrive(self, who: UUID, step: int, event: WrittenEvent, outcome: str) -> bool:
        """Return whether the handler is called."""
        if event.event_id in self.marked:
            self.repeats += 1
            return False
        self.marked.add(event.event_id)
        queue = self.queues[who]
        waiting = Waiting(event, step, "waiting", 0)
        if queue:
            queue.append(waiting)
            return False
        if not self._apply(who, waiting, outcome):
            queue.append(waiting)
        return True

    def head(self, who: UUID) -> Waiting | None:
        """Return the event that may be retried now."""
        queue = self.queues[who]
        return queue[0] if queue and queue[0].state in ("waiting", "retrying") else None

    def retry(self, who: UUID, outcome: str) -> None:
        if self._apply(who, self.queues[who][0], outcome):
            self.queues[who].pop(0)

    def _apply(self, who: UUID, waiting: Waiting, outcome: str) -> bool:
        """Apply the outcome of one attempt; return whether the event is done."""
        waiting.attempts += 1
        if outcome == "retry" and waiting.attempts >= ATTEMPTS_MAX:
            outcome = "park"
        self.counts[outcome] += 1
        if outcome == "done":
            self.done[who].append(waiting.step)
            return True
        waiting.state = "parked" if outcome == "park" else "retrying"
        return False


class Story:
    """Plays the same moves on the core and on the model."""

    def __init__(
        self, seed: int, database: CoreDatabase, service: Database, other: Database, counts: RigMetrics
    ) -> None:
        self.database = database
        self.chance = random.Random(seed)
        self.model = Model()
        self.steps: dict[UUID, int] = defaultdict(int)
        self.published: list[tuple[UUID, int, WrittenEvent]] = []
        self.decided: dict[tuple[UUID, int], str] = {}
        self.handled: list[tuple[UUID, int]] = []
        self.service = service
        policy = RetryPolicy(ATTEMPTS_MAX, 0.01, 0.01)
        lines = [Subscription(CandidateWithdrawn, self.handler)]
        self.boxes = [build_inbox(each, lines, policy=policy, counts=counts) for each in (service, other)]

    async def handler(self, received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        """Record an effect, then return the outcome decided for this event; only a done event keeps its effect."""
        step = (received.data.person_id, step_of(received.data))
        self.handled.append(step)
        await record_effect(received, tx)
        return OUTCOMES[self.decided[step]]

    def decide(self, step: tuple[UUID, int]) -> str:
        self.decided[step] = self.chance.choice(["done", "done", "done", "retry", "retry", "park"])
        return self.decided[step]

    async def arrive(self) -> None:
        batch = []
        for _ in range(self.chance.randint(1, 6)):
            if self.published and self.chance.random() < 0.2:
                who, step, event = self.chance.choice(self.published)
            else:
                who = self.chance.choice(PEOPLE)
                self.steps[who] += 1
                step, event = self.steps[who], make_event(who, self.steps[who])
                self.published.append((who, step, event))
                self.decide((who, step))
            self.model.arrive(who, step, event, self.decided[who, step])
            batch.append(event)
        await deliver(self.chance.choice(self.boxes), *batch)

    async def try_again(self) -> None:
        """Retry one queue from its head: the core chooses which one, and the model says what must happen."""
        for who in PEOPLE:
            for waiting in self.model.queues[who]:
                self.decide((who, waiting.step))
        box = self.chance.choice(self.boxes)
        self.handled.clear()
        retried = await Retries(box._database, box, wake=asyncio.Event()).retry_one_queue()
        heads = [who for who in PEOPLE if self.model.head(who)]
        assert retried == bool(heads)
        if retried:
            who = self.handled[0][0]
            expected = []
            while (head := self.model.head(who)) is not None:
                expected.append((who, head.step))
                outcome = self.decided[who, head.step]
                self.model.retry(who, outcome)
                if outcome != "done":
                    break
            assert self.handled == expected

    async def operate(self) -> None:
        queued = [(who, waiting) for who in PEOPLE for waiting in self.model.queues[who]]
        if not queued:
            return
        who, waiting = self.chance.choice(queued)
        discards = self.chance.random() < 0.3
        event_id = waiting.event.event_id
        async with open_as_operator(self.database) as operator:
            if discards:
                await holding.discard(operator, event_id, actor="operator", because="a story")
            else:
                await holding.release(operator, event_id=event_id, actor="operator", because="a story")
        if discards:
            self.model.queues[who].remove(waiting)
        elif waiting.state != "waiting":
            waiting.state, waiting.attempts = "waiting", 0

    async def agree(self) -> None:
        async with self.service.transaction(HERE) as tx:
            driver = await tx.driver()
            done = await driver.fetch("SELECT person, step FROM effect ORDER BY turn")
            rows = await driver.fetch("SELECT * FROM messaging.held WHERE state <> 'discarded' ORDER BY position")
        for who in PEOPLE:
            assert [row["step"] for row in done if row["person"] == who] == self.model.done[who]
            actual = [(row["event_id"], row["state"], row["attempts"]) for row in rows if row["key"] == str(who)]
            assert actual == [(w.event.event_id, w.state, w.attempts) for w in self.model.queues[who]]


async def test_random_stories_end_as_the_model_says(database: CoreDatabase) -> None:
    async def play(seed: int) -> None:
        await execute(database.admin_url, "TRUNCATE effect, entry, messaging.held, messaging.inbox")
        counts = build_metrics()
        async with open_database(database) as service, open_database(database) as other:
            story = Story(seed, database, service, other, counts)
            moves = [story.arrive, story.arrive, story.try_again, story.try_again, story.operate]
            for _ in range(40):
                await story.chance.choice(moves)()
                await story.agree()
        for outcome, number in story.model.counts.items():
            assert counts("consumed_events", outcome=outcome) == number
        assert counts("consumed_events", outcome="known") == story.model.repeats

    await play_seeds("held", 3, play)
