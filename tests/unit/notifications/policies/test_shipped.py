"""The policies that ship for notifications, and what a policy may not say."""

import pytest

from services.notifications.policies.repository import POLICIES
from services.notifications.policies.rules import LetterPolicy


def test_every_municipality_says_who_writes() -> None:
    entries = POLICIES.book.entries
    assert {code: policies[-1].municipality_name for code, policies in entries.items()} == {
        "default": "De gemeente",
        "gm0080": "Gemeente Leeuwarden",
        "gm0637": "Gemeente Zoetermeer",
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"help_email": "nobody"}, "help_email"),
        ({"fallback_languages": ("nl", "fy")}, "There are no templates in fy: choose from nl, en, ar, ti"),
    ],
)
def test_an_address_that_is_none_and_a_language_without_templates_are_refused(
    change: dict[str, object], sentence: str
) -> None:
    policy = POLICIES.book.entries["default"][0]
    with pytest.raises(ValueError, match=sentence):
        LetterPolicy.model_validate(policy.model_dump() | change)
