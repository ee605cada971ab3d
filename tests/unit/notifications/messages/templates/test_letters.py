"""Letters as they are read: whole texts in every language, and what a decision must say and a notice may not.

After a change of a text, MEEDOEN_WRITE_LETTERS=1 writes the files anew: read them before you commit them.
"""

import os
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from babel.dates import format_date

from services.notifications.messages.handlers.drafts import put_into_words, write_draft
from services.notifications.messages.rules.decisions import GROUNDS, find_decision
from services.notifications.messages.rules.messages import MessageText
from services.notifications.messages.rules.notices import NOTICES, Audience
from services.notifications.policies.rules import LANGUAGES, LetterPolicy
from shared.events import (
    ChargeLine,
    EventData,
    FixedChargeChanged,
    FixedChargesDeducted,
    HolidayAllowanceHandedOver,
    HolidayAllowancePaid,
    MandateRefused,
    PaymentLine,
    ReliefEnded,
    ReliefExtended,
    ReliefStarted,
    ShortfallFound,
    StartMoneyDecided,
)
from shared.events.codes import ChargeChange, ChargeKind, ExtensionGround, Payee, ReliefEndReason, StartMoneyKind
from shared.testing.samples import sample

FOLDER = Path(__file__).resolve().parents[4] / "examples" / "letters"
SENT_ON = date(2026, 7, 7)
UNTIL = date(2026, 8, 18)
WHO: dict[str, Any] = {"household_id": UUID(int=1), "person_id": UUID(int=2)}
RUN: dict[str, Any] = {**WHO, "run_id": UUID(int=3)}
OBJECT = {"nl": "bezwaar", "en": "object", "ar": "تعترضوا", "ti": "ክትቃወም"}
ARTICLE = {"nl": "artikel", "en": "article", "ar": "المادة", "ti": "ዓንቀጽ"}
LOCALES = {"nl": "nl_NL", "en": "en_GB", "ar": "ar", "ti": "ti"}
TO_PEOPLE = [
    (event, notice.template)
    for event, notices in NOTICES.items()
    for notice in notices
    if notice.audience is Audience.PERSON
]


def pay(day: int, cents: int, payee: Payee = Payee.PERSON, month: int = 7) -> PaymentLine:
    return PaymentLine(on=date(2026, month, day), payee=payee, cents=cents)


def month(**changes: Any) -> FixedChargesDeducted:
    rent = ChargeLine(kind=ChargeKind.RENT, due_cents=61_250, paid_cents=61_250)
    plain: dict[str, Any] = {
        **RUN,
        "month": "2026-07",
        "norm_cents": 141_946,
        "payable_cents": 134_849,
        "holiday_reserve_cents": 7_097,
        "charges": (rent,),
        "deducted_cents": 61_250,
        "remainder_cents": 73_599,
        "available_cents": 134_849,
        "payments": (pay(6, 73_599),),
    }
    return FixedChargesDeducted(**plain | changes)


