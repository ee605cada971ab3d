"""What matched entries leave for a person: what came back, what differs, and batches of nobody in particular."""

from dataclasses import replace
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.follow_ups import (
    BatchDifference,
    Difference,
    DifferenceKind,
    StatementFollowUp,
    UnclearPart,
    build_shared_task,
    build_task,
    follow_up,
    list_refusal_task_ids,
)
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.matching import Match, Outcome, Sent
from services.ontzorgen.bank.rules.refusals import Refusal
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.identity import Role

DAY = date(2026, 7, 2)
PAID, PART, RETURNED, PARTLY_RETURNED, REFUSED = (UUID(int=number) for number in range(1, 6))
SENT = {sent_id: Sent(sent_id, 500) for sent_id in (PAID, PART, RETURNED, PARTLY_RETURNED)}
SENT[REFUSED] = Sent(REFUSED, 500, is_refused=True)
ENTRIES = [Entry(number, "", DAY, 0, "", ()) for number in range(1, 9)]
MATCHES = [
    Match(1, 1, Outcome.MATCH, -500, PAID, ""),
    Match(2, 1, Outcome.PART, -400, PART, ""),
    Match(3, 1, Outcome.RETURNED, 500, RETURNED, ""),
    Match(4, 1, Outcome.RETURNED, 100, PARTLY_RETURNED, "AC04"),
    Match(5, 1, Outcome.MATCH, -500, REFUSED, ""),
    Match(6, 1, Outcome.PART, -900, None, "", batch_id="B1"),
    Match(7, 1, Outcome.UNKNOWN, -30, None, ""),
    Match(8, 2, Outcome.UNKNOWN, -2, None, "", is_unclear=True),
]


def book(sent: Sent, *moves: int, code: str = "", reversed_at: int | None = None) -> StatementFollowUp:
    """Follow up on a payment for which these cents moved, one entry each."""
    entries = [
        Entry(number, "", DAY, cents, "", (), is_reversal=number == reversed_at)
        for number, cents in enumerate(moves, 1)
    ]
    matches = [Match(entry.number, 1, Outcome.PART, entry.amount_cents, sent.id, code) for entry in entries]
    return follow_up(entries, matches, {sent.id: sent}, {})


def test_each_outcome_leaves_what_somebody_has_to_look_at_and_a_plain_match_nothing() -> None:
    result = follow_up(ENTRIES, MATCHES, SENT, {"B1": -100})
    assert result.refusals == [Refusal(RETURNED, "NARR", DAY)]
    assert result.batches == [BatchDifference("B1", -1_000, DAY)]
    assert result.unclear == [UnclearPart(8, -2, DAY)]
    assert result.differences == [
        Difference(PART, 400, DAY),
        Difference(PARTLY_RETURNED, 100, DAY),
        Difference(REFUSED, 500, DAY, DifferenceKind.PAID_AFTER_ALL),
    ]
    assert result.settled_ids == []


BACK = Sent(PAID, 500, debited_cents=500, credited_cents=500, is_refused=True)


@pytest.mark.parametrize(
    ("sent", "moves", "kind"),
    [
        (Sent(PAID, 500), (-500, -500), DifferenceKind.PAID_TWICE),
        (Sent(PAID, 500, debited_cents=500), (-500,), DifferenceKind.PAID_TWICE),
        (Sent(PAID, 500, debited_cents=500), (200,), DifferenceKind.ANOTHER_AMOUNT),
        (
            Sent(PAID, 500, debited_cents=500, credited_cents=500, is_refused=True),
            (-500,),
            DifferenceKind.PAID_AFTER_ALL,
        ),
        (Sent(PAID, 500, is_refused=True, is_replaced=True), (-500,), DifferenceKind.PAID_ANEW_TOO),
        (BACK, (500,), DifferenceKind.TOO_MUCH_BACK),
    ],
)
def test_what_left_less_what_came_back_says_how_it_differs(
    sent: Sent, moves: tuple[int, ...], kind: DifferenceKind
) -> None:
    result = book(sent, *moves)
    assert result.differences == [Difference(PAID, abs(moves[-1]), DAY, kind)]
    assert (result.refusals, result.settled_ids) == ([], [])
    assert ":" in result.differences[0].sentence


