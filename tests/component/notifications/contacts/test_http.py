"""Contacts over HTTP on a real PostgreSQL."""

import pytest
from notifications_desk import PERSON, build_recruited, deliver_fact, wait_for_sent

from shared.testing.running_service import RunningService


async def test_a_contact_is_saved_and_read(service: RunningService) -> None:
    body = {"name": "Voorbeeld", "email": "lezer@people.example", "language": "ti", "channel": "email"}
    answer = await service.put(f"/people/{PERSON}/contact", json=body)
    assert answer.status_code == 200
    assert (await service.get(f"/people/{PERSON}/contact")).json() == {**body, "person_id": PERSON}


async def test_a_change_of_a_contact_says_who_made_it_and_not_what_it_was(service: RunningService) -> None:
    path = f"/people/{PERSON}/contact"
    body = {"name": "Voorbeeld", "email": "lezer@people.example", "language": "ti", "channel": "email"}
    for change in ({}, {}, {"email": "ander@people.example"}):
        await service.put(path, json=body | change)
    changes = (await service.get(f"{path}/changes")).json()["items"]
    assert [sorted(change["parts"]) for change in changes] == [["channel", "email", "language", "name"], ["email"]]
    assert all((one["changed_by"], one["changed_roles"]) == ("test-user", ["case_manager"]) for one in changes)
    assert "@" not in str(changes)
    (first,) = (await service.get(f"{path}/changes?limit=1")).json()["items"]
    assert first == changes[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "email"},
        {"channel": "email", "email": "no address"},
        {"name": "Voor\nbeeld"},
        {"language": "Nederlands"},
        {"channel": "pigeon"},
    ],
)
async def test_a_contact_that_cannot_be_used_is_refused(service: RunningService, changes: dict[str, str]) -> None:
    body = {"language": "nl", "channel": "letter"} | changes
    assert (await service.put(f"/people/{PERSON}/contact", json=body)).status_code == 400


async def test_what_staff_entered_is_not_overwritten_by_an_event(service: RunningService) -> None:
    await service.put(f"/people/{PERSON}/contact", json={"language": "en", "channel": "letter"})
    await deliver_fact(service, build_recruited("ti"))
    assert [message.language for message in await wait_for_sent(service, 1)] == ["en"]
