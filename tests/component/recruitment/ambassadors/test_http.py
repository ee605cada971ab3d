"""Ambassadors and pairs over HTTP on a real PostgreSQL: what is answered and published."""

from uuid import uuid4

from http_refusals import list_faults
from recruitment_desk import Json, appoint_ambassadors, build_ambassador

from shared.events import AmbassadorAppointed
from shared.testing.running_service import RunningService


async def test_appointing_is_answered_published_and_shown(recruitment: RunningService) -> None:
    body = build_ambassador()
    answer = await recruitment.post("/ambassadors", json=body)
    assert (answer.status_code, answer.json()) == (201, {**body, "pair_id": None})
    (fact,) = await recruitment.list_published()
    assert isinstance(fact.data, AmbassadorAppointed)
    assert (str(fact.data.ambassador_id), fact.envelope.municipality) == (body["id"], "gm0637")
    assert (await recruitment.get("/ambassadors")).json() == {"items": [answer.json()], "next_cursor": None}


async def test_the_same_command_again_gives_the_same_answer_and_publishes_nothing(recruitment: RunningService) -> None:
    body = build_ambassador()
    first, again = [await recruitment.post("/ambassadors", json=body) for _ in range(2)]
    other = await recruitment.post("/ambassadors", json={**body, "dutch_level": "a2"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert other.status_code == 409
    assert len(await recruitment.list_published()) == 1


async def test_unmet_conditions_are_refused_in_sentences_and_leave_nothing(recruitment: RunningService) -> None:
    body = build_ambassador(dutch_level="a1", own_trajectory_completed=False, neighbourhood="oosterheem")
    answer = await recruitment.post("/ambassadors", json=body)
    assert list_faults(answer) == {
        ("body.dutch_level", "condition_not_met"),
        ("body.own_trajectory_completed", "condition_not_met"),
        ("body.neighbourhood", "unknown"),
    }
    assert await recruitment.list_published() == []
    assert (await recruitment.get("/ambassadors")).json()["items"] == []


async def test_a_pair_is_formed_once_and_its_members_have_no_other(recruitment: RunningService) -> None:
    one, two, three = await appoint_ambassadors(recruitment, 3)
    body = {"id": str(uuid4()), "ambassador_ids": [one, two], "formed_on": "2026-01-06"}
    assert (await recruitment.post("/pairs", json=body)).status_code == 201
    assert (await recruitment.post("/pairs", json=body)).status_code == 201
    second = await recruitment.post("/pairs", json={"ambassador_ids": [two, three], "formed_on": "2026-01-06"})
    assert (second.status_code, second.json()["title"]) == (409, "Conflict")
    items = (await recruitment.get("/ambassadors")).json()["items"]
    assert {item["id"]: item["pair_id"] for item in items} == {one: body["id"], two: body["id"], three: None}


async def test_lists_come_page_by_page(recruitment: RunningService) -> None:
    appointed = sorted(await appoint_ambassadors(recruitment, 5))
    listed: list[str] = []
    cursor: Json = {}
    while True:
        page = (await recruitment.get("/ambassadors", params={"limit": 2, **cursor})).json()
        listed += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert listed == appointed
    assert list_faults(await recruitment.get("/ambassadors", params={"limit": 0, "offset": 1})) >= {
        ("query.limit", "greater_than_equal")
    }
