"""Each row that ontzorgen answers for is shown by a test, and no test names a row that is none."""

from codebase import ROOT

from meedoen.docs.row_coverage import Mark, coverage_page, marks, marks_in, rows, unknown_row_sentences, unmarked_rows

FOUND = marks(ROOT)
SOURCE = """
pytestmark = pytest.mark.row("regeldag")

@pytest.mark.row("machtigingen")
@pytest.mark.row("unheard-of")
def test_a_mandate(): ...

class TestAll:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.row("energy-boxes"))])
    async def test_a_box(self): ...
"""


def test_every_row_is_named_by_a_test() -> None:
    assert unmarked_rows(FOUND) == [], "mark the test that shows it with @pytest.mark.row"


def test_no_mark_names_a_row_that_is_none() -> None:
    assert unknown_row_sentences(FOUND) == []


def test_the_rows_are_the_pilots_and_the_money_rules_of_the_seeds() -> None:
    assert [row.number for row in rows()] == [*range(82, 88), *range(121, 136)]
    assert len({row.id for row in rows()}) == len(rows())


def test_marks_are_found_wherever_they_stand() -> None:
    marks_found = list(marks_in(SOURCE, "tests/test_x.py"))
    assert [(mark.row_id, mark.test) for mark in marks_found] == [
        ("regeldag", ""),
        ("machtigingen", "test_a_mandate"),
        ("unheard-of", "test_a_mandate"),
        ("energy-boxes", "test_a_box"),
    ]
    (sentence,) = unknown_row_sentences(marks_found)
    assert sentence.startswith("tests/test_x.py marks test_a_mandate with the row 'unheard-of', which does not exist:")
    assert "regeldag" not in unmarked_rows(marks_found)
    assert "budget-coaching" in unmarked_rows(marks_found)


def test_the_page_says_where_a_row_is_shown() -> None:
    page = coverage_page(ROOT)
    assert all(f"`{row.id}`" in page for row in rows())
    assert str(Mark("regeldag", "tests/unit/test_x.py", "test_one_day")) == "[one day](../tests/unit/test_x.py)"
