"""The official checkers on what is committed: the AsyncAPI parser and the linter of the NLGov API Design Rules."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meedoen.docs.pages import service_names
from shared.contracts.asyncapi import asyncapi_document
from shared.events import catalogue

pytestmark = [pytest.mark.node, pytest.mark.timeout(400)]
DOCS = Path(__file__).resolve().parents[2] / "docs"


def parse(tools: Path, document: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", str(tools / "validate-asyncapi.mjs"), str(document)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def lint(tools: Path, ruleset: str, document: Path) -> subprocess.CompletedProcess[str]:
    spectral = tools / "node_modules" / ".bin" / "spectral"
    command = [str(spectral), "lint", "--fail-severity", "error", "-r", ruleset, str(document)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("service", service_names())
class TestServices:
    def test_the_asyncapi_document_is_valid_without_a_remark(self, service: str, node_tools: Path) -> None:
        done = parse(node_tools, DOCS / "asyncapi" / f"{service}.json")
        assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr

    def test_the_openapi_document_passes_the_api_design_rules(
        self, service: str, node_tools: Path, adr_ruleset: str
    ) -> None:
        done = lint(node_tools, adr_ruleset, DOCS / "openapi" / f"{service}.json")
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_event_in_one_asyncapi_document_is_valid(tmp_path: Path, node_tools: Path) -> None:
    models = [entry.model for entry in catalogue().values()]
    document_file = tmp_path / "all.json"
    document_file.write_text(json.dumps(asyncapi_document("everything", models, models)))
    done = parse(node_tools, document_file)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_parser_turns_a_broken_document_down(tmp_path: Path, node_tools: Path) -> None:
    model = next(iter(catalogue().values())).model
    document = asyncapi_document("broken", [model], [])
    document["operations"]["broken"] = {"action": "whisper"}
    document_file = tmp_path / "broken.json"
    document_file.write_text(json.dumps(document))
    assert parse(node_tools, document_file).returncode == 1


def test_the_linter_turns_down_what_fastapi_gives_by_itself(
    tmp_path: Path, node_tools: Path, adr_ruleset: str, plain_document: dict[str, Any]
) -> None:
    document_file = tmp_path / "plain.json"
    document_file.write_text(json.dumps(plain_document))
    done = lint(node_tools, adr_ruleset, document_file)
    assert done.returncode == 1
    assert "nlgov:problem-invalid-input" in done.stdout


def test_the_linter_lets_the_sample_pass_once_it_follows_the_rules(
    tmp_path: Path, node_tools: Path, adr_ruleset: str, sample_document: dict[str, Any]
) -> None:
    document_file = tmp_path / "sample.json"
    document_file.write_text(json.dumps(sample_document))
    done = lint(node_tools, adr_ruleset, document_file)
    assert done.returncode == 0, done.stdout
