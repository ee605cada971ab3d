"""The bank's rules on random input: ids that stay, files that are the same to the byte, entries that add up."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from schwifty import IBAN
from sepaxml.validation import try_valid_xml

from services.ontzorgen.bank.formats.credit_transfer import write_credit_transfer
from services.ontzorgen.bank.formats.sepa_text import build_remittance, to_sepa_text
from services.ontzorgen.bank.rules.accounts import PayableAccount
from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.instructions import (
    Instruction,
    ReleasedPayment,
    instruct,
    net_corrections,
    replace_instruction,
)
from services.ontzorgen.bank.rules.matching import MatchingContext, Outcome, Sent, match_entries, select_plain
from services.ontzorgen.bank.rules.payees import Payee
from services.ontzorgen.bank.rules.payment_files import plan_file
from services.ontzorgen.run.rules.released_runs import PaidLine
from shared.calendar import target_day_from
from shared.errors.refusals import ConflictError
from shared.events.codes import ChargeKind
from shared.iban import is_payable

RUN = UUID(int=7)
DEBTOR = PayableAccount("Gemeente Súdwest-Fryslân", "NL91ABNA0417164300")
MADE_AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@st.composite
def lines(draw: st.DrawFn) -> list[ReleasedPayment]:
    """A run's payments, no two of them the same."""
    count = draw(st.integers(1, 12))
    return [
        ReleasedPayment(
            household_id=UUID(int=number),
            run_id=RUN,
            month="2026-07",
            key=f"woonstad/rent/{UUID(int=number)}",
            kind=draw(st.sampled_from([None, ChargeKind.RENT])),
            for_month="2026-07",
            is_correction=draw(st.booleans()),
            on=draw(DAYS),
            amount_cents=draw(st.integers(1, 10_000_000)),
            payee=Payee(
                "h", draw(st.text(max_size=90)) + "A", "NL39RABO0300065264", build_remittance(draw(st.text()), "juli")
            ),
        )
        for number in range(count)
    ]


def written(made: list[Instruction]) -> bytes:
    return write_credit_transfer(plan_file(1, made), DEBTOR, MADE_AT)


