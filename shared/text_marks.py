"""Characters that show nothing and change what is read around them: where a person types, they have no place.

Control marks other than tab and line break, the marks that turn the direction of a text (UAX 9), line and paragraph
separators, tags, and halves of a character. The joiners that Persian and Kurdish are written with stay.
"""

import re

_FORBIDDEN_MARKS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\ud800-\udfff]"
)


def refuse_marks(text: str) -> str:
    """Return the text; ValueError if it holds a mark that nobody sees."""
    if mark := _FORBIDDEN_MARKS.search(text):
        raise ValueError(
            f"The character U+{ord(mark[0]):04X} at position {mark.start() + 1} shows nothing and can turn or hide a "
            "text: leave it out."
        )
    return text
