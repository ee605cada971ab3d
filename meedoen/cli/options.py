"""Options and arguments that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from meedoen.stack.errors import LocalError
from meedoen.stack.service_names import require_service_name
from shared.service_names import SERVICES


def check_service(name: str | None) -> str | None:
    try:
        return name if name is None else require_service_name(name)
    except LocalError as problem:
        raise typer.BadParameter(str(problem)) from None


def _check_services(names: list[str] | None) -> list[str] | None:
    for name in names or []:
        check_service(name)
    return names


STATE = Path(".meedoen")
Address = Annotated[
    str | None, typer.Option("--bootstrap-servers", envvar="KAFKA_BOOTSTRAP_SERVERS", help="HOST:PORT of the broker")
]
State = Annotated[Path, typer.Option("--state", envvar="MEEDOEN_STATE", help="folder of the local run")]
Service = Annotated[str, typer.Argument(help=", ".join(SERVICES), show_default=False, callback=check_service)]
OneService = Annotated[
    str | None,
    typer.Option("--service", help="one service; by default all that are known here", callback=check_service),
]
WithoutServices = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="SERVICE",
        help="leave this service out, to run it yourself (see env); can be repeated",
        callback=_check_services,
    ),
]


class AclFormat(StrEnum):
    """How rights are printed: as options of Kafka's own kafka-acls.sh, or as JSON."""

    COMMANDS = "commands"
    JSON = "json"
