"""Letters as PDF: every script is seen and read back, and the document is what PDF/UA-1 asks for."""

import io
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import typst
from pdfminer.high_level import extract_text
from PIL import Image

from services.notifications.messages.rules.languages import RIGHT_TO_LEFT
from services.notifications.messages.templates.numbers import split_numbers
from services.notifications.printing.adapters.typesetting.typesetter import (
    FONTS,
    TEMPLATE,
    NotPrintableError,
    Typesetter,
)
from services.notifications.printing.rules import Block, LetterPart, Section

# The same three sentences: good day, your money in July 2026, and call 14 079 before 1 August.
TEXTS = {
    "nl": "Goedendag Zoë Ĳsbrand. Uw geld in juli 2026: €\u00a01.348,49. Bel 14 079 vóór 01-08-2026.",
    "en": "Good day. Your money in July 2026: €1,348.49. Call 14 079 before 01-08-2026.",
    "ar": "مرحباً. أموالكم في يوليو 2026: 1,348.49\u00a0€. اتصلوا على 14 079 قبل 01-08-2026.",
    "ti": "ሰላም። ገንዘብኩም ኣብ ሓምለ 2026፦ €1,348.49። ናብ 14 079 ቅድሚ 01-08-2026 ደውሉ።",
    "tr": "İyi günler Şahinoğlu. Temmuz 2026 parası: €1.348,49. 01-08-2026 gününden önce 14 079 ara.",  # noqa: RUF001 - Turkish
    "fa": "سلام. پول شما در ژوئیه 2026: 1,348.49\u00a0€. پیش از 01-08-2026 با 14 079 تماس بگیرید، گچپژ.",
    "prs": "سلام. پول شما در جولای 2026: 1,348.49\u00a0€. پیش از 01-08-2026 به 14 079 زنگ بزنید.",
    "ps": "سلام. ستاسو پیسې په جولای 2026 کې: 1,348.49\u00a0€. تر 01-08-2026 مخکې 14 079 ته زنګ ووهئ، ښځه، ډېر، ټول.",
    "so": "Maalin wanaagsan. Lacagtaada Luulyo 2026: €1,348.49. Wac 14 079 ka hor 01-08-2026.",
    "uk": "Добрий день. Ваші гроші за липень 2026: 1 348,49\u00a0€. Телефонуйте 14 079 до 01-08-2026, їжак, ґанок, є.",
    "ru": "Добрый день. Ваши деньги за июль 2026: 1 348,49\u00a0€. Звоните 14 079 до 01-08-2026, ёж, съезд, объём.",
    "pl": "Dzień dobry. Pieniądze za lipiec 2026: 1 348,49\u00a0€. Zadzwoń 14 079 przed 01-08-2026, zażółć gęślą jaźń.",
    "fr": "Bonjour. Votre argent en juillet 2026 : 1 348,49\u00a0€. Appelez le 14 079 avant le 01-08-2026, cœur, où.",
    "es": "Buenos días. Su dinero en julio de 2026: 1.348,49\u00a0€. Llame al 14 079 antes del 01-08-2026, ¿año?",
    "ku": "Roj baş. Pereyên we di tîrmeha 2026 de: €1.348,49. Berî 01-08-2026 bi 14 079 re biaxivin, êvar, şîn, çû.",
}
NUMBERS = ("14 079", "01-08-2026", "348")


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def build_letter(language: str, text: str, recipient: str = "Zoë Ĳsbrand Şahinoğlu") -> dict[str, Any]:
    line = split_numbers(text)
    blocks = (Block(is_list=False, lines=(line,)), Block(is_list=True, lines=(line, line)))
    section = Section(("Meedoen",), blocks)
    marks = (split_numbers("01-07-2026"), split_numbers("20260701-1-00001"))
    return {
        "reference": "20260701-1-00001",
        "return_to": split_numbers("Retour: Postbus 0, 0000 AA Zoetermeer"),
        "recipient": [split_numbers(one) for one in (recipient, "Dorpsstraat 12", "2711 AB  ZOETERMEER")],
        "sender": [("Gemeente Voorbeeld",)],
        "parts": [LetterPart(language, language in RIGHT_TO_LEFT, marks, (section,), ())],
    }


