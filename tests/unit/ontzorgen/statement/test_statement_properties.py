"""The month's statement over whole random lives: it agrees with a plain second implementation, to the cent."""

import os
import secrets
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

# The plain implementation and the random lives stand beside the tests, which are no package.
import plain_statement as plain
import pytest
import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from plain_policy import PlainPolicy, statements_of
from random_lives import MONTHS_OF_A_LIFE, random_life
from random_means import CREDITORS

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction, find_last_month
from services.ontzorgen.statement.rules.situation import Adult, Composition, ParentsSupport, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statement
from services.ontzorgen.statement.rules.wording import explain_charges, explain_income
from shared.calendar import month_of
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType

FAILED_SEEDS = Path(__file__).parents[2] / "lives_that_failed.txt"
MONTHS = int(os.environ.get("MEEDOEN_MONTHS", "100000"))
PARTS = 4  # so that workers can share them
SEED_MAX = 1_000_000_000
RANDOMS = st.randoms(use_true_random=False)

Life = dict[str, dict[str, Any]]
whole_lives = settings(
    max_examples=200,
    phases=set(Phase) - {Phase.explain},  # lives are long: explaining one takes minutes
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def entry_of(line: ChargeMonth | Correction) -> dict[str, Any]:
    return {"key": line.key, "kind": line.kind.value, "creditor": line.creditor, "for_month": line.for_month}


def shape_of(statement: Statement, choices: plain.Choices) -> dict[str, Any]:
    """Return a statement in the shape of the plain implementation."""
    charges = [
        {**entry_of(charge), "due": charge.due_cents, "paid": charge.paid_cents, "unpaid": charge.unpaid_cents}
        for charge in statement.charges
    ]
    return {
        "status": statement.status.value,
        "norm": statement.norm_cents,
        "payable": statement.payable_cents,
        "reserve": statement.holiday_reserve_cents,
        "routed": statement.routed_allowances_cents,
        "available": statement.available_cents,
        "charges": sorted(charges, key=plain.order(choices)),
        "corrections": sorted(
            (
                {**entry_of(correction), "cents": correction.cents, "paid": correction.paid_cents}
                for correction in statement.corrections
            ),
            key=plain.order(choices),
        ),
        "charges_total": statement.charges_total_cents,
        "correction": statement.correction_cents,
        "remainder": statement.remainder_cents,
        "shortfall": statement.shortfall_cents,
        "payments": [tuple(payment) for payment in statement.payments],
        "income": statement.income_cents,
        "exempt": statement.income_exempt_cents,
        "reduction": statement.reduction_cents,
        "attachments": [(key, kind.value, creditor, cents) for key, kind, creditor, cents in statement.attachments],
        "attached": statement.attachment_cents,
        "protected": statement.protected_cents,
        "holiday_paid": statement.holiday_paid_cents,
        "holiday_handed_over": statement.holiday_handed_over_cents,
        "holiday_payments": [tuple(payment) for payment in statement.holiday_payments],
        "solutions": [solution.value for solution in statement.solutions],
        "task": statement.task_for,
    }


def ours(situation: Situation, choices: plain.Choices, months: list[str]) -> Life:
    return {statement.month: shape_of(statement, choices) for statement in statements_of(situation, choices, months)}


def plains(situation: Situation, choices: plain.Choices, months: list[str]) -> Life:
    try:
        return plain.life(situation, choices, months)
    except plain.RefusedError:
        return {}


@given(random=RANDOMS)
@whole_lives
def test_both_implementations_agree_on_every_amount_entry_payment_and_status(random: Random) -> None:
    situation, choices, months = random_life(random)
    assert ours(situation, choices, months) == plains(situation, choices, months)


@given(random=RANDOMS)
@whole_lives
def test_every_month_adds_up_and_nothing_is_negative_or_taken_from_the_protected_income(random: Random) -> None:
    situation, choices, months = random_life(random)
    protected = {terms.key: terms.protected_cents for terms in situation.attachments}
    for month in ours(situation, choices, months).values():
        remaining = month["payable"]
        for key, _, _, cents in month["attachments"]:
            remaining -= cents
            assert protected[key] <= min(remaining, month["protected"])
        lines = month["charges_total"] + month["correction"]
        assert lines == month["available"] - month["remainder"] + month["shortfall"]
        assert month["charges_total"] == sum(entry["due"] for entry in month["charges"])
        assert month["correction"] == sum(entry["cents"] for entry in month["corrections"])
        late = sum(entry["cents"] - entry["paid"] for entry in month["corrections"])
        assert month["shortfall"] == sum(entry["unpaid"] for entry in month["charges"]) + late
        assert all(asked_by(month, creditor) >= 0 for creditor in CREDITORS)
        assert month["norm"] - month["income"] - month["reduction"] == month["payable"] + month["reserve"]
        assert month["available"] >= month["payable"] - month["attached"] + month["routed"]
        assert month["attached"] == sum(cents for *_, cents in month["attachments"])
        assert month["remainder"] == sum(cents for _, _, cents in month["payments"])
        assert month["holiday_paid"] == sum(cents for _, _, cents in month["holiday_payments"])
        assert all(entry["due"] == entry["paid"] + entry["unpaid"] for entry in month["charges"])
        assert all(min(entry["due"], entry["paid"], entry["unpaid"]) >= 0 for entry in month["charges"])
        assert all(month[name] >= 0 for name in plain.AMOUNTS if name != "correction")
        assert all(cents > 0 for _, _, cents in (*month["payments"], *month["holiday_payments"]))


@given(random=RANDOMS)
@whole_lives
def test_the_lines_of_every_month_sum_to_what_was_asked_and_to_what_was_available(random: Random) -> None:
    situation, choices, months = random_life(random)
    for statement in statements_of(situation, choices, months):
        rules = MonthRules.resolve(load_law(), PlainPolicy(choices), statement.month)
        charges, income = explain_charges(statement, situation, rules), explain_income(statement, situation, rules)
        assert (
            sum(line.cents for line in charges)
            == statement.available_cents - statement.remainder_cents + statement.shortfall_cents
        )
        assert sum(line.cents for line in income) == statement.available_cents
        assert all(line.text and line.basis for line in (*charges, *income))


def runs_of(situation: Situation, life: Life) -> list[str]:
    """The months in which charges were paid."""
    last = plain.last_month_of(situation)
    return [month for month, statement in life.items() if statement["status"] != "no_right" and month <= last]


def final_dues(situation: Situation, choices: plain.Choices, life: Life) -> dict[str, int]:
    """What each creditor is due over the months that were run, by all that was known in the last run."""
    runs = runs_of(situation, life)
    last = max(m for run in runs for m in plain.months_settled_in(situation, choices, run) or [""])
    dues: dict[str, int] = {}
    for key in {terms.key for terms in situation.charges}:
        known_day = plain.run_day(situation, choices, runs[-1])
        versions = plain.versions_known(situation, key, known_day)
        if not versions or versions[0].kind not in plain.package_of(situation, choices):
            continue
        discounts = plain.discounts_known(situation, known_day)
        month = min(plain.month_of(terms.from_day) for terms in versions)
        while month <= last:
            cents = plain.due_until(plain.parts_of(versions, month, choices, discounts), runs[0], last)
            dues[versions[0].creditor] = dues.get(versions[0].creditor, 0) + cents
            month = plain.next_month(month)
    return dues


def asked_by(statement: dict[str, Any], creditor: str) -> int:
    dues = sum(entry["due"] for entry in statement["charges"] if entry["creditor"] == creditor)
    return dues + sum(entry["cents"] for entry in statement["corrections"] if entry["creditor"] == creditor)


@given(random=RANDOMS)
@whole_lives
def test_over_a_whole_life_each_creditor_is_settled_for_what_is_due_by_what_is_known_in_the_end(random: Random) -> None:
    situation, choices, months = random_life(random)
    life = ours(situation, choices, months)
    dues = final_dues(situation, choices, life) if life else {}
    for creditor in CREDITORS:
        asked_cents = sum(asked_by(statement, creditor) for statement in life.values())
        waiting = asked_cents - dues.get(creditor, 0)
        assert waiting >= 0
        # What a creditor still owes back waits only when nothing was due to that creditor in the last run.
        assert waiting == 0 or asked_by(life[runs_of(situation, life)[-1]], creditor) == 0


@given(random=RANDOMS)
@settings(whole_lives, max_examples=100)
def test_the_holiday_allowance_stands_aside_until_it_is_paid_or_handed_over_to_the_last_cent(random: Random) -> None:
    situation, choices, months = random_life(random)
    last = plain.last_month_of(situation)
    reserved = 0
    for name, month in ours(situation, choices, months).items():
        before, reserved = reserved, reserved + (month["reserve"] if name <= last else 0)
        reserved -= month["holiday_paid"] + month["holiday_handed_over"]
        assert reserved >= 0
        assert not name.endswith("-06") or month["holiday_paid"] >= before
        if name >= last or (situation.right_until and plain.month_of(situation.right_until) <= name):
            assert reserved == 0
        else:
            assert month["holiday_handed_over"] == 0


@given(random=RANDOMS)
@settings(whole_lives, max_examples=100)
def test_an_end_that_becomes_known_late_leaves_nothing_aside_and_takes_nothing_back(random: Random) -> None:
    """As runs compute it: month by month, the ends known from some month on, what is set aside taken along."""
    situation, choices, months = random_life(random)
    known_from = random.choice(months)
    still_open = replace(situation, right_until=None, last_day=date(2030, 1, 1))
    reserved = 0
    try:
        for month in months:
            rules = MonthRules.resolve(load_law(), PlainPolicy(choices), month)
            known = situation if month >= known_from else still_open
            statement = compute_statement(known, rules, month, reserved_cents=reserved)
            in_relief = month <= find_last_month(known)
            reserved += statement.holiday_reserve_cents if in_relief else 0
            reserved -= statement.holiday_paid_cents + statement.holiday_handed_over_cents
            assert reserved >= 0
            is_over = month >= find_last_month(known) or month_of(known.right_until or date.max) <= month
            assert not is_over or reserved == 0
    except WrongInputError:
        return


@given(random=RANDOMS)
@whole_lives
def test_no_creditor_is_paid_from_the_money_while_one_of_higher_priority_is_not(random: Random) -> None:
    situation, choices, months = random_life(random)
    for statement in ours(situation, choices, months).values():
        owing = {entry["creditor"] for entry in statement["corrections"] if entry["cents"] < 0}
        late = [{**entry, "due": entry["cents"]} for entry in statement["corrections"] if entry["cents"] > 0]
        waiting: list[str] = []
        for entry in sorted([*late, *statement["charges"]], key=lambda entry: plain.order(choices)(entry)[:3]):
            assert not waiting or entry["paid"] == 0 or entry["creditor"] in owing
            waiting += [entry["key"]] if entry["paid"] < entry["due"] else []


def test_the_plain_implementation_knows_the_amounts_that_were_worked_out_by_hand() -> None:
    unable = Adult(age=19, parents_support=ParentsSupport.UNABLE)
    alone = Composition(date(2026, 7, 1), HouseholdType.SINGLE, (unable,))
    four = Composition(date(2026, 7, 1), HouseholdType.COUPLE, (Adult(age=30), Adult(age=40)), cost_sharers=2)
    half = Composition(date(2026, 9, 16), HouseholdType.SINGLE, (Adult(born_on=date(2005, 10, 31)),))
    assert norms_of(alone) == {"2026-07": 350_42 + 762_24, "2026-08": 1112_66}
    assert norms_of(four) == {"2026-07": 2 * 811_12, "2026-08": 1622_24}
    # 30 days of the youth norm and the birthday itself: (30 x 350.42 + 1419.46) / 31.
    assert norms_of(half) == {"2026-09": 175_21, "2026-10": 384_91}


def norms_of(home: Composition) -> dict[str, int]:
    first = plain.month_of(home.from_day)
    life = plain.life(Situation(home.from_day, (home,)), plain.CHOICES, [first, plain.next_month(first)])
    return {month: statement["norm"] for month, statement in life.items()}


def list_failed_seeds() -> list[int]:
    return [int(line) for line in FAILED_SEEDS.read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.timeout(900)  # a busy machine is no counterexample
@pytest.mark.parametrize("part", range(PARTS))
def test_both_implementations_agree_on_as_many_random_months_as_asked(part: int) -> None:
    failed_seeds = list_failed_seeds()
    first = int(os.environ.get("MEEDOEN_SEED") or secrets.randbelow(SEED_MAX))
    structlog.get_logger("tests").info("lives_begin", seed=first)
    lives = -(-MONTHS // (MONTHS_OF_A_LIFE * PARTS))
    for seed in [*failed_seeds, *range(first, first + lives)]:
        life = random_life(Random(seed))
        if ours(*life) != plains(*life):
            if seed not in failed_seeds:
                with FAILED_SEEDS.open("a") as file:
                    file.write(f"{seed}\n")
            pytest.fail(f"The statements differ in the life of seed {seed}: MEEDOEN_SEED={seed} plays it first.")
