"""What one letter holds, how an address is written, and how a batch is cut into documents."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.notifications.contacts.rules import PostalAddress
from services.notifications.printing.rules import (
    SHEET_COLUMNS,
    Batch,
    BatchState,
    Block,
    Letter,
    Passage,
    SheetLine,
    bundle,
    cut_documents,
    number_letters,
    write_address,
    write_sheet_line,
)

HOME = PostalAddress("Dorpsstraat", 12, "2711 AB", "Den Haag")


def build_passage(language: str, subject: str) -> Passage:
    blocks = (f"dag ({language})", f"over {subject}", f"hulp ({language})", f"groet ({language})")
    return Passage(
        language, language == "ar", (subject,), tuple(Block(is_list=False, lines=((one,),)) for one in blocks)
    )


def test_messages_for_one_person_are_one_letter_in_each_language_with_dutch_last() -> None:
    messages = [(build_passage("nl", "a"),), *([build_passage("ar", one), build_passage("nl", one)] for one in "bc")]
    parts = bundle(messages, {"ar": (("datum",),), "nl": (("dag",),)})
    assert [(part.language, part.is_from_right) for part in parts] == [("ar", True), ("nl", False)]
    arabic, dutch = ([[block.lines[0][0] for block in section.blocks] for section in part.sections] for part in parts)
    assert arabic == [["dag (ar)", "over b"], ["over c"]]
    assert dutch == [["dag (nl)", "over a"], ["over b"], ["over c"]]
    assert [block.lines[0][0] for block in parts[0].closing] == ["hulp (ar)", "groet (ar)"]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, ("Lezer", "Dorpsstraat 12", "2711 AB  DEN HAAG")),
        ({"house_number_addition": "a"}, ("Lezer", "Dorpsstraat 12a", "2711 AB  DEN HAAG")),
        ({"house_number_addition": "2"}, ("Lezer", "Dorpsstraat 12-2", "2711 AB  DEN HAAG")),
        ({"care_of": "B. Buur"}, ("Lezer", "p/a B. Buur", "Dorpsstraat 12", "2711 AB  DEN HAAG")),
    ],
)
def test_an_address_is_written_as_the_post_wants_it(changes: dict[str, str], lines: tuple[str, ...]) -> None:
    assert write_address("Lezer", replace(HOME, **changes)) == lines


def test_no_field_of_the_sheet_is_a_formula() -> None:
    line = SheetLine("brieven-001.pdf", 1, 2, Letter(1, "20260707-1-00001", '=HYPERLINK("x")', HOME, ()))
    fields = dict(zip(SHEET_COLUMNS, write_sheet_line(line), strict=True))
    assert fields["naam"] == '\'=HYPERLINK("x")'
    assert fields["postcode"] == "2711 AB"


def test_messages_for_one_reader_have_one_letter() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert number_letters([one, other, one, one, other]) == [1, 2, 1, 1, 2]


@pytest.mark.parametrize(
    ("numbers", "documents"),
    [
        (range(1, 101), [(1, 50), (51, 100)]),
        (range(1, 52), [(1, 50), (51, 51)]),
        ([7], [(7, 7)]),
        ([], []),
        ([*range(1, 41), *range(150, 170)], [(1, 159), (160, 169)]),
    ],
)
def test_a_document_has_fifty_letters_at_most(numbers: list[int], documents: list[tuple[int, int]]) -> None:
    assert cut_documents(numbers) == documents


def test_a_reference_says_day_batch_and_letter() -> None:
    batch = Batch(UUID(int=1), "gm0637", date(2026, 7, 7), 2, BatchState.OPEN, 1)
    assert (batch.name, batch.reference(42)) == ("2026-07-07-2", "20260707-2-00042")
