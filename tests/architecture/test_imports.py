"""Importing a module defines names and does nothing else: no network, no process, no file read, no environment.

Import directions are contracts of import-linter in pyproject.toml; here they are shown to find what they are for.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import ClassVar

import pytest
from codebase import ROOT, code

PROGRAM = """
import importlib, os.path, sys

ROOT = sys.argv[1]
DOING = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.system",
         "os.exec", "os.posix_spawn", "os.mkdir", "os.remove", "os.rename")
seen = []

def watch(name, arguments):
    place = str(arguments[0]) if arguments else ""
    if name in DOING and "site-packages" not in place and "/lib/python" not in place:
        seen.append(f"{name} {place}")
    elif name == "open":
        is_written = isinstance(arguments[1], str) and any(letter in arguments[1] for letter in "wax+")
        place = os.path.abspath(place)
        is_ours = place.startswith(ROOT + "/") and "/.venv/" not in place and not place.endswith((".py", ".pyc"))
        if is_written or is_ours:
            seen.append(f"open {place}")

for third_party in sys.argv[2].split():
    importlib.import_module(third_party)
sys.addaudithook(watch)
for module in sys.argv[3:]:
    before = len(seen)
    importlib.import_module(module)
    for what in seen[before:]:
        print(f"importing {module} does {what}")
"""

# Alembic runs these by their path, at their time.
RUN_BY_PATH = "migrations"
# What these do when they are imported is theirs; imported first, it is not seen as ours.
THIRD_PARTY = (
    "aiokafka alembic asyncpg babel confluent_kafka fastapi faststream.kafka holidays httpx jinja2 sqlmodel uvicorn"
)


def importing(*modules: str, folder: Path = ROOT, first: str = "") -> list[str]:
    """Return what importing these modules did, after the third parties named first."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, str(folder), first, *modules],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{ROOT}"},
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_importing_any_module_does_no_io_and_needs_no_environment() -> None:
    modules = sorted(source.module for source in code() if RUN_BY_PATH not in source.path)
    breaches = importing(*(name for name in modules if not name.endswith("__main__")), first=THIRD_PARTY)
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), 0.1)",
        "open('figures.toml').read()",
        "open('figures.toml', 'a')",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_a_module_that_does_io_when_imported_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "figures.toml").write_text("")
    (tmp_path / "eager.py").write_text(f"try:\n    {line}\nexcept OSError:\n    pass\n")
    assert importing("eager", folder=tmp_path)


class TestContracts:
    """Of import-linter; `make lint` runs it on the code itself."""

    BREACHES: ClassVar = {
        "services.intake.app": "services.recruitment",
        "services.intake.settings": "meedoen",
        "services.intake.plan.handlers": "aiokafka",
        "services.intake.plan.rules.signing": "sqlalchemy",
        "services.intake.file.rules.newcomer": "shared.messaging",
        "services.recruitment.ambassadors.handlers": "services.recruitment.candidates",
        "services.intake.file.handlers": "services.intake.plan",
        "services.notifications.messages.handlers": "services.notifications.delivery",
        "services.ontzorgen.statement.rules.norm": "services.ontzorgen.run",
        "shared.events.intake": "shared.database",
        "shared.money": "services.ontzorgen",
        "shared.calendar": "meedoen",
        "meedoen.docs.pages": "demo",
        "shared.messaging.runtime": "shared.testing",
    }

    def test_a_project_without_a_breach_passes(self, tmp_path: Path) -> None:
        code, output = self.lint(tmp_path, {"services.intake.app": "shared.events"})
        assert code == 0, output

    def test_every_breach_is_found_and_every_contract_finds_one(self, tmp_path: Path) -> None:
        code, output = self.lint(tmp_path, self.BREACHES)
        assert code == 1
        assert " 0 kept, 10 broken" in output
        unwrapped = " ".join(output.split())
        arrows = [f"{module} -> {imported}" for module, imported in self.BREACHES.items()]
        assert [arrow for arrow in arrows if arrow not in unwrapped] == []

    def test_a_capability_without_a_place_in_the_order_is_found(self, tmp_path: Path) -> None:
        code, output = self.lint(tmp_path, {"services.intake.trajectory.rules": "shared.events"})
        assert code == 1
        assert "trajectory" in output

    def lint(self, folder: Path, imports: dict[str, str]) -> tuple[int, str]:
        """Exit code and answer of lint-imports on a small project, under this project's contracts."""
        shared = [f"shared/{part}" for part in ("events", "messaging", "testing", "database", "http", "service")]
        named = re.findall(
            r'"((?:services|shared|meedoen)(?:\.[a-z_]+)+)"', (ROOT / "pyproject.toml").read_text("utf-8")
        )
        packages = [name.replace(".", "/") for name in named]
        capabilities = ["services/intake/plan/rules", "services/intake/file/rules", *self.layers()]
        for package in ["bench", "demo", "meedoen/docs", *shared, *packages, *capabilities]:
            (folder / package).mkdir(parents=True, exist_ok=True)
        for module, imported in imports.items():
            path = folder / module.replace(".", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).write_text(f"import {imported}\n")
        for package in folder.rglob("*"):
            if package.is_dir():
                (package / "__init__.py").touch()
        (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        done = subprocess.run(
            [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            timeout=60,
        )
        return done.returncode, done.stdout

    def layers(self) -> list[str]:
        """The folder of each capability that a contract puts in an order."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        return [
            f"{container.replace('.', '/')}/{layer}"
            for contract in project["tool"]["importlinter"]["contracts"]
            for container in contract.get("containers", ())
            for line in contract["layers"]
            for layer in line.split(" | ")
        ]
