"""What the tests of notifications deliver, and how they look at messages."""

from typing import Any
from uuid import UUID, uuid4

from services.notifications.messages.handlers.messages import on_facts
from shared.database.transactions import Transaction
from shared.events import CandidateRecruited, EventData, NotificationSent
from shared.messaging import DONE, Outcome, Received
from shared.testing import eventually
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

LOGGED_AT = "2026-07-01T09:30:00Z"
PERSON = sample(CandidateRecruited).key


ADDRESS = {"street": "Voorbeeldweg", "house_number": 12, "postcode": "2711 AB", "town": "Zoetermeer"}
_COMPLETE = """
UPDATE contact SET name = coalesce(name, 'Voorbeeld'), street = 'Voorbeeldweg', house_number = 12, postcode = '2711 AB',
    town = 'Zoetermeer' WHERE street IS NULL
"""
_BY_MAIL = (
    "UPDATE contact SET channel = 'email', email = coalesce(email, 'lezer@people.example')",
    "UPDATE message SET channel = 'email' WHERE state = 'queued'",
)


async def deliver_fact(
    service: RunningService,
    fact: EventData,
    event_id: UUID | None = None,
    municipality: str = "gm0637",
    *,
    with_address: bool = True,
    by_mail: bool = False,
) -> Outcome:
    """Give one fact to the handler; tests/component/notifications/messages/test_batches.py gives it many.

    Without `with_address` the contact stays as it is, and a letter may have to wait for it. `by_mail`: the reader has
    an e-mail address and wants no letters.
    """
    received = Received(fact, event_id or uuid4(), municipality, LOGGED_AT)
    async with service.database.transaction(municipality) as tx:
        outcome = (await on_facts([received], tx)).get(received.event_id, DONE)
        if with_address:
            await give_addresses(tx)
        if by_mail:
            for statement in _BY_MAIL:
                await (await tx.driver()).execute(statement)
        return outcome


async def give_addresses(tx: Transaction) -> None:
    """Give an address to every contact of the municipality that has none."""
    await (await tx.driver()).execute(_COMPLETE)


def build_recruited(language: str, **changes: Any) -> CandidateRecruited:
    return CandidateRecruited.model_validate(sample(CandidateRecruited).model_dump() | {"language": language} | changes)


async def wait_for_sent(service: RunningService, count: int) -> list[NotificationSent]:
    """Wait until so many messages are published as sent, and return them."""

    async def list_sent() -> list[NotificationSent]:
        sent = [fact.data for fact in await service.list_published() if isinstance(fact.data, NotificationSent)]
        return sent if len(sent) >= count else []

    return await eventually(list_sent, 60)


async def list_messages(service: RunningService) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await service.get("/messages")).json()["items"]
    return items
