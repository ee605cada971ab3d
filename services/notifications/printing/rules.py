"""Printing: a day's batch of letters, and what belongs together in one letter.

All messages for one person in a batch are one letter: one greeting, each message under its own heading, one closing;
the person's own language first, Dutch last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias
from uuid import UUID

from services.notifications.contacts.rules import PostalAddress
from services.notifications.messages.rules.languages import BASE_LANGUAGE

Line: TypeAlias = tuple[str, ...]

LETTERS_PER_DOCUMENT = 50
"""With 200, typst needs 200 MB for a document, and is no faster."""
GREETING_BLOCKS, CLOSING_BLOCKS = 1, 2
"""How every letter begins and ends, as letter.*.j2 write it."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t")


class BatchState(StrEnum):
    """Where a batch is. `open`: its files are being made; `made`: they are whole; `sent`: every letter is marked."""

    OPEN = "open"
    MADE = "made"
    SENT = "sent"
    DISSOLVED = "dissolved"


@dataclass(frozen=True)
class Batch:
    """The letters of a municipality that go to the printer together; `attempts` counts this one too."""

    id: UUID
    municipality: str
    day: date
    number: int
    state: BatchState
    attempts: int

    @property
    def name(self) -> str:
        """Return the name under which the printer finds it."""
        return f"{self.day.isoformat()}-{self.number}"

    def reference(self, letter_number: int) -> str:
        """Return what stands on a letter, so that someone can be asked about it."""
        return f"{self.day:%Y%m%d}-{self.number}-{letter_number:05}"


@dataclass(frozen=True)
class Block:
    """A paragraph's lines, or a list's items."""

    is_list: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Passage:
    """A message in one language: its subject and what it says, with greeting and closing."""

    language: str
    is_from_right: bool
    subject: Line
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Section:
    """What a letter says under one heading."""

    subject: Line
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class LetterPart:
    """A letter in one language; `marks` are its day and its reference."""

    language: str
    is_from_right: bool
    marks: tuple[Line, ...]
    sections: tuple[Section, ...]
    closing: tuple[Block, ...]


@dataclass(frozen=True)
class Letter:
    """All that one person is written on a day, with what the printer needs."""

    number: int
    reference: str
    name: str
    address: PostalAddress
    parts: tuple[LetterPart, ...]


@dataclass(frozen=True)
class SheetLine:
    """Where a letter is in the files of a batch, and where it goes."""

    document: str
    first_page: int
    last_page: int
    letter: Letter


SHEET_COLUMNS = (
    "bestand",
    "eerste_pagina",
    "laatste_pagina",
    "kenmerk",
    "naam",
    "per_adres",
    "straat",
    "huisnummer",
    "toevoeging",
    "postcode",
    "woonplaats",
)


def bundle(messages: Sequence[Sequence[Passage]], marks: Mapping[str, tuple[Line, ...]]) -> tuple[LetterPart, ...]:
    """Return the parts of one letter with several messages, of each language one; `marks` has each language."""
    by_language: dict[str, list[Passage]] = {}
    for message in messages:
        for passage in message:
            by_language.setdefault(passage.language, []).append(passage)
    ordered = sorted(by_language, key=lambda language: language == BASE_LANGUAGE)
    return tuple(_join(by_language[language], marks[language]) for language in ordered)


def _join(passages: Sequence[Passage], marks: tuple[Line, ...]) -> LetterPart:
    """Return one part: the first greeting, the body of each passage, the last closing."""
    first, last = passages[0], passages[-1]
    bodies = [passage.blocks[GREETING_BLOCKS:-CLOSING_BLOCKS] for passage in passages]
    bodies[0] = first.blocks[:GREETING_BLOCKS] + bodies[0]
    sections = tuple(Section(passage.subject, body) for passage, body in zip(passages, bodies, strict=True))
    return LetterPart(first.language, first.is_from_right, marks, sections, last.blocks[-CLOSING_BLOCKS:])


def write_address(name: str, address: PostalAddress) -> tuple[str, ...]:
    """Return the lines of the address window, as the post wants them."""
    number = f"{address.house_number}{_write_addition(address.house_number_addition)}"
    care_of = (f"p/a {address.care_of}",) if address.care_of else ()
    return (name, *care_of, f"{address.street} {number}", f"{address.postcode}  {address.town.upper()}")


def _write_addition(addition: str | None) -> str:
    """Return what follows a house number: a letter at once, anything else after a hyphen."""
    if addition is None:
        return ""
    return addition if len(addition) == 1 and addition.isalpha() else f"-{addition}"


def write_sheet_line(line: SheetLine) -> tuple[str, ...]:
    """Return a line of the address sheet by SHEET_COLUMNS; no field is read as a formula by a spreadsheet."""
    letter, address = line.letter, line.letter.address
    fields = (
        line.document,
        str(line.first_page),
        str(line.last_page),
        letter.reference,
        letter.name,
        address.care_of or "",
        address.street,
        str(address.house_number),
        address.house_number_addition or "",
        address.postcode,
        address.town,
    )
    return tuple(f"'{field}" if field.startswith(_FORMULA_SIGNS) else field for field in fields)


def number_letters(readers: Iterable[UUID]) -> list[int]:
    """Return the letter of each message, by its reader: letters are in the order of their first messages."""
    letters: dict[UUID, int] = {}
    return [letters.setdefault(reader, len(letters) + 1) for reader in readers]


def cut_documents(letter_numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and last letter number of each document, in order."""
    numbers = sorted(letter_numbers)
    starts = [*numbers[::LETTERS_PER_DOCUMENT], None]
    return [
        (first, numbers[-1] if following is None else following - 1)
        for first, following in pairwise(starts)
        if first is not None
    ]