COUPLE = [(day, payee) for day in (3, 10, 17, 24, 31) for payee in Payee]
REFUSED = MandateRefused(**WHO, mandate_id=UUID(int=4), kind=ChargeKind.ENERGY, refused_on=date(2026, 12, 4))
FIRST_RENT: dict[str, Any] = {
    **WHO,
    "kind": StartMoneyKind.FIRST_RENT,
    "month": "2026-07",
    "proposed_cents": 61_250,
    "decided_on": date(2026, 7, 6),
}
LETTERS: dict[str, tuple[str, EventData]] = {
    "relief_started": (
        "relief_started",
        ReliefStarted(
            **WHO,
            first_day=date(2026, 7, 1),
            last_day=date(2026, 12, 31),
            kinds=(ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY, ChargeKind.WATER, ChargeKind.TV),
        ),
    ),
    "relief_started_before_kinds": (
        "relief_started",
        ReliefStarted(**WHO, first_day=date(2026, 7, 1), last_day=date(2026, 12, 31)),
    ),
    "relief_extended": (
        "relief_extended",
        ReliefExtended(
            **WHO,
            decided_on=date(2026, 7, 6),
            last_day=date(2026, 12, 31),
            review_on=date(2026, 12, 1),
            grounds=(ExtensionGround.DEBTS,),
        ),
    ),
    "relief_ended": (
        "relief_ended",
        ReliefEnded(
            **WHO,
            ended_on=date(2026, 7, 31),
            reason=ReliefEndReason.PHASED_OUT,
            months_run=6,
            kinds=(ChargeKind.RENT, ChargeKind.ENERGY),
        ),
    ),
    "month": ("month_deducted", month()),
    "month_of_couple_weekly": (
        "month_deducted",
        month(
            payments=tuple(pay(day, 7_360 - ((day, payee) == COUPLE[-1]), payee) for day, payee in COUPLE),
        ),
    ),
    "month_paid_ahead": (
        "month_deducted",
        month(
            charges=tuple(
                ChargeLine(kind=ChargeKind.RENT, due_cents=61_250, paid_cents=61_250, for_month=for_month)
                for for_month in (None, "2026-08")
            ),
            deducted_cents=122_500,
            remainder_cents=12_349,
            payments=(pay(6, 12_349),),
        ),
    ),
    "month_with_income_reduction_attachment": (
        "month_deducted",
        month(
            payable_cents=80_750,
            holiday_reserve_cents=4_250,
            income_cents=50_000,
            reduction_cents=6_946,
            attachment_cents=10_000,
            set_off_cents=4_000,
            available_cents=70_750,
            remainder_cents=9_500,
            payments=(pay(6, 9_500),),
        ),
    ),
    "month_june": (
        "month_deducted",
        month(
            month="2026-06",
            payments=(pay(5, 73_599, month=6),),
            holiday_paid_cents=28_028,
            holiday_payments=(pay(5, 28_028, month=6),),
        ),
    ),
    "month_right_ended": (
        "month_deducted",
        month(holiday_paid_cents=42_222, holiday_payments=tuple(pay(6, 21_111, payee) for payee in Payee)),
    ),
    "holiday_allowance_paid": (
        "holiday_allowance_paid",
        HolidayAllowancePaid(
            **RUN,
            month="2026-06",
            amount_cents=28_028,
            paid_on=date(2026, 6, 5),
            first_month="2026-01",
            last_month="2026-05",
            payments=(pay(5, 14_014, month=6), pay(5, 14_014, Payee.PARTNER, month=6)),
        ),
    ),
    "start_money_lent": (
        "start_money_decided",
        StartMoneyDecided(
            **WHO,
            kind=StartMoneyKind.FURNISHING_CREDIT,
            month="2026-07",
            proposed_cents=151_800,
            granted_cents=144_000,
            decided_on=date(2026, 7, 6),
            repay_from="2026-09",
            repay_cents=4_000,
        ),
    ),
    "start_money_given": (
        "start_money_decided",
        StartMoneyDecided(**FIRST_RENT, granted_cents=61_250),
    ),
    "start_money_declined": (
        "start_money_decided",
        StartMoneyDecided(**FIRST_RENT, granted_cents=0),
    ),
    "mandate_refused": ("mandate_refused", REFUSED),
    "mandate_refused_after_all": ("mandate_refused", REFUSED.model_copy(update={"ended_on": date(2026, 12, 4)})),
    "holiday_allowance_handed_over": (
        "holiday_allowance_handed_over",
        HolidayAllowanceHandedOver(**RUN, month="2026-12", amount_cents=42_222),
    ),
}


def word(template: str, fact: EventData, *languages: str) -> MessageText:
    draft = write_draft(fact.model_dump_json(exclude_none=True), languages, SENT_ON)
    return put_into_words(template, "gm0637", "Voorbeeld Naam", draft, SENT_ON)


def plain(text: str) -> str:
    return re.sub("[\u2060\u2066-\u2069\u200f]|</?bdi[^>]*>", "", text).replace("\u00a0", " ")


def lines_with(text: str, *parts: str) -> list[str]:
    return [line for line in plain(text).splitlines() if all(part in line for part in parts)]


