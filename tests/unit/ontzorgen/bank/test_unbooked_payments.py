"""Payments that no statement showed in time: after how many days, in how many tasks, and of whom."""

from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.bank.rules.follow_ups import derive_shared_id
from services.ontzorgen.bank.rules.unbooked_payments import UnbookedPayment, find_overdue_days, list_reports
from services.ontzorgen.tasks.rules import TaskKind, derive_task_id
from shared.identity import Role

FRIDAY, KIND = date(2026, 7, 3), TaskKind.PAYMENT_UNBOOKED


def build_payment(number: int, batch_id: str, cents: int = 500) -> UnbookedPayment:
    household_id = UUID(int=100 + number)
    return UnbookedPayment(UUID(int=number), household_id, "2026-06", cents, FRIDAY, batch_id, f"F{batch_id}")


SHOWN, SHOWN_TOO = build_payment(1, "B1", 100), build_payment(2, "B1", 200)
FIRST, SECOND, THIRD = (build_payment(number, "B2", number * 1_000) for number in (3, 4, 5))
ALONE = build_payment(6, "B3", 700)


def test_what_the_bank_carried_out_on_a_friday_shows_after_the_business_days_that_follow() -> None:
    monday, sunday = date(2026, 7, 6), date(2026, 7, 5)
    assert find_overdue_days(monday + timedelta(days=1), 2) == (date(2026, 6, 1), FRIDAY - timedelta(days=1))
    assert find_overdue_days(monday + timedelta(days=2), 2) == (date(2026, 6, 4), sunday)


def test_each_payment_is_a_task_of_its_household_unless_nothing_of_its_batch_was_shown() -> None:
    payments = [SHOWN, FIRST, SHOWN_TOO, SECOND, ALONE, THIRD]
    reports = list_reports("gm0637", payments, {"B1", "B9"}, 2)
    assert [(report.household_id, report.payment_ids) for report in reports] == [
        (SHOWN.household_id, (SHOWN.id,)),
        (SHOWN_TOO.household_id, (SHOWN_TOO.id,)),
        (None, (FIRST.id, SECOND.id, THIRD.id)),
        (ALONE.household_id, (ALONE.id,)),
    ]
    assert [(report.task.id, report.task.month, report.task.amount_cents) for report in reports] == [
        (derive_task_id(SHOWN.id, KIND, "2026-06"), "2026-06", 100),
        (derive_task_id(SHOWN_TOO.id, KIND, "2026-06"), "2026-06", 200),
        (derive_shared_id("gm0637", "unbooked B2"), "2026-07", 12_000),
        (derive_task_id(ALONE.id, KIND, "2026-06"), "2026-06", 700),
    ]
    assert {(report.task.kind, report.task.for_role) for report in reports} == {(KIND, Role.BUDGET_MANAGER)}


def test_it_says_with_which_ids_to_ask_the_bank() -> None:
    one, batch = list_reports("gm0637", [ALONE, FIRST, SECOND], set(), 2)
    for words in ("2026-07-03, 2 business days later", "file FB3", ALONE.id.hex):
        assert words in str(one.task.sentence)
    for words in ("any of the 2 payments of 2026-07-03 in file FB2, 2 business days later", "nothing is made anew"):
        assert words in str(batch.task.sentence)
    assert list_reports("gm0637", [], {"B1"}, 2) == []
