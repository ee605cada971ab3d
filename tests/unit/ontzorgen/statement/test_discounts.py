"""Supplier agreements: each charge of that creditor is lowered from the first day, to the cent, also afterwards."""

from dataclasses import replace
from datetime import date

import pytest
from statement_cases import FIRST, POLICY, charge, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.discounts import find_agreement_percent
from services.ontzorgen.statement.rules.month_rules import KindTerms, MonthRules
from services.ontzorgen.statement.rules.situation import DiscountTerms, Situation
from services.ontzorgen.statement.rules.statement import add_settled, compute_statement
from services.ontzorgen.statement.rules.wording import explain_charges
from shared.events.codes import ChargeKind, SelfRelianceClass

RENT, ENERGY = ChargeKind.RENT, ChargeKind.ENERGY
TENTH = DiscountTerms("creditor of rent", 10, date(2026, 7, 16))


def rent(*discounts: DiscountTerms, **changes: object) -> Situation:
    return household(charge(RENT, 60_000, **changes), discounts=discounts)


@pytest.mark.parametrize(
    ("discounts", "cents"),
    [
        ((replace(TENTH, from_day=date(2026, 1, 1)),), 54_000),
        ((TENTH,), 56_903),  # 15 days in full and 16 of 31 days at 90 %
        ((replace(TENTH, until_day=date(2026, 7, 20)),), 59_032),  # 5 days at 90 %
        ((replace(TENTH, from_day=FIRST), replace(TENTH, percent=20)), 50_903),  # never both: the higher one
        ((replace(TENTH, from_day=FIRST, percent=100),), 0),
        ((replace(TENTH, creditor="another"),), 60_000),
        ((replace(TENTH, from_day=date(2026, 8, 1)),), 60_000),
    ],
)
def test_a_charge_by_the_day_is_lowered_on_the_days_of_the_agreement(
    discounts: tuple[DiscountTerms, ...], cents: int
) -> None:
    assert run(rent(*discounts)).charges_total_cents == cents


def test_of_a_creditor_with_several_kinds_only_that_of_the_agreement_is_lowered() -> None:
    both = charge(RENT, 60_000), charge(ENERGY, 10_000, creditor=TENTH.creditor)
    rent_alone, energy_alone = (replace(TENTH, from_day=FIRST, kind=kind) for kind in (RENT, ENERGY))
    for discount, cents, basis in (
        (rent_alone, [54_000, 10_000], [True, False]),
        (energy_alone, [60_000, 9_000], [False, True]),
        (replace(TENTH, from_day=FIRST), [54_000, 9_000], [True, True]),
    ):
        july = run(situation := household(*both, discounts=(discount,)))
        assert [line.due_cents for line in july.charges] == cents
        lines = explain_charges(july, situation, MonthRules.resolve(load_law(), POLICY, "2026-07"))
        assert ["10 % off" in line.basis for line in lines] == basis


def test_a_charge_that_holds_for_some_days_is_lowered_on_those_it_has() -> None:
    part = charge(RENT, 62_000, date(2026, 7, 11), until_day=date(2026, 7, 20))
    assert run(household(part, discounts=(TENTH,))).charges_total_cents == 10_000 + 9_000


def test_an_advance_of_a_whole_month_is_lowered_when_the_agreement_holds_on_its_first_day_in_it() -> None:
    discounts = (replace(TENTH, creditor="creditor of energy", until_day=date(2026, 9, 10)),)
    months = [f"2026-{month:02}" for month in (7, 8, 9, 10)]
    old, new = charge(ENERGY, 17_200), charge(ENERGY, 17_200, date(2026, 7, 16))
    for energy, july_cents in ((old, 17_200), (new, 15_480)):
        situation = household(energy, discounts=discounts)
        assert [run(situation, month).charges_total_cents for month in months] == [july_cents, 15_480, 15_480, 17_200]


@pytest.mark.parametrize(("percent", "due_cents"), [(10, 54_000), (3, 57_000)])
def test_of_the_policys_discount_and_the_agreements_the_higher_one_holds(percent: int, due_cents: int) -> None:
    limited = SelfRelianceClass.LIMITED
    changes = {"discount_percent": {RENT: 5}, "discount_classes": frozenset({limited})}
    policy = POLICY.model_copy(update=changes)
    situation = replace(rent(replace(TENTH, percent=percent, from_day=FIRST)), self_reliance=limited)
    july, rules = run(situation, policy=policy), MonthRules.resolve(load_law(), policy, "2026-07")
    assert july.charges_total_cents == due_cents
    (line,) = explain_charges(july, situation, rules)
    expected = "agreement with creditor of rent: 10 % off" if percent > 5 else f"{rules.policy_basis}: discount_percent"
    assert (line.cents, line.basis) == (due_cents, expected)


