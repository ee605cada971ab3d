"""Recurring months: what they are said to be is what the statement of each of them is."""

import os
import secrets
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import structlog
from plain_policy import PlainPolicy, statements_of

# The plain implementation and the random lives stand beside the tests, which are no package.
from random_lives import FIRST_DAY, chance, day_in, random_life, special

from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.rules.month import without_mandate_cents
from services.ontzorgen.run.rules.recurring_months import (
    RecurringNorm,
    find_recurring_months,
    hash_terms,
    recurring_norms,
)
from services.ontzorgen.statement.rules.corrections import find_late_keys
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import (
    Adult,
    ChargeTerms,
    Composition,
    DiscountTerms,
    PayOut,
    Situation,
    UnpaidTerms,
)
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus, add_settled
from shared.calendar import month_of
from shared.events.codes import ChargeKind, HouseholdType

LIVES = int(os.environ.get("MEEDOEN_STEADY_LIVES", "2000"))
SEED_MAX = 1_000_000_000
RECURRING_SHARE_MIN = 0.02  # of the months looked at, some 0.06; with fewer the lives would show nothing
LATE_MIN = 5  # some 70 in 2,000 lives, but few lives bear many of them: the lowest of 500 lives was 3, the highest 50


def home(random: Random, day: date) -> Composition:
    """Adults for whom the norm may recur, some with a birthday that matters close by."""
    kind = random.choice(tuple(HouseholdType))
    reached = day + timedelta(days=random.randint(-40, 200))
    ages = (Adult(age=30), Adult(age=59), Adult(born_on=date(1980, 2, 29)))
    ages += tuple(Adult(born_on=birthday_of(reached, years)) for years in (21, 60, 67))
    adults = tuple(random.choice(ages) for _ in range(2 if kind is HouseholdType.COUPLE else 1))
    if chance(random, 5):
        adults = special(random, list(adults))
    pay_out, sharers = random.choice(tuple(PayOut)), random.choice((0, 0, 1, 4, 5))
    return Composition(day, kind, adults, cost_sharers=sharers, pay_out=pay_out)


