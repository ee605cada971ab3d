"""What is not believed is held apart: it takes no id, blocks no key, is bounded, and can be released or dropped."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from core_rig import (
    HERE,
    THERE,
    CoreDatabase,
    build_inbox,
    build_message,
    build_metrics,
    deliver,
    execute,
    fetch_value,
    load_effects,
    load_held,
    make_event,
    open_as_operator,
    open_database,
    person_id,
    record_effect,
)

from services.calendar.app import day_event
from shared.calendar import day_id
from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn, DayStarted
from shared.events.envelope import write_event
from shared.messaging import DONE, HoldReason, Outcome, Park, Received, Subscription, apart, held
from shared.messaging.belief import ReadingRules
from shared.messaging.days import DayRules
from shared.messaging.decoding import Message
from shared.messaging.held_counts import HeldFullError
from shared.messaging.inbox import Inbox
from shared.messaging.retries import Retries

WHO = person_id(1)
TODAY = date(2026, 9, 1)
FOREIGN = "urn:nld:oin:00000099000000099000:systeem:meedoen-intake"


def forge(who_step: int, *, offset: int, municipality: str = HERE) -> Message:
    """Return an event under a person's own key that says it is from another service."""
    event = make_event(WHO, who_step, municipality)
    document = {**json.loads(event.payload), "source": FOREIGN}
    return build_message(event, value=json.dumps(document).encode(), offset=offset)


def tell_day(day: date, municipality: str = HERE) -> Message:
    return build_message(day_event(municipality, day), offset=day.toordinal())


async def release_all(database: CoreDatabase, box: Inbox) -> None:
    async with open_as_operator(database) as operator:
        await held.release(operator, actor="operator", because="a test")
    retries = Retries(box._database, box, asyncio.Event())
    while await retries.retry_one_queue():
        pass


async def test_the_same_id_with_another_body_is_counted_shown_and_never_applied(database: CoreDatabase) -> None:
    event, counts = make_event(WHO, 1), build_metrics()
    other = write_event(
        CandidateWithdrawn(person_id=WHO, withdrawn_on=TODAY), municipality=HERE, event_id=event.event_id
    )
    async with open_database(database) as service:
        box = build_inbox(service, counts=counts)
        assert await deliver(box, event, build_message(other, offset=1)) == 1
        assert await deliver(box, event, build_message(other, offset=2), make_event(WHO, 2)) == 1
        assert await deliver(box, event) == 0
        await release_all(database, box)

    assert await load_effects(database) == {WHO: [1, 2]}
    assert [(row["reason"], row["state"]) for row in await load_held(database)] == [("other_body", "parked")] * 2
    assert counts("parked_events", reason="other_body") == 2
    assert counts("consumed_events", outcome="known") == 2


async def test_a_forged_event_does_not_take_the_id_of_the_honest_one_that_comes_after_it(
    database: CoreDatabase,
) -> None:
    event = make_event(WHO, 1)
    forged = build_message(event, value=event.payload.replace(b"meedoen-recruitment", b"meedoen-intake"))
    async with open_database(database) as service:
        assert await deliver(build_inbox(service), forged) == 1
        assert await deliver(build_inbox(service), event) == 0

    assert await load_effects(database) == {WHO: [1]}


async def test_what_is_released_and_fits_by_then_takes_effect_once_and_in_the_order_of_its_key(
    database: CoreDatabase,
) -> None:
    """As after a service was given the wrong organisation: everything was set apart until that was mended."""
    events = [make_event(WHO, step) for step in range(5)]
    messages = [build_message(event, offset=offset) for offset, event in enumerate(events)]
    wrong = ReadingRules(organisation_oin="00000099000000088000")
    async with open_database(database) as service:
        assert await deliver(build_inbox(service, rules=wrong), *messages) == 5
        box = build_inbox(service)
        assert await deliver(box, messages[0]) == 0
        await release_all(database, box)
        assert await deliver(box, *messages) == 0

    assert await load_effects(database) == {WHO: list(range(5))}
    assert await load_held(database) == []


async def test_the_newest_of_each_reason_and_municipality_are_kept_and_all_are_counted(database: CoreDatabase) -> None:
    counts = build_metrics()
    bad = [forge(step, offset=step, municipality=(HERE, THERE)[step % 2]) for step in range(100)]
    unreadable = [build_message(make_event(WHO, 1), value=b"?", offset=offset) for offset in range(100, 150)]
    async with open_database(database) as service:
        box = build_inbox(service, counts=counts, rules=ReadingRules(held_apart_events_max=10))
        for start in range(0, 100, 4):
            await deliver(box, *bad[start : start + 4], *unreadable[start // 2 : start // 2 + 2])

    rows = await load_held(database)
    assert len(rows) == 10 * 3
    assert {row["municipality"] for row in rows} == {HERE, THERE, None}
    assert [row["payload"] for row in rows if row["municipality"] == HERE] == [
        bad[at].value for at in range(80, 100, 2)
    ]
    assert counts("parked_events", reason="wrong_source") == 100
    assert counts("parked_events", reason="unreadable") == 50
    assert await fetch_value(database.admin_url, "SELECT count(*) FROM messaging.inbox") == 0


async def test_retention_takes_what_is_apart_or_discarded_and_no_event_that_is_believed(database: CoreDatabase) -> None:
    async def refuse(_: Received[CandidateWithdrawn], __: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.")

    kept, given_up = make_event(WHO, 1), make_event(person_id(2), 1)
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, refuse)])
        assert await deliver(box, kept, given_up, forge(2, offset=9)) == 3
        async with open_as_operator(database) as operator:
            await held.discard(operator, given_up.event_id, actor="operator", because="a test")
        async with service.transaction(None) as tx:
            assert await apart.drop_old(await tx.driver(), 30) == 0
        await execute(database.admin_url, "UPDATE messaging.held SET held_at = held_at - interval '31 days'")
        async with service.transaction(None) as tx:
            assert await apart.drop_old(await tx.driver(), 30) == 2

    assert [row["event_id"] for row in await load_held(database)] == [kept.event_id]


