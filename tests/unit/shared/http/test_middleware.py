"""What is seen of a request from outside: counts by route template, one log line and one span, never the path."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog

from shared.auth.local_issuer import LocalIssuer
from shared.observability.tracing import configure_tracing, shutdown_tracing
from shared.testing import sample_service

PLAN_ID = "018f0000-0000-7000-8000-000000000001"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    issuer = LocalIssuer(tmp_path)
    async with sample_service.client(sample_service.app(issuer), issuer.token()) as client:
        yield client


async def test_made_up_paths_and_methods_add_no_label(client: httpx.AsyncClient) -> None:
    await client.get(f"/plans/{PLAN_ID}/missing")
    await client.get("/plans/zzz/missing")
    for number in range(20):
        await client.get(f"/made-up-{number}")
        await client.request(f"BREW{number}", "/plans")
    page = (await client.get("http://test/metrics")).text
    counted = {line for line in page.splitlines() if line.startswith("http_requests_total{")}
    assert counted == {
        'http_requests_total{method="GET",route="/v1/plans/{plan_id}/{outcome}",status="404"} 1.0',
        'http_requests_total{method="GET",route="/v1/plans/{plan_id}/{outcome}",status="400"} 1.0',
        'http_requests_total{method="GET",route="unknown",status="404"} 20.0',
        'http_requests_total{method="other",route="/v1/plans",status="405"} 20.0',
    }
    assert PLAN_ID not in page


async def test_a_request_is_one_log_line_without_its_path(client: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.get(f"/plans/{PLAN_ID}/conflict?remark=Abel", headers={"traceparent": TRACEPARENT})
        await client.get("http://test/health/live")
    (line,) = lines
    assert (line["event"], line["route"], line["status"]) == (
        "request_answered", "/v1/plans/{plan_id}/{outcome}", 409
    )  # fmt: skip
    assert not any(word in str(line) for word in (PLAN_ID, "Abel"))


async def test_a_request_is_a_span_of_the_caller_s_trace_by_template(client: httpx.AsyncClient, tmp_path: Path) -> None:
    configure_tracing("recruitment", traces_file=tmp_path / "spans.jsonl")
    answer = await client.get(f"/plans/{PLAN_ID}/bug", headers={"traceparent": TRACEPARENT})
    shutdown_tracing()
    (span,) = map(json.loads, (tmp_path / "spans.jsonl").read_text().splitlines())
    assert (span["name"], span["kind"]) == ("GET /v1/plans/{plan_id}/{outcome}", "server")
    assert span["parent_id"] == TRACEPARENT.split("-")[2]
    assert span["trace_id"] == answer.json()["instance"] == TRACEPARENT.split("-")[1]
    assert span["attributes"]["http.response.status_code"] == 500
