"""Many messages at once are kept before any of them leaves, and a message without a burst leaves at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.notifications import repository
from services.notifications.app import SUBSCRIPTIONS
from services.notifications.delivery import worker
from services.notifications.domain import Contact
from shared.events import FixedChargesDeducted
from shared.identity import Role
from shared.testing import eventually
from shared.testing.delivering import deliver, on_the_wire
from shared.testing.running import RunningService
from shared.testing.samples import sample

LONG_SECONDS = 60.0  # much longer than any test looks


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]], tmp_path: Path) -> RunningService:
    return await client_for("notifications", Role.CASE_MANAGER, spool_folder=tmp_path / "spool")


async def told(service: RunningService, count: int) -> None:
    """So many households have their month, in one batch."""
    persons = [uuid4() for _ in range(count)]
    async with service.database.transaction("gm0637") as tx:
        await repository.learn(tx, [Contact(person, "nl") for person in persons])
    assert await deliver(service, SUBSCRIPTIONS, on_the_wire(*months(persons))) == 0


def months(persons: Sequence[UUID]) -> list[FixedChargesDeducted]:
    form = sample(FixedChargesDeducted).model_dump()
    return [FixedChargesDeducted.model_validate(form | {"person_id": one, "household_id": one}) for one in persons]


async def sent(service: RunningService) -> int:
    async with service.database.transaction("gm0637") as tx:
        return int(await (await tx.driver()).fetchval("SELECT count(*) FROM message WHERE state = 'sent'"))


async def test_letters_wait_while_many_messages_come(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beyond the slow poll; and a service that stops does not wait for the lull."""
    monkeypatch.setattr(worker, "LULL_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(worker, "BURST_SECONDS_MAX", LONG_SECONDS)
    await told(service, worker.BURST_MESSAGES)
    looking = asyncio.create_task(eventually(lambda: sent(service), LONG_SECONDS))
    left, _ = await asyncio.wait({looking}, timeout=2)
    looking.cancel()
    assert (left, await sent(service)) == (set(), 0)


async def test_letters_leave_in_the_lull_after_a_burst(service: RunningService) -> None:
    await told(service, worker.BURST_MESSAGES)

    async def all_left() -> bool:
        return await sent(service) == worker.BURST_MESSAGES

    await eventually(all_left, 30)


async def test_a_message_without_a_burst_does_not_wait(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LULL_SECONDS", LONG_SECONDS)
    await told(service, worker.BURST_MESSAGES - 1)
    await eventually(lambda: sent(service), 30)
