"""Reading a message's page back into its parts: what page.html.j2 wrote, also in an earlier version.

So a letter needs no text of its own beside the page, and what is printed is what is stored.
"""

from collections.abc import Iterator

from lxml import html

from services.notifications.messages.templates.numbers import Line, split_numbers
from services.notifications.messages.templates.rendering import Block, Part

_NUMBER, _BREAK = "bdi", "br"


def read_page(page: str) -> tuple[Part, ...]:
    """Return the parts of a message, of each language one."""
    return tuple(_read_section(section) for section in html.document_fromstring(page).iter("section"))


def _read_section(section: html.HtmlElement) -> Part:
    subject, *blocks = section
    return Part(section.get("lang"), next(_read_lines(subject)), tuple(_read_block(block) for block in blocks))


def _read_block(element: html.HtmlElement) -> Block:
    if element.tag == "ul":
        return Block(tuple(next(_read_lines(item)) for item in element), is_list=True)
    return Block(tuple(_read_lines(element)), is_list=False)


def _read_lines(element: html.HtmlElement) -> Iterator[Line]:
    """Yield the lines of an element; a page of an earlier version has its numbers within the text."""
    line = split_numbers(element.text or "")
    for child in element:
        if child.tag == _BREAK:
            yield line
            line = ("",)
        elif child.tag == _NUMBER:
            line = _append(line, ("", child.text or "", ""))
        line = _append(line, split_numbers(child.tail or ""))
    yield line


def _append(line: Line, pieces: Line) -> Line:
    """Return a line with pieces behind it; both begin and end with text."""
    return (*line[:-1], line[-1] + pieces[0], *pieces[1:])
