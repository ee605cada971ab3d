"""Every message in every language: whole, with its amounts and dates, and turned the right way round."""

import re
from datetime import date
from enum import EnumType
from html.parser import HTMLParser
from typing import Any, get_args, get_origin

import pytest
from jinja2 import UndefinedError

from services.notifications.messages.rules.notices import NOTICES, Audience
from services.notifications.messages.templates.rendering import FOLDER, render
from services.notifications.policies.rules import LANGUAGES
from shared.events import ChargeLine, EventData, FixedChargesDeducted, PaymentRefused
from shared.events.codes import ChargeKind, ExtensionGround, Payee, PhaseOutStep, ReliefEndReason, RouteReason
from shared.testing.samples import sample

AROUND = {
    "name": "Voorbeeld Naam",
    "help_email": "vragen@gemeente.example",
    "municipality_name": "Gemeente Voorbeeld",
    "decision": None,
}
MESSAGES = [(event, notice) for event, notices in NOTICES.items() for notice in notices]
TO_PEOPLE = [(event, notice.template) for event, notice in MESSAGES if notice.audience is Audience.PERSON]
TO_STAFF = [(event, notice.template) for event, notice in MESSAGES if notice.audience is not Audience.PERSON]
ISOLATES = {"open": "\u2066\u2068", "close": "\u2069"}
MONTH: dict[str, Any] = {
    "month": "2026-07",
    "payable_cents": 134_849,
    "holiday_reserve_cents": 7_097,
    "charges": [
        {"kind": kind, "due_cents": 60_000 + place, "paid_cents": 60_000 + place, "for_month": None}
        for place, kind in enumerate(ChargeKind, 1)
    ],
    "deducted_cents": 240_010,
    "remainder_cents": 0,
}


def values(event: type[EventData], **changes: Any) -> dict[str, Any]:
    return {**sample(event).model_dump(), **AROUND, **changes}


def coded_fields(event: type[EventData]) -> list[tuple[str, list[Any]]]:
    """Each field that holds codes, with every value that it may have; of charge lines, one with each kind."""
    lines = [({"kind": kind, "due_cents": 2_000, "paid_cents": 500, "for_month": None},) for kind in ChargeKind]
    found: list[tuple[str, list[Any]]] = []
    for name, field in event.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        if codes := next((list(kind) for kind in kinds if isinstance(kind, EnumType)), None):
            is_many = get_origin(field.annotation) is tuple
            optional = [None] if type(None) in kinds else []
            found.append((name, [(code,) for code in codes] if is_many else codes + optional))
        elif ChargeLine in kinds:
            found.append((name, [*lines]))
    return found


def plain(text: str) -> str:
    """As a person reads it: without marks of direction and with ordinary spaces."""
    return re.sub("[\u2060\u2066-\u2069\u200f]|</?bdi[^>]*>", "", text).replace("\u00a0", " ")


def mark_number(number: str) -> str:
    return f"\u2066{number}\u2069"


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"


class TestEveryMessage:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("event", "template"), TO_PEOPLE, ids=lambda value: str(value)[-30:])
    def test_it_is_whole(self, event: type[EventData], template: str, language: str) -> None:
        rendered = render(template, (language,), values(event))
        assert rendered.language == language
        assert AROUND["name"] in plain(rendered.text)
        assert AROUND["help_email"] in plain(rendered.text)
        assert 5 <= len(rendered.subject) <= 120
        assert "\n" not in rendered.subject
        assert not re.search(r"\{\{|\{%|None|Undefined|_cents|\n\n\n", rendered.text + rendered.html)
        assert rendered == render(template, (language,), values(event)), "the same each time"

    @pytest.mark.parametrize(("event", "template"), TO_STAFF)
    def test_staff_are_written_to_in_dutch(self, event: type[EventData], template: str) -> None:
        rendered = render(template, ("nl",), values(event))
        assert "Wat " in rendered.text
        assert str(sample(event).key) in rendered.text or "person_id" in event.model_fields

    def test_no_template_is_left_over_or_missing(self) -> None:
        people = {f"{template}.{language}.j2" for _, template in TO_PEOPLE for language in LANGUAGES}
        staff = {f"{template}.nl.j2" for _, template in TO_STAFF} | {"staff.nl.j2", "page.html.j2"}
        letters = {f"letter.{language}.j2" for language in LANGUAGES}
        assert {path.name for path in FOLDER.glob("*.j2")} == people | staff | letters

    def test_what_is_not_given_is_an_error_and_never_a_gap(self) -> None:
        given = values(FixedChargesDeducted)
        del given["remainder_cents"]
        with pytest.raises(UndefinedError, match="remainder_cents"):
            render("month_deducted", ("nl",), given)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("event", "template"), TO_PEOPLE, ids=lambda value: str(value)[-30:])
    def test_every_code_that_a_fact_may_hold_has_words(
        self, event: type[EventData], template: str, language: str
    ) -> None:
        for field, codes in coded_fields(event):
            texts = [render(template, (language,), values(event, **{field: code})).text for code in codes]
            assert [text for text in texts if re.search(r"[a-z]_[a-z]", plain(text))] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_reason_has_a_line_of_its_own(self, language: str) -> None:
        for template, field, codes in (
            ("intake_completed", "reasons", RouteReason),
            ("relief_extended", "grounds", ExtensionGround),
            ("phase_out_started", "steps", PhaseOutStep),
        ):
            text = render(template, (language,), values(NOTICES_BY_TEMPLATE[template], **{field: list(codes)})).text
            lines = re.findall("^\u200f?- .*", text, re.MULTILINE)
            assert len(set(lines)) == len(lines) == len(codes)


