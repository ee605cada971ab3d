"""Contacts over HTTP on a real PostgreSQL."""

import pytest
from notifications_desk import ADDRESS, PERSON, build_recruited, deliver_fact, wait_for_sent

from shared.testing.running_service import RunningService

_READABLE = """
SELECT class.oid::regclass::text AS name, relname FROM pg_class AS class
WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'messaging')
    AND has_table_privilege(oid, 'SELECT')
"""


async def test_a_contact_is_saved_and_read(service: RunningService) -> None:
    body = {"name": "Voorbeeld", "email": "lezer@people.example", "language": "ti", "channel": "email"}
    answer = await service.put(f"/people/{PERSON}/contact", json=body)
    assert answer.status_code == 200
    assert (await service.get(f"/people/{PERSON}/contact")).json() == {**body, "address": None, "person_id": PERSON}


async def test_an_address_is_saved_in_its_parts_and_kept_nowhere_else(service: RunningService) -> None:
    path, address = f"/people/{PERSON}/contact", {**ADDRESS, "house_number_addition": "A", "postcode": "2711ab"}
    answer = await service.put(path, json={"language": "nl", "channel": "letter", "name": "Lezer", "address": address})
    assert answer.status_code == 200
    stored = (await service.get(path)).json()["address"]
    assert stored == {**address, "postcode": "2711 AB", "care_of": None}
    changed = {"language": "nl", "channel": "letter", "name": "Lezer", "address": {**address, "house_number": 14}}
    await service.put(path, json=changed)
    changes = (await service.get(f"{path}/changes")).json()["items"]
    assert [sorted(change["parts"]) for change in changes] == [["address", "channel", "language", "name"], ["address"]]
    assert await list_tables_with(service, "Voorbeeldweg") == ["contact"]
    await service.put(path, json={"language": "nl", "channel": "letter", "name": "Lezer"})
    assert await list_tables_with(service, "Voorbeeldweg") == []


async def list_tables_with(service: RunningService, text: str) -> list[str]:
    """Return the tables that hold a text in any column, of the service and of its messaging."""
    async with service.database.transaction("gm0637") as tx:
        found = []
        for table in await tx.rows(_READABLE):
            statement = f"SELECT count(*) AS rows FROM {table['name']} AS t WHERE t::text LIKE $1"  # noqa: S608 - names of our tables
            (count,) = await tx.rows(statement, f"%{text}%")
            found += [table["relname"]] if count["rows"] else []
    return found


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
        {"address": {**ADDRESS, "postcode": "0711 AB"}},
        {"address": {**ADDRESS, "postcode": "2711 SS"}},
        {"address": {**ADDRESS, "house_number": 0}},
        {"address": {**ADDRESS, "street": "=cmd()"}},
        {"address": {**ADDRESS, "country": "NL"}},
        {"address": {"street": "Voorbeeldweg", "house_number": 12}},
        {"language": "Nederlands"},
        {"channel": "pigeon"},
    ],
)
async def test_a_contact_that_cannot_be_used_is_refused(service: RunningService, changes: dict[str, object]) -> None:
    body = {"language": "nl", "channel": "letter"} | changes
    assert (await service.put(f"/people/{PERSON}/contact", json=body)).status_code == 400


async def test_what_staff_entered_is_not_overwritten_by_an_event(service: RunningService) -> None:
    await service.put(f"/people/{PERSON}/contact", json={"language": "en", "channel": "letter"})
    await deliver_fact(service, build_recruited("ti"))
    assert [message.language for message in await wait_for_sent(service, 1)] == ["en"]
