"""What matched entries leave for a person: what came back, what differs, and batches of nobody in particular."""

from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.follow_ups import (
    Difference,
    PartialBatch,
    build_shared_task,
    build_task,
    follow_up,
    list_paid_ids,
)
from services.ontzorgen.bank.rules.matching import Match, Outcome, Sent
from services.ontzorgen.bank.rules.refusals import Refusal
from services.ontzorgen.tasks.rules import TaskKind
from shared.identity import Role

DAY = date(2026, 7, 2)
PAID, PART, RETURNED, PARTLY_RETURNED, REFUSED = (UUID(int=number) for number in range(1, 6))
SENT = {sent_id: Sent(sent_id, 500) for sent_id in (PAID, PART, RETURNED, PARTLY_RETURNED, REFUSED)}
ENTRIES = [Entry(number, "", DAY, 0, "", ()) for number in range(1, 8)]
MATCHES = [
    Match(1, 1, Outcome.MATCH, -500, PAID, ""),
    Match(2, 1, Outcome.PART, -400, PART, ""),
    Match(3, 1, Outcome.RETURNED, 500, RETURNED, ""),
    Match(4, 1, Outcome.RETURNED, 100, PARTLY_RETURNED, "AC04"),
    Match(5, 1, Outcome.MATCH, -500, REFUSED, ""),
    Match(6, 1, Outcome.PART, -900, None, ""),
    Match(7, 1, Outcome.UNKNOWN, -30, None, ""),
]


def test_each_outcome_leaves_what_somebody_has_to_look_at_and_a_plain_match_nothing() -> None:
    assert list_paid_ids(MATCHES) == [PAID, REFUSED]
    result = follow_up(ENTRIES, MATCHES, SENT, [REFUSED])
    assert result.refusals == [Refusal(RETURNED, "NARR", DAY)]
    assert result.partial_batches == [PartialBatch(6, -900, DAY)]
    assert result.differences == [
        Difference(REFUSED, 500, DAY),
        Difference(PART, 400, DAY),
        Difference(PARTLY_RETURNED, 100, DAY),
    ]


def test_what_is_paid_twice_differs() -> None:
    twice = Match(2, 1, Outcome.UNKNOWN, -500, PAID, "")
    result = follow_up(ENTRIES, [MATCHES[0], twice], SENT, [])
    assert result.differences == [Difference(PAID, 500, DAY)]


def test_a_task_has_an_id_that_follows_from_what_it_is_about() -> None:
    task = build_task(PART, TaskKind.PAYMENT_DIFFERS, "2026-07", 400)
    assert (task.id, task.for_role) == (uuid5(PART, "task payment_differs 2026-07"), Role.BUDGET_MANAGER)
    shared = build_shared_task("gm0637", "entry 1 6", -900, DAY)
    assert (shared.kind, shared.month, shared.amount_cents) == (TaskKind.PAYMENT_DIFFERS, "2026-07", 900)
    assert shared.id != build_shared_task("gm0080", "entry 1 6", -900, DAY).id