NOTICES_BY_TEMPLATE = {notice.template: event for event, notice in MESSAGES}


class TestMonth:
    @pytest.mark.parametrize(
        ("language", "shown"),
        [
            ("nl", "huur: € 600,01|zorgverzekering|gas en stroom|water: € 600,04|€ 1.348,49|€ 2.400,10|€ 70,97"),
            ("en", "rent: €600.01|health insurance|gas and electricity|water: €600.04|€1,348.49|€2,400.10|€70.97"),
            ("ar", "الإيجار: 600.01 €|التأمين الصحي|الغاز والكهرباء|الماء: 600.04 €|1,348.49 €|2,400.10 €|70.97 €"),
            ("ti", "ክራይ ገዛ፦ €600.01|መድሕን ጥዕና|ጋዝን ኤሌክትሪክን|ማይ፦ €600.04|€1,348.49|€2,400.10|€70.97"),
        ],
    )
    def test_every_charge_stands_with_its_name_and_amount(self, language: str, shown: str) -> None:
        rendered = render("month_deducted", (language,), values(FixedChargesDeducted, **MONTH))
        for body in (plain(rendered.text), plain(rendered.html)):
            assert [one for one in shown.split("|") if one not in body] == []

    def test_a_charge_paid_in_part_shows_both_amounts(self) -> None:
        charges = [{"kind": ChargeKind.WATER, "due_cents": 2_000, "paid_cents": 500, "for_month": None}]
        text = plain(
            render("month_deducted", ("nl",), values(FixedChargesDeducted, **MONTH | {"charges": charges})).text
        )
        assert "- water: € 5,00 (de rekening is € 20,00)" in text

    @pytest.mark.parametrize(
        ("correction_cents", "said"),
        [
            (1_050, "Er moest ook nog iets betaald worden voor eerdere maanden: € 10,50."),
            (-1_050, "Voor eerdere maanden was te veel betaald: € 10,50."),
            (0, None),
            (None, None),
        ],
    )
    def test_what_earlier_months_still_cost_or_give_back_is_said(
        self, correction_cents: int | None, said: str | None
    ) -> None:
        given = values(FixedChargesDeducted, **MONTH, correction_cents=correction_cents, available_cents=150_000)
        text = plain(render("month_deducted", ("nl",), given).text)
        assert "Met uw toeslagen en ander geld erbij is dat samen € 1.500,00." in text
        assert (said or "U krijgt zelf") in text
        assert ("eerdere maanden" in text) == bool(correction_cents)

    def test_a_month_without_bills_says_so(self) -> None:
        text = render("month_deducted", ("nl",), values(FixedChargesDeducted, **MONTH | {"charges": []})).text
        assert "Wij betaalden deze maand geen rekeningen voor u." in text


