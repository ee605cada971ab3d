"""The languages of a message: the person's own where we have it, else several together."""

from collections.abc import Sequence

SEVERAL_LANGUAGES = "mul"  # ISO 639-2, for a message that says it in more than one language
BASE_LANGUAGE = "nl"
STAFF_LANGUAGES = (BASE_LANGUAGE,)
RIGHT_TO_LEFT = frozenset({"ar", "fa", "prs", "ps"})


def choose_languages(language: str, available: Sequence[str], fallback: Sequence[str]) -> tuple[str, ...]:
    """Return the person's own language if it is available, else all of the fallback together."""
    return (language,) if language in available else tuple(fallback)


def language_code(languages: Sequence[str]) -> str:
    """Return the code of a message in these languages: the one, or `mul`."""
    return languages[0] if len(languages) == 1 else SEVERAL_LANGUAGES
