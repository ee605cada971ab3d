"""Names in Latin letters: what a bank can be given, and what is asked for in other letters."""

import pytest

from shared.latin import is_in_latin_letters


@pytest.mark.parametrize(
    "name",
    [
        "Jansen",
        "Persoon Één",
        "Łukasz Żółć",
        "Ångström-Straße",
        "Đặng Thị Ng\u0301",
        "O'Neill (2)",
        "M&M Wonen",
        "Çağla Ş.",
    ],
)
def test_a_name_with_accents_is_left_with_all_its_letters(name: str) -> None:
    assert is_in_latin_letters(name)


@pytest.mark.parametrize(
    "name", ["محمد", "ሰላም", "Мария", "Ελένη", "王伟", "M. محمد", "Əliyev", "&&&", "", "ع", "Ali\u064e"]
)
def test_a_name_that_would_lose_letters_is_not_writable(name: str) -> None:
    assert not is_in_latin_letters(name)