class TestKnownLate:
    LATE = rent(replace(TENTH, known_on=date(2026, 9, 10)))

    def test_what_was_paid_too_much_is_set_off_in_the_next_run(self) -> None:
        months = [run(self.LATE, f"2026-{month:02}") for month in range(7, 12)]
        assert [month.charges_total_cents for month in months] == [60_000, 60_000, 60_000, 54_000, 54_000]
        corrections = [[(line.for_month, line.cents) for line in month.corrections] for month in months]
        assert corrections[3] == [("2026-07", -3_097), ("2026-08", -6_000), ("2026-09", -6_000)]
        assert not any(corrections[index] for index in (0, 1, 2, 4))

    def test_a_run_with_what_was_settled_gives_the_same(self) -> None:
        settled: dict[tuple[str, str], int] = {}
        for month in range(7, 12):
            rules = MonthRules.resolve(load_law(), POLICY, f"2026-{month:02}")
            statement = compute_statement(self.LATE, rules, rules.month, settled)
            assert statement == run(self.LATE, rules.month)
            settled = add_settled(statement, settled)

    def test_a_charge_known_late_is_corrected_at_the_discount_that_held(self) -> None:
        rose = charge(RENT, 62_000, FIRST, known_on=date(2026, 7, 20))
        situation = household(charge(RENT, 60_000), rose, discounts=(replace(TENTH, from_day=FIRST),))
        august = run(situation, "2026-08")
        assert [(line.for_month, line.cents) for line in august.corrections] == [("2026-07", 1_800)]
        assert august.charges_total_cents == 55_800

    def test_what_was_known_at_the_first_run_is_no_correction(self) -> None:
        known = rent(replace(TENTH, known_on=date(2026, 7, 1)))
        assert run(known).charges_total_cents == 56_903
        assert run(known, "2026-08").corrections == ()


BY_DAY, IN_ADVANCE = KindTerms(0, by_day=True, payable_percent=100), KindTerms(0, by_day=False, payable_percent=100)
LAST = date(2026, 7, 31)


@pytest.mark.parametrize(
    ("terms", "begin", "kind", "percent"),
    [
        (replace(TENTH, from_day=FIRST), FIRST, IN_ADVANCE, 10),
        (TENTH, FIRST, IN_ADVANCE, 0),
        (TENTH, FIRST, BY_DAY, 10),
        (TENTH, FIRST, None, 10),
        (TENTH, date(2026, 7, 16), IN_ADVANCE, 10),
        (replace(TENTH, from_day=LAST), FIRST, BY_DAY, 10),
        (replace(TENTH, from_day=LAST), LAST, IN_ADVANCE, 10),
        (replace(TENTH, from_day=date(2026, 8, 1)), FIRST, BY_DAY, 0),
        (replace(TENTH, from_day=date(2026, 6, 1), until_day=FIRST), FIRST, BY_DAY, 10),
        (replace(TENTH, from_day=date(2026, 6, 1), until_day=date(2026, 6, 30)), FIRST, BY_DAY, 0),
        (replace(TENTH, from_day=FIRST, until_day=date(2026, 7, 15)), date(2026, 7, 16), BY_DAY, 0),
        (replace(TENTH, from_day=FIRST, until_day=date(2026, 7, 30)), LAST, BY_DAY, 0),
        (replace(TENTH, creditor="another"), FIRST, BY_DAY, 0),
        (replace(TENTH, kind=RENT), FIRST, BY_DAY, 10),
        (replace(TENTH, kind=ENERGY), FIRST, BY_DAY, 0),
    ],
)
def test_an_agreement_is_stated_for_the_charges_it_lowers(
    terms: DiscountTerms, begin: date, kind: KindTerms | None, percent: int
) -> None:
    other = charge(ENERGY, 1_000, LAST)
    situation = household(own := charge(RENT, 60_000, begin), other, discounts=(terms,))
    assert find_agreement_percent(situation, own.key, "2026-07", kind) == percent
