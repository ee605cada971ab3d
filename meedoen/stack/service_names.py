"""The services of this repository by name. Importing this imports no library."""

from pathlib import Path

from meedoen.stack.errors import LocalError
from shared.service_names import SERVICES

_FOLDER = Path(__file__).resolve().parents[2] / "services"


def service_names() -> tuple[str, ...]:
    """Return the services that are in this repository."""
    return tuple(name for name in SERVICES if (_FOLDER / name / "app.py").exists())


def require_service_name(name: str) -> str:
    """Return the name; LocalError with the names of the services if there is no such service."""
    if name not in service_names():
        raise LocalError(f"There is no service '{name}': choose from {', '.join(service_names())}.")
    return name
