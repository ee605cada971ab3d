"""Many messages at once are kept before any of them leaves, and a message without a burst leaves at once."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from notifications_desk import give_addresses

from services.notifications.app import SUBSCRIPTIONS
from services.notifications.contacts import repository
from services.notifications.contacts.rules import Contact
from services.notifications.delivery import rules
from shared.events import FixedChargesDeducted
from shared.testing import eventually
from shared.testing.delivery import deliver, encode_events
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

LONG_SECONDS = 60.0  # much longer than any test looks


async def deliver_months(service: RunningService, count: int) -> None:
    """Deliver the months of so many households, in one batch."""
    persons = [uuid4() for _ in range(count)]
    async with service.database.transaction("gm0637") as tx:
        await repository.save_languages(tx, [Contact(person, "nl") for person in persons])
        await give_addresses(tx)
    assert await deliver(service, SUBSCRIPTIONS, encode_events(*build_months(persons))) == 0


def build_months(persons: Sequence[UUID]) -> list[FixedChargesDeducted]:
    form = sample(FixedChargesDeducted).model_dump()
    return [
        FixedChargesDeducted.model_validate(form | {"person_id": person, "household_id": person}) for person in persons
    ]


async def count_sent(service: RunningService) -> int:
    async with service.database.transaction("gm0637") as tx:
        return int(await (await tx.driver()).fetchval("SELECT count(*) FROM message WHERE state = 'sent'"))


async def test_letters_wait_while_many_messages_come(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beyond the slow poll; and a service that stops does not wait for the lull."""
    monkeypatch.setattr(rules, "LULL_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(rules, "BURST_SECONDS_MAX", LONG_SECONDS)
    await deliver_months(service, rules.BURST_MESSAGES)
    looking = asyncio.create_task(eventually(lambda: count_sent(service), LONG_SECONDS))
    left, _ = await asyncio.wait({looking}, timeout=2)
    looking.cancel()
    assert (left, await count_sent(service)) == (set(), 0)


async def test_letters_leave_in_the_lull_after_a_burst(service: RunningService) -> None:
    await deliver_months(service, rules.BURST_MESSAGES)

    async def all_left() -> bool:
        return await count_sent(service) == rules.BURST_MESSAGES

    await eventually(all_left, 100)


async def test_a_message_without_a_burst_does_not_wait(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LULL_SECONDS", LONG_SECONDS)
    await deliver_months(service, rules.BURST_MESSAGES - 1)
    await eventually(lambda: count_sent(service), 30)
