"""What each entry of a statement turns out to be: whole entries with the outcome that a person would give them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.matching import Match, MatchingContext, Outcome, Sent
from services.ontzorgen.bank.rules.outcomes import match_entries

MATCH, SPLIT, PART, RETURNED, UNKNOWN = Outcome
RENT, CARE, WATER, CENT = Sent(UUID(int=1), 500), Sent(UUID(int=2), 300), Sent(UUID(int=3), 200), Sent(UUID(int=4), 1)
ALL = (RENT, CARE, WATER, CENT)
STRANGER = "van een ander"


def booked(
    cents: int, *details: Detail, number: int = 7, batch: str = "", file: str = "", rest_cents: int = 0
) -> Entry:
    return Entry(number, "R", date(2026, 7, 2), cents, batch, details, file, rest_cents=rest_cents)


def named(sent: Sent, cents: int | None, code: str = "") -> Detail:
    return Detail(cents, sent.id.hex, "", code)


def nameless(cents: int | None, reference: str = "") -> Detail:
    return Detail(cents, "NOTPROVIDED", reference, "")


def said(part: int, outcome: Outcome, cents: int, sent: Sent | None = None, **more: object) -> Match:
    match = Match(7, part, outcome, cents, None if sent is None else sent.id, "")
    return match._replace(**more)  # type: ignore[arg-type]  # a builder


def match_in(entries: Sequence[Entry], sent: Sequence[Sent] = ALL) -> list[Match]:
    """Entries against payments that are found by id or reference."""
    references = {(500, "huurjuli"): sent[:1], (500, ""): sent[:1], (200, "water"): sent[2:3]}
    return match_entries(entries, MatchingContext({one.id: one for one in sent}, references, {}))


class TestOnePayment:
    @pytest.mark.parametrize(
        ("entry", "matches"),
        [
            (booked(-500, named(RENT, -500)), [said(1, MATCH, -500, RENT)]),
            (booked(-499, named(RENT, -499)), [said(1, PART, -499, RENT)]),
            (booked(-501, named(RENT, -501)), [said(1, PART, -501, RENT)]),
            (booked(500, named(RENT, 500, "AC04")), [said(1, RETURNED, 500, RENT, return_code="AC04")]),
            (booked(1, named(RENT, 1)), [said(1, RETURNED, 1, RENT)]),
            (booked(501, named(RENT, 501)), [said(1, UNKNOWN, 501, RENT)]),
            (booked(0, named(RENT, 0)), [said(1, UNKNOWN, 0)]),
            (booked(-500), [said(1, UNKNOWN, -500)]),
            (booked(-500, Detail(-500, STRANGER, "huur juli", "")), [said(1, UNKNOWN, -500)]),
            (booked(-500, nameless(-500, "huur juli")), [said(1, MATCH, -500, RENT)]),
            (booked(-500, nameless(None, "hu urjuli")), [said(1, MATCH, -500, RENT)]),
            (booked(-499, nameless(-499, "huur juli")), [said(1, UNKNOWN, -499)]),
            (booked(-500, nameless(-500, "onbekend")), [said(1, UNKNOWN, -500)]),
            (booked(-500, nameless(-500)), [said(1, UNKNOWN, -500)]),
        ],
    )
    def test_it_is_ours_by_its_id_or_else_by_reference_and_amount(self, entry: Entry, matches: list[Match]) -> None:
        assert match_in([entry]) == matches

    @pytest.mark.parametrize(
        ("entry", "matches"),
        [
            (
                booked(-510, named(RENT, -500), rest_cents=-10),
                [said(1, MATCH, -500, RENT), said(2, UNKNOWN, -10, is_unclear=True)],
            ),
            (
                booked(-510, nameless(-500, "huur juli"), rest_cents=-10),
                [said(1, MATCH, -500, RENT), said(2, UNKNOWN, -10, is_unclear=True)],
            ),
            (
                booked(490, named(RENT, 500), rest_cents=-10),
                [said(1, RETURNED, 500, RENT), said(2, UNKNOWN, -10, is_unclear=True)],
            ),
            (booked(-500, named(RENT, -490), rest_cents=-10), [said(1, MATCH, -500, RENT)]),
            (booked(-505, named(RENT, -495), rest_cents=-10), [said(1, PART, -505, RENT)]),
            (booked(-510, Detail(-500, STRANGER, "", ""), rest_cents=-10), [said(1, UNKNOWN, -510)]),
            (booked(-500, named(RENT, 500), rest_cents=-1_000), [said(1, MATCH, -500, RENT)]),
        ],
    )
    def test_charges_beside_it_are_looked_at_by_a_person(self, entry: Entry, matches: list[Match]) -> None:
        assert match_in([entry]) == matches

    def test_what_was_paid_or_came_back_before_is_not_paid_or_returned_again(self) -> None:
        before = RENT._replace(is_paid=True, is_returned=True)
        (again,) = match_in([booked(-500, named(RENT, -500))], [before, *ALL[1:]])
        (back_again,) = match_in([booked(500, named(RENT, 500))], [before, *ALL[1:]])
        (back_in_part,) = match_in([booked(400, named(RENT, 400))], [before, *ALL[1:]])
        assert (again, back_again) == (said(1, UNKNOWN, -500, RENT), said(1, UNKNOWN, 500, RENT))
        assert back_in_part == said(1, RETURNED, 400, RENT)
        twice = [booked(cents, named(RENT, cents)) for cents in (-500, -500, 500, 500)]
        assert [match.outcome for match in match_in(twice)] == [MATCH, UNKNOWN, RETURNED, UNKNOWN]


class TestSeveralPayments:
    @pytest.mark.parametrize(
        ("entry", "matches"),
        [
            (
                booked(-800, named(RENT, -500), named(CARE, -300)),
                [said(1, SPLIT, -500, RENT), said(2, SPLIT, -300, CARE)],
            ),
            (
                booked(-800, named(RENT, None), named(CARE, None)),
                [said(1, SPLIT, -500, RENT), said(2, SPLIT, -300, CARE)],
            ),
            (
                booked(800, named(RENT, None), named(CARE, None)),
                [said(1, RETURNED, 500, RENT), said(2, RETURNED, 300, CARE)],
            ),
            (
                booked(1, named(CENT, None), nameless(0)),
                [said(1, RETURNED, 1, CENT), said(2, UNKNOWN, 0, is_unclear=True)],
            ),
            (
                booked(-810, named(RENT, -500), named(CARE, -300), rest_cents=-10),
                [said(1, SPLIT, -500, RENT), said(2, SPLIT, -300, CARE), said(3, UNKNOWN, -10, is_unclear=True)],
            ),
            (
                booked(-510, nameless(-200, "x"), nameless(-300, "x"), rest_cents=-10),
                [said(1, UNKNOWN, -200), said(2, UNKNOWN, -300), said(3, UNKNOWN, -10)],
            ),
            (
                booked(-500, named(RENT, -500), nameless(0)),
                [said(1, SPLIT, -500, RENT), said(2, UNKNOWN, 0, is_unclear=True)],
            ),
        ],
    )
    def test_an_entry_pays_each_of_them_to_the_cent(self, entry: Entry, matches: list[Match]) -> None:
        assert match_in([entry]) == matches

    @pytest.mark.parametrize(
        ("entry", "is_unclear"),
        [
            (booked(-801, named(RENT, -500), named(CARE, -300)), True),
            (booked(-800, named(RENT, None), Detail(None, STRANGER, "", "")), True),
            (booked(-500, named(RENT, -500), Detail(None, STRANGER, "", "")), True),
            (booked(-810, named(RENT, -500), Detail(None, STRANGER, "", ""), rest_cents=-10), True),
            (booked(-801, Detail(-500, STRANGER, "", ""), Detail(-300, STRANGER, "", "")), False),
        ],
    )
    def test_amounts_that_do_not_add_up_say_nothing_of_any_and_ours_are_looked_at(
        self, entry: Entry, *, is_unclear: bool
    ) -> None:
        assert match_in([entry]) == [said(1, UNKNOWN, entry.amount_cents, is_unclear=is_unclear)]

    @pytest.mark.parametrize(
        ("details", "matches"),
        [
            (
                (named(RENT, -500), nameless(-300)),
                [said(1, SPLIT, -500, RENT), said(2, UNKNOWN, -300, is_unclear=True)],
            ),
            (
                (nameless(-500), named(CARE, -300)),
                [said(1, UNKNOWN, -500, is_unclear=True), said(2, SPLIT, -300, CARE)],
            ),
            ((named(RENT, -500), Detail(-300, STRANGER, "", "")), [said(1, SPLIT, -500, RENT), said(2, UNKNOWN, -300)]),
            (
                (nameless(-500, "huur juli"), named(CARE, -300)),
                [said(1, SPLIT, -500, RENT), said(2, SPLIT, -300, CARE)],
            ),
            ((nameless(-500, "a"), nameless(-300, "b")), [said(1, UNKNOWN, -500), said(2, UNKNOWN, -300)]),
        ],
    )
    def test_one_without_a_name_beside_ours_may_be_ours(self, details: list[Detail], matches: list[Match]) -> None:
        assert match_in([booked(-800, *details)]) == matches


def match_batches(
    entries: Sequence[Entry], batch: Sequence[Sent] = ALL[:3], unmatched_cents: dict[str, int] | None = None
) -> list[Match]:
    """Entries against a batch B1, and a file F1 with that batch and another of one payment."""
    context = MatchingContext(
        {},
        {(500, "huurjuli"): [RENT]},
        {"B1": batch, "B2": [CENT]},
        {"F1": [batch, [CENT]], "F2": [batch]},
        unmatched_cents or {},
    )
    return match_entries(entries, context)


def paid(*batch: Sent) -> list[Sent]:
    return [sent._replace(is_paid=True) for sent in batch]


WHOLE = [said(1, SPLIT, -500, RENT), said(2, SPLIT, -300, CARE), said(3, SPLIT, -200, WATER)]
BACK = [said(1, RETURNED, 500, RENT), said(2, RETURNED, 300, CARE), said(3, RETURNED, 200, WATER)]


class TestBatches:
    @pytest.mark.parametrize(
        ("entry", "matches"),
        [
            (booked(-1_000, batch="B1"), WHOLE),
            (booked(-1, batch="B2"), [said(1, MATCH, -1, CENT)]),
            (booked(-1_000, batch="B1", file="other"), WHOLE),
            (booked(-1_000, batch="other", file="F1"), WHOLE),
            (booked(-1_000, file="F2"), WHOLE),
            (booked(-1_001, file="F1"), [*WHOLE, said(4, SPLIT, -1, CENT)]),
            (booked(-1, file="F1"), [said(1, MATCH, -1, CENT)]),
            (booked(-1_010, batch="B1", rest_cents=-10), [*WHOLE, said(4, UNKNOWN, -10, is_unclear=True)]),
            (booked(-1_000, batch="B1", rest_cents=-10), WHOLE),
            (booked(-999, batch="B1"), [said(1, PART, -999, batch_id="B1")]),
            (booked(-999, batch="other", file="F1"), [said(1, PART, -999, batch_id="F1")]),
            (booked(0, batch="B1"), [said(1, UNKNOWN, 0, batch_id="B1")]),
            (booked(1_000, batch="B1"), [said(1, UNKNOWN, 1_000, batch_id="B1")]),
            (booked(-1_000, batch="other"), [said(1, UNKNOWN, -1_000)]),
            (booked(-1_000, file="other"), [said(1, UNKNOWN, -1_000)]),
            (booked(-500, named(RENT, -500), batch="B1"), [said(1, UNKNOWN, -500)]),
        ],
    )
    def test_a_batch_that_is_booked_as_one_pays_all_of_it_or_a_part_that_nobody_can_name(
        self, entry: Entry, matches: list[Match]
    ) -> None:
        assert match_batches([entry]) == matches

    @pytest.mark.parametrize(
        ("entry", "matches"),
        [
            (booked(-700, nameless(-500), nameless(-200), batch="B1"), [WHOLE[0], said(2, SPLIT, -200, WATER)]),
            (booked(-501, nameless(-500), nameless(-1), file="F1"), [WHOLE[0], said(2, SPLIT, -1, CENT)]),
            (booked(-500, nameless(-500), batch="B1"), [said(1, PART, -500, batch_id="B1")]),
            (booked(-700, nameless(-500), nameless(None), batch="B1"), [said(1, PART, -700, batch_id="B1")]),
            (
                booked(-710, nameless(-500), nameless(-200), batch="B1", rest_cents=-10),
                [said(1, PART, -710, batch_id="B1")],
            ),
            (booked(-700, nameless(-500), nameless(-199), batch="B1"), [said(1, PART, -700, batch_id="B1")]),
            (
                booked(-699, nameless(-500, "huur juli"), nameless(-199, "x"), batch="B1"),
                [said(1, SPLIT, -500, RENT), said(2, UNKNOWN, -199, is_unclear=True)],
            ),
            (booked(700, nameless(500), nameless(200), batch="B1"), [said(1, UNKNOWN, 700, batch_id="B1")]),
        ],
    )
    def test_payments_without_names_are_those_of_the_batch_that_their_amounts_leave_no_doubt_of(
        self, entry: Entry, matches: list[Match]
    ) -> None:
        assert match_batches([entry]) == matches

    def test_amounts_that_two_payments_have_or_two_batches_add_up_to_are_not_told_apart(self) -> None:
        twin = Sent(UUID(int=9), 300)
        two = booked(-800, nameless(-500), nameless(-300), batch="B1")
        assert match_batches([two], [RENT, CARE, twin]) == [said(1, PART, -800, batch_id="B1")]
        either = MatchingContext({}, {}, {}, {"F3": [[RENT], [CARE, WATER]]})
        assert match_entries([booked(-500, file="F3")], either) == [said(1, PART, -500, batch_id="F3")]

    def test_what_was_paid_of_a_batch_is_not_paid_again_and_only_that_comes_back(self) -> None:
        rent_paid = [*paid(RENT), CARE, WATER]
        assert match_batches([booked(-500, batch="B1")], rent_paid) == [
            said(1, SPLIT, -300, CARE),
            said(2, SPLIT, -200, WATER),
        ]
        assert match_batches([booked(500, batch="B1")], rent_paid) == [said(1, RETURNED, 500, RENT)]
        assert match_batches([booked(-1_000, batch="B1")], paid(*ALL[:3])) == [said(1, UNKNOWN, -1_000, batch_id="B1")]
        gone = [RENT._replace(is_paid=True, is_returned=True), *paid(CARE, WATER)]
        assert match_batches([booked(500, batch="B1")], gone) == [
            said(1, RETURNED, 300, CARE),
            said(2, RETURNED, 200, WATER),
        ]

    def test_a_statement_pays_a_batch_once_and_gets_it_back_once(self) -> None:
        entries = [booked(cents, batch="B1") for cents in (-1_000, 1_000, 1_000, -1_000)]
        assert match_batches(entries) == [
            *WHOLE,
            *BACK,
            said(1, UNKNOWN, 1_000, batch_id="B1"),
            said(1, UNKNOWN, -1_000, batch_id="B1"),
        ]
        assert match_batches([booked(-1, batch="B2"), booked(1, batch="B2")])[1] == said(1, RETURNED, 1, CENT)
        once = [MATCH, *[SPLIT] * 3]
        for moves, outcomes in (
            ((-1, -1_000, -1), [*once, UNKNOWN]),
            ((-1, -1_000, 1, 1_000, 1), [*once, *[RETURNED] * 4, UNKNOWN]),
        ):
            in_turn = match_batches([booked(cents, batch="B2" if abs(cents) == 1 else "B1") for cents in moves])
            assert [match.outcome for match in in_turn] == outcomes
        by_reference = booked(-500, nameless(-500, "huur juli"))
        assert match_batches([entries[0], by_reference])[3] == said(1, UNKNOWN, -500)

    def test_money_that_comes_back_is_first_what_was_paid_too_much_of_the_batch(self) -> None:
        too_much = {"B1": -1_000}
        back = booked(1_000, batch="B1")
        first, *after = match_batches([back, back], paid(*ALL[:3]), too_much)
        assert (first, after) == (said(1, UNKNOWN, 1_000, batch_id="B1"), BACK)
        assert match_batches([back], paid(*ALL[:3]), {"B1": -999}) == BACK
        assert match_batches([booked(1_000, file="F2")], paid(*ALL[:3]), {"F2": -1_000}) == [
            said(1, UNKNOWN, 1_000, batch_id="F2")
        ]
        within = match_batches([booked(-1_000, batch="B1"), back, back], paid(*ALL[:3]))
        assert [match.outcome for match in within] == [UNKNOWN, UNKNOWN, RETURNED, RETURNED, RETURNED]
        assert match_batches([booked(-1_000, batch="B1")], unmatched_cents={"B1": 1_000}) == WHOLE
        added_up = match_batches([booked(-400, batch="B1"), back], paid(*ALL[:3]), {"B1": -600})
        assert [match.outcome for match in added_up] == [UNKNOWN, UNKNOWN]

    def test_then_it_is_for_those_that_were_refused_if_it_is_their_sum(self) -> None:
        batch = [RENT._replace(is_paid=True), CARE._replace(is_paid=True, is_refused=True), *paid(WATER)]
        assert match_batches([booked(300, batch="B1")], batch) == [said(1, RETURNED, 300, CARE)]
        assert match_batches([booked(1_000, batch="B1")], batch) == BACK
        alike = [RENT, Sent(UUID(int=9), 500, is_refused=True)]
        assert match_batches([booked(500, batch="B1")], paid(*alike)) == [said(1, RETURNED, 500, alike[1])]
        unpaid = [RENT._replace(is_refused=True), *ALL[1:3]]
        assert match_batches([booked(-500, batch="B1")], unpaid) == [said(1, PART, -500, batch_id="B1")]
        assert match_batches([booked(500, batch="B1")], unpaid) == [said(1, UNKNOWN, 500, batch_id="B1")]