async def test_beyond_the_bound_of_a_municipality_nothing_more_is_taken_until_there_is_room(
    database: CoreDatabase,
) -> None:
    is_refusing = True

    async def choose(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
        return Park(HoldReason.REFUSED, "No.") if is_refusing else await record_effect(received, tx)

    events = [make_event(person_id(number), 1) for number in range(4)]
    async with open_database(database) as service:
        box = build_inbox(service, [Subscription(CandidateWithdrawn, choose)], rules=ReadingRules(held_events_max=3))
        assert await deliver(box, *events[:3]) == 3
        with pytest.raises(HeldFullError, match="More than 3 events are held for gm0637"):
            await deliver(box, events[3])
        assert len(await load_held(database)) == 3
        is_refusing = False
        await release_all(database, box)
        assert await deliver(box, events[3]) == 0

    assert await load_effects(database) == {person_id(number): [1] for number in range(4)}


class Days:
    """A service that notes the days it acts on, with a clock that the test sets."""

    def __init__(self, service: Database) -> None:
        self.acted: list[date] = []
        self.today = TODAY
        rules = ReadingRules(days=DayRules(lambda: self.today, lambda _, __: 31))
        self.box = build_inbox(service, [Subscription(DayStarted, self._act)], rules=rules)

    async def _act(self, received: Received[DayStarted], _: Transaction) -> Outcome:
        self.acted.append(received.data.date)
        return DONE


async def list_reasons(database: CoreDatabase) -> Sequence[str]:
    return [f"{row['reason']} {row['state']}" for row in await load_held(database)]


async def test_a_day_later_than_tomorrow_is_parked_and_the_next_days_go_on(database: CoreDatabase) -> None:
    tomorrow = TODAY + timedelta(days=1)
    async with open_database(database) as service:
        days = Days(service)
        assert await deliver(days.box, tell_day(TODAY)) == 0
        assert await deliver(days.box, tell_day(date(2062, 11, 2)), tell_day(tomorrow)) == 1
        assert days.acted == [TODAY, tomorrow]
        await release_all(database, days.box)
        assert await list_reasons(database) == ["implausible_day parked"]

        days.today = date(2062, 11, 2)  # the clock was wrong, and was set right
        await release_all(database, days.box)

    assert days.acted == [TODAY, tomorrow, date(2062, 11, 2)]
    assert await list_reasons(database) == []


async def test_a_day_too_long_after_the_last_one_waits_for_a_person(database: CoreDatabase) -> None:
    last, jump = TODAY - timedelta(days=60), TODAY - timedelta(days=28)
    async with open_database(database) as service:
        days = Days(service)
        assert await deliver(days.box, tell_day(last), tell_day(jump), tell_day(last, THERE), tell_day(TODAY)) == 2
        assert days.acted == [last, last]
        await release_all(database, days.box)
        assert days.acted == [last, last, jump, TODAY]
        assert await deliver(days.box, tell_day(TODAY), tell_day(TODAY + timedelta(days=1))) == 0

    assert days.acted[4:] == [TODAY + timedelta(days=1)]


async def test_days_in_steps_that_the_policy_allows_need_no_person(database: CoreDatabase) -> None:
    steps = [TODAY - timedelta(days=31 * number) for number in (3, 2, 1, 0)]
    async with open_database(database) as service:
        days = Days(service)
        assert await deliver(days.box, *(tell_day(day) for day in steps)) == 0

    assert days.acted == steps


async def test_a_day_of_another_municipality_or_with_the_id_of_another_day_is_parked(database: CoreDatabase) -> None:
    tomorrow = TODAY + timedelta(days=1)
    day = DayStarted(municipality=HERE, date=TODAY)
    foreign = write_event(day, municipality=THERE, event_id=day_id(HERE, TODAY))
    stolen = write_event(day, municipality=HERE, event_id=day_id(HERE, tomorrow))
    async with open_database(database) as service:
        days = Days(service)
        assert await deliver(days.box, build_message(foreign, offset=1), build_message(stolen, offset=2)) == 2
        assert days.acted == []
        assert await deliver(days.box, tell_day(TODAY), tell_day(tomorrow)) == 0

    assert days.acted == [TODAY, tomorrow]
    assert await list_reasons(database) == ["implausible_day parked"] * 2
