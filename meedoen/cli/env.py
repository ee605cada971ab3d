"""The environment of a service of a local run: as shell lines to eval, or as a file for an editor's debugger."""

import shlex
from pathlib import Path

import typer

from meedoen.cli.local import require_run
from meedoen.stack.errors import LocalError
from meedoen.stack.processes import write_atomically
from meedoen.stack.services import service_address, service_environment


def print_environment(state: Path, service: str) -> None:
    """Print the environment of a service as `export NAME=value` lines."""
    for name, value in _read_environment(state, service).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def write_environment(state: Path, service: str) -> None:
    """Write the environment of a service to SERVICE.env in the state folder, readable by its owner alone."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in _read_environment(state, service).items()]
    file = state / f"{service}.env"
    write_atomically(file, "".join(lines))
    typer.echo(f"Wrote {file}, which holds the password of the local database.")


def print_addresses(state: Path) -> None:
    """Print the address of every service as `export NAME_URL=address` lines."""
    run = require_run(state)
    for service in run.databases:
        typer.echo(f"export {service.upper()}_URL={service_address(run, service)}")


def _read_environment(state: Path, service: str) -> dict[str, str]:
    run = require_run(state)
    if service not in run.databases or service not in run.processes:
        raise LocalError(f"{service} has no address in {state} yet: run meedoen up, with --without {service} or not.")
    return service_environment(run, service)
