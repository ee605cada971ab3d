"""Make the databases of the last version: play the story, dump what the four services hold, record what they answer.

Run it once when a version is released, and keep what it writes:

    .venv/bin/python tests/component/upgrade/make_last_version.py

No test runs it. Everything comes about by behaviour (`last_version_story.py` says how); no row is written by hand.
"""

import asyncio
import contextlib
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the helpers stand beside this, and are no package

import last_version
from last_version import ANSWERS, FIGURES, FOLDER, LastVersion, find_empty_tables, get_dump_path
from last_version_answers import ROLES, TOWNS, Authorise, read_answers, take_next_step
from last_version_story import Storyteller, plan_season
from rich.console import Console

from demo.chain import Chain
from demo.logs import Logs
from meedoen.stack.local_run import LocalRun
from meedoen.stack.postgres_binaries import find_binaries
from shared.auth.local_issuer import LocalIssuer
from shared.database.migrations import ServiceDatabase
from shared.service_names import SERVICES
from shared.testing.running_service import RunningService, run_service

# What psql alone understands, and what servers before version 17 do not.
_NOT_FOR_EVERY_SERVER = re.compile(r"^(?:\\(?:un)?restrict .*|SET transaction_timeout = 0;)\n", re.MULTILINE)
_ROWS_PER_INSERT = 200


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    season = plan_season()
    with LocalRun(municipalities=season.municipalities, progress=Console().print) as run:
        asyncio.run(_tell(run))
        assert run.postgres is not None
        admin_url = run.postgres.admin_url
        for service in SERVICES:
            get_dump_path(service).write_bytes(_pack(_dump(admin_url, f"meedoen_{service}")))
        figures, answers = asyncio.run(_record(LastVersion(admin_url)))
    FIGURES.write_text(_format_json(figures), encoding="utf-8")
    ANSWERS.write_bytes(_pack(_format_json(answers)))


async def _tell(run: LocalRun) -> None:
    async with Chain(run) as chain, Logs(run) as logs:
        await Storyteller(run, chain, logs, plan_season()).tell()


def _dump(admin_url: str, database: str) -> str:
    """The database as pg_dump writes it, in statements that any driver can run."""
    command = [find_binaries() / "pg_dump", "--inserts", f"--rows-per-insert={_ROWS_PER_INSERT}", "--encoding=UTF8"]
    address = f"{admin_url.rpartition('/')[0]}/{database}"
    done = subprocess.run([*command, address], check=True, capture_output=True, text=True, encoding="utf-8")
    return _NOT_FOR_EVERY_SERVER.sub("", done.stdout)


async def _record(last: LastVersion) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the version that made the dumps finds in them."""
    figures: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for service in SERVICES:
        database = await last.copy(service)
        connection = await last.connect(database.url)
        tables = await last_version.read_tables(connection)
        assert not (empty := find_empty_tables(tables)), f"No rows in {', '.join(empty)}: let the story reach them."
        figures[service] = {
            "version": await connection.fetchval("SELECT version_num FROM alembic_version"),
            "rows": {name: table.rows for name, table in tables.items()},
            "figures": await last_version.read_figures(service, connection),
        }
        await connection.close()
        async with _run_service(service, database) as (client, authorise):
            read = await read_answers(client, service, authorise)
            answers[service] = {"read": read, "next step": await take_next_step(client, service, authorise)}
    return figures, answers


@contextlib.asynccontextmanager
async def _run_service(name: str, database: ServiceDatabase) -> AsyncIterator[tuple[RunningService, Authorise]]:
    """The service on this database, without a broker."""
    with tempfile.TemporaryDirectory() as folder:
        issuer = LocalIssuer(Path(folder))
        leaving: dict[str, Any] = {"spool_folder": Path(folder) / "spool", "letters_leave": "at_once"}
        chosen = leaving if name == "notifications" else {}
        settings = import_module(f"services.{name}.settings").Settings(
            municipalities=TOWNS,
            auth_jwks_file=issuer.jwks_file,
            database_url=database.url,
            messaging_enabled=False,
            **chosen,
        )

        def authorise(municipality: str, subject: str) -> Mapping[str, str]:
            return {"Authorization": f"Bearer {issuer.token(subject, ROLES, municipality, 3_600)}"}

        async with run_service(import_module(f"services.{name}.app").create_app(settings)) as client:
            yield client, authorise


def _pack(text: str) -> bytes:
    """The same bytes for the same text, whenever it is packed."""
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def _format_json(content: Any) -> str:
    """Readable where it is short: a table's figure or rows stand on one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    return re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda row: f"[{' '.join(row[1].split())}]", text) + "\n"


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)  # a service of this process takes its database from here alone
    main()
