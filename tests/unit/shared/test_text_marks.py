"""Marks that show nothing are refused in what people type; the letters and joiners of any language are not."""

import pytest
from pydantic import ValidationError

from shared.http.requests import Body, Query


class Note(Body):
    text: str
    tags: tuple[str, ...] = ()


class Search(Query):
    place: str


@pytest.mark.parametrize(
    "mark",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x9b",
        "\u200b",
        "\u200f",
        "\u202e",
        "\u2028",
        "\u2066",
        "\ufeff",
        "\U000e0041",
        "\u061c",
    ],
)
def test_a_mark_that_nobody_sees_is_named_and_refused(mark: str) -> None:
    for build in (
        lambda text: Note(text=text),
        lambda text: Note(text="a", tags=("b", text)),
        lambda text: Search(place=text),
    ):
        with pytest.raises(ValidationError, match=rf"U\+{ord(mark):04X} at position 3"):
            build(f"ab{mark}cd")


@pytest.mark.parametrize("text", ["نمی‌خواهم", "ትግርኛ", "Łódź", "twee\nregels\ten meer", "👩‍👧", "Kurdî", "e\u0301"])
def test_texts_in_any_language_pass(text: str) -> None:
    assert Note(text=text).text == text
