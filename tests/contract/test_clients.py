"""Clients that others generate from our documents work whole: every answer has its type, every module is there."""

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from meedoen.docs.pages import ROOT, service_names
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

pytestmark = [pytest.mark.node, pytest.mark.timeout(600)]
UNREAD = ("POST /status-reports", "POST /bank-statements")  # openapi-python-client sends no XML


def document_of(service: str) -> Path:
    return ROOT / "docs" / "openapi" / f"{service}.json"


def write_typescript(service: str) -> str:
    """Return a program that names the type of each answer and of each refusal, and a field that is in none."""
    document = json.loads(document_of(service).read_text("utf-8"))
    lines = [f'import type {{ operations }} from "./{service}";', "const text = (code: string): string => code;"]
    for path in document["paths"].values():
        for operation in path.values():
            name = operation["operationId"]
            refusal = f'operations["{name}"]["responses"][403]["content"]["application/problem+json"]'
            if "403" in operation["responses"]:  # an answer that is open to all refuses nobody
                lines.append(f"export const {name}Code = (refusal: {refusal}) => text(refusal.code);")
            for status, response in operation["responses"].items():
                for media in response.get("content", {}) if status[0] == "2" else ():
                    answer = f'operations["{name}"]["responses"][{status}]["content"]["{media}"]'
                    lines.append(f"export const {name}Answer = (answer: {answer}): {answer} => answer;")
                    if media == "application/json":
                        lines.append("// @ts-expect-error no answer has this field")
                        lines.append(f"export const {name}Wrong = (answer: {answer}) => answer.there_is_no_such_field;")
    return "\n".join(lines) + "\n"


def check_types(node_tools: Path, folder: Path, service: str) -> subprocess.CompletedProcess[str]:
    binaries = node_tools / "node_modules" / ".bin"
    generated = folder / f"{service}.ts"
    subprocess.run(
        [str(binaries / "openapi-typescript"), str(document_of(service)), "-o", str(generated)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    command = [str(binaries / "tsc"), "--noEmit", "--strict", "--skipLibCheck", str(folder / "use.ts")]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.parametrize("service", service_names())
def test_typescript_knows_the_type_of_every_answer(service: str, node_tools: Path, tmp_path: Path) -> None:
    (tmp_path / "use.ts").write_text(write_typescript(service))
    done = check_types(node_tools, tmp_path, service)
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_wrong_use_of_a_type_is_seen(node_tools: Path, tmp_path: Path) -> None:
    wrong = write_typescript("notifications").replace("text(refusal.code)", "text(refusal.status)", 1)
    (tmp_path / "use.ts").write_text(wrong)
    done = check_types(node_tools, tmp_path, "notifications")
    assert "Argument of type 'number' is not assignable to parameter of type 'string'" in done.stdout


@pytest.fixture
def python_client(client_tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Generate the client of a service in Python and import it, as `client_of_intake`."""

    def generate(service: str) -> ModuleType:
        (tmp_path / "options.yaml").write_text("post_hooks: []\n")
        name = f"client_of_{service}"
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document_of(service))]
        command += ["--meta", "none", "--output-path", str(tmp_path / name), "--config", str(tmp_path / "options.yaml")]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env={"PYTHONPATH": str(client_tools)}
        )
        assert done.returncode == 0, done.stderr
        warned = [line for line in done.stdout.splitlines() if line.startswith("WARNING")]
        assert [line for line in warned if not any(each in line for each in UNREAD)] == []
        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module(name)

    return generate


def import_all(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


@pytest.mark.parametrize("service", service_names())
async def test_a_python_client_imports_whole_and_reads_answers(
    service: str,
    python_client: Callable[[str], ModuleType],
    client_for: Callable[..., Awaitable[RunningService]],
    issuer: LocalIssuer,
) -> None:
    package = python_client(service)
    modules = {module.__name__.rpartition(".")[2]: module for module in import_all(package)}
    document = json.loads(document_of(service).read_text("utf-8"))
    count = sum(len(path) for path in document["paths"].values())
    operations = [module for module in modules.values() if hasattr(module, "asyncio_detailed")]
    assert len(operations) == count - (len(UNREAD) if service == "ontzorgen" else 0)
    running = await client_for(service)
    client: Any = modules["client"]
    caller = client.AuthenticatedClient(
        "http://service/v1",
        token=issuer.token("someone", ",".join(Role)),
        httpx_args={"transport": httpx.ASGITransport(running.app)},
    )
    listed = [module for name, module in modules.items() if name.startswith("list_") and module in operations]
    pages = 0
    for module in listed:
        taken = inspect.signature(module.asyncio_detailed).parameters.values()
        if [each.name for each in taken if each.default is inspect.Parameter.empty] == ["client"]:
            answer = await module.asyncio_detailed(client=caller)
            assert answer.status_code == 200, answer.content
            assert type(answer.parsed).__name__ not in {"NoneType", "Problem"}
            pages += 1
    assert pages > 0
    unknown = next(module for name, module in modules.items() if name in {
        "read_candidate", "read_newcomer", "read_file", "read_household", "read_message"
    } and module in operations)  # fmt: skip
    refusal = await unknown.asyncio_detailed(new_id(), client=caller)
    assert (refusal.status_code, type(refusal.parsed).__name__, refusal.parsed.code) == (404, "Problem", "unknown")
