"""The command that proves the ledger: its options and its output."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from meedoen.cli.operate import DatabaseUrl, Json
from meedoen.cli.options import STATE, State

if TYPE_CHECKING:
    import asyncpg

SERVICE = "ontzorgen"
_PEOPLE = "SELECT person_id FROM household WHERE id = ANY($1::uuid[])"


def ledger_proof(
    municipality: Annotated[list[str], typer.Option(help="CBS code; can be repeated")],
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    as_json: Json = False,
) -> None:
    """Prove the ledger. Every entry sums to zero, every total is the sum of its lines; wrong ones are listed."""
    from meedoen.stack.operations import find_databases

    database = find_databases(SERVICE, database_url=database_url, state_dir=state)[0]
    documents = asyncio.run(_prove_all(database.url, municipality))
    if as_json:
        typer.echo(json.dumps(documents, indent=2))
    else:
        for document in documents:
            typer.echo(_proof_sentence(document))
    raise typer.Exit(0 if all(document["holds"] for document in documents) else 1)


async def _prove_all(url: str, municipalities: Sequence[str]) -> list[dict[str, object]]:
    from meedoen.stack.operations import open_connection
    from services.ontzorgen.ledger.handlers import prove_ledger
    from shared.identity import validate_municipality

    try:
        codes = [validate_municipality(code) for code in municipalities]
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    documents: list[dict[str, object]] = []
    async with open_connection(url) as connection:
        for code in codes:
            proof = await prove_ledger(connection, code)
            await _log_households(connection, code, proof.wrong_reserves)
            documents.append(
                {
                    "municipality": proof.municipality,
                    "holds": proof.holds,
                    "entries": proof.entries,
                    "lines": proof.lines,
                    "wrong_entries": list(proof.wrong_entries),
                    "wrong_totals": [
                        [str(run_id) if run_id else None, account] for run_id, account in proof.wrong_totals
                    ],
                    "wrong_reserves": [str(household_id) for household_id in proof.wrong_reserves],
                }
            )
    return documents


async def _log_households(connection: "asyncpg.Connection", municipality: str, households: Sequence[UUID]) -> None:
    """Write to the access log that these households, and their people, are about to be shown."""
    from meedoen.stack.actor import resolve_actor
    from shared.database.access_log import AccessLine, now, write_lines

    if not households:
        return
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)
        people = [row["person_id"] for row in await connection.fetch(_PEOPLE, list(households))]
        about = (*households, *people)
        line = AccessLine(now(), municipality, resolve_actor(None), ("operator",), "meedoen ledger-proof", about)
        await write_lines(connection, [line])


def _proof_sentence(proof: dict[str, object]) -> str:
    checked = f"{proof['municipality']}: {proof['entries']:,} entries, {proof['lines']:,} lines"
    if proof["holds"]:
        return f"{checked}. Every entry sums to zero, every total and every reserve is the sum of its lines."
    wrong = {"entries": "wrong_entries", "totals (run, account)": "wrong_totals", "reserves": "wrong_reserves"}
    found = ", ".join(f"{what} {proof[name] or 'none'}" for what, name in wrong.items())
    return f"{checked}. WRONG: {found}. Stop all runs, and compare with the last backup that was proven correct."
