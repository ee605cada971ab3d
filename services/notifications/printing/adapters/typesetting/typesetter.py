"""Letters as tagged PDF/UA-1, many in one document, by typst: letter.typ and the fonts are beside this module.

The same letters always give the same bytes. Data goes in as JSON and is never read as markup. No font of the system is
used, so that a letter looks the same everywhere; a text that needs a glyph we do not have is refused, and never printed
with a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
STANDARD: Literal["ua-1"] = "ua-1"
TEMPLATE = FOLDER / "letter.typ"
# typst keeps what it computed for the last compilations: 100 MB for 100 letters. These many empty ones let it go.
_FORGETTING_COMPILATIONS = 11


class NotPrintableError(Exception):
    """A document cannot be typeset; the text says why and holds nothing of a letter."""


@dataclass(frozen=True)
class Document:
    """A document, with the first and last page of each of its letters."""

    pdf: bytes
    pages: tuple[tuple[int, int], ...]


class Typesetter:
    """Keeps the fonts, which take longer to read than a letter takes."""

    def __init__(self) -> None:
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])

    def typeset(self, title: str, sender: str, letters: Sequence[Mapping[str, Any]]) -> Document:
        """Return the letters as one document; NotPrintableError if one of them cannot be."""
        try:
            return self.compile_job(self.write_job(title, sender, letters))
        except (typst.TypstError, RuntimeError) as problem:
            raise NotPrintableError(f"typst cannot set it: {type(problem).__name__}.") from None
        finally:
            self.forget()

    @staticmethod
    def write_job(title: str, sender: str, letters: Sequence[Mapping[str, Any]]) -> str:
        """Return what the template takes."""
        return msgspec.json.encode({"title": title, "sender": sender, "letters": letters}).decode()

    def compile_job(self, job: str) -> Document:
        """Compile one document, and keep what typst computed for it until `forget`."""
        compiler = typst.Compiler(str(TEMPLATE), font_paths=self._fonts, sys_inputs={"job": job})
        pdf = compiler.compile(format="pdf", pdf_standards=[STANDARD], timestamp=0)
        assert isinstance(pdf, bytes)  # noqa: S101 - no output file was named
        pages = msgspec.json.decode(compiler.query("<sheet>", field="value"), type=tuple[tuple[int, int], ...])
        return Document(pdf, pages)

    def check(self) -> None:
        """Raise NotPrintableError if not even a plain letter can be typeset: then no letter is to blame."""
        word = ("Meedoen",)
        part = {"language": "nl", "is_from_right": False, "marks": [word], "sections": [], "closing": []}
        letter = {"reference": "1", "return_to": word, "recipient": [word], "sender": [word], "parts": [part]}
        self.typeset("Meedoen", "Meedoen", [letter])

    def forget(self) -> None:
        """Let go what was computed for earlier documents: no letter is like another."""
        for _ in range(_FORGETTING_COMPILATIONS):
            typst.compile(b" ", font_paths=self._fonts)