def birthday_of(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def calm(random: Random, situation: Situation, choices: dict[str, Any]) -> tuple[Situation, dict[str, Any]]:
    """The same life with fewer things in it, each left out by chance, so that many of its months recur."""
    by_key: dict[str, ChargeTerms] = {}
    charges = situation.charges
    if chance(random, 80):
        charges = tuple(replace(charge, known_on=None) for charge in charges)
        charges = tuple(by_key.setdefault(charge.key, charge) for charge in charges if charge.key not in by_key)
    if chance(random, 70):
        charges = tuple(replace(charge, from_day=FIRST_DAY, first_due=None) for charge in charges)
        charges = tuple(charge for charge in charges if charge.until_day is None or charge.until_day >= FIRST_DAY)
        if chance(random, 50):
            charges += tuple(change(random, charge, situation.right_from) for charge in charges if chance(random, 50))
    begin = situation.right_from.replace(day=1) if chance(random, 90) else situation.right_from
    homes = situation.compositions if chance(random, 10) else (home(random, begin),)
    quiet = {"weekly": [], "prepay": False} if chance(random, 90) else {}
    return replace(
        situation,
        right_from=begin,
        charges=charges,
        compositions=homes,
        allowances=situation.allowances if chance(random, 10) else (),
        grants=situation.grants if chance(random, 15) else (),
        prepay=False if chance(random, 90) else situation.prepay,
        payment_dates=situation.payment_dates if chance(random, 10) else None,
        weekly=((day_in(random, begin, 0, 90), chance(random, 70)),) if chance(random, 10) else (),
        unpaid=(leave_unpaid(random, charges[0], begin),) if charges and chance(random, 10) else (),
        income=situation.income if chance(random, 4) else (),
        reductions=situation.reductions if chance(random, 4) else (),
        attachments=situation.attachments if chance(random, 4) else (),
        discounts=(agree_discount(random, charges[0], begin),) if charges and chance(random, 30) else (),
    ), {**choices, **quiet}


def change(random: Random, charge: ChargeTerms, begin: date) -> ChargeTerms:
    """Another amount from the first of a month on, known before or after that day."""
    from_day = (begin + timedelta(days=random.randint(-31, 120))).replace(day=1)
    known_on = max(begin, from_day + timedelta(days=random.randint(-40, 70)))
    amount_cents, until_day = random.randint(0, 20_000), None
    if chance(random, 20):
        until_day = from_day + timedelta(days=random.randint(0, 90))
    return replace(charge, from_day=from_day, known_on=known_on, amount_cents=amount_cents, until_day=until_day)


def agree_discount(random: Random, charge: ChargeTerms, begin: date) -> DiscountTerms:
    """A discount of a creditor on one kind or on all, from some day on, known before or after it."""
    from_day = day_in(random, begin, -90, 120)
    until_day = day_in(random, from_day, 0, 120) if chance(random, 40) else None
    known_on = day_in(random, from_day, -40, 70) if chance(random, 40) else None
    kind = charge.kind if chance(random, 50) else None
    return DiscountTerms(charge.creditor, random.randint(0, 100), from_day, until_day, known_on, kind)


def leave_unpaid(random: Random, charge: ChargeTerms, begin: date) -> UnpaidTerms:
    """Part of a charge that the money of the first month did not reach, and that a later month pays."""
    first, again = month_of(begin), month_of(begin + timedelta(days=random.randint(32, 150)))
    return UnpaidTerms(charge.key, charge.kind, charge.creditor, first, first, again, random.randint(1, 5_000))


def summarise(statement: Statement) -> dict[str, object]:
    """What a recurring month has of a statement; the rest of it must be empty."""
    assert (statement.status, statement.corrections, statement.creditor_credits, statement.solutions) == (
        StatementStatus.OK,
        (),
        (),
        (),
    )
    assert (statement.routed_allowances_cents, statement.grants_cents, statement.shortfall_cents) == (0, 0, 0)
    assert statement.task_for is None
    assert all(charge.due_cents == charge.paid_cents for charge in statement.charges)
    assert statement.remainder_cents == statement.available_cents - statement.charges_total_cents
    return {
        "charges": [
            (charge.key, charge.kind, charge.creditor, charge.for_month, charge.due_cents)
            for charge in statement.charges
        ],
        "norm": RecurringNorm(statement.norm_cents, statement.payable_cents),
        "left": statement.left_to_person,
        "payments": list(statement.payments),
    }


def play(seed: int) -> Counter[str]:
    """How many months were looked at, how many of them recur, and how many though something was known late."""
    random = Random(seed)
    situation, choices, months = random_life(random)
    situation, choices = calm(random, situation, choices)
    statements = {statement.month: statement for statement in statements_of(situation, choices, months)}
    without = tuple(charge for charge in random_life(random)[0].charges if chance(random, 5))
    file = MonthsInput(situation, without, bool(situation.charges))
    counts = Counter(months=len(statements))
    settled: dict[tuple[str, str], int] = {}
    for month, statement in statements.items():
        rules = MonthRules.resolve(load_law(), PlainPolicy(choices), month)
        is_late = bool(find_late_keys(situation.charges, rules, situation.right_from, situation.discounts))
        terms = hash_terms(rules, situation.self_reliance)
        recurring = find_recurring_months(file, rules, terms, settled)
        if is_late:
            assert find_recurring_months(file, rules, terms) is None, (seed, month)
        for later, later_statement in statements.items():
            if recurring is None or not month <= later <= recurring.last_month:
                continue
            now = MonthRules.resolve(load_law(), PlainPolicy(choices), later)
            norm = recurring_norms(now).get(recurring.norm_key)
            if norm is None or not norm.covers(recurring):
                continue
            if hash_terms(now, situation.self_reliance) != recurring.terms:
                continue
            counts.update(["recurring", *(["late"] if is_late else [])])
            assert without_mandate_cents(file, now) == 0, (seed, month, later)
            rest = norm.payable_cents - recurring.charges_cents
            half = rest // 2 if recurring.in_halves else 0
            payments = (("person", rest - half), ("partner", half))
            assert summarise(later_statement) == {
                "charges": [(due.key, due.kind, due.creditor, later, due.cents) for due in recurring.charges],
                "norm": norm,
                "left": recurring.left_to_person,
                "payments": [(now.pay_on, payee, cents) for payee, cents in payments if cents],
            }, (seed, month, later)
        settled = add_settled(statement, settled)
    return counts


@pytest.mark.timeout(900)
def test_a_recurring_month_is_what_the_statement_of_every_month_in_its_period_says() -> None:
    first = int(os.environ.get("MEEDOEN_SEED") or secrets.randbelow(SEED_MAX))
    structlog.get_logger("tests").info("recurring_lives_begin", seed=first)
    played = sum((play(seed) for seed in range(first, first + LIVES)), Counter[str]())
    structlog.get_logger("tests").info("recurring_lives_ended", **played)
    assert played["recurring"] > RECURRING_SHARE_MIN * played["months"]
    assert played["late"] >= LATE_MIN


def test_other_terms_of_a_policy_are_other_terms_of_recurring_months() -> None:
    """Each of them changes what is due of a household, or when it is paid."""
    policy, july = policy_in_force("gm0637", date(2026, 7, 1)), "2026-07"
    others = (
        {"prepay": not policy.prepay},
        {"whole_month_kinds": policy.whole_month_kinds ^ {ChargeKind.RENT}},
        {"priority": tuple(reversed(policy.priority))},
    )
    policies = [policy, *(policy.model_copy(update=other) for other in others)]
    terms = [hash_terms(MonthRules.resolve(load_law(), policy, july), None) for policy in policies]
    assert len(set(terms)) == len(terms)
    rules = MonthRules.resolve(load_law(), policy, july)
    assert hash_terms(rules, None) == hash_terms(MonthRules.resolve(load_law(), policy, "2026-08"), None)


@pytest.mark.parametrize(
    "partner",
    [Adult(age=30, has_right=False), Adult(age=30, in_institution=True), Adult(age=19), Adult(age=67)],
)
def test_a_household_with_a_norm_of_its_own_is_computed(partner: Adult) -> None:
    first = date(2026, 7, 1)
    rent = ChargeTerms("rent", ChargeKind.RENT, "woonstad", 100, first)
    rules = MonthRules.resolve(load_law(), policy_in_force("gm0637", first), "2026-07")
    usual = Composition(first, HouseholdType.COUPLE, (Adult(age=30), Adult(age=30)))
    file = MonthsInput(Situation(first, (usual,), charges=(rent,)), (), has_charges=True)
    assert find_recurring_months(file, rules, "terms") is not None
    other = replace(file.situation, compositions=(replace(usual, adults=(Adult(age=30), partner)),))
    assert find_recurring_months(replace(file, situation=other), rules, "terms") is None