def count_words(text: str) -> Counter[str]:
    """Count words by their letters: within a word, a text from the right comes out of a PDF in the order of drawing."""
    marks = str.maketrans("", "", "\u2066\u2067\u2068\u2069\u00ad")
    return Counter("".join(sorted(word)) for word in text.translate(marks).replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", TEXTS)
def test_what_went_in_comes_out_of_the_pdf(typesetter: Typesetter, language: str) -> None:
    document = typesetter.typeset("Proef", "Gemeente", [build_letter(language, TEXTS[language])])
    text = extract_text(io.BytesIO(document.pdf))
    letters = {one for one in TEXTS[language] if one.isalpha()}
    assert letters - set(text) == set(), "a letter cannot be read back"
    for number in NUMBERS:
        assert text.replace("\u00a0", " ").count(number) >= 3, "a number is broken or turned around"
    if language not in RIGHT_TO_LEFT:
        flat = " ".join(text.replace("\u00a0", " ").split())
        assert flat.count(" ".join(TEXTS[language].replace("\u00a0", " ").split())) == 3
        return
    expected, found = count_words("".join(split_numbers(TEXTS[language])[::2])), count_words(text)
    assert [word for word in expected if word.isalpha() and found[word] < 3] == []


@pytest.mark.parametrize("language", TEXTS)
def test_every_script_is_drawn(typesetter: Typesetter, language: str) -> None:
    """Each word has a picture of its own: boxes that stand for missing glyphs would look alike."""
    words = sorted(set(re.findall(r"[^\W\d_]{3,}", TEXTS[language])))[:2]
    pictures = [draw(typesetter, language, word) for word in words]
    assert len({picture.tobytes() for picture in pictures}) == len(words) == 2
    assert all(is_drawn(picture) for picture in pictures)


def draw(typesetter: Typesetter, language: str, word: str) -> Image.Image:
    job = typesetter.write_job("Proef", "Gemeente", [build_letter(language, word)])
    picture = typst.compile(TEMPLATE, font_paths=typesetter._fonts, sys_inputs={"job": job}, format="png", ppi=50)
    assert isinstance(picture, bytes)
    return Image.open(io.BytesIO(picture)).convert("L")


def is_drawn(picture: Image.Image) -> bool:
    """Return whether there is ink in the body of the letter, at the side on which it begins."""
    return min(picture.crop((0, picture.height // 3, picture.width, picture.height * 2 // 3)).tobytes()) < 128


@pytest.fixture(scope="module")
def pdf(typesetter: Typesetter) -> bytes:
    return typesetter.typeset("Brieven", "Gemeente", [build_letter(*item) for item in TEXTS.items()]).pdf


class TestDocument:
    def test_it_is_tagged_with_title_and_languages_and_has_its_fonts_in_it(self, pdf: bytes) -> None:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert document.Root.MarkInfo.Marked
            assert document.Root.ViewerPreferences.DisplayDocTitle
            assert str(document.Root.Lang) == "nl"
            assert str(document.docinfo["/Title"]) == "Brieven"
            assert b"<pdfuaid:part>1" in document.Root.Metadata.read_bytes()
            elements = [one for one in document.objects if isinstance(one, pikepdf.Dictionary)]
            kinds = {str(one.S) for one in elements if "/S" in one and "/P" in one}
            assert {"/H1", "/P", "/L", "/LI"} <= kinds
            languages = {str(one.Lang).partition("-")[0] for one in elements if "/Lang" in one}
            assert languages >= TEXTS.keys()
            descriptors = [one for one in elements if one.get("/Type") == "/FontDescriptor"]
            assert {str(one.FontName).partition("+")[2][:8] for one in descriptors} == {"NotoSans"}
            assert all({"/FontFile2", "/FontFile3"} & set(one.keys()) for one in descriptors)

    def test_it_is_pdf_ua_by_verapdf(self, pdf: bytes, tmp_path: Path) -> None:
        jars = os.environ.get("VERAPDF_JARS")
        if not jars or shutil.which("java") is None:
            pytest.skip("needs Java and VERAPDF_JARS, see README.md of notifications")
        path = tmp_path / "letters.pdf"
        path.write_bytes(pdf)
        program = ["java", "-cp", jars, "org.verapdf.apps.GreenfieldCliWrapper", "--flavour", "ua1", "--format", "text"]
        report = subprocess.run([*program, str(path)], capture_output=True, text=True, check=False).stdout
        assert report.startswith("PASS"), report

    def test_the_same_letters_give_the_same_bytes(self, typesetter: Typesetter, pdf: bytes) -> None:
        again = typesetter.typeset("Brieven", "Gemeente", [build_letter(*item) for item in TEXTS.items()])
        assert again.pdf == pdf
        assert [first for first, _ in again.pages] == list(range(1, 2 * len(TEXTS), 2))


def test_a_name_is_no_markup(typesetter: Typesetter) -> None:
    name = '#panic("x") *b* $1$ <a> \\ @b "'
    document = typesetter.typeset("Proef", "Gemeente", [build_letter("nl", "Dag.", name)])
    assert name in extract_text(io.BytesIO(document.pdf))


def test_a_glyph_that_no_font_has_is_refused_and_never_a_gap(typesetter: Typesetter) -> None:
    with pytest.raises(NotPrintableError) as refusal:
        typesetter.typeset("Proef", "Gemeente", [build_letter("nl", "Dag.", "李四")])
    assert "李" not in str(refusal.value)


def test_the_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert len(list(FONTS.glob("*.ttf"))) == 6
