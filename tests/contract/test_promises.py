"""What callers build on keeps its name: operations and the codes of refusals, as listed in promised.json.

A new one is added there by hand; a name that is gone breaks every client that was generated or written with it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meedoen.docs.pages import ROOT, print_openapi, service_names
from meedoen.docs.refusals import find_codes, render_refusals
from services.ontzorgen.bank.rules.refusals import list_reasons
from services.ontzorgen.statement.rules.lines import MEANINGS

PROMISED: dict[str, Any] = json.loads(Path(__file__).with_name("promised.json").read_text("utf-8"))
ADD = "Add to tests/contract/promised.json what is new; what was promised stays, with its meaning."


def operations_of(service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in json.loads(print_openapi(service))["paths"].items():
        yield from ((method.upper(), path, operation) for method, operation in item.items())


@pytest.mark.parametrize("service", service_names())
def test_operations_keep_their_names(service: str) -> None:
    named = {operation["operationId"]: f"{method} {path}" for method, path, operation in operations_of(service)}
    assert named == PROMISED["operations"][service], ADD


def test_codes_of_refusals_are_listed_and_documented() -> None:
    codes: dict[str, set[str]] = {}
    for raised in find_codes(ROOT):
        codes.setdefault(raised.status, set()).add(raised.code)
    assert {status: sorted(each) for status, each in codes.items()} == PROMISED["codes"], ADD
    page = (ROOT / "docs" / "refusals.md").read_text("utf-8")
    assert [code for each in codes.values() for code in each if f"`{code}`" not in page] == []


def test_codes_of_explanations_keep_their_parameters() -> None:
    lines = {code: sorted(meaning.parameters) for code, meaning in MEANINGS.items()}
    assert lines == PROMISED["lines"], ADD
    assert {code: reason for code, reason, _ in list_reasons()} == PROMISED["reasons"], ADD


def test_a_code_that_is_composed_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "intake"
    folder.mkdir(parents=True)
    (folder / "rules.py").write_text('def f(kind):\n    raise ConflictError(f"no_{kind}", "None: give one.")\n')
    with pytest.raises(ValueError, match=r"services/intake/rules\.py:2 is composed"):
        render_refusals(tmp_path)


@pytest.mark.parametrize("service", service_names())
def test_each_operation_and_parameter_says_what_it_is(service: str) -> None:
    tags = {tag["name"] for tag in json.loads(print_openapi(service))["tags"] if tag["description"]}
    for method, path, operation in operations_of(service):
        assert operation["description"], f"{method} {path}"
        assert operation["tags"], f"{method} {path}"
        assert set(operation["tags"]) <= tags, f"{method} {path} has a tag that its ServiceDefinition does not describe"
        silent = [each["name"] for each in operation.get("parameters", ()) if not each.get("description")]
        assert silent == [], f"{method} {path}"
