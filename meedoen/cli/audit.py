"""The commands on access logs: who was shown what about whom, and proof that no line was changed."""

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

import typer

from meedoen.cli.options import STATE, State

audit_app = typer.Typer(help="Read and prove who was shown what about whom.", no_args_is_help=True)
AuditUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="its database; by default AUDIT_DATABASE_URL_NAME, else the local run's"),
]
OneService = Annotated[str | None, typer.Option("--service", help="one service; by default every one known here")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]

_LINES = """
SELECT position, at, municipality, reader, roles, operation, about FROM audit.access_line
WHERE ($1::uuid IS NULL OR about @> ARRAY[$1]) AND ($2::text IS NULL OR reader = $2)
ORDER BY position DESC LIMIT $3
"""


@audit_app.command("list")
def list_access(
    person: Annotated[UUID | None, typer.Option(help="answers about this person, or this household")] = None,
    reader: Annotated[str | None, typer.Option(help="what this reader was shown, by the issuer's id")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="the newest lines of each service")] = 100,
    service: OneService = None,
    database_url: AuditUrl = None,
    state: State = STATE,
    *,
    as_json: AsJson = False,
) -> None:
    """Show who was shown what, the newest first: about one person, or by one reader. This look is logged as well."""
    from meedoen.stack.actor import resolve_actor
    from meedoen.stack.operations import AUDITORS, find_databases, open_connection
    from shared.database.access_log import AccessLine, now, write_lines

    if person is None and reader is None:
        raise typer.BadParameter("Say about whom, with --person, or by whom, with --reader.")

    async def read(url: str) -> list[dict[str, Any]]:
        async with open_connection(url) as connection:
            rows = [dict(row) for row in await connection.fetch(_LINES, person, reader, limit)]
            shown = sorted({(row["municipality"], id_) for row in rows for id_ in row["about"]})
            for code in sorted({municipality for municipality, _ in shown}):
                about = tuple(id_ for municipality, id_ in shown if municipality == code)
                line = AccessLine(now(), code, resolve_actor(None), ("auditor",), "meedoen audit list", about)
                await write_lines(connection, [line])
            return rows

    for database in find_databases(service, database_url=database_url, state_dir=state, who=AUDITORS):
        for row in asyncio.run(read(database.url)):
            document = _describe(database.service, row)
            typer.echo(json.dumps(document) if as_json else "  ".join(map(str, document.values())))


@audit_app.command("verify")
def verify_chain(
    noted: Annotated[
        str | None, typer.Option(help="POSITION:HASH of an earlier proof of this service; needs --service")
    ] = None,
    service: OneService = None,
    database_url: AuditUrl = None,
    state: State = STATE,
    *,
    as_json: AsJson = False,
) -> None:
    """Prove that no line was changed, removed or put in. Note the ends that it prints, outside of the database."""
    from meedoen.stack.operations import AUDITORS, find_databases, open_connection
    from shared.database.access_chain import ChainEnd, ChainProof, prove_chain

    try:
        end = ChainEnd.parse(noted) if noted else None
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    if end is not None and service is None:
        raise typer.BadParameter("An end belongs to one service: name it with --service.")

    async def prove(url: str) -> ChainProof:
        async with open_connection(url) as connection:
            return await prove_chain(connection, noted=end)

    is_whole = True
    for database in find_databases(service, database_url=database_url, state_dir=state, who=AUDITORS):
        proof = asyncio.run(prove(database.url))
        is_whole = is_whole and not proof.faults
        if as_json:
            ends = {"start": str(proof.start), "end": str(proof.end)}
            document = {"service": database.service, "lines": proof.lines, **ends}
            typer.echo(json.dumps({**document, "faults": proof.faults}))
            continue
        verdict = "each follows the one before it" if not proof.faults else "WRONG: " + " ".join(proof.faults)
        since = f"begins after {proof.start}, " if proof.start.position else ""
        typer.echo(f"{database.service}: {proof.lines:,} lines, {verdict} ({since}end {proof.end}).")
    raise typer.Exit(0 if is_whole else 1)


def _describe(service: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a line as its columns are printed."""
    return {
        "service": service,
        "position": row["position"],
        "at": row["at"].isoformat(timespec="seconds"),
        "municipality": row["municipality"],
        "reader": row["reader"],
        "roles": ",".join(row["roles"]),
        "operation": row["operation"],
        "about": ",".join(map(str, row["about"])),
    }