class TestFacts:
    """What a message says depends on the fact: who must act, and why it ended."""

    def test_the_persons_own_money_that_came_back_asks_for_an_account(self) -> None:
        of_charge = render("payment_refused", ("en",), values(PaymentRefused, kind=ChargeKind.RENT)).text
        of_person = {"kind": None, "payee": Payee.PERSON, "holiday_allowance": None}
        own = render("payment_refused", ("en",), values(PaymentRefused, **of_person)).text
        assert "You do not have to do anything." in of_charge
        assert "Do you have a new bank account?" in own
        assert "new bank account" not in of_charge
        assert (
            "het geld van de persoon zelf"
            in render("payment_refused_staff", ("nl",), values(PaymentRefused, **of_person)).text
        )

    @pytest.mark.parametrize(
        ("language", "own", "of_partner", "holiday", "asked"),
        [
            ("nl", "uw eigen geld", "het geld voor uw partner", "het vakantiegeld voor uw partner", "Heeft uw partner"),
            ("en", "your own money", "the money for your partner", "the holiday money for your partner", "Does your"),
            ("ar", "لكم مالكم", "المال لشريك", "بدل الإجازة لشريك", "هل لدى شريك"),
            ("ti", "ገንዘብኩም", "ገንዘብ ንመጻምድትኹም", "ናይ ዕረፍቲ ገንዘብ ንመጻምድትኹም", "መጻምድትኹም ሓድሽ"),
        ],
    )
    def test_money_that_came_back_is_said_to_be_whose_it_was(
        self, language: str, own: str, of_partner: str, holiday: str, asked: str
    ) -> None:
        def read(payee: Payee | None, *, is_holiday: bool | None) -> str:
            given = values(PaymentRefused, kind=None, payee=payee, holiday_allowance=is_holiday)
            return re.sub("[\u2066-\u2069\u200f]", "", render("payment_refused", (language,), given).text)

        for payee in (None, Payee.PERSON):
            assert (own in read(payee, is_holiday=None), asked in read(payee, is_holiday=None)) == (True, False)
            assert own not in read(payee, is_holiday=True)
        assert of_partner in read(Payee.PARTNER, is_holiday=None)
        assert holiday in read(Payee.PARTNER, is_holiday=True)
        assert asked in read(Payee.PARTNER, is_holiday=None)
        staff = render("payment_refused_staff", ("nl",), values(PaymentRefused, kind=None, payee=Payee.PARTNER)).text
        assert "het vakantiegeld van de partner" in staff

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_end_of_relief_gives_its_own_reason(self, language: str) -> None:
        event = NOTICES_BY_TEMPLATE["relief_ended"]
        texts = {render("relief_ended", (language,), values(event, reason=reason)).text for reason in ReliefEndReason}
        assert len(texts) == len(ReliefEndReason)


class TestDirection:
    def test_arabic_reads_from_the_right_and_isolates_every_value(self) -> None:
        rendered = render("month_deducted", ("ar",), values(FixedChargesDeducted, **MONTH))
        tags = Tags(rendered.html)
        assert tags.open == []
        assert ("html", {"lang": "ar", "dir": "rtl"}) in tags.seen
        assert all(line.startswith("\u200f") for line in rendered.text.splitlines() if line)
        for text in (rendered.text, rendered.subject):
            assert sum(text.count(mark) for mark in ISOLATES["open"]) == text.count(ISOLATES["close"]) > 0

    def test_a_date_in_numbers_is_not_turned_around_by_the_arabic_before_it(self) -> None:
        event = NOTICES_BY_TEMPLATE["intake_scheduled"]
        text = render("intake_scheduled", ("ar",), values(event, planned_on=date(2026, 7, 1))).text
        first, year, numbers = (mark_number(number) for number in ("1", "2026", "01-\u206007-\u20602026"))
        assert f"\u2068{first} يوليو {year} ({numbers})\u2069" in text

    @pytest.mark.parametrize(
        ("language", "shown"), [("nl", "1 juli 2026"), ("en", "1 July 2026"), ("ti", "1 ሓምለ 2026 (01-07-2026)")]
    )
    def test_a_date_can_be_read_in_one_way_only(self, language: str, shown: str) -> None:
        event = NOTICES_BY_TEMPLATE["intake_scheduled"]
        text = render("intake_scheduled", (language,), values(event, planned_on=date(2026, 7, 1))).text
        assert shown in plain(text)

    @pytest.mark.parametrize("language", ["nl", "en", "ti"])
    def test_the_others_read_from_the_left_and_their_subjects_are_without_marks(self, language: str) -> None:
        rendered = render("month_deducted", (language,), values(FixedChargesDeducted, **MONTH))
        assert ("html", {"lang": language, "dir": "ltr"}) in Tags(rendered.html).seen
        assert not re.search("[\u2066-\u2069\u200f]", rendered.subject)

    def test_two_languages_stand_one_below_the_other_each_marked(self) -> None:
        rendered = render("welcome", ("nl", "en"), values(NOTICES_BY_TEMPLATE["welcome"]))
        assert rendered.language == "mul"
        assert rendered.subject == "Welkom bij Meedoen / Welcome to Meedoen"
        assert rendered.text.index("Goedendag") < rendered.text.index("Hello")
        sections = [attributes["lang"] for tag, attributes in Tags(rendered.html).seen if tag == "section"]
        assert sections == ["nl", "en"]


class TestMarkup:
    def test_a_name_cannot_bring_markup_of_its_own(self) -> None:
        given = values(NOTICES_BY_TEMPLATE["welcome"], name='<b>"&')
        rendered = render("welcome", ("nl",), given)
        assert "&lt;b&gt;&#34;&amp;" in rendered.html
        assert '<b>"&' in rendered.text
