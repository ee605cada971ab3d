"""The form of a mandate as a PDF: one page in Dutch, with blanks for what this service does not store of a person.

What is filled in is who is paid, for what, under which reference, and how this creditor wants its mandates. The same
mandate gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from text_unidecode import unidecode

from services.ontzorgen.household.rules.charges import MandateProcedure
from shared.events.codes import ChargeKind

_ENCODING: Final = "cp1252"  # of the fonts that every reader of PDF has
_KINDS: Final = {
    ChargeKind.RENT: "huur",
    ChargeKind.HEALTH_INSURANCE: "premie van de zorgverzekering",
    ChargeKind.ENERGY: "gas en stroom",
    ChargeKind.WATER: "water",
    ChargeKind.TELEPHONE: "telefoon",
    ChargeKind.TV: "televisie",
    ChargeKind.INTERNET: "internet",
    ChargeKind.LIABILITY_INSURANCE: "premie van de aansprakelijkheidsverzekering",
    ChargeKind.CONTENTS_INSURANCE: "premie van de inboedelverzekering",
    ChargeKind.CHILDCARE: "kinderopvang",
    ChargeKind.TRAVEL: "reiskosten",
    ChargeKind.OTHER: "andere vaste kosten",
}
_PROCEDURES: Final = {
    MandateProcedure.SIGNED_FORM: "De gemeente stuurt de schuldeiser een kopie van dit formulier. "
    "De machtiging geldt vanaf uw handtekening.",
    MandateProcedure.CREDITOR_FORM: "Deze schuldeiser heeft een eigen formulier. U ondertekent dat ook; de gemeente "
    "stuurt beide op. De machtiging geldt zodra de schuldeiser haar aanvaardt.",
    MandateProcedure.CREDITOR_PORTAL: "De gemeente voert de machtiging in bij de website van deze schuldeiser. "
    "De machtiging geldt zodra de schuldeiser haar aanvaardt.",
    MandateProcedure.CALL_TOGETHER: "U belt samen met de gemeente deze schuldeiser en zegt zelf dat u akkoord bent. "
    "De machtiging geldt zodra de schuldeiser haar aanvaardt.",
}
_MONTHS: Final = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
_BLANK_HEIGHT: Final = 22
_LABEL_WIDTH, _VALUE_WIDTH = 150, 320


@dataclass(frozen=True)
class MandateForm:
    """What is filled in on the form. A municipality that no policy file names, and a creditor that is not on the
    register, stand there by their code.
    """

    number: str
    municipality: str
    creditor_name: str
    creditor_iban: str | None
    references: tuple[str, ...]
    kinds: tuple[ChargeKind, ...]
    procedure: MandateProcedure
    first_day: date | None
    last_day: date | None


def write_mandate_form(form: MandateForm) -> bytes:
    """Return the form as a PDF of one page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    content = BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=A4,
        leftMargin=60,
        rightMargin=60,
        topMargin=48,
        bottomMargin=40,
        title="Machtiging om vaste lasten uit de uitkering te betalen",
        author=f"Gemeente {form.municipality}",
        lang="nl-NL",
        invariant=1,
    )
    document.build(_lay_out(form))
    return content.getvalue()


def _lay_out(form: MandateForm) -> list[Any]:
    kinds = "; ".join(_KINDS[kind] for kind in form.kinds)
    return [
        _write("Machtiging om vaste lasten uit de uitkering te betalen", size=16, is_bold=True, after=4),
        _write(f"Nummer {form.number}, gemeente {form.municipality}", size=8, after=12),
        _write("1. Wie machtigt", is_bold=True),
        _draw_table([(label, "") for label in ("Naam", "Geboortedatum", "Adres", "Partner (bij een paar): naam")]),
        _write("2. Wie wordt betaald", is_bold=True),
        _draw_table(
            [
                ("Schuldeiser", form.creditor_name),
                ("IBAN", _group_iban(form.creditor_iban)),
                ("Kenmerk", ", ".join(form.references)),
                ("Waarvoor", kinds),
                ("Eerste dag", _format_day(form.first_day) or "de dag waarop de machtiging geldt"),
                ("Laatste dag", _format_day(form.last_day) or "tot u haar intrekt, en niet langer dan het ontzorgen"),
            ]
        ),
        _write("3. Wat u afspreekt", is_bold=True),
        _write(
            "Ik geef de gemeente toestemming om deze vaste lasten elke maand uit mijn bijstandsuitkering te betalen "
            "aan de schuldeiser hierboven, tot het bedrag dat hij mij in rekening brengt. De gemeente laat mij elke "
            "maand zien wat is betaald."
        ),
        _write(_PROCEDURES[form.procedure]),
        _write("4. U kunt altijd terug", is_bold=True),
        _write(
            "U mag deze machtiging op elk moment intrekken, zonder reden te geven (artikel 46, derde lid, van de "
            "Participatiewet). Zeg of schrijf het aan de gemeente. Maanden die al zijn betaald, blijven betaald; "
            "daarna betaalt u deze vaste lasten zelf."
        ),
        _write("5. Handtekening", is_bold=True),
        _draw_table([(label, "") for label in ("Plaats en datum", "Handtekening", "Handtekening partner")], height=34),
    ]


def _write(text: str, *, size: int = 10, is_bold: bool = False, after: int = 6) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    font = "Helvetica-Bold" if is_bold else "Helvetica"
    before = 8 if is_bold else 0
    style = ParagraphStyle(
        "text", fontName=font, fontSize=size, leading=size * 1.35, spaceBefore=before, spaceAfter=after
    )
    return Paragraph(escape(_encode(text)), style)


def _draw_table(rows: Sequence[tuple[str, str]], *, height: int = _BLANK_HEIGHT) -> Any:
    """Return rows of a label with its value; one without a value is a line to write on."""
    from reportlab.lib import colors
    from reportlab.platypus import Table

    cells = [[_write(label, after=0), _write(value, after=0)] for label, value in rows]
    heights: list[Any] = [None if value else height for _, value in rows]
    lines = [("LINEBELOW", (1, row), (1, row), 0.5, colors.grey) for row, (_, value) in enumerate(rows) if not value]
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "BOTTOM"), ("LEFTPADDING", (0, 0), (0, -1), 0), *lines]
    return Table(cells, colWidths=(_LABEL_WIDTH, _VALUE_WIDTH), rowHeights=heights, style=style, hAlign="LEFT")


def _encode(text: str) -> str:
    """Return the text with letters that the fonts lack written in those that they have."""
    return "".join(letter if _has_glyph(letter) else unidecode(letter) for letter in text)


def _has_glyph(letter: str) -> bool:
    try:
        letter.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _group_iban(iban: str | None) -> str:
    return "" if iban is None else " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _format_day(day: date | None) -> str:
    return "" if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
