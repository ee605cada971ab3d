"""The image is built from the lock, holds what the services need, and runs as nobody. Its databases are made in SQL."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from telemetry import ROOT

from meedoen.stack.postgres import start_postgres
from shared.service_names import SERVICES

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
STAGES = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
FOLDERS = ("meedoen", "services", "shared")


class TestDockerfile:
    def test_it_builds_in_one_stage_and_runs_in_another(self) -> None:
        assert [stage.splitlines()[0] for stage in STAGES] == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"]
        (image,) = re.findall(r"^ARG PYTHON_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
        version = re.fullmatch(r"python:3\.(\d+)-slim", image)
        assert version
        assert int(version[1]) >= 11

    def test_whatever_is_fetched_is_checked_by_hash(self) -> None:
        steps = re.sub(r"\\\n", " ", DOCKERFILE)
        installs = re.findall(r"pip install [^&\n]*", steps)
        assert installs
        assert all("--require-hashes" in line or "--no-index" in line for line in installs)
        assert "--no-build-isolation" in steps
        assert not re.search(r"\b(apt-get|curl|wget|ADD)\b", DOCKERFILE)

    def test_it_runs_as_nobody_and_takes_the_service_as_an_argument(self) -> None:
        last = STAGES[-1]
        assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
        assert re.search(r'^ENTRYPOINT \["meedoen"\]$', last, re.MULTILINE)
        assert re.search(r"^STOPSIGNAL SIGTERM$", last, re.MULTILINE)
        assert last.index("USER ") > last.rindex("RUN ")

    def test_no_secret_and_no_address_of_a_place_is_built_in(self) -> None:
        assert not re.search(r"(PASSWORD|SECRET|TOKEN|DATABASE_URL|BOOTSTRAP|AUTH_)", DOCKERFILE)

    def test_the_builder_gets_only_what_the_image_is_made_of(self) -> None:
        lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        allowed = {line[1:] for line in lines if line.startswith("!")}
        copied = {
            name.rstrip("/")
            for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
            for name in line.split()
        }
        assert "*" in lines
        assert copied == allowed

    def test_the_tool_that_makes_the_package_is_in_the_lock_with_its_hashes(self) -> None:
        (program,) = re.findall(r"awk '([^']+)' requirements/dev.txt", DOCKERFILE)
        lock = ROOT / "requirements" / "dev.txt"
        locked_tools = subprocess.run(["awk", program, lock], capture_output=True, text=True, check=True).stdout
        assert re.fullmatch(
            r"setuptools==\S+ \\\n(    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n", locked_tools
        )


def test_the_package_holds_every_file_that_the_services_need(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", tmp_path, source], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packaged = set(zipfile.ZipFile(wheel).namelist())
    needed = {path.relative_to(source).as_posix() for folder in FOLDERS for path in (source / folder).rglob("*.*")}
    lacking = {name for name in needed - packaged if not name.endswith(".md") and (ROOT / name).is_file()}
    assert {name for name in lacking if not name.startswith("shared/testing/")} == set()
    assert {name.split("/")[0] for name in packaged if ".dist-info" not in name} == set(FOLDERS)
    assert [name for name in packaged if name.startswith("shared/testing")] == []
    assert any(name.startswith("services/intake/migrations/versions/") for name in packaged)
    assert (
        "meedoen = meedoen.cli.main:main"
        in zipfile.ZipFile(wheel).read(next(name for name in packaged if name.endswith("entry_points.txt"))).decode()
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server of its own (its roles and their passwords change here), in the form that psql takes."""
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed: it comes with PostgreSQL's client, and with the image that runs this.")
    started = start_postgres(tmp_path, parent_pid=os.getpid())
    at = urlsplit(started.admin_url)
    yield {
        "PGHOST": at.hostname or "",
        "PGPORT": str(at.port),
        "PGUSER": at.username or "",
        "PGPASSWORD": at.password or "",
        "PGDATABASE": "postgres",
        "PATH": os.environ["PATH"],
    }
    started.remove()


KINDS = ("", "_owner", "_relay", "_operator", "_auditor")


def prepare(server: dict[str, str], salt: str) -> dict[str, str]:
    """Run the script as the Compose job does, with new secrets; returns them by role."""
    names = [f"{service}{kind}" for service in SERVICES for kind in KINDS]
    secrets = {f"{name.upper()}_SECRET": f"{salt}-{name}'" for name in names}
    subprocess.run(["sh", ROOT / "deploy" / "postgres" / "prepare.sh"], check=True, env=server | secrets)
    return {f"meedoen_{name}": secrets[f"{name.upper()}_SECRET"] for name in names}


async def entered(server: dict[str, str], role: str, secret: str, database: str) -> tuple[bool, bool]:
    """Whether the role may too much, and whether it may make tables; raises what the server raises."""
    connection = await asyncpg.connect(
        host=server["PGHOST"], port=int(server["PGPORT"]), user=role, password=secret, database=database
    )
    may = await connection.fetchrow(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS much, "
        "has_database_privilege(current_database(), 'CREATE') AS make FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert may is not None
    return may["much"], may["make"]


async def test_every_service_gets_a_database_that_it_enters_and_no_other(server: dict[str, str]) -> None:
    first, second = prepare(server, "first"), prepare(server, "second")
    for service, other in zip(SERVICES, (*SERVICES[1:], SERVICES[0]), strict=True):
        for kind in KINDS:
            role, database = f"meedoen_{service}{kind}", f"meedoen_{service}"
            assert await entered(server, role, second[role], database) == (False, kind == "_owner")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await entered(server, role, second[role], f"meedoen_{other}")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await entered(server, role, first[role], database)
