"""Who runs a command, by the name that an audit keeps."""

import getpass
import os

from meedoen.stack.errors import LocalError


def resolve_actor(name: str | None) -> str:
    """Return the name for the audit: the one in the option, else the user who runs the command."""
    if name is not None and not name.strip():
        raise LocalError("The actor is empty: give a name that the audit can keep.")
    try:
        return name or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
