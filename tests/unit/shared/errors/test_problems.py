"""Bad input and failures: every answer is problem+json with a sentence, and none repeats what was sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.auth.local_issuer import LocalIssuer
from shared.http.openapi import Problem
from shared.testing import sample_service

PLAN = {"person_id": "018f0000-0000-7000-8000-000000000001", "signed_on": "2026-07-01", "hours": 8}
ADR_HEADERS = {
    "api-version": "1.0.0",
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=31536000",
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    issuer = LocalIssuer(tmp_path)
    async with sample_service.client(sample_service.app(issuer, http_body_bytes_max=2_048), issuer.token()) as client:
        yield client


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The answer's problem, checked against the schema that the OpenAPI document gives."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    Problem.model_validate(document)
    assert (document["status"], document["type"]) == (status, "about:blank")
    assert document["detail"].endswith(".")
    assert len(document["instance"]) == 32
    return document


def errors(answer: httpx.Response) -> dict[str, str]:
    return {error["field"]: error["message"] for error in problem(answer, 400)["errors"]}


class TestInput:
    async def test_all_errors_come_at_once_with_a_way_to_mend_each(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/plans", json={"signed_on": "1 juli", "hours": 41, "iban": 1, "remark": "x" * 21})
        assert errors(answer) == {
            "body.person_id": "This field is missing: give it.",
            "body.signed_on": "Give a date such as 2026-07-01.",
            "body.hours": "Give at most 40.",
            "body.iban": "This field is not known here: leave it out.",
            "body.remark": "Give at most 20 characters.",
        }

    @pytest.mark.parametrize(
        "body", [b"{", b"\xff\xfe", b"[" * 1_000, b'{"a":1}{"a":1}', b"null", b"[]", b'"text"', b"NaN", b""]
    )
    async def test_what_is_no_json_object_is_bad_input(self, client: httpx.AsyncClient, body: bytes) -> None:
        answer = await client.post("/plans", content=body, headers={"content-type": "application/json"})
        assert errors(answer)

    async def test_json_under_another_name_is_told_to_use_the_right_one(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/plans", content=b"{}", headers={"content-type": "text/plain"})
        assert errors(answer) == {"body": "Give a JSON object, with content-type application/json."}

    @pytest.mark.parametrize(
        "changed",
        [
            {"remark": "Abel Zonnebloem"},
            {"hours": "Abel Zonnebloem"},
            {"signed_on": "Abel Zonnebloem"},
            {"person_id": "Abel Zonnebloem"},
            {"Abel Zonnebloem": 1},
        ],
    )
    async def test_what_was_sent_is_never_repeated(self, client: httpx.AsyncClient, changed: dict[str, Any]) -> None:
        answer = await client.post("/plans", json={**PLAN, **changed})
        assert len(errors(answer)) == 1
        assert "Abel" not in answer.text

    async def test_the_sentence_of_our_own_rule_is_told(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/plans", json={**PLAN, "remark": "no"})
        assert errors(answer) == {"body.remark": "A remark says more than one word: say more."}

    async def test_query_keys_are_checked_as_the_document_names_them(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/plans?pageSize=5")).json()["page_size"] == 5
        assert errors(await client.get("/plans?pageSize=x&page_size=5")) == {
            "query.pageSize": "Give a whole number.",
            "query.page_size": "This field is not known here: leave it out.",
        }

    async def test_a_thousand_errors_are_not_all_listed(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/plans", json={f"a{number}": 1 for number in range(200)})
        document = problem(answer, 400)
        assert len(document["errors"]) == 100
        assert document["detail"].startswith("203 fields")


class TestSize:
    async def test_a_body_that_says_it_is_too_large_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/plans", content=b" " * 2_049)
        assert "2048 bytes" in problem(answer, 413)["detail"]

    async def test_a_body_that_turns_out_too_large_is_refused(self, client: httpx.AsyncClient) -> None:
        async def drip() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b" " * 1_000

        problem(await client.post("/plans", content=drip(), headers={"content-type": "application/json"}), 413)


class TestAddresses:
    @pytest.mark.parametrize("path", ["/nothing", "/plans/", "/", "/docs", "/../etc"])
    async def test_what_is_not_there_is_not_found_and_nothing_redirects(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        problem(await client.get(path), 404)

    async def test_another_method_is_told_which_there_are(self, client: httpx.AsyncClient) -> None:
        answer = await client.delete("/plans")
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, POST"


class TestFailures:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [("missing", 404), ("conflict", 409), ("rule", 409), ("input", 400), ("bug", 500), ("away", 503)],
    )
    async def test_each_failure_has_its_status(self, client: httpx.AsyncClient, outcome: str, status: int) -> None:
        document = problem(await client.get(f"/plans/{PLAN['person_id']}/{outcome}"), status)
        assert "Abel" not in str(document)

    async def test_the_faults_of_a_rule_are_listed_like_other_input_errors(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/plans/{PLAN['person_id']}/input")
        assert errors(answer) == {"body.hours": "A week has at most 40 hours: give fewer."}

    async def test_an_unexpected_error_shows_nothing_of_the_code(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/plans/{PLAN['person_id']}/bug")
        assert not {"RuntimeError", "Traceback", "sample_service"} & set(answer.text.replace('"', " ").split())


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/plans"), ("POST", "/plans"), ("GET", "/nothing"), ("GET", "/openapi.json")]
    )
    async def test_every_answer_has_the_headers_of_the_design_rules(
        self, client: httpx.AsyncClient, method: str, path: str
    ) -> None:
        answer = await client.request(method, path)
        assert ADR_HEADERS.items() <= dict(answer.headers).items()

    async def test_only_the_document_is_open_to_every_origin_and_needs_no_login(
        self, client: httpx.AsyncClient
    ) -> None:
        del client.headers["authorization"]
        document = await client.get("/openapi.json")
        assert (document.status_code, document.headers["access-control-allow-origin"]) == (200, "*")
        assert "access-control-allow-origin" not in (await client.get("/plans")).headers

    async def test_health_and_metrics_stand_outside_the_api(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("http://test/health/live")).json() == {"status": "live"}
        assert (await client.get("http://test/metrics")).status_code == 200
        paths = set((await client.get("/openapi.json")).json()["paths"])
        assert paths == {"/access-log", "/plans", "/plans/{plan_id}/{outcome}"}
