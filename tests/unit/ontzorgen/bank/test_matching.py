"""Matching on random input: the same payments in any order and any split end in the same totals."""

import random
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.matching import (
    MatchingContext,
    Outcome,
    Sent,
    exclude_entries,
    list_batch_ids,
    list_references,
    list_sent_ids,
    select_plain,
    select_unclaimed,
    squeeze,
)
from services.ontzorgen.bank.rules.outcomes import match_entries

Statement = tuple[list[Sent], list[tuple[Detail, ...]], dict[Outcome, int]]


def build_entry(number: int, details: list[Detail]) -> Entry:
    cents = sum(detail.amount_cents or 0 for detail in details)
    return Entry(number, f"R{number}", date(2026, 7, 2), cents, "", tuple(details))


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Payments, each paid in full by an entry of its own or with others, or in part; and entries that are not ours."""
    sent = [Sent(UUID(int=n + 1), draw(st.integers(2, 1_000))) for n in range(draw(st.integers(1, 12)))]
    totals, entries, unpaid = dict.fromkeys(Outcome, 0), list[tuple[Detail, ...]](), list(sent)
    while unpaid:
        size = draw(st.integers(1, 4))
        group, unpaid = unpaid[:size], unpaid[size:]
        is_part = draw(st.booleans())
        amounts = [-(payment.amount_cents - is_part) for payment in group]
        entries.append(
            tuple(Detail(cents, payment.id.hex, "", "") for cents, payment in zip(amounts, group, strict=True))
        )
        totals[Outcome.PART if is_part else Outcome.SPLIT if len(group) > 1 else Outcome.MATCH] += sum(amounts)
    for cents in draw(st.lists(st.integers(1, 50), max_size=3)):
        entries.append((Detail(-cents, "van een ander", "", ""),))
        totals[Outcome.UNKNOWN] -= cents
    for payment in draw(st.lists(st.sampled_from(sent), unique=True, max_size=3)):
        entries.append((Detail(payment.amount_cents, payment.id.hex, "", "AC04"),))
        totals[Outcome.RETURNED] += payment.amount_cents
    return sent, entries, totals


class TestPlain:
    def test_only_money_of_ours_for_one_payment_that_is_named_once_is_plain(self) -> None:
        """Any other entry can be matched in more than one way, and is left to the rules."""
        payment_id, other_id = uuid4().hex, uuid4().hex
        kinds = {
            "plain": [(-500, payment_id, "")],
            "money that came": [(500, payment_id, "")],
            "of two payments": [(-200, payment_id, ""), (-300, other_id, "")],
            "returned": [(-500, payment_id, "AC04")],
            "in capitals": [(-500, payment_id.upper(), "")],
            "of nobody": [(-500, "", "")],
        }
        plain = {
            name: select_plain([build_entry(1, [Detail(cents, sent_id, "", code) for cents, sent_id, code in details])])
            for name, details in kinds.items()
        }
        assert [name for name, entries in plain.items() if entries] == ["plain"]
        (plain_entry,) = plain["plain"]
        assert select_plain([plain_entry._replace(rest_cents=-1)]) == []
        assert select_plain([plain_entry._replace(is_reversal=True)]) == []
        twice = [build_entry(number, [Detail(-500, payment_id, "", "")]) for number in (1, 2)]
        assert select_plain(twice) == []

    def test_money_that_does_not_move_is_not_plain(self) -> None:
        assert select_plain([build_entry(1, [Detail(0, uuid4().hex, "", "")])]) == []

    def test_what_another_entry_may_be_about_is_not_left_to_the_plain_ones(self) -> None:
        ours = [Sent(UUID(int=number), 500) for number in range(1, 6)]
        entries = [build_entry(number, [Detail(-500, sent.id.hex, "", "")]) for number, sent in enumerate(ours, 1)]
        by_reference, by_batch, by_file = {(500, "huur"): ours[1:2]}, {"B1": ours[2:3]}, {"F1": [ours[3:4], []]}
        context = MatchingContext({ours[0].id: ours[0]}, by_reference, by_batch, by_file)
        assert context.index_sent() == {sent.id: sent for sent in ours[:4]}
        assert select_unclaimed(entries, context) == entries[4:]
        assert select_unclaimed(entries, MatchingContext({}, {}, {})) == entries

    def test_entries_are_left_out_by_their_number(self) -> None:
        entries = [build_entry(number, []) for number in (1, 2, 3)]
        assert exclude_entries(entries, {2}) == [entries[0], entries[2]]
        assert exclude_entries(entries, set()) == entries
        assert exclude_entries(entries, {1, 2, 3}) == []


class TestNames:
    """What of entries is looked up among the payments that were sent."""

    def test_an_id_of_ours_is_32_hexadecimal_characters(self) -> None:
        ours = UUID(int=7)
        entries = [
            build_entry(1, [Detail(-1, ours.hex, "", ""), Detail(-1, str(ours), "", "")]),
            build_entry(2, [Detail(-1, "x" * 32, "", ""), Detail(-1, "NOTPROVIDED", "", "")]),
        ]
        assert list_sent_ids(entries) == [ours]

    def test_a_reference_is_looked_up_with_what_left_the_account_and_with_it_less_the_charges(self) -> None:
        nameless, named = "NOTPROVIDED", UUID(int=7).hex
        single = build_entry(1, [Detail(-500, nameless, "hu ur\njuli", "")])
        with_charges = build_entry(2, [Detail(-300, nameless, "water", "")])._replace(amount_cents=-310, rest_cents=-10)
        others = build_entry(
            3,
            [
                Detail(-1, named, "met id", ""),
                Detail(-2, nameless, "", ""),
                Detail(None, nameless, "zonder bedrag", ""),
            ],
        )
        assert list_references([single, with_charges, others]) == {(500, "huurjuli"), (300, "water")}
        charged = with_charges._replace(amount_cents=-300)  # the bank kept its charges from what it moved
        assert list_references([charged]) == {(300, "water"), (290, "water")}
        assert squeeze("a b\tc\nd") == "abcd"

    def test_a_batch_or_file_is_looked_up_where_it_was_booked_as_one(self) -> None:
        details = (Detail(-500, UUID(int=7).hex, "", ""),)
        entries = [
            Entry(1, "", date(2026, 7, 2), -500, "B1", ()),
            Entry(2, "", date(2026, 7, 2), -500, "", (), file_id="F1"),
            Entry(3, "", date(2026, 7, 2), -500, "B2", details, file_id="F2"),
            Entry(4, "", date(2026, 7, 2), -500, "", ()),
        ]
        assert list_batch_ids(entries) == ({"B1"}, {"F1"})


class TestMatches:
    @given(statements(), st.randoms())
    def test_the_same_payments_in_any_order_and_any_split_end_in_the_same_totals(
        self, statement: Statement, chance: random.Random
    ) -> None:
        sent, parts, totals = statement
        chance.shuffle(parts)
        entries = [build_entry(number, list(details)) for number, details in enumerate(parts, 1)]
        context = MatchingContext({payment.id: payment for payment in sent}, {}, {})
        sums = dict.fromkeys(Outcome, 0)
        for match in match_entries(entries, context):
            sums[match.outcome] += match.amount_cents
        assert sums == totals
        twice = match_entries([*entries, *entries], context)
        for outcome in (Outcome.MATCH, Outcome.SPLIT, Outcome.RETURNED):
            cents = sum(match.amount_cents for match in twice if match.outcome is outcome)
            assert cents == totals[outcome], "once each"

    def test_payments_that_look_alike_are_each_paid_by_one_entry_oldest_first(self) -> None:
        alike = [Sent(UUID(int=1), 500), Sent(UUID(int=2), 500)]
        entries = [
            Entry(n, "", date(2026, 7, 2), -500, "", (Detail(-500, "NOTPROVIDED", "huur", ""),)) for n in (1, 2, 3)
        ]
        matches = match_entries(entries, MatchingContext({}, {(500, "huur"): alike}, {}))
        assert [(match.outcome.value, match.sent_id and match.sent_id.int) for match in matches] == [
            ("match", 1),
            ("match", 2),
            ("unknown", None),
        ]
