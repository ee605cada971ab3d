"""What a letter takes from a message: the page that is stored, in parts, and how a line is written beside them."""

from datetime import date

from services.notifications.messages.templates import numbers, reading, rendering
from services.notifications.messages.templates.numbers import Line
from services.notifications.messages.templates.rendering import Part


def read_page(page: str) -> tuple[Part, ...]:
    """Return what a message says, of each language one part."""
    return reading.read_page(page)


def split_line(text: str) -> Line:
    """Return the pieces of a line, of which every second one is a number."""
    return numbers.split_numbers(text)


def write_marks(language: str, day: date, reference: str) -> tuple[Line, Line]:
    """Return the lines above a letter in a language: its day and its reference."""
    return rendering.write_marks(language, day, reference)
