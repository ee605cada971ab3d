"""A month's run in batches, on a real PostgreSQL: a message for each household, once, in order, nobody held up."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.app import SUBSCRIPTIONS
from services.notifications.contacts import repository
from services.notifications.contacts.rules import Contact
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.messages.rules.notices import NOTICES
from services.notifications.settings import Settings
from shared.events import EventData, FileOpened, FixedChargesDeducted, MandateGranted, ShortfallFound
from shared.events.codes import MessageChannel
from shared.testing.delivery import deliver, encode_events
from shared.testing.running_service import RunningService, fetch_as_operator
from shared.testing.samples import sample

pytestmark = pytest.mark.usefixtures("idle_worker")


def build_fact(event: type[EventData], person: UUID, **changes: Any) -> EventData:
    """The sample of an event about this person, in a household with the same id."""
    return event.model_validate(sample(event).model_dump() | {"person_id": person, "household_id": person} | changes)


def build_opened(person: UUID, language: str) -> FileOpened:
    return FileOpened.model_validate(sample(FileOpened).model_dump() | {"person_id": person, "language": language})


async def save_languages(service: RunningService, persons: Sequence[UUID], language: str = "nl") -> None:
    async with service.database.transaction("gm0637") as tx:
        await repository.save_languages(tx, [Contact(person, language) for person in persons])


async def fetch_rows(service: RunningService, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    async with service.database.transaction("gm0637") as tx:
        return [tuple(row) for row in await (await tx.driver()).fetch(statement, *arguments)]


async def test_each_household_has_its_month_once_however_often_the_batch_comes(service: RunningService) -> None:
    persons = [uuid4() for _ in range(300)]
    await save_languages(service, persons)
    batch = encode_events(*(build_fact(FixedChargesDeducted, person) for person in persons))
    assert [await deliver(service, SUBSCRIPTIONS, again) for again in (batch, batch, batch[:7] + batch[:7])] == [0] * 3
    written = await fetch_rows(service, "SELECT person_id, draft IS NOT NULL, subject FROM message ORDER BY position")
    assert written == [(person, True, None) for person in persons]


async def test_of_one_household_the_messages_stand_in_the_order_of_its_facts(service: RunningService) -> None:
    persons = [uuid4() for _ in range(5)]
    await save_languages(service, persons)
    kinds = (MandateGranted, FixedChargesDeducted, ShortfallFound)
    await deliver(
        service, SUBSCRIPTIONS, encode_events(*(build_fact(kind, person) for kind in kinds for person in persons))
    )
    written = await fetch_rows(service, "SELECT person_id, template FROM message ORDER BY due_at, position")
    for person in persons:
        assert [template for person_id, template in written if person_id == person] == [
            notice.template for kind in kinds for notice in NOTICES[kind]
        ]


async def test_someone_unknown_waits_and_nobody_else_does(service: RunningService) -> None:
    persons, stranger = [uuid4() for _ in range(50)], uuid4()
    await save_languages(service, persons)
    months = [build_fact(FixedChargesDeducted, person) for person in (*persons[:25], stranger, *persons[25:], stranger)]
    assert await deliver(service, SUBSCRIPTIONS, encode_events(*months)) == 2
    assert await fetch_rows(service, "SELECT count(*) FROM message") == [(50,)]
    held = await fetch_as_operator(service.database, "SELECT key, state, reason FROM messaging.held ORDER BY 1, 2")
    assert held == [(str(stranger), "retrying", "not_yet_known"), (str(stranger), "waiting", None)]


async def test_a_language_in_the_batch_is_used_in_it_and_the_last_one_stays(
    service: RunningService,
) -> None:
    person = uuid4()
    facts = (build_opened(person, "en"), build_opened(person, "ti"), build_fact(FixedChargesDeducted, person))
    assert await deliver(service, SUBSCRIPTIONS, encode_events(*facts)) == 0
    assert await fetch_rows(service, "SELECT language FROM message") == [("ti",)]


async def test_a_draft_is_put_into_words_when_it_leaves_and_these_stay(
    service: RunningService, settings_for: Callable[..., Settings]
) -> None:
    person = uuid4()
    await save_languages(service, [person])
    await deliver(service, SUBSCRIPTIONS, encode_events(build_fact(FixedChargesDeducted, person, month="2026-07")))
    (listed,) = (await service.get("/messages")).json()["items"]
    assert listed["subject"] == "Uw geld in juli 2026"
    contact = {"language": "nl", "channel": "email", "email": "lezer@people.example"}
    await service.put(f"/people/{person}/contact", json={**contact, "name": "Vroeger"})
    handed: list[str] = []

    class Outlet:
        async def deliver(self, message: Any) -> None:
            handed.append(message.html)

    settings = settings_for("notifications", database_url=service.database.url)
    worker = DeliveryWorker(service.database, settings, dict.fromkeys(MessageChannel, Outlet()))
    assert await worker.deliver_due() == 1
    await service.put(f"/people/{person}/contact", json={**contact, "name": "Later"})
    text = (await service.get(f"/messages/{listed['id']}")).json()["text"]
    assert "Goedendag Vroeger," in text
    assert "Goedendag Vroeger," in handed[0]
    assert await fetch_rows(service, "SELECT draft, state FROM message") == [(None, "sent")]


async def test_a_draft_that_cannot_be_put_into_words_fails_alone(
    service: RunningService, settings_for: Callable[..., Settings]
) -> None:
    persons = [uuid4() for _ in range(3)]
    await save_languages(service, persons)
    await fetch_rows(service, "UPDATE contact SET channel = 'email', email = 'lezer@people.example'")
    await deliver(
        service, SUBSCRIPTIONS, encode_events(*(build_fact(FixedChargesDeducted, person) for person in persons))
    )
    await fetch_rows(service, "UPDATE message SET draft = '{}' WHERE person_id = $1", persons[1])

    class Outlet:
        async def deliver(self, message: Any) -> None:
            assert message.html

    settings = settings_for("notifications", database_url=service.database.url)
    worker = DeliveryWorker(service.database, settings, dict.fromkeys(MessageChannel, Outlet()))
    assert await worker.deliver_due() == 3
    states = await fetch_rows(service, "SELECT person_id, state, problem FROM message ORDER BY position")
    assert states == [
        (person, "queued", "unreachable") if person == persons[1] else (person, "sent", None) for person in persons
    ]
