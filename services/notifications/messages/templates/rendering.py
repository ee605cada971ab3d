"""Rendering: from a template, languages and an event's own fields to subject, text and HTML, always the same.

Each message is one plain-text template per language (`welcome.ti.j2`: subject, empty line, paragraphs and lists), so
that text and HTML say the same and a translator sees words only. What is not given is an error, never a gap. Numbers
are set apart in every language (numbers.py), and in right-to-left languages every value is isolated, so that a name
cannot turn a sentence around.
Tigrinya and Arabic are our own best translation: no native reader has checked them yet.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from services.notifications.messages.rules.holiday import find_next_june, is_june
from services.notifications.messages.rules.languages import RIGHT_TO_LEFT, language_code
from services.notifications.messages.rules.messages import MessageText
from services.notifications.messages.templates.numbers import (
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    Line,
    isolate_phrases,
    split_numbers,
    write_html,
    write_plain,
)
from shared.calendar import month_start
from shared.money import euro_text

FOLDER = Path(__file__).parent
RIGHT_TO_LEFT_MARK = "\u200f"
_LOCALES = {"nl": "nl_NL", "en": "en_GB", "ar": "ar", "ti": "ti"}
_DATE_IN_NUMBERS_TOO = frozenset({"ar", "ti"})


@dataclass(frozen=True)
class Block:
    """A paragraph's lines, or a list's items."""

    lines: tuple[Line, ...]
    is_list: bool


@dataclass(frozen=True)
class Part:
    """A message in one language."""

    language: str
    subject: Line
    blocks: tuple[Block, ...]

    @property
    def direction(self) -> Literal["rtl", "ltr"]:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def render(template: str, languages: Sequence[str], values: Mapping[str, Any]) -> MessageText:
    """Return the message in each of the languages, one below the other; UndefinedError if a value is missing."""
    parts = [_render_part(template, language, values) for language in languages]
    subject = " / ".join(_write_subject(part) for part in parts)
    html = _page_environment().get_template("page.html.j2").render(parts=parts, subject=subject)
    text = "\n\n* * *\n\n".join(_write_text(part) for part in parts) + "\n"
    return MessageText(language_code(languages), subject, text, html)


def _render_part(template: str, language: str, values: Mapping[str, Any]) -> Part:
    plain = _text_environment(language).get_template(f"{template}.{language}.j2").render(**values)
    subject, *blocks = (block.strip("\n") for block in plain.strip().split("\n\n"))
    return Part(
        language, _read_line(subject, language), tuple(_parse_block(block, language) for block in blocks if block)
    )


def _parse_block(text: str, language: str) -> Block:
    lines = text.splitlines()
    is_list = all(line.startswith("- ") for line in lines)
    texts = (line.removeprefix("- ") if is_list else line for line in lines)
    return Block(tuple(_read_line(line, language) for line in texts), is_list)


def _read_line(text: str, language: str) -> Line:
    return split_numbers(isolate_phrases(text) if language in RIGHT_TO_LEFT else text)


def write_marks(language: str, day: date, reference: str) -> tuple[Line, Line]:
    """Return the lines above a letter: its day and its reference."""
    words = _load_words()[language]
    lines = (f"{words['letter_date']}: {_format_day(day, language)}", f"{words['letter_reference']}: {reference}")
    return _read_line(lines[0], language), _read_line(lines[1], language)


def _write_subject(part: Part) -> str:
    """Return a subject as a mail shows it: marked only where a number would otherwise turn around."""
    return write_plain(part.subject) if part.direction == "rtl" else "".join(part.subject)


def _write_text(part: Part) -> str:
    """Return plain text; each line of a right-to-left language marks its own direction."""
    mark = RIGHT_TO_LEFT_MARK if part.direction == "rtl" else ""
    blocks = (
        "\n".join(f"{mark}{'- ' * block.is_list}{write_plain(line)}" for line in block.lines) for block in part.blocks
    )
    return "\n\n".join(blocks)


@cache
def _load_words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def _text_environment(language: str) -> Environment:
    """The environment of one language's templates: compiled once, its filters write that language."""
    environment = Environment(  # plain text: there is nothing to escape, and page.html.j2 escapes what it is given
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - plain text, see above
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_isolate if language in RIGHT_TO_LEFT else None,
    )
    filters: dict[str, Callable[[Any, str], Any]] = {
        "day": _format_day,
        "day_after": lambda day, language: _format_day(day + timedelta(days=1), language),
        "month": _format_month,
        "next_june": lambda month, _: find_next_june(month),
        "is_june": lambda month, _: is_june(month),
        "euro": lru_cache(maxsize=4_096)(euro_text),  # of thousands of letters at once, many amounts are the same
        "word": lambda code, language: _load_words()[language][code],
    }
    environment.filters |= {name: _require_value(format_value, language) for name, format_value in filters.items()}
    return environment


def _require_value(format_value: Callable[[Any, str], Any], language: str) -> Callable[[Any], Any]:
    """Return a filter that names the value that is missing, where it would otherwise fail less clearly."""

    def format_or_fail(value: Any) -> Any:
        if isinstance(value, Undefined):
            str(value)  # raises UndefinedError
        return format_value(value, language)

    return format_or_fail


@cache
def _page_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["line"] = write_html
    return environment


def _isolate(value: Any) -> str:
    return f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}"


@lru_cache(maxsize=1_024)
def _format_day(day: date, language: str) -> str:
    return _add_numbers(format_date(day, "d MMMM y", locale=_LOCALES[language]), f"{day:%d-%m-%Y}", language)


@lru_cache(maxsize=1_024)
def _format_month(month: str, language: str) -> str:
    first = month_start(month)
    return _add_numbers(format_date(first, "MMMM y", locale=_LOCALES[language]), f"{first:%m-%Y}", language)


def _add_numbers(text: str, numbers: str, language: str) -> str:
    """Return a date with its month by name, and in numbers where the name alone may be misread.

    A month's name in Tigrinya may be read by the Ethiopian calendar, and Arabic has two sets of names: so the numbers
    follow, as they stand on Dutch letters. After Arabic letters they would come out back to front (rule W2 of the
    bidirectional algorithm makes them Arabic numbers, which a hyphen does not join), were they not set apart.
    """
    return f"{text} ({numbers})" if language in _DATE_IN_NUMBERS_TOO else text