class TestFiles:
    @given(lines(), st.randoms())
    def test_the_same_payments_in_any_order_are_the_same_valid_bytes_and_add_up(
        self, paid: list[ReleasedPayment], chance: random.Random
    ) -> None:
        made = [instruct(line, date(2026, 6, 1)) for line in paid]
        shuffled = chance.sample(made, len(made))
        content = written(made)
        assert written(shuffled) == content
        assert len({one.end_to_end_id for one in made}) == len(made)
        assert plan_file(1, made).total_cents == sum(line.amount_cents for line in paid)
        assert set("".join(one.end_to_end_id for one in made)) <= set("0123456789abcdef")

    @given(lines(), st.integers(1, 5))
    def test_every_file_of_a_run_is_valid_and_written_again_is_the_same_to_the_byte(
        self, paid: list[ReleasedPayment], payments_max: int
    ) -> None:
        """Cut into files as an export does; each holds its payments once, and all together hold all of them."""
        made = sorted((instruct(line, date(2026, 6, 1)) for line in paid), key=lambda one: (one.execute_on, one.id.hex))
        cuts = [made[start : start + payments_max] for start in range(0, len(made), payments_max)]
        plans = [plan_file(number, cut) for number, cut in enumerate(cuts, 1)]
        contents = [write_credit_transfer(plan, DEBTOR, MADE_AT) for plan in plans]
        again = [write_credit_transfer(plan_file(plan.number, plan.instructions), DEBTOR, MADE_AT) for plan in plans]
        assert again == contents
        with as_file(files("sepaxml") / "schemas" / "pain.001.001.09.xsd") as path:
            schema = etree.XMLSchema(file=str(path))
        documents = [etree.fromstring(content) for content in contents]
        assert [schema.validate(document) for document in documents] == [True] * len(plans)
        ids = [node.text for document in documents for node in document.iter("{*}EndToEndId")]
        assert sorted(ids) == sorted(one.end_to_end_id for one in made)
        names = [node.text for document in documents for node in document.iter("{*}MsgId", "{*}PmtInfId")]
        assert len(set(names)) == len(names), "a file or batch with other payments has another id"

    @given(lines(), st.integers(1, 1_000))
    def test_a_file_whose_payments_differ_by_a_cent_has_another_id(
        self, paid: list[ReleasedPayment], more: int
    ) -> None:
        made = [instruct(line, date(2026, 6, 1)) for line in paid]
        dearer = [replace(made[0], amount_cents=made[0].amount_cents + more), *made[1:]]
        assert plan_file(1, dearer).id != plan_file(1, made).id
        assert plan_file(2, made).id == plan_file(1, made).id, "the number of a file says nothing of what is paid"

    def test_the_library_that_writes_the_file_finds_it_valid_too(self) -> None:
        payee = Payee("h", "Zorg & Zekerheid", "NL39RABO0300065264", build_remittance("RF18539007547034", "juli"))
        line = ReleasedPayment(UUID(int=1), RUN, "2026-07", "k", None, "2026-07", False, date(2026, 7, 1), 5, payee)
        try_valid_xml(written([instruct(line, date(2026, 7, 1))]), "pain.001.001.09")

    def test_another_payment_of_the_same_charge_has_another_id_and_a_changed_amount_keeps_it(self) -> None:
        payee = Payee("h", "Woonstad", "NL39RABO0300065264", "huur")
        line = ReleasedPayment(
            UUID(int=1), RUN, "2026-07", "k", ChargeKind.RENT, "2026-07", False, date(2026, 7, 1), 5, payee
        )
        first = instruct(line, date(2026, 7, 1))
        for_june = ReleasedPayment(
            UUID(int=1), RUN, "2026-07", "k", ChargeKind.RENT, "2026-06", True, date(2026, 7, 1), 5, payee
        )
        dearer = ReleasedPayment(
            UUID(int=1), RUN, "2026-07", "k", ChargeKind.RENT, "2026-07", False, date(2026, 7, 1), 6, payee
        )
        assert instruct(for_june, date(2026, 7, 1)).id != first.id
        assert instruct(dearer, date(2026, 7, 1)).id == first.id, "so that the bank refuses to pay it twice"

    def test_a_refused_payment_is_made_anew_with_another_id_and_on_another_account(self) -> None:
        payee = Payee("h", "Woonstad", "NL39RABO0300065264", "huur")
        line = ReleasedPayment(UUID(int=1), RUN, "2026-07", "k", None, "2026-07", False, date(2026, 7, 1), 5, payee)
        refused = instruct(line, date(2026, 7, 1))
        with pytest.raises(ConflictError, match="right account"):
            replace_instruction(refused, "AC04", PayableAccount("Woonstad", refused.iban), date(2026, 7, 6))
        anew = replace_instruction(
            refused, "AC04", PayableAccount("Woonstad", "DE89370400440532013000"), date(2026, 7, 4)
        )
        assert (anew.replaces, anew.attempt, anew.execute_on) == (refused.id, 2, date(2026, 7, 6))
        assert anew.id != refused.id

    @given(st.lists(st.integers(-500, 1_000), min_size=1, max_size=8))
    def test_what_is_set_off_against_a_creditor_is_neither_lost_nor_taken_from_another(self, cents: list[int]) -> None:
        own = [
            PaidLine(f"k{n}", ChargeKind.RENT, "woonstad", "2026-07", one < 0, None, one) for n, one in enumerate(cents)
        ]
        other = PaidLine("o", ChargeKind.WATER, "vitens", "2026-07", is_correction=False, on=None, cents=700)
        if sum(cents) < 0:
            with pytest.raises(ValueError, match="more than its creditor gets"):
                net_corrections([*own, other])
            return
        left = net_corrections([*own, other])
        assert sum(line.cents for line in left) == sum(cents) + 700
        assert other in left
        assert all(line.cents > 0 for line in left)


class TestText:
    @given(st.text())
    def test_only_sepa_characters_leave_and_no_slash_opens_ends_or_doubles(self, text: str) -> None:
        clean = to_sepa_text(text, 140)
        assert set(clean) <= ALLOWED
        assert len(clean) <= 140
        assert not clean.startswith("/")
        assert not clean.endswith("/")
        assert "//" not in clean

    @given(st.integers(0, 9_999_999_999), st.integers(1, 99))
    def test_an_account_is_payable_with_its_own_check_digits_and_no_others(self, number: int, shift: int) -> None:
        right = str(IBAN.generate("NL", bank_code="INGB", account_code=f"{number:010}"))
        digits = (int(right[2:4]) - 2 + shift) % 97 + 2
        assert is_payable(right)
        assert is_payable(f"NL{digits:02}{right[4:]}") == (f"{digits:02}" == right[2:4])

    def test_payments_leave_on_days_that_the_banks_settle_and_on_dutch_holidays_too(self) -> None:
        good_friday, kings_day, ascension = date(2026, 4, 3), date(2026, 4, 27), date(2026, 5, 14)
        assert target_day_from(good_friday) == date(2026, 4, 7)
        assert [target_day_from(day) for day in (kings_day, ascension)] == [kings_day, ascension]


