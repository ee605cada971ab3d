"""Candidates over HTTP on a real PostgreSQL: what is answered and published."""

from uuid import UUID, uuid4

import pytest
from http_refusals import list_faults
from recruitment_desk import Json, appoint_ambassadors, build_candidate

from shared.events import CandidateRecruited, CandidateWithdrawn
from shared.testing.running_service import RunningService


async def test_registering_is_published_with_consent_and_without_a_name(recruitment: RunningService) -> None:
    pair = await appoint_ambassadors(recruitment, 2)
    body = build_candidate(*pair)
    answer = await recruitment.post("/candidates", json=body)
    assert (answer.status_code, answer.json()) == (201, {**body, "withdrawn_on": None, "plan_signed_on": None})
    fact = (await recruitment.list_published())[-1].data
    assert isinstance(fact, CandidateRecruited)
    assert {str(ambassador_id) for ambassador_id in fact.ambassador_ids} == set(pair)
    named = await recruitment.post("/candidates", json=build_candidate(name="Abel Zonnebloem"))
    assert list_faults(named) == {("body.name", "extra_forbidden")}
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
    recruitment: RunningService, change: Json, fault: tuple[str, str]
) -> None:
    assert fault in list_faults(await recruitment.post("/candidates", json=build_candidate(**change)))
    assert await recruitment.list_published() == []


async def test_every_input_error_comes_at_once(recruitment: RunningService) -> None:
    body = build_candidate(channel="radio", language="?")
    del body["consent_on"]
    assert list_faults(await recruitment.post("/candidates", json=body)) == {
        ("body.channel", "enum"),
        ("body.language", "string_pattern_mismatch"),
        ("body.consent_on", "missing"),
    }


async def test_withdrawing_is_published_once(recruitment: RunningService) -> None:
    person = (await recruitment.post("/candidates", json=build_candidate())).json()["id"]
    path = f"/candidates/{person}/withdrawals"
    answers = [await recruitment.post(path, json={"withdrawn_on": "2026-03-01"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].json()["withdrawn_on"] == "2026-03-01"
    assert (await recruitment.post(path, json={"withdrawn_on": "2026-03-02"})).status_code == 409
    assert [type(fact.data) for fact in await recruitment.list_published()] == [CandidateRecruited, CandidateWithdrawn]


async def test_someone_unknown_cannot_withdraw(recruitment: RunningService) -> None:
    answer = await recruitment.post(f"/candidates/{uuid4()}/withdrawals", json={"withdrawn_on": "2026-03-01"})
    assert answer.status_code == 404