@pytest.mark.parametrize(
    ("sent", "moves", "is_refused", "is_settled"),
    [
        (Sent(PAID, 500), (-500,), False, False),
        (Sent(PAID, 500), (-500, -500, 500), False, True),
        (Sent(PAID, 500, debited_cents=1_000), (500,), False, True),
        (Sent(PAID, 500, debited_cents=200), (-300,), False, True),
        (Sent(PAID, 500, debited_cents=500), (200, 300), True, True),
        (Sent(PAID, 500, debited_cents=400), (400,), True, True),
        (Sent(PAID, 500, is_refused=True, credited_cents=500), (-500,), False, True),
    ],
)
def test_what_is_netted_is_refused_once_nothing_of_it_is_paid_and_else_settled(
    sent: Sent, moves: tuple[int, ...], *, is_refused: bool, is_settled: bool
) -> None:
    result = book(sent, *moves)
    assert (len(result.refusals), result.differences) == (int(is_refused), [])
    assert result.settled_ids == ([PAID] if is_settled else [])


def test_a_reversal_waits_for_the_debit_below_it_and_a_return_does_not() -> None:
    sent = Sent(PAID, 500, debited_cents=500)
    assert book(sent, 500, -500, reversed_at=1).refusals == []
    assert len(book(sent, 500, -500).refusals) == 1


def test_a_reversal_without_its_debit_is_money_that_came_back_to_the_last_cent() -> None:
    sent = Sent(PAID, 500, debited_cents=500)
    assert book(sent, 500, reversed_at=1).refusals == [Refusal(PAID, "NARR", DAY)]
    assert book(Sent(PAID, 1, debited_cents=1), 1, -1, reversed_at=1).refusals == []


def test_one_cent_that_was_open_or_paid_counts_as_any_amount() -> None:
    assert book(Sent(PAID, 500, debited_cents=1), -499).settled_ids == [PAID]
    (difference,) = book(Sent(PAID, 1, is_refused=True), -1).differences
    assert difference == Difference(PAID, 1, DAY, DifferenceKind.PAID_AFTER_ALL)


def test_what_one_entry_leaves_unexplained_is_one_sum() -> None:
    unclear = [Match(8, part, Outcome.UNKNOWN, cents, None, "", is_unclear=True) for part, cents in ((2, -2), (3, -5))]
    assert follow_up(ENTRIES, unclear, SENT, {}).unclear == [UnclearPart(8, -7, DAY)]


def test_a_task_is_the_budget_managers_with_an_id_that_follows_from_what_it_is_about() -> None:
    kind = TaskKind.PAYMENT_REFUSED
    assert build_task(PART, kind, "2026-07", 400, "Ask.") == Task(
        uuid5(PART, "task payment_refused 2026-07"), kind, "2026-07", Role.BUDGET_MANAGER, 400, sentence="Ask."
    )
    shared = build_shared_task("gm0637", "entry 1 6", -900, DAY, sentence="Ask.")
    assert shared == Task(
        uuid5(NAMESPACE_URL, "nl.meedoen.ontzorgen bank gm0637 entry 1 6"),
        TaskKind.PAYMENT_DIFFERS,
        "2026-07",
        Role.BUDGET_MANAGER,
        900,
        sentence="Ask.",
    )


def test_a_payment_that_is_made_anew_settles_the_task_about_the_one_it_replaces() -> None:
    first = Instruction(
        PAID, PART, RETURNED, "2026-07", "k", None, "", False, DAY, 500, "h", "A", "NL39RABO0300065264", "huur"
    )
    anew = replace(first, id=REFUSED, replaces=PAID)
    assert list_refusal_task_ids([first, anew]) == [derive_task_id(PAID, TaskKind.PAYMENT_REFUSED, "2026-07")]
