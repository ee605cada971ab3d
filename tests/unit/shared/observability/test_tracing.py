"""The trace context always travels; spans are written only when asked for, and hold nothing of what people said."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.observability.tracing import (
    TracingError,
    configure_tracing,
    current_trace_id,
    current_traceparent,
    shutdown_tracing,
    span_from,
)

ELSEWHERE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def traces_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "traces" / "spans.jsonl"
    configure_tracing("intake", traces_file=path)
    yield path
    shutdown_tracing()


def spans(path: Path) -> dict[str, dict[str, Any]]:
    return {span["name"]: span for span in map(json.loads, path.read_text().splitlines())}


@pytest.mark.parametrize("file_name", [None, "spans.jsonl"])
def test_a_trace_goes_on_from_elsewhere_and_through_nested_work(tmp_path: Path, file_name: str | None) -> None:
    configure_tracing("intake", traces_file=tmp_path / file_name if file_name else None)
    assert current_traceparent() is None
    with span_from(ELSEWHERE, "outer"):
        outer = current_traceparent()
        with span_from(None, "inner"):
            inner = current_traceparent()
    shutdown_tracing()
    assert outer is not None
    assert inner is not None
    assert current_traceparent() is None
    assert [text.split("-")[1] for text in (outer, inner)] == [ELSEWHERE.split("-")[1]] * 2
    assert len({text.split("-")[2] for text in (ELSEWHERE, outer, inner)}) == 3


@pytest.mark.parametrize("traceparent", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_without_a_valid_traceparent_a_trace_begins_here(traceparent: str | None) -> None:
    with span_from(traceparent, "first"):
        first = current_trace_id()
    with span_from(traceparent, "second"):
        assert first != current_trace_id()


def test_spans_are_written_with_their_parents(traces_file: Path) -> None:
    with span_from(ELSEWHERE, "outer", topic="meedoen.calendar.day"), span_from(None, "inner"):
        pass
    written = spans(traces_file)
    assert written["outer"]["parent_id"] == ELSEWHERE.split("-")[2]
    assert written["inner"]["parent_id"] == written["outer"]["span_id"]
    assert written["outer"]["attributes"] == {"topic": "meedoen.calendar.day"}
    assert {span["service"] for span in written.values()} == {"intake"}


def test_a_failure_is_told_by_its_class_alone(traces_file: Path) -> None:
    with pytest.raises(ValueError, match="Abel"), span_from(None, "failing"):
        raise ValueError("Abel Zonnebloem")
    failing = spans(traces_file)["failing"]
    assert (failing["status"], failing["attributes"]) == ("error", {"error.type": "ValueError"})
    assert "Abel" not in traces_file.read_text()


def test_an_exporter_that_is_not_installed_is_told_in_a_sentence() -> None:
    with pytest.raises(TracingError, match="install opentelemetry-exporter-otlp-proto-http"):
        configure_tracing("intake", otlp_endpoint="http://127.0.0.1:4318")


def test_without_a_place_for_spans_the_sdk_is_not_imported() -> None:
    code = (
        "import sys, shared.observability.tracing as t; t.configure_tracing('x'); "
        "print('opentelemetry.sdk.trace' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
