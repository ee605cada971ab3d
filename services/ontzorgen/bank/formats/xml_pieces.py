"""Reading XML from outside, a piece at a time: no document type, no entity, no network, flat memory.

What is not well-formed, is of another format, or has one endless element is refused with a sentence. Nothing is read
before the first element has said which format it is. A document belongs to the thread that began it: libxml2 keeps
its names with that thread, and another one that ends the document frees memory that is not its own.
"""

import re
import threading
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from lxml import etree

from services.ontzorgen.bank.rules.messages import BankFileError
from shared.calendar import amsterdam_date

PIECE_BYTES = 65_536
PROLOGUE_BYTES_MAX = 65_536
ELEMENT_BYTES_MAX = 512 * 1024
AMOUNTS_CACHED_MAX = 16_384
DAYS_CACHED_MAX = 1_024
_DAY_CHARACTERS = 10
_ZONE_OF_DAY = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})?")
_AMOUNT = re.compile(r"\+?(?=\.?[0-9])([0-9]{0,15})(?:\.([0-9]{0,2})0{0,3})?")
_SAFE_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class PieceReader:
    """Feed it pieces; it returns the elements with these tags that began or ended in them.

    Each kind of event costs a call for every element there is, also with another tag: name no more than are needed.
    `file_kind` is what error sentences call the file. RuntimeError when a second thread takes part in the reading.
    """

    def __init__(
        self,
        formats: re.Pattern[str],
        tags: tuple[str, ...],
        file_kind: str,
        events: tuple[str, ...] = ("start", "end"),
    ) -> None:
        self._formats = formats
        self._tags = tags
        self._file_kind = file_kind
        self._events = events
        self._prologue: bytes | None = b""
        self._parser: Any = None
        self._element_bytes = 0
        self._thread: threading.Thread | None = None
        self.namespace = ""

    def feed(self, piece: bytes) -> list[tuple[str, Any]]:
        """Return what began ("start") or ended ("end") in this piece, in order.

        Drop what was read (`drop_ended_children`) before the next piece.
        """
        self._check_thread()
        if self._prologue is not None:
            self._prologue += piece
            self._open(self._prologue)
            if self._parser is None:
                return []
            piece, self._prologue = self._prologue, None
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise self._build_broken_error(error) from None
        events = list(self._parser.read_events())
        self._element_bytes = 0 if events else self._element_bytes + len(piece)
        if self._element_bytes > ELEMENT_BYTES_MAX:
            raise BankFileError(
                "endless_element",
                f"One element of this {self._file_kind} is larger than {ELEMENT_BYTES_MAX} bytes: ask for a new file.",
            )
        return events

    def note_progress(self) -> None:
        """Restart the count of the bytes of an open element: what there was of it was read and dropped."""
        self._element_bytes = 0

    def close(self) -> None:
        """End the reading; BankFileError when the document has not ended."""
        self._check_thread()
        try:
            if self._parser is not None:
                self._parser.close()
                return
        except etree.XMLSyntaxError as error:
            raise self._build_broken_error(error) from None
        raise self._build_not_xml_error()

    def _check_thread(self) -> None:
        self._thread = self._thread or threading.current_thread()
        if self._thread is not threading.current_thread():  # a number would be given to the next thread, too
            raise RuntimeError(
                f"A {self._file_kind} is read by one thread from beginning to end: give it one of its own."
            )

    def _open(self, beginning: bytes) -> None:
        """Look at the first element alone; only a known format without a document type is read at all."""
        scout = etree.XMLPullParser(events=("start",), **_SAFE_OPTIONS)
        is_broken = False
        try:
            scout.feed(beginning[:PROLOGUE_BYTES_MAX])
        except etree.XMLSyntaxError:
            is_broken = True  # perhaps only after the first element, and then the reading itself says where
        _, root = next(iter(scout.read_events()), (None, None))
        if root is None and not is_broken and len(beginning) < PROLOGUE_BYTES_MAX:
            return
        is_typed = root is not None and root.getroottree().docinfo.internalDTD is not None
        if is_typed or (root is None and b"<!DOCTYPE" in beginning):
            raise BankFileError(
                "document_type",
                f"This {self._file_kind} brings a document type or entities, which no bank sends: ask for a new file.",
            )
        if root is None:
            raise self._build_not_xml_error()
        name = etree.QName(root)
        if name.localname != "Document" or not self._formats.fullmatch(name.namespace or ""):
            raise BankFileError(
                "foreign_format",
                f"This is not a {self._file_kind}: send the file as the bank gave it, in that format.",
            )
        self.namespace = name.namespace
        tags = tuple(f"{{{self.namespace}}}{tag}" for tag in self._tags)
        self._parser = etree.XMLPullParser(events=self._events, tag=tags, **_SAFE_OPTIONS)

    def _build_not_xml_error(self) -> BankFileError:
        return BankFileError("not_xml", f"This is not XML: send the {self._file_kind} as the bank gave it.")

    def _build_broken_error(self, error: etree.XMLSyntaxError) -> BankFileError:
        line = error.lineno or 1
        return BankFileError(
            "broken_file",
            f"This {self._file_kind} breaks off or is damaged at line {line}: fetch it from the bank again.",
        )


def drop_ended_children(parent: Any, kept: int = 0) -> None:
    """Free all children that have ended but for so many first ones; the last one may still be open."""
    if parent is not None:
        del parent[kept:-1]


@lru_cache(maxsize=AMOUNTS_CACHED_MAX)
def parse_cents(amount: str | None) -> int:
    """Return an amount, written as any decimal of XML, as whole cents; BankFileError for anything else."""
    digits = _AMOUNT.fullmatch((amount or "").strip())
    if digits is None:
        raise BankFileError("wrong_amount", "An amount in this file is not in whole cents: ask for a new file.")
    return int(digits[1] or 0) * 100 + int((digits[2] or "").ljust(2, "0"))


@lru_cache(maxsize=DAYS_CACHED_MAX)
def parse_dutch_day(text: str | None) -> date | None:
    """Return a day, or the day in the Netherlands of a moment with a time zone; None for anything else.

    A day that names a time zone, as XML allows, is that day.
    """
    text = (text or "").strip()
    try:
        day = date.fromisoformat(text[:_DAY_CHARACTERS])
        if _ZONE_OF_DAY.fullmatch(text[_DAY_CHARACTERS:]):
            return day
        moment = datetime.fromisoformat(text)
        return day if moment.tzinfo is None else amsterdam_date(moment)
    except (ValueError, OverflowError):
        return None
