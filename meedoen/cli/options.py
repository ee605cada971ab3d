"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from meedoen.stack.errors import LocalError
from meedoen.stack.service_names import SERVICES, known_service


def _service(name: str | None) -> str | None:
    try:
        return name if name is None else known_service(name)
    except LocalError as problem:
        raise typer.BadParameter(str(problem)) from None


STATE = Path(".meedoen")
State = Annotated[Path, typer.Option("--state", envvar="MEEDOEN_STATE", help="folder of the local run")]
Service = Annotated[str, typer.Argument(help=", ".join(SERVICES), show_default=False, callback=_service)]
OneService = Annotated[
    str | None, typer.Option("--service", help="one service; without it all that are known here", callback=_service)
]
