"""Lists that grow come a page at a time, over HTTP: each item once, in one order, and nothing of another list."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from independence_desk import DONGEMOND, ask
from pilot_plays import Play, move_in

from shared.identity import Role
from shared.testing.running_service import RunningService

ON = "2026-10-01"
DEN_HAAG = "gm0518"
IBANS = ("NL39RABO0300065264", "NL91ABNA0417164300", "NL02ABNA0123456789")


@pytest.fixture
async def play(service: RunningService) -> Play:
    return await move_in(service, DONGEMOND)


async def read_pages(play: Play, path: str, items: str = "items", **query: str) -> list[list[Any]]:
    """Return the items of every page of one item, in order."""
    pages: list[list[Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await play.service.get(path, params={"limit": "1", **query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        pages.append(page[items])
        if page["next_cursor"] is None:
            return pages
        cursor = {"cursor": page["next_cursor"]}


async def test_accounts_come_by_the_page(play: Play) -> None:
    body = {"name": "Gemeente Testdorp"}
    ids = [(await ask(play.service, "/bank-accounts", **body, iban=iban))["id"] for iban in IBANS]
    of_person = {"household_id": str(play.household_id), "name": "A. Inwoner", "iban": "NL20INGB0001234567"}
    last = (await ask(play.service, "/bank-accounts", **of_person))["id"]
    pages = await read_pages(play, "/bank-accounts")
    assert [[each["id"] for each in page] for page in pages] == [[account_id] for account_id in (*ids, last)]


async def test_whom_a_coach_coaches_comes_by_the_page_also_two_of_one_household(play: Play) -> None:
    coach, other = [await ask(play.service, "/coaches", caseload_max=3, from_day="2026-09-01") for _ in range(2)]
    for who, by in (("person", coach), ("partner", coach), ("adult_child", other)):
        begun = {"started_on": "2026-09-10", "coach_id": by["id"], "person_id": str(play.people[who])}
        await ask(play.service, f"{play.household}/coaching", **begun)
    pages = await read_pages(play, f"/coaches/{coach['id']}/people", on=ON)
    of_coach = sorted((play.people["person"], play.people["partner"]))
    assert [[UUID(each["person_id"]) for each in page] for page in pages] == [[person_id] for person_id in of_coach]
    assert await read_pages(play, f"/coaches/{coach['id']}/people", on="2026-09-09") == [[]]
    wrong = await play.service.get(f"/coaches/{coach['id']}/people", params={"on": ON, "cursor": "x"})
    assert wrong.status_code == 400


async def test_who_takes_part_comes_by_the_page(client_for: Callable[..., Awaitable[RunningService]]) -> None:
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, DEN_HAAG, municipalities=(DEN_HAAG,))
    play = await move_in(service, DEN_HAAG)
    days = [(date(2026, 10, 5) + timedelta(weeks=lesson)).isoformat() for lesson in range(8)]
    group = {"course": "administration-fixed-charges-and-income", "place": "buurthuis", "seats": 8, "given_on": days}
    groups = [await ask(service, "/course-groups", **group, teacher_id=str(uuid4())) for _ in range(2)]
    ids = []
    for who, number in (("person", 0), ("partner", 0), ("adult_child", 1)):
        of_person = {"group_id": groups[number]["id"], "person_id": str(play.people[who])}
        enrolment = {"course": group["course"], "enrolled_on": "2026-09-20", **of_person}
        ids.append((await ask(service, f"{play.household}/enrolments", **enrolment))["id"])
    pages = await read_pages(play, f"/course-groups/{groups[0]['id']}/attendance", "participants", on=ON)
    assert [[each["id"] for each in page] for page in pages] == [[enrolment_id] for enrolment_id in sorted(ids[:2])]