class TestTexts:
    @pytest.mark.parametrize("name", LETTERS)
    def test_a_letter_reads_as_it_was_read_by_people(self, name: str) -> None:
        text, path = word(*LETTERS[name], *LANGUAGES).text, FOLDER / f"{name}.txt"
        if os.environ.get("MEEDOEN_WRITE_LETTERS"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    def test_no_text_is_left_over(self) -> None:
        assert {path.stem for path in FOLDER.iterdir()} == LETTERS.keys()


class TestDecisions:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("event", "template"), TO_PEOPLE, ids=lambda value: str(value)[-30:])
    def test_a_decision_says_how_to_object_and_a_notice_does_not(
        self, event: type[EventData], template: str, language: str
    ) -> None:
        fact = sample(event)
        decision, letter = find_decision(fact, SENT_ON), word(template, fact, language)
        until = format_date(UNTIL, "d MMMM y", locale=LOCALES[language])
        assert letter.is_dated == (decision is not None)
        for text in (plain(letter.text), plain(letter.html)):
            if decision is None:
                assert [sign for sign in (OBJECT[language], f"{ARTICLE[language]} ", until) if sign in text] == []
                continue
            assert f"{ARTICLE[language]} {', '.join(decision.articles)} " in text
            assert format_date(decision.decided_on, "d MMMM y", locale=LOCALES[language]) in text
            assert format_date(SENT_ON, "d MMMM y", locale=LOCALES[language]) in text
            assert text.count(until) == 2, "until when, and by when to send it"
            assert OBJECT[language] in text
            assert "het college van burgemeester en wethouders van de gemeente Zoetermeer" in text
            assert "Postbus 0, 0000 AA Zoetermeer" in text

    def test_every_kind_of_decision_is_seen_here(self) -> None:
        assert GROUNDS.keys() <= {event for event, _ in TO_PEOPLE if find_decision(sample(event), SENT_ON)} | {
            event for event, _ in TO_PEOPLE if any(ground.codes for ground in GROUNDS.get(event, ()))
        }

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_later_day_of_sending_gives_a_later_last_day(self, language: str) -> None:
        draft = write_draft(sample(ReliefStarted).model_dump_json(), (language,), SENT_ON)
        texts = [put_into_words("relief_started", "gm0637", None, draft, SENT_ON.replace(day=day)) for day in (7, 9)]
        days = [format_date(UNTIL.replace(day=day), "d MMMM y", locale=LOCALES[language]) for day in (18, 20)]
        assert [[day in plain(text.text) for day in days] for text in texts] == [[True, False], [False, True]]


class TestCharges:
    @pytest.mark.parametrize(
        ("language", "by_us", "by_you"),
        [
            ("nl", "Wij betalen deze rekening voor u", "Deze rekening betaalt u zelf"),
            ("en", "We pay this bill for you", "You pay this bill yourself"),
            ("ar", "ندفع هذه الفاتورة عنكم", "تدفعون هذه الفاتورة بأنفسكم"),
            ("ti", "ንሕና ንኸፍለልኩም", "ነዚ ሕሳብ ባዕልኹም ትኸፍልዎ"),
        ],
    )
    def test_a_new_bill_says_who_pays_it(self, language: str, by_us: str, by_you: str) -> None:
        def said(change: ChargeChange, *, is_withheld: bool | None) -> list[bool]:
            fact = sample(FixedChargeChanged).model_copy(update={"change": change, "is_withheld": is_withheld})
            text = word("fixed_charge_changed", fact, language).text
            return [sentence in text for sentence in (by_us, by_you)]

        assert said(ChargeChange.ADDED, is_withheld=True) == [True, False]
        assert said(ChargeChange.CHANGED, is_withheld=False) == [False, True]
        for change, is_withheld in ((ChargeChange.ENDED, True), (ChargeChange.ADDED, None)):
            assert said(change, is_withheld=is_withheld) == [False, False]


