"""Schemathesis asks every operation what its document allows and what it does not: each answer is as documented.

With a token of each role that may call it, on objects that exist. MEEDOEN_SCHEMATHESIS_EXAMPLES sets how many requests
each operation gets of each kind; MEEDOEN_SCHEMATHESIS_SEED repeats a run.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import hypothesis
import pytest
import requests
import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, Verbosity
from matrix import Matrix
from objects import OWN
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from meedoen.docs.pages import load_contract, service_names

EXAMPLES: Final = int(os.environ.get("MEEDOEN_SCHEMATHESIS_EXAMPLES", "4"))
SEED: Final = int(os.environ.get("MEEDOEN_SCHEMATHESIS_SEED", "20260701"))
CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SETTINGS: Final = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)
Opener = Callable[[str], Any]  # a matrix over one service, as an asynchronous context
_log = structlog.get_logger(__name__)
pytestmark = pytest.mark.timeout(900)


class Asker:
    """Sends what Schemathesis made to the service in the loop of the test, and looks at the response."""

    def __init__(self, matrix: Matrix, loop: asyncio.AbstractEventLoop) -> None:
        load_all_checks()
        self._matrix, self._loop = matrix, loop
        self._roles = {(each.method.upper(), each.path): sorted(each.roles) for each in matrix.operations}
        self.asked = 0
        self.faults: dict[str, str] = {}

    def ask_all(self, document: dict[str, Any]) -> None:
        """Ask every operation of a document. The token is ours to send: without one every request would be refused."""
        for path in document["paths"].values():
            for operation in path.values():
                operation.pop("security", None)
        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            for mode, own_ids in ((GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, False)):
                self._ask_one(found.ok(), mode, own_ids=own_ids)

    def _ask_one(self, operation: Any, mode: GenerationMode, *, own_ids: bool) -> None:
        ids = {name: found[0] for name, found in self._matrix.ids[OWN].items() if f"{{{name}}}" in operation.path}
        names = ["negative_data_rejection"] if mode is GenerationMode.NEGATIVE else []
        checks = [CHECKS.get_one(name) for name in (*CHECKED, *names)]
        roles = self._roles[operation.method.upper(), operation.path]

        @hypothesis.seed(SEED)
        @hypothesis.given(case=operation.as_strategy(mode, path_parameters=ids if own_ids and ids else None))
        @SETTINGS
        def ask(case: Any) -> None:
            role = roles[self.asked % len(roles)] if roles else ""
            self.asked += 1
            response = self._send(case, self._matrix.authorise((role,), OWN))
            for check in checks:
                case.validate_response(response, checks=[check])

        try:
            ask()
        except hypothesis.errors.Unsatisfiable:
            return  # nothing is wrong with an operation that takes nothing
        except BaseExceptionGroup as group:
            self.faults[operation.label] = "; ".join(str(each) for each in group.exceptions)
        except Exception as error:  # noqa: BLE001 - every failure is listed, so that one run shows them all
            self.faults[operation.label] = f"{type(error).__name__} {error}"

    def _send(self, case: Any, headers: dict[str, str]) -> Any:
        given = case.as_transport_kwargs(base_url="http://service/v1")
        parts = ("method", "url", "params", "headers", "cookies", "json", "data", "files")
        prepared = requests.Request(**{name: given[name] for name in parts if name in given}).prepare()
        prepared.headers.update(headers)
        coming = self._matrix.send(prepared)
        return asyncio.run_coroutine_threadsafe(coming, self._loop).result(60)


def list_faults(faults: dict[str, str]) -> Iterator[str]:
    yield from (f"{label}: {text[:700]}" for label, text in faults.items())


@pytest.mark.parametrize("name", service_names())
async def test_every_answer_is_as_the_document_says(name: str, open_matrix: Opener) -> None:
    async with open_matrix(name) as matrix:
        asker = Asker(matrix, asyncio.get_running_loop())
        await asyncio.to_thread(asker.ask_all, load_contract(name).openapi())
        _log.warning(
            "document_asked", service=name, requests=asker.asked, seed=SEED, statuses=dict(matrix.counts.statuses)
        )
        assert asker.asked > len(matrix.operations)
        assert not asker.faults, "\n".join(list_faults(asker.faults))


async def test_an_undeclared_status_is_seen(open_matrix: Opener) -> None:
    """Break it on purpose: the document of one operation loses a status that comes."""
    document = load_contract("notifications").openapi()
    del document["paths"]["/messages/{message_id}"]["get"]["responses"]["400"]
    document["paths"] = {"/messages/{message_id}": document["paths"]["/messages/{message_id}"]}
    async with open_matrix("notifications") as matrix:
        asker = Asker(matrix, asyncio.get_running_loop())
        await asyncio.to_thread(asker.ask_all, document)
    assert [*asker.faults] == ["GET /messages/{message_id}"]
    assert "Undocumented" in str(asker.faults)
