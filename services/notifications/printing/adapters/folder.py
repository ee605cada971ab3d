"""The folder where the printer finds its batches: each is whole or not there at all, and comes once.

A batch is made under a hidden name, FOLDER/MUNICIPALITY/.DAY-NUMBER.ATTEMPT, and gets its own name once it is whole and
the database says so: renaming moves it, so that a batch that the printer has taken does not come back. Readable by this
user only: these files, and no others, hold addresses.
"""

import csv
import io
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.notifications.printing.rules import SHEET_COLUMNS, Batch

SHEET = "adressen.csv"


class BatchFolder:
    """Where one attempt at a batch is written."""

    def __init__(self, folder: Path, batch: Batch) -> None:
        self._home = folder / batch.municipality
        self._batch = batch
        self._unfinished = self._home / f".{batch.name}.{batch.attempts}"

    def begin(self) -> None:
        """Remove what earlier attempts left, and begin."""
        for folder in (self._home.parent, self._home):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.discard()
        self._unfinished.mkdir(mode=0o700)

    def add_document(self, number: int, pdf: bytes) -> str:
        """Write a document, and return its name."""
        name = f"brieven-{number:03}.pdf"
        _write(self._unfinished / name, pdf)
        return name

    def finish(self, lines: Iterable[Sequence[str]]) -> None:
        """Write the address sheet: from now on the batch is whole and on the disk."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, delimiter=";")
        writer.writerow(SHEET_COLUMNS)
        writer.writerows(lines)
        _write(self._unfinished / SHEET, sheet.getvalue().encode())
        _sync_folder(self._unfinished)
        _sync_folder(self._home)

    def publish(self) -> None:
        """Give the whole batch to the printer, if that was not done; what is not whole is no batch."""
        whole = [path for path in self._attempts() if (path / SHEET).exists()]
        for path in whole[:1]:
            path.rename(self._home / self._batch.name)
            _sync_folder(self._home)
        self.discard()

    def discard(self) -> None:
        """Remove what attempts at this batch have left."""
        for path in self._attempts():
            shutil.rmtree(path)

    def _attempts(self) -> list[Path]:
        """Return the folders of attempts, the last first."""
        return sorted(self._home.glob(f".{self._batch.name}.*"), key=lambda path: -int(path.suffix[1:]))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