class TestMonths:
    def test_each_payment_stands_with_its_day_its_amount_and_who_gets_it(self) -> None:
        text = word(*LETTERS["month_of_couple_weekly"], "nl").text
        assert len(lines_with(text, "- ", "juli 2026: € 73,60, voor u")) == len(COUPLE) - 1
        assert len(lines_with(text, "- ", "juli 2026: € 73,60, voor uw partner")) == len(COUPLE) // 2 - 1
        assert "31 juli 2026: € 73,59, voor uw partner" in plain(text)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("template", ["month_deducted", "shortfall_found"])
    def test_a_bill_of_another_month_stands_with_that_month(self, template: str, language: str) -> None:
        rents = tuple(
            ChargeLine(kind=ChargeKind.RENT, due_cents=61_250, paid_cents=cents, for_month=for_month)
            for cents, for_month in ((61_250, None), (61_250, "2026-08"), (1_00, "2026-09"))
        )
        short = ShortfallFound(**WHO, month="2026-07", shortfall_cents=60_250, unpaid=rents)
        fact = month(charges=rents) if template == "month_deducted" else short
        text = word(template, fact, language).text
        months = [format_date(date(2026, number, 1), "MMMM y", locale=LOCALES[language]) for number in (7, 8, 9)]
        bills = [line for line in lines_with(text, "- ") if "612,50" in line or "612.50" in line or "61250" in line]
        assert [[name in line for name in months] for line in bills] == [
            [False, False, False],
            [False, True, False],
            [False, False, True],
        ]

    def test_a_month_of_before_says_no_day(self) -> None:
        old = month(payments=None)
        assert lines_with(word("month_deducted", old, "nl").text, "komt") == []

    @pytest.mark.parametrize(
        ("month_name", "june"), [("2026-01", "2026"), ("2026-05", "2026"), ("2026-07", "2027"), ("2026-12", "2027")]
    )
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_holiday_money_that_is_kept_comes_in_the_june_that_follows(
        self, language: str, month_name: str, june: str
    ) -> None:
        text = plain(word("month_deducted", month(month=month_name), language).text)
        june_there = format_date(date(int(june), 6, 1), "MMMM y", locale=LOCALES[language])
        assert june_there in text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_what_is_paid_with_the_end_of_the_right_is_promised_for_no_june(self, language: str) -> None:
        june = format_date(date(2026, 6, 1), "MMMM", locale=LOCALES[language])
        assert june not in plain(word(*LETTERS["month_right_ended"], language).text)
        nothing = month(holiday_reserve_cents=0)
        assert june not in plain(word("month_deducted", nothing, language).text)

    def test_what_is_taken_off_adds_up_to_what_is_left(self) -> None:
        fact = LETTERS["month_with_income_reduction_attachment"][1]
        assert isinstance(fact, FixedChargesDeducted)
        off = (fact.income_cents or 0) + (fact.reduction_cents or 0) + fact.holiday_reserve_cents
        assert fact.norm_cents - off == fact.payable_cents
        text = word("month_deducted", fact, "nl").text
        for line in ("ander inkomen: € 500,00", "verlaging van uw bijstand: € 69,46", "schuldeiser: € 60,00"):
            assert len(lines_with(text, line)) == 1
        assert lines_with(text, "terugbetaling aan de gemeente: € 40,00")
        assert lines_with(text, "Dan blijft over: € 707,50.")


def test_the_default_names_the_municipality_and_the_town_hall() -> None:
    draft = write_draft(sample(ReliefStarted).model_dump_json(), ("nl",), SENT_ON)
    text = plain(put_into_words("relief_started", "gm0518", None, draft, SENT_ON).text)
    assert "het college van burgemeester en wethouders van de gemeente." in text
    assert "naar het gemeentehuis." in text


def test_a_policy_may_name_another_authority_and_a_page() -> None:
    policy = LetterPolicy.model_validate(
        {
            "valid_from": date(2026, 1, 1),
            "municipality_name": "Drechtsteden",
            "sender_email": "a@b.example",
            "help_email": "a@b.example",
            "case_manager_email": "a@b.example",
            "fallback_languages": ("nl",),
        }
    )
    assert policy.authority == "het college van burgemeester en wethouders van Drechtsteden"
    named = policy.model_copy(update={"objection_to": "het dagelijks bestuur van de Sociale Dienst"})
    assert named.authority == "het dagelijks bestuur van de Sociale Dienst"
