"""Matching on random input: the same payments in any order and any split end in the same totals."""

import random
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.matching import MatchingContext, Outcome, Sent, select_plain
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
