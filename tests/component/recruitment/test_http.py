"""Recruitment over HTTP on a real PostgreSQL: what it answers, tells and counts."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from stdnum.nl import bsn

from services.recruitment import repository
from services.recruitment.domain import Neighbourhood
from shared.events import AmbassadorAppointed, CandidateRecruited, CandidateWithdrawn, OutreachHeld
from shared.identity import Role
from shared.testing.running import RunningService

Json = dict[str, Any]
Service = Callable[..., Awaitable[RunningService]]
PASSES_ELEVEN_TEST = next(str(number) for number in range(123_400_000, 123_500_000) if bsn.is_valid(str(number)))
MEERZICHT = {"name": "Meerzicht", "needs_but_not_obligated": 322, "obligated": 312}


@pytest.fixture
async def recruitment(client_for: Service) -> RunningService:
    service = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR)
    assert (await service.put("/neighbourhoods/meerzicht", json=MEERZICHT)).status_code == 200
    return service


def an_ambassador(**known: Any) -> Json:
    return {
        "id": str(uuid4()),
        "neighbourhood": "meerzicht",
        "appointed_on": "2026-01-05",
        "own_trajectory_completed": True,
        "dutch_level": "b1",
        "languages": ["ar"],
        **known,
    }


def a_candidate(*ambassadors: str, **known: Any) -> Json:
    return {
        "id": str(uuid4()),
        "target_group": "voluntary",
        "language": "ti",
        "channel": "market",
        "neighbourhood": "meerzicht",
        "ambassador_ids": list(ambassadors),
        "recruited_on": "2026-02-10",
        "consent_on": "2026-02-09",
        **known,
    }


async def appointed(service: RunningService, count: int) -> list[str]:
    made = [await service.post("/ambassadors", json=an_ambassador()) for _ in range(count)]
    return [answer.json()["id"] for answer in made]


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


class TestAmbassadors:
    async def test_appointing_is_answered_told_and_shown(self, recruitment: RunningService) -> None:
        body = an_ambassador()
        answer = await recruitment.post("/ambassadors", json=body)
        assert (answer.status_code, answer.json()) == (201, {**body, "pair_id": None})
        (told,) = await recruitment.told()
        assert isinstance(told.data, AmbassadorAppointed)
        assert (str(told.data.ambassador_id), told.envelope.municipality) == (body["id"], "gm0637")
        assert (await recruitment.get("/ambassadors")).json() == {"items": [answer.json()], "next_cursor": None}

    async def test_the_same_command_again_gives_the_same_answer_and_tells_nothing(
        self, recruitment: RunningService
    ) -> None:
        body = an_ambassador()
        first, again = [await recruitment.post("/ambassadors", json=body) for _ in range(2)]
        other = await recruitment.post("/ambassadors", json={**body, "dutch_level": "a2"})
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
        assert other.status_code == 409
        assert len(await recruitment.told()) == 1

    async def test_unmet_conditions_are_refused_in_sentences_and_leave_nothing(
        self, recruitment: RunningService
    ) -> None:
        answer = await recruitment.post(
            "/ambassadors",
            json=an_ambassador(dutch_level="a1", own_trajectory_completed=False, neighbourhood="oosterheem"),
        )
        assert faults(answer) == {
            ("body.dutch_level", "condition_not_met"),
            ("body.own_trajectory_completed", "condition_not_met"),
            ("body.neighbourhood", "unknown"),
        }
        assert await recruitment.told() == []
        assert (await recruitment.get("/ambassadors")).json()["items"] == []

    async def test_a_code_that_would_tell_a_bsn_to_others_is_refused_at_the_door(
        self, recruitment: RunningService
    ) -> None:
        body = {"name": "Meerzicht", "needs_but_not_obligated": 1, "obligated": 1}
        answer = await recruitment.put(f"/neighbourhoods/{PASSES_ELEVEN_TEST}", json=body)
        assert faults(answer) == {("path.code", "value_error")}
        async with recruitment.database.transaction("gm0637") as tx:  # as one that was put on record before
            await repository.put_neighbourhood(tx, Neighbourhood(PASSES_ELEVEN_TEST, "Meerzicht", 1, 1))
        answer = await recruitment.post("/ambassadors", json=an_ambassador(neighbourhood=PASSES_ELEVEN_TEST))
        assert faults(answer) == {("body", "personal_data")}
        assert PASSES_ELEVEN_TEST not in answer.text
        assert await recruitment.told() == []

    async def test_a_pair_is_formed_once_and_its_members_have_no_other(self, recruitment: RunningService) -> None:
        one, two, three = await appointed(recruitment, 3)
        body = {"id": str(uuid4()), "ambassador_ids": [one, two], "formed_on": "2026-01-06"}
        assert (await recruitment.post("/pairs", json=body)).status_code == 201
        assert (await recruitment.post("/pairs", json=body)).status_code == 201
        second = await recruitment.post("/pairs", json={"ambassador_ids": [two, three], "formed_on": "2026-01-06"})
        assert (second.status_code, second.json()["title"]) == (409, "Conflict")
        items = (await recruitment.get("/ambassadors")).json()["items"]
        assert {item["id"]: item["pair_id"] for item in items} == {one: body["id"], two: body["id"], three: None}

    async def test_lists_come_page_by_page(self, recruitment: RunningService) -> None:
        everyone = sorted(await appointed(recruitment, 5))
        seen: list[str] = []
        cursor: Json = {}
        while True:
            page = (await recruitment.get("/ambassadors", params={"limit": 2, **cursor})).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert seen == everyone
        assert faults(await recruitment.get("/ambassadors", params={"limit": 0, "offset": 1})) >= {
            ("query.limit", "greater_than_equal")
        }


class TestOutreach:
    async def test_a_pair_that_went_out_is_told(self, recruitment: RunningService) -> None:
        pair = await appointed(recruitment, 2)
        body = {"channel": "school", "neighbourhood": "meerzicht", "people_reached": 14, "held_on": "2026-02-01"}
        alone = await recruitment.post("/outreaches", json={**body, "ambassador_ids": pair[:1]})
        assert faults(alone) == {("body.ambassador_ids", "works_in_pairs")}
        assert (await recruitment.post("/outreaches", json={**body, "ambassador_ids": pair})).status_code == 201
        assert isinstance((await recruitment.told())[-1].data, OutreachHeld)


class TestCandidates:
    async def test_registering_is_told_with_consent_and_without_a_name(self, recruitment: RunningService) -> None:
        pair = await appointed(recruitment, 2)
        body = a_candidate(*pair)
        answer = await recruitment.post("/candidates", json=body)
        assert (answer.status_code, answer.json()) == (201, {**body, "withdrawn_on": None, "plan_signed_on": None})
        told = (await recruitment.told())[-1].data
        assert isinstance(told, CandidateRecruited)
        assert {str(one) for one in told.ambassador_ids} == set(pair)
        named = await recruitment.post("/candidates", json=a_candidate(name="Abel Zonnebloem"))
        assert faults(named) == {("body.name", "extra_forbidden")}
        assert "Zonnebloem" not in named.text

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"consent_on": None}, ("body.consent_on", "date_type")),
            ({"consent_on": "2026-02-11"}, ("body.consent_on", "consent_after_registration")),
            ({"ambassador_ids": [str(UUID(int=1))]}, ("body.ambassador_ids", "unknown")),
            ({"target_group": "everyone"}, ("body.target_group", "enum")),
            ({"language": "Tigrinya"}, ("body.language", "string_pattern_mismatch")),
        ],
    )
    async def test_a_registration_that_lacks_something_is_refused(
        self, recruitment: RunningService, change: Json, fault: tuple[str, str]
    ) -> None:
        assert fault in faults(await recruitment.post("/candidates", json=a_candidate(**change)))
        assert await recruitment.told() == []

    async def test_every_input_error_comes_at_once(self, recruitment: RunningService) -> None:
        body = a_candidate(channel="radio", language="?")
        del body["consent_on"]
        assert faults(await recruitment.post("/candidates", json=body)) == {
            ("body.channel", "enum"),
            ("body.language", "string_pattern_mismatch"),
            ("body.consent_on", "missing"),
        }

    async def test_withdrawing_is_told_once(self, recruitment: RunningService) -> None:
        person = (await recruitment.post("/candidates", json=a_candidate())).json()["id"]
        path = f"/candidates/{person}/withdrawals"
        answers = [await recruitment.post(path, json={"withdrawn_on": "2026-03-01"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[1].json()["withdrawn_on"] == "2026-03-01"
        assert (await recruitment.post(path, json={"withdrawn_on": "2026-03-02"})).status_code == 409
        assert [type(told.data) for told in await recruitment.told()] == [CandidateRecruited, CandidateWithdrawn]

    async def test_someone_unknown_can_not_withdraw(self, recruitment: RunningService) -> None:
        answer = await recruitment.post(f"/candidates/{uuid4()}/withdrawals", json={"withdrawn_on": "2026-03-01"})
        assert answer.status_code == 404


class TestFigures:
    async def test_what_is_held_is_counted_and_measured(self, recruitment: RunningService) -> None:
        pair = await appointed(recruitment, 2)
        for channel in ("market", "market", "home_visit"):
            await recruitment.post("/candidates", json=a_candidate(*pair, channel=channel))
        figures = (await recruitment.get("/figures")).json()
        assert (figures["ambassadors"], figures["candidates"], figures["signed_plans"]) == (2, 3, 0)
        assert figures["candidates_by_channel"] == {"market": 2, "home_visit": 1}
        metrics = (await recruitment.get("http://service/metrics")).text
        assert 'meedoen_candidates_registered_total{channel="market"}' in metrics

    async def test_the_targets_share_out_the_groups(self, recruitment: RunningService) -> None:
        await appointed(recruitment, 2)
        targets = (await recruitment.get("/targets", params={"on": "2026-06-30"})).json()
        assert (targets["group_target"], targets["evaluation_interval_weeks"]) == (75, 2)
        assert [one["personal_target"] for one in targets["ambassadors"]] == [38, 37]
        assert (await recruitment.get("/targets", params={"on": "1999-01-01"})).status_code == 409
