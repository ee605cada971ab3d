"""Fixtures for the published rule sets and the Node checkers; a missing one is named with what to do."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, NoReturn, TypeVar

import pytest
from fastapi import Depends, FastAPI, Query
from jsonschema import Draft7Validator
from jsonschema.protocols import Validator
from pydantic import BaseModel, Field

from shared.http.openapi import adr_openapi
from shared.http.requests import requires
from shared.identity import Role

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
CONFORMANCE = ROOT.parent / "shared" / "conformance"
INSTALL_SECONDS_MAX = 300


def skip_without(what: str) -> NoReturn:
    """Skip here, and fail in CI, where every check must run."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (in CI this is needed)")
    pytest.skip(what)


@pytest.fixture(scope="session")
def cloudevents_schema() -> Validator:
    """CloudEvents' own JSON Schema; its path is a setting, as it is not ours to copy."""
    path = Path(os.environ.get("CLOUDEVENTS_SCHEMA", CONFORMANCE / "cloudevents.schema.json"))
    if not path.exists():
        pytest.skip(f"CLOUDEVENTS_SCHEMA names no file ({path.name}): set it to the path of CloudEvents' JSON Schema.")
    return Draft7Validator(json.loads(path.read_text("utf-8")), format_checker=Draft7Validator.FORMAT_CHECKER)


@pytest.fixture(scope="session")
def adr_ruleset() -> str:
    """The linter of the NLGov API Design Rules: a file or an address."""
    location = os.environ.get("ADR_RULESET", str(CONFORMANCE / "adr-linter.yaml"))
    if not location.startswith(("https://", "http://")) and not Path(location).exists():
        skip_without("ADR_RULESET names no file: give it the place or address of the API Design Rules linter.")
    return location


@pytest.fixture(scope="session")
def node_tools() -> Path:
    """The folder of the Node checkers, installed on first use from the lock."""
    npm = shutil.which("npm")
    if npm is None:
        skip_without("npm is not installed: install Node 20 or newer to check the contract with its official tools.")
    lock, installed = TOOLS / "package-lock.json", TOOLS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = [npm, "ci", "--prefix", str(TOOLS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
        if done.returncode:
            skip_without(f"npm could not install the Node checkers: {done.stderr.strip()[-400:]}")
    return TOOLS


@pytest.fixture(scope="session")
def client_tools() -> Path:
    """The folder of the generator of Python clients, whose dependencies are not ours: installed on first use."""
    lock, folder = ROOT / "requirements" / "clients.txt", ROOT / "build" / "clients"
    mark = folder / ".installed"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        command += ["--require-hashes", "--target", str(folder), "--requirement", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
        if done.returncode:
            skip_without(f"pip could not install the generator of clients: {done.stderr.strip()[-400:]}")
        mark.touch()
    return folder


class PIPView(BaseModel):
    """A schema whose name is not yet UpperCamelCase."""

    plan_id: int = Field(examples=[1])
    signedDate: date  # noqa: N815 - as a Dutch API would spell it


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A generic schema: FastAPI gives it a name with underscores."""

    items: list[Item]


@pytest.fixture
def sample_app() -> FastAPI:
    """An app as any route author would write it, with everything the rules ask of the author."""
    app = FastAPI(
        title="Sample",
        version="1.2.3",
        description="Not a service.",
        contact={"name": "Team", "url": "https://a.example", "email": "team@a.example"},
        servers=[{"url": "https://a.example/v1"}],
    )

    @app.post("/plans", status_code=201, responses={409: {"description": "There is a plan already"}})
    def sign(plan: PIPView, _caller: Annotated[Any, Depends(requires(Role.CASE_MANAGER))]) -> PIPView:
        return plan

    @app.get("/plans")
    def listed() -> Page[PIPView]:
        return Page(items=[])

    @app.get("/plans/{planId}", responses={404: {}})
    def one(planId: int, withHistory: Annotated[bool, Query()] = False) -> PIPView:  # noqa: N803, FBT002 - an API's spelling
        return PIPView(plan_id=planId, signedDate=date(2026, 7, 1 + withHistory))

    return app


@pytest.fixture
def plain_document(sample_app: FastAPI) -> dict[str, Any]:
    return FastAPI.openapi(sample_app)


@pytest.fixture
def sample_document(sample_app: FastAPI) -> dict[str, Any]:
    return adr_openapi(sample_app)
