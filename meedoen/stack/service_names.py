"""The services by name, in the order in which the chain passes them. Importing this costs nothing."""

from pathlib import Path

from meedoen.stack.errors import LocalError

CALENDAR = "calendar"
SERVICES = ("recruitment", "intake", "ontzorgen", "notifications")
_FOLDER = Path(__file__).resolve().parents[2] / "services"


def service_names() -> tuple[str, ...]:
    """The services that stand in this repository."""
    return tuple(name for name in SERVICES if (_FOLDER / name / "app.py").exists())


def require_service_name(name: str) -> str:
    """The name itself; LocalError with those that there are."""
    if name not in service_names():
        raise LocalError(f"There is no service '{name}': choose from {', '.join(service_names())}.")
    return name
