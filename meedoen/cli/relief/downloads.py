"""Files of the service on disk: whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from meedoen.cli.relief.context import CommandContext, fill_path
from meedoen.cli.relief.errors import RefusedError


def find_target(to: str | None, file_name: str) -> Path:
    """Return where a download goes: `to`, or into it if it is a folder. One that ends with a slash is made."""
    if to is None:
        return Path(file_name)
    target = Path(to)
    if to.endswith(("/", os.sep)):
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise RefusedError(f"{to} cannot be made ({problem.strerror}): choose another path with --to.") from None
    return target / file_name if target.is_dir() else target


def download_whole(context: CommandContext, ids: tuple[str, ...], target: Path) -> str:
    """Write the whole file or nothing, readable by the caller alone; return the hash of what was written."""
    import hashlib

    from meedoen.cli.relief.client import ReliefClient

    _, path = fill_path(context.operation, ids)
    try:
        handle, draft = tempfile.mkstemp(dir=target.parent)  # made with mode 0600
    except OSError as problem:
        raise RefusedError(f"{target} cannot be written ({problem.strerror}): choose another path with --to.") from None
    try:
        with os.fdopen(handle, "w+b") as file, ReliefClient(context) as service:
            service.download(path, file)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        Path(draft).replace(target)
    except OSError as problem:
        raise RefusedError(f"{target} cannot be written ({problem.strerror}): choose another path with --to.") from None
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()
    return sha256
