"""Delivery into a folder: one file per message, named after it, whole or not there at all.

Exactly once in effect: a crash between writing and marking writes the same bytes to the same name again. The folder is
synced once for all the files that were written meanwhile: for thousands of mails that is what costs time.
"""

import asyncio
import os
from collections import defaultdict
from pathlib import Path

from services.notifications.delivery.adapters.mail import write_mail
from services.notifications.delivery.adapters.port import NotReachedError
from services.notifications.delivery.rules import Outgoing


class SpoolFolder:
    """FOLDER/MUNICIPALITY/ID.eml, for a mail program to send. Readable by this user only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._syncing: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next_sync: dict[Path, asyncio.Future[None]] = {}

    def path(self, message: Outgoing) -> Path:
        return self._folder / message.municipality / f"{message.id}.eml"

    async def deliver(self, message: Outgoing) -> None:
        content = write_mail(message)
        try:
            path = self.path(message)
            await asyncio.to_thread(_write, path, content)
            await self._share_sync(path.parent)
        except OSError as problem:
            raise NotReachedError(f"The spool folder cannot be written: {problem.strerror}.") from problem

    async def _share_sync(self, folder: Path) -> None:
        """Wait until what is in the folder now is on the disk; callers share a sync that has not begun."""
        if folder not in self._next_sync:
            self._next_sync[folder] = asyncio.ensure_future(self._sync(folder))
        await asyncio.shield(self._next_sync[folder])

    async def _sync(self, folder: Path) -> None:
        async with self._syncing[folder]:
            del self._next_sync[folder]
            await asyncio.to_thread(_sync_folder, folder)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
