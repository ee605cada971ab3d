"""Numbers are set apart, read from the left and are not broken: in every message, language and medium."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest
from lxml import html

from services.notifications.messages.handlers.drafts import put_into_words, write_draft
from services.notifications.messages.rules.notices import NOTICES, Audience
from services.notifications.messages.templates import rendering
from services.notifications.messages.templates.numbers import (
    isolate_phrases,
    split_numbers,
    write_html,
    write_plain,
)
from services.notifications.messages.templates.reading import read_page
from services.notifications.messages.templates.rendering import render, write_marks
from services.notifications.policies.rules import LANGUAGES
from shared.events import EventData
from shared.testing.samples import sample

ISOLATES, POP = {"\u2066", "\u2067", "\u2068"}, "\u2069"
LEFT_TO_RIGHT = "\u2066"
SENT_ON = date(2026, 7, 7)
MESSAGES = [
    (event, notice.template, language)
    for event, notices in NOTICES.items()
    for notice in notices
    for language in (LANGUAGES if notice.audience is Audience.PERSON else ("nl",))
]


def walk(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each digit with the innermost isolate around it, and what stands in that isolate."""
    opened: list[tuple[str, int]] = []
    spans: list[tuple[str, int, int]] = []
    for place, character in enumerate(text):
        if character in ISOLATES:
            opened.append((character, place))
        elif character == POP:
            spans.append((*opened.pop(), place))
    assert opened == []
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Nd":
            around = [span for span in spans if span[1] < place < span[2]]
            kind, start, end = max(around, key=lambda span: span[1], default=("", place - 1, place + 1))
            yield character, kind, text[start + 1 : end]


def find_breaks(number: str) -> list[str]:
    """Return the places within a number at which a line might end."""
    return re.findall("[^\\S\u00a0\u202f]|[-/](?!\u2060|$)", number)


@pytest.mark.parametrize(("event", "template", "language"), MESSAGES, ids=lambda value: str(value)[-30:])
def test_no_digit_of_a_message_stands_outside_a_number(event: type[EventData], template: str, language: str) -> None:
    """The decision's dates, the amounts, the articles, the year of an Act, and the ids in messages to staff."""
    fact = sample(event)
    draft = write_draft(fact.model_dump_json(exclude_none=True), (language,), SENT_ON)
    words = put_into_words(template, "gm0637", "Lezer 2", draft, SENT_ON, is_letter=True)
    digits = [one for line in words.text.splitlines() for one in walk(line)]
    assert all(kind == LEFT_TO_RIGHT for _, kind, _ in digits)
    assert [number for _, _, number in digits if find_breaks(number)] == []
    page = html.document_fromstring(words.html)
    for element in page.find("body").iter():
        texts = [element.tail or ""] + ([element.text or ""] if element.tag != "bdi" else [])
        assert not re.search("[0-9]", "".join(texts)), "a digit outside bdi"
    numbers = page.findall(".//bdi")
    assert all(one.get("dir") == "ltr" and "nowrap" in one.get("style") for one in numbers)
    assert len(numbers) > 0


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Op 1 juli 2026 (01-07-2026).", ["1", "2026", "01-07-2026"]),
        ("هي 1,348.49\u00a0€. اتصلوا", ["1,348.49\u00a0€"]),
        ("huur: €\u00a0612,50, min €\u00a0-5,00", ["€\u00a0612,50", "€\u00a0-5,00"]),
        ("اتصلوا على 14 079 أو 06 12 34 56 78 أو +31 6 12345678.", ["14 079", "06 12 34 56 78", "+31 6 12345678"]),
        ("Postbus 0, 0000 AA Leeuwarden", ["0", "0000 AA"]),
        ("artikel 18, 31, 56a van", ["18", "31", "56a"]),
        ("de B1-route", ["B1-route"]),
        ("mail a.b2@c3.nl of https://x.nl/4?y=5.", ["a.b2@c3.nl", "https://x.nl/4?y=5"]),
        ("rekening NL91 ABNA 0417 1643 00.", ["NL91 ABNA 0417 1643 00"]),
        ("In 2026 12 maanden", ["2026", "12"]),
        ("50 % van 20%", ["50 %", "20%"]),
        ("ስለዚ12ሓምለ", ["12"]),
        ("geen getal", []),
    ],
)
def test_what_belongs_to_a_number_is_within_it(text: str, numbers: list[str]) -> None:
    line = split_numbers(text)
    assert list(line[1::2]) == numbers
    assert "".join(line) == text
    assert not re.search("[0-9]", "".join(line[::2]))


def test_an_act_keeps_its_year_behind_it_in_arabic() -> None:
    assert isolate_phrases("القانون (Wet inburgering 2021)") == "القانون (\u2066Wet inburgering 2021\u2069)"
    assert isolate_phrases("في 1 يوليو 2026") == "في 1 يوليو 2026"


def test_a_number_has_no_place_to_break_as_text_and_on_a_page() -> None:
    line = split_numbers("bel 14 079 op 01-07-2026")
    assert write_plain(line) == "bel \u206614\u00a0079\u2069 op \u206601-\u206007-\u20602026\u2069"
    assert write_html(split_numbers("<b>&5")) == '&lt;b&gt;&amp;<bdi dir="ltr" style="white-space: nowrap">5</bdi>'


@pytest.mark.parametrize(("event", "template", "language"), MESSAGES, ids=lambda value: str(value)[-30:])
def test_a_page_is_read_back_as_it_was_written(event: type[EventData], template: str, language: str) -> None:
    draft = write_draft(sample(event).model_dump_json(exclude_none=True), (language,), SENT_ON)
    words = put_into_words(template, "gm0637", '<b>"&', draft, SENT_ON, is_letter=True)
    parts = read_page(words.html)
    assert [part.language for part in parts] == list(dict.fromkeys((language, "nl")))
    read = "\n\n* * *\n\n".join(rendering._write_text(part) for part in parts)
    assert read.replace("\u00a0", " ") == words.text.rstrip("\n").replace("\u00a0", " ")


def test_a_page_of_an_earlier_version_is_read_too() -> None:
    page = '<main><section lang="nl" dir="ltr"><h1>Uw geld in juli 2026</h1><p>Dag,<br>op 1 juli</p></section></main>'
    (part,) = read_page(page)
    assert part.subject == ("Uw geld in juli ", "2026", "")
    assert part.blocks[0].lines == (("Dag,",), ("op ", "1", " juli"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("event", "template"), [(event, template) for event, template, language in MESSAGES if language == "en"]
)
def test_every_letter_begins_with_one_greeting_and_ends_with_help_and_a_closing(
    event: type[EventData], template: str, language: str
) -> None:
    """So that several can become one: printing takes them apart there."""
    frame = {"name": "Lezer", "help_email": "h@g.example", "municipality_name": "Gemeente", "decision": None}
    (part,) = read_page(render(template, (language,), {**sample(event).model_dump(), **frame}).html)
    greeting, helping, closing = part.blocks[0], part.blocks[-2], part.blocks[-1]
    assert "Lezer" in "".join(greeting.lines[0])
    assert "h@g.example" in "".join("".join(line) for line in helping.lines)
    assert closing.lines[-1][0].strip("\u2068\u2069") == "Gemeente"
    assert len(part.blocks) > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_and_reference_above_a_letter_are_set_apart_too(language: str) -> None:
    for line in write_marks(language, SENT_ON, "20260707-1-00001"):
        assert not re.search("[0-9]", "".join(line[::2]))
