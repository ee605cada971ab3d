"""What earlier months differ by once more is known, to the cent, and which creditor it is netted with."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.statement.rules.corrections import (
    Settled,
    collect_unpaid,
    find_corrections,
    find_late_keys,
    find_run_day,
    set_off,
)
from services.ontzorgen.statement.rules.due import Due, build_versions
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import ChargeTerms, DiscountTerms, UnpaidTerms
from shared.events.codes import ChargeKind

JULY, AUGUST, SEPTEMBER = MONTHS = ("2026-07", "2026-08", "2026-09")
BEGIN, DAY = date(2026, 7, 1), timedelta(days=1)
KEY, RENT = "woonstad/rent/1", ChargeKind.RENT
RULES = MonthRules.resolve(load_law(), policy_in_force("gm0637", BEGIN), SEPTEMBER)
RUN_DAYS = {month: find_run_day(RULES, month, BEGIN) for month in MONTHS}
KIND = RULES.kinds[None][RENT]
CHARGE = ChargeTerms(KEY, RENT, "woonstad", 60_000, BEGIN, known_on=RUN_DAYS[AUGUST])
ENDED = replace(CHARGE, until_day=date(2026, 7, 31), known_on=date(2026, 8, 20))
BEGUN_LATER = replace(CHARGE, from_day=date(2026, 8, 1), known_on=date(2026, 8, 20))


def test_a_month_was_run_on_its_run_day_and_the_first_not_before_the_right_began() -> None:
    run_on = RULES.run_on.day
    late = date(2026, 7, 28)
    assert find_run_day(RULES, JULY, BEGIN) == date(2026, 7, run_on)
    assert find_run_day(RULES, JULY, late) == late
    assert find_run_day(RULES, AUGUST, late) == date(2026, 8, run_on)


@pytest.mark.parametrize(("known_on", "is_late"), [(None, False), (BEGIN, False), (BEGIN + DAY, True)])
def test_what_became_known_after_the_first_run_is_late(known_on: date | None, *, is_late: bool) -> None:
    keys = frozenset({KEY} if is_late else ())
    rules = replace(RULES, run_on=RULES.run_on.replace(day=1))
    charge = replace(CHARGE, known_on=known_on)
    assert find_late_keys([charge], rules, BEGIN) == keys
    discounts = [DiscountTerms("woonstad", 10, BEGIN, known_on=known_on)]
    assert find_late_keys([replace(CHARGE, known_on=None)], rules, BEGIN, discounts) == keys
    other = [DiscountTerms("vitens", 10, BEGIN, known_on=known_on)]
    assert find_late_keys([replace(CHARGE, known_on=None)], rules, BEGIN, other) == frozenset()


@pytest.mark.parametrize(
    ("charge", "asked_now", "settled", "corrections"),
    [
        (CHARGE, {SEPTEMBER: 60_000}, {}, {JULY: 60_000}),
        (replace(CHARGE, known_on=RUN_DAYS[AUGUST] + DAY), {SEPTEMBER: 60_000}, {}, {JULY: 60_000, AUGUST: 60_000}),
        (CHARGE, {SEPTEMBER: 60_000}, {(KEY, JULY): 59_999}, {JULY: 1}),
        (CHARGE, {SEPTEMBER: 60_000}, {(KEY, JULY): 60_001, ("other", JULY): 5}, {JULY: -1}),
        (CHARGE, {SEPTEMBER: 60_000}, {(KEY, JULY): 60_000}, {}),
        (CHARGE, dict.fromkeys(MONTHS, 60_000), {}, {}),
        (ENDED, {}, {(KEY, JULY): 60_000, (KEY, AUGUST): 60_000}, {AUGUST: -60_000}),
        (ENDED, {}, {(KEY, JULY): 60_000, ("other", AUGUST): 60_000}, {}),
        (BEGUN_LATER, {SEPTEMBER: 60_000}, {(KEY, JULY): 60_000, (KEY, AUGUST): 60_000}, {JULY: -60_000}),
    ],
)
def test_a_month_that_was_run_before_all_was_known_differs_by_what_is_due_less_what_was_asked(
    charge: ChargeTerms, asked_now: dict[str, int], settled: Settled, corrections: dict[str, int]
) -> None:
    found = find_corrections(
        build_versions([charge]), KIND, asked_now, settled, through=MONTHS, run_days=RUN_DAYS, discounts=()
    )
    assert found == [Due(KIND.rank, month, "woonstad", KEY, RENT, cents) for month, cents in corrections.items()]


def test_a_discount_that_became_known_late_gives_back_what_it_takes_off() -> None:
    charge = replace(CHARGE, known_on=None)
    settled = {(KEY, month): 60_000 for month in (JULY, AUGUST)}
    for known_on, months in ((RUN_DAYS[AUGUST], [JULY]), (RUN_DAYS[AUGUST] + DAY, [JULY, AUGUST])):
        discount = DiscountTerms("woonstad", 10, BEGIN, known_on=known_on)
        found = find_corrections(
            build_versions([charge]),
            KIND,
            {SEPTEMBER: 54_000},
            settled,
            through=MONTHS,
            run_days=RUN_DAYS,
            discounts=(discount, DiscountTerms("vitens", 10, BEGIN, known_on=date(2027, 1, 1))),
        )
        assert [(due.for_month, due.cents) for due in found] == [(month, -6_000) for month in months]


def test_what_was_left_unpaid_is_asked_once_in_its_month_or_in_the_run_after_it() -> None:
    now = UnpaidTerms(KEY, RENT, "woonstad", JULY, JULY, SEPTEMBER, 1_000)
    missed, next_month = replace(now, month=AUGUST, amount_cents=2_000), replace(now, month="2026-10")
    rank = RULES.policy.pay_order.index(RENT)
    of_now = Due(rank, JULY, "woonstad", now.key, RENT, 1_000)
    of_missed = Due(rank, JULY, "woonstad", missed.key, RENT, 2_000)
    unpaid = (now, missed, next_month)
    assert collect_unpaid(unpaid, RULES, None) == [of_now]
    assert collect_unpaid(unpaid, RULES, {}) == [of_now, of_missed]
    assert collect_unpaid(unpaid, RULES, {(missed.key, JULY): 2_000}) == [of_now]
    assert collect_unpaid(unpaid, RULES, {(missed.key, AUGUST): 2_000}) == [of_now, of_missed]


def due(month: str, cents: int, creditor: str = "woonstad") -> Due:
    return Due(1, month, creditor, f"{creditor}/1", RENT, cents)


@pytest.mark.parametrize(
    ("corrections", "charges", "applied", "carried"),
    [
        ([due(JULY, 500)], [], [due(JULY, 500)], []),
        ([due(JULY, -500)], [due(SEPTEMBER, 500)], [due(JULY, -500)], []),
        ([due(JULY, -500)], [due(SEPTEMBER, 300), due(SEPTEMBER, 200)], [due(JULY, -500)], []),
        ([due(JULY, -500)], [due(SEPTEMBER, 499)], [due(JULY, -499)], [due(JULY, -1)]),
        ([due(JULY, -500)], [due(SEPTEMBER, 900, "vitens")], [], [due(JULY, -500)]),
        ([due(AUGUST, 1), due(JULY, -1)], [], [due(JULY, -1), due(AUGUST, 1)], []),
        (
            [due(AUGUST, -300), due(JULY, -300)],
            [due(SEPTEMBER, 400)],
            [due(JULY, -300), due(AUGUST, -100)],
            [due(AUGUST, -200)],
        ),
    ],
)
def test_what_a_creditor_owes_is_netted_with_what_it_is_due_now_and_the_rest_is_carried_forward(
    corrections: list[Due], charges: list[Due], applied: list[Due], carried: list[Due]
) -> None:
    assert set_off(corrections, charges) == (applied, carried)
