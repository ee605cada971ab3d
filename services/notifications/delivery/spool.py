"""Delivery into a folder: one file per message, named after it, whole or not there at all.

Exactly once in effect: a crash between writing and marking writes the same bytes to the same name again.
"""

import asyncio
import os
from pathlib import Path

from services.notifications.delivery.mail import mail_bytes
from services.notifications.delivery.port import NotReachedError, Outgoing
from shared.events.codes import MessageChannel


class SpoolFolder:
    """FOLDER/MUNICIPALITY/ID.eml for mail, ID.html for a letter to print. Readable by this user only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, message: Outgoing) -> Path:
        ending = "eml" if message.channel is MessageChannel.EMAIL else "html"
        return self._folder / message.municipality / f"{message.id}.{ending}"

    async def deliver(self, message: Outgoing) -> None:
        content = mail_bytes(message) if message.channel is MessageChannel.EMAIL else message.html.encode()
        try:
            await asyncio.to_thread(_write, self.path(message), content)
        except OSError as problem:
            raise NotReachedError(f"The spool folder can not be written: {problem.strerror}.") from problem


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
