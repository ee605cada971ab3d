"""The spool folder is watched and emptied: whether a letter can be written, and letters older than their retention.

Age is by the clock of the file system, which dates the letters too.
"""

import asyncio
import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

import structlog

from services.notifications import metrics
from shared.observability.health import NotReadyError

PURGE_EVERY_SECONDS: Final = 3_600.0
DAY_SECONDS: Final = 86_400
_PROBE_BYTES: Final = b"Whether a letter can be written here."
_OUR_FILES: Final = re.compile(r"\.?[0-9a-f-]{36}\.(?:eml|html)(?:\.unfinished)?")
_OUR_BATCHES: Final = re.compile(r"\.?[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]+(?:\.[0-9]+)?")
_log = structlog.get_logger("meedoen.spool")


class SpoolKeeper:
    """Probes the folder, and removes from it what is older than `retention_days`, every hour."""

    def __init__(self, folder: Path, *, free_bytes_min: int, retention_days: int) -> None:
        self._folder = folder
        self._free_bytes_min = free_bytes_min
        self._retention_days = retention_days
        self._task: asyncio.Task[None] | None = None

    async def probe(self) -> None:
        """Raise NotReadyError with a sentence if no letter can be written now."""
        await asyncio.to_thread(require_writable, self._folder, self._free_bytes_min)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def purge(self) -> int:
        """Remove what is too old; count and log how many files that were, and nothing else about them."""
        removed = await asyncio.to_thread(remove_older, self._folder, self._retention_days)
        metrics.SPOOL_FILES_PURGED.inc(removed)
        if removed:
            _log.info("spool_purged", files=removed, retention_days=self._retention_days)
        return removed

    async def _run(self) -> None:
        while True:
            try:
                await self.purge()
            except OSError as problem:
                _log.warning("spool_not_purged", cause=type(problem).__name__)
            await asyncio.sleep(PURGE_EVERY_SECONDS)


def require_writable(folder: Path, free_bytes_min: int) -> None:
    """Write a file as a letter is written and remove it; NotReadyError if that fails or too little room is left."""
    try:
        _write_probe(folder)
        free_bytes = shutil.disk_usage(folder).free
    except OSError as problem:
        raise NotReadyError(
            f"the spool folder cannot be written ({problem.strerror}): make room, or mend the volume"
        ) from problem
    if free_bytes < free_bytes_min:
        raise NotReadyError(
            f"the spool folder has {free_bytes} bytes left and needs SPOOL_FREE_BYTES_MIN ({free_bytes_min}): make room"
        )


def remove_older(folder: Path, retention_days: int) -> int:
    """Remove our files that are older than so many days, and return how many; anything else in the folder stays."""
    if not folder.is_dir():
        return 0
    oldest_seconds = _write_probe(folder) - retention_days * DAY_SECONDS
    removed = 0
    for path in folder.glob("*/*"):
        with contextlib.suppress(FileNotFoundError):  # another process was first
            if path.stat().st_mtime < oldest_seconds:
                removed += _remove(path)
    return removed


def _remove(path: Path) -> int:
    """Remove a file or a batch of ours, and return how many files that were."""
    if _OUR_FILES.fullmatch(path.name):
        path.unlink()
        return 1
    if path.is_dir() and _OUR_BATCHES.fullmatch(path.name):
        files = len(list(path.iterdir()))
        shutil.rmtree(path)
        return files
    return 0


def _write_probe(folder: Path) -> float:
    """Write and remove a file of this process's own; return when that was, by the clock of the file system."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / f".probe-{os.getpid()}"
    opened = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(opened, _PROBE_BYTES)
        os.fsync(opened)
        return os.fstat(opened).st_mtime
    finally:
        os.close(opened)
        probe.unlink(missing_ok=True)