@st.composite
def booked(draw: st.DrawFn) -> tuple[list[Sent], list[tuple[Detail, ...]], dict[Outcome, int]]:
    """Payments, each paid in full by an entry of its own or with others, or in part; and entries that are not ours."""
    sent = [Sent(UUID(int=n + 1), draw(st.integers(2, 1_000))) for n in range(draw(st.integers(1, 12)))]
    totals, entries, left = dict.fromkeys(Outcome, 0), list[tuple[Detail, ...]](), list(sent)
    while left:
        size = draw(st.integers(1, 4))
        group, left = left[:size], left[size:]
        is_part = draw(st.booleans())
        cents = [-(one.amount_cents - is_part) for one in group]
        entries.append(tuple(Detail(one, paid.id.hex, "", "") for one, paid in zip(cents, group, strict=True)))
        totals[Outcome.PART if is_part else Outcome.SPLIT if len(group) > 1 else Outcome.MATCH] += sum(cents)
    for one in draw(st.lists(st.integers(1, 50), max_size=3)):
        entries.append((Detail(-one, "van een ander", "", ""),))
        totals[Outcome.UNKNOWN] -= one
    for one in draw(st.lists(st.sampled_from(sent), unique=True, max_size=3)):
        entries.append((Detail(one.amount_cents, one.id.hex, "", "AC04"),))
        totals[Outcome.RETURNED] += one.amount_cents
    return sent, entries, totals


class TestPlain:
    def test_only_money_of_ours_for_one_payment_that_is_named_once_is_plain(self) -> None:
        """What else there is has more than one way to be told, and is left to the rules."""
        one, other = uuid4().hex, uuid4().hex
        kinds = {
            "plain": [(-500, one, "")],
            "money that came": [(500, one, "")],
            "of two payments": [(-200, one, ""), (-300, other, "")],
            "returned": [(-500, one, "AC04")],
            "in capitals": [(-500, one.upper(), "")],
            "of nobody": [(-500, "", "")],
        }
        found = {
            name: select_plain([entry(1, [Detail(cents, sent, "", code) for cents, sent, code in details])])
            for name, details in kinds.items()
        }
        assert [name for name, entries in found.items() if entries] == ["plain"]
        twice = [entry(number, [Detail(-500, one, "", "")]) for number in (1, 2)]
        assert select_plain(twice) == []


def entry(number: int, details: list[Detail]) -> Entry:
    cents = sum(one.amount_cents or 0 for one in details)
    return Entry(number, f"R{number}", date(2026, 7, 2), cents, "", tuple(details))


class TestPlaced:
    @given(booked(), st.randoms())
    def test_the_same_payments_in_any_order_and_any_split_end_in_the_same_totals(
        self, world: tuple[list[Sent], list[tuple[Detail, ...]], dict[Outcome, int]], chance: random.Random
    ) -> None:
        sent, parts, totals = world
        chance.shuffle(parts)
        entries = [entry(number, list(details)) for number, details in enumerate(parts, 1)]
        placed = match_entries(entries, MatchingContext({one.id: one for one in sent}, {}, {}))
        found = dict.fromkeys(Outcome, 0)
        for one in placed:
            found[one.outcome] += one.amount_cents
        assert found == totals
        twice = match_entries([*entries, *entries], MatchingContext({one.id: one for one in sent}, {}, {}))
        exact = (Outcome.MATCH, Outcome.SPLIT, Outcome.RETURNED)
        for outcome in exact:
            assert sum(one.amount_cents for one in twice if one.outcome is outcome) == totals[outcome], "once each"

    def test_payments_that_look_alike_are_each_paid_by_one_entry_oldest_first(self) -> None:
        alike = [Sent(UUID(int=1), 500), Sent(UUID(int=2), 500)]
        entries = [
            Entry(n, "", date(2026, 7, 2), -500, "", (Detail(-500, "NOTPROVIDED", "huur", ""),)) for n in (1, 2, 3)
        ]
        placed = match_entries(entries, MatchingContext({}, {(500, "huur"): alike}, {}))
        assert [(one.outcome.value, one.sent_id and one.sent_id.int) for one in placed] == [
            ("match", 1),
            ("match", 2),
            ("unknown", None),
        ]
