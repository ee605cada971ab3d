"""The queues of held events against a model of a few lines, over random stories of arrivals, retries and operators."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from core_rig import (
    HERE,
    CoreDatabase,
    Counted,
    counted,
    execute,
    fact,
    inbox,
    keep,
    opened,
    person,
    step_of,
    take,
    written,
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
PEOPLE = [person(number) for number in range(4)]
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
    """What ought to be: a queue per person, and what took effect."""

    queues: dict[UUID, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    done: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    known: set[UUID] = field(default_factory=set)
    known_again = 0
    told: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def arrive(self, who: UUID, step: int, event: WrittenEvent, outcome: str) -> bool:
        """Whether the handler is asked."""
        if event.event_id in self.known:
            self.known_again += 1
            return False
        self.known.add(event.event_id)
        queue = self.queues[who]
        one = Waiting(event, step, "waiting", 0)
        if queue:
            queue.append(one)
            return False
        if not self._ends(who, one, outcome):
            queue.append(one)
        return True

    def head(self, who: UUID) -> Waiting | None:
        """The one that may be tried now."""
        queue = self.queues[who]
        return queue[0] if queue and queue[0].state in ("waiting", "retrying") else None

    def tried(self, who: UUID, outcome: str) -> None:
        if self._ends(who, self.queues[who][0], outcome):
            self.queues[who].pop(0)

    def _ends(self, who: UUID, one: Waiting, outcome: str) -> bool:
        one.attempts += 1
        if outcome == "retry" and one.attempts >= ATTEMPTS_MAX:
            outcome = "park"
        self.told[outcome] += 1
        if outcome == "done":
            self.done[who].append(one.step)
            return True
        one.state = "parked" if outcome == "park" else "retrying"
        return False


class Story:
    """Plays the same moves on the core and on the model."""

    def __init__(self, seed: int, service: Database, other: Database, counts: Counted) -> None:
        self.chance = random.Random(seed)
        self.model = Model()
        self.steps: dict[UUID, int] = defaultdict(int)
        self.sent: list[tuple[UUID, int, WrittenEvent]] = []
        self.decided: dict[tuple[UUID, int], str] = {}
        self.asked: list[tuple[UUID, int]] = []
        self.service = service
        policy = RetryPolicy(ATTEMPTS_MAX, 0.01, 0.01)
        lines = [Subscription(CandidateWithdrawn, self.handler)]
        self.boxes = [inbox(each, lines, policy=policy, counts=counts) for each in (service, other)]

    async def handler(self, received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        """Writes first and then ends as was decided for this event; what it wrote must go unless it is done."""
        place = (received.data.person_id, step_of(received.data))
        self.asked.append(place)
        await keep(received, tx)
        return OUTCOMES[self.decided[place]]

    def decide(self, place: tuple[UUID, int]) -> str:
        self.decided[place] = self.chance.choice(["done", "done", "done", "retry", "retry", "park"])
        return self.decided[place]

    async def arrive(self) -> None:
        batch = []
        for _ in range(self.chance.randint(1, 6)):
            if self.sent and self.chance.random() < 0.2:
                who, step, event = self.chance.choice(self.sent)
            else:
                who = self.chance.choice(PEOPLE)
                self.steps[who] += 1
                step, event = self.steps[who], written(fact(who, self.steps[who]))
                self.sent.append((who, step, event))
                self.decide((who, step))
            self.model.arrive(who, step, event, self.decided[who, step])
            batch.append(event)
        await take(self.chance.choice(self.boxes), *batch)

    async def try_again(self) -> None:
        """One queue is worked off from its head; which one is the core's choice, what happens then is the model's."""
        for who in PEOPLE:
            for waiting in self.model.queues[who]:
                self.decide((who, waiting.step))
        box = self.chance.choice(self.boxes)
        self.asked.clear()
        worked = await Retries(box._database, box, wake=asyncio.Event()).retry_one_queue()
        heads = [who for who in PEOPLE if self.model.head(who)]
        assert worked == bool(heads)
        if worked:
            who = self.asked[0][0]
            expected = []
            while (one := self.model.head(who)) is not None:
                expected.append((who, one.step))
                outcome = self.decided[who, one.step]
                self.model.tried(who, outcome)
                if outcome != "done":
                    break
            assert self.asked == expected

    async def operate(self) -> None:
        places = [(who, one) for who in PEOPLE for one in self.model.queues[who]]
        if not places:
            return
        who, one = self.chance.choice(places)
        discards = self.chance.random() < 0.3
        async with self.service.transaction(None) as tx:
            driver, event_id = await tx.driver(), one.event.event_id
            if discards:
                await holding.discard(driver, event_id, actor="operator", because="a story")
            else:
                await holding.release(driver, event_id=event_id, actor="operator", because="a story")
        if discards:
            self.model.queues[who].remove(one)
        elif one.state != "waiting":
            one.state, one.attempts = "waiting", 0

    async def agree(self) -> None:
        async with self.service.transaction(HERE) as tx:
            driver = await tx.driver()
            done = await driver.fetch("SELECT person, step FROM effect ORDER BY turn")
            rows = await driver.fetch("SELECT * FROM messaging.held WHERE state <> 'discarded' ORDER BY position")
        for who in PEOPLE:
            assert [row["step"] for row in done if row["person"] == who] == self.model.done[who]
            found = [(row["event_id"], row["state"], row["attempts"]) for row in rows if row["key"] == str(who)]
            assert found == [(one.event.event_id, one.state, one.attempts) for one in self.model.queues[who]]


async def test_random_stories_end_as_the_model_says(database: CoreDatabase) -> None:
    async def play(seed: int) -> None:
        await execute(database.admin_url, "TRUNCATE effect, entry, messaging.held, messaging.inbox")
        counts = counted()
        async with opened(database) as service, opened(database) as other:
            story = Story(seed, service, other, counts)
            moves = [story.arrive, story.arrive, story.try_again, story.try_again, story.operate]
            for _ in range(40):
                await story.chance.choice(moves)()
                await story.agree()
        for outcome, number in story.model.told.items():
            assert counts("consumed_events", outcome=outcome) == number
        assert counts("consumed_events", outcome="known") == story.model.known_again

    await play_seeds("held", 3, play)
