"""What matched entries leave for a person: what came back, what differs, and batches of nobody in particular."""

from datetime import date
from uuid import UUID, uuid5

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
)
from services.ontzorgen.bank.rules.matching import Match, Outcome, Sent
from services.ontzorgen.bank.rules.refusals import Refusal
from services.ontzorgen.tasks.rules import TaskKind
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


def test_a_task_has_an_id_that_follows_from_what_it_is_about() -> None:
    task = build_task(PART, TaskKind.PAYMENT_DIFFERS, "2026-07", 400)
    assert (task.id, task.for_role) == (uuid5(PART, "task payment_differs 2026-07"), Role.BUDGET_MANAGER)
    shared = build_shared_task("gm0637", "entry 1 6", -900, DAY)
    assert (shared.kind, shared.month, shared.amount_cents) == (TaskKind.PAYMENT_DIFFERS, "2026-07", 900)
    assert shared.id != build_shared_task("gm0080", "entry 1 6", -900, DAY).id
