"""A statement of 100,000 entries: read, matched and stored, beside parsing the same XML once.

Every entry concerns a payment that was sent. Each pass is a process of its own, so that its peak of memory counts.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
from lxml import etree

from bench.rig import MUNICIPALITY, Environment, Figure, make_figures, peak_mib, run_on_uvloop, run_passes
from services.ontzorgen.bank.handlers.bank_statements import take_statement
from services.ontzorgen.bank.handlers.messages import BankFile
from shared.database.migrations import prepare_database, upgrade
from shared.database.transactions import Database
from shared.memory import freeze_gc
from shared.testing.bank_files import IBAN, STATEMENT_NAMESPACE, BookedEntry, build_statement_parts

ENTRIES = 100_000
CENTS = 60_000
_FILL = (
    """
    INSERT INTO household (municipality, id, person_id, household_type, age_band, has_children, first_day, last_day,
        right_from, next_month, months_run)
    SELECT $1, gen_random_uuid(), gen_random_uuid(), 'single', '21_plus', false, '2026-07-01', '2026-12-31',
        '2026-07-01', '2026-07', 0
    """,
    """
    INSERT INTO bank_account (municipality, id, holder, name, iban, proposed_by, confirmed_by, confirmed_at)
    SELECT $1, gen_random_uuid(), 'municipality', 'Gemeente', $2, 'one', 'two', now()
    """,
    """
    INSERT INTO payment_order (municipality, run_id, month, ordered_on)
    SELECT $1, md5('run')::uuid, '2026-07', '2026-07-01'
    """,
    """
    INSERT INTO payment_instruction (municipality, id, household_id, run_id, month, key, kind, for_month, is_correction,
        execute_on, amount_cents, holder, name, iban, remittance, attempt)
    SELECT $1, md5('payment ' || number)::uuid, household.id, md5('run')::uuid, '2026-07', 'k', 'rent', '2026-07',
        false, '2026-07-01', $3, 'charge', 'Woonstad', $2, 'huur ' || number, 1
    FROM household, generate_series(1, $4::int) AS number
    """,
    """
    INSERT INTO payment_file (municipality, id, run_id, number, payments, total_cents, sha256, content)
    SELECT $1, 'F1', md5('run')::uuid, 1, 1, 1, '', ''
    """,
    """
    INSERT INTO payment_file_entry (municipality, instruction_id, file_id, batch_id, amount_cents)
    SELECT municipality, id, 'F1', 'B1', amount_cents FROM payment_instruction
    """,
)


def write_statement(path: Path) -> None:
    """Write a file with one entry for each payment."""
    entries = [
        BookedEntry(-CENTS, f"R{number:09}", [(_payment_id(number).hex, CENTS, "huur")])
        for number in range(1, ENTRIES + 1)
    ]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(build_statement_parts(entries, "S1", IBAN))


def _payment_id(number: int) -> UUID:
    return UUID(bytes=hashlib.md5(f"payment {number}".encode(), usedforsecurity=False).digest())


async def fill_database(url: str) -> None:
    """Insert payments that were sent, as the service's own role would have stored them."""
    arguments = (MUNICIPALITY, IBAN, CENTS, ENTRIES)
    connection = await asyncpg.connect(url, server_settings={"app.municipality": MUNICIPALITY})
    try:
        for statement in _FILL:
            argument_count = max((number for number in range(1, 5) if f"${number}" in statement), default=0)
            await connection.execute(statement, *arguments[:argument_count])
        await connection.execute("ANALYZE payment_instruction, payment_file_entry")
    finally:
        await connection.close()


async def empty_tables(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        tables = "bank_entry, bank_statement_page, bank_statement, payment_refusal, bank_message"
        await connection.execute(f"TRUNCATE {tables}")
    finally:
        await connection.close()


def time_parsing(path: Path) -> float:
    """Return the seconds to parse and release every entry, and nothing else."""
    started = time.perf_counter()
    for _, entry in etree.iterparse(str(path), events=("end",), tag=f"{{{STATEMENT_NAMESPACE}}}Ntry"):
        entry.clear()
        while entry.getprevious() is not None:
            del entry.getparent()[0]
    return time.perf_counter() - started


async def measure_file(url: str, path: Path) -> dict[str, Any]:
    """Measure in a process of its own: seconds for the file and for the floor, and the peak of memory."""
    floor_seconds = time_parsing(path)
    database = Database(url, service="ontzorgen")
    try:
        started = time.perf_counter()
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            async with database.transaction(MUNICIPALITY) as tx:
                counts = await take_statement(BankFile(content, sha256, "bench"), tx)
        seconds = time.perf_counter() - started
    finally:
        await database.close()
    return {"matched": counts["match"], "seconds": seconds, "floor_seconds": floor_seconds, "peak_mib": peak_mib()}


def run(environment: Environment, count: int) -> list[Figure]:
    """Return the lines for build/bench.json: entries a second beside the floor's, and the peak of memory."""
    database = prepare_database(environment.admin_url, "ontzorgen", name="bench_camt")
    upgrade("ontzorgen", database.owner_url)
    asyncio.run(fill_database(database.url))
    with TemporaryDirectory(prefix="meedoen-bench-camt-") as folder:
        path = Path(folder) / "statement.xml"
        write_statement(path)

        def run_pass() -> dict[str, Any]:
            asyncio.run(empty_tables(environment.owner_url("bench_camt")))
            command = [sys.executable, "-m", "bench.camt", database.url, str(path)]
            process = subprocess.run(command, capture_output=True, text=True, check=True)
            measurement: dict[str, Any] = json.loads(process.stdout)
            if measurement["matched"] != ENTRIES:
                raise RuntimeError(
                    f"{measurement['matched']} of {ENTRIES} entries matched: the figure would mean nothing."
                )
            return measurement

        measurements: list[Any] = run_passes(count, "camt", run_pass)
    values, floors = (
        [ENTRIES / measurement["seconds"] for measurement in measurements],
        [ENTRIES / measurement["floor_seconds"] for measurement in measurements],
    )
    highest_mib = max(measurement["peak_mib"] for measurement in measurements)
    spread = f"over {count}, the file's parser and its floor included"
    return [
        *make_figures("camt.053, 100,000 entries", "entries/s", values, floors),
        Figure("camt.053, 100,000 entries, peak memory", highest_mib, "MiB", None, None, None, None, spread),
    ]


if __name__ == "__main__":
    freeze_gc()
    sys.stdout.write(json.dumps(run_on_uvloop(measure_file(sys.argv[1], Path(sys.argv[2])))))
