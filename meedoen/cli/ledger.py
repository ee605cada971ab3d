"""The command that proves the ledger: how it is written, and what it says."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from meedoen.cli.operate import DatabaseUrl, Json
from meedoen.cli.options import STATE, State

SERVICE = "ontzorgen"


def ledger_proof(
    municipality: Annotated[list[str], typer.Option(help="CBS code; may be given more than once")],
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    as_json: Json = False,
) -> None:
    """Prove the ledger. Every entry sums to zero, every total is its lines' sum; or which are not."""
    from meedoen.stack.operations import find_places

    place = find_places(SERVICE, database_url=database_url, state_dir=state)[0]
    documents = asyncio.run(_proofs(place.url, municipality))
    if as_json:
        typer.echo(json.dumps(documents, indent=2))
    else:
        for one in documents:
            typer.echo(_sentence(one))
    raise typer.Exit(0 if all(one["holds"] for one in documents) else 1)


async def _proofs(url: str, municipalities: Sequence[str]) -> list[dict[str, object]]:
    from meedoen.stack.operations import connected
    from services.ontzorgen.ledger.handlers import prove_ledger
    from shared.identity import validate_municipality

    try:
        wanted = [validate_municipality(one) for one in municipalities]
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    found: list[dict[str, object]] = []
    async with connected(url) as connection:
        for one in wanted:
            proof = await prove_ledger(connection, one)
            found.append(
                {
                    "municipality": proof.municipality,
                    "holds": proof.holds,
                    "entries": proof.entries,
                    "lines": proof.lines,
                    "wrong_entries": list(proof.wrong_entries),
                    "wrong_totals": [
                        [str(run_id) if run_id else None, account] for run_id, account in proof.wrong_totals
                    ],
                }
            )
    return found


def _sentence(proof: dict[str, object]) -> str:
    read = f"{proof['municipality']}: {proof['entries']:,} entries, {proof['lines']:,} lines"
    if proof["holds"]:
        return f"{read}. Every entry sums to zero and every total is the sum of its lines."
    return (
        f"{read}. WRONG: entries {proof['wrong_entries'] or 'none'}, totals (run, account) "
        f"{proof['wrong_totals'] or 'none'}. Stop all runs, and compare with the last backup that was proven."
    )
