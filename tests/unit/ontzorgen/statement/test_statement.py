"""A month to the cent: what is due, who is paid first, what became known late, what is left and who gets it when."""

import timeit
from dataclasses import replace
from datetime import date
from time import process_time
from uuid import uuid4

import pytest

# The household and its statement stand beside the tests, which are no package.
from statement_cases import FIRST, POLICY, charge, household, run

from services.ontzorgen.household.rules.unpaid import list_unpaid_charges
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.corrections import Settled
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceKind,
    AllowanceTerms,
    ChargeTerms,
    ClaimTerms,
    Composition,
    GrantTerms,
    ParentsSupport,
    PayOut,
    UnpaidTerms,
)
from services.ontzorgen.statement.rules.statement import Statement, add_settled, compute_statement, compute_statements
from services.ontzorgen.statement.rules.wording import explain_charges, explain_income
from shared.errors.refusals import WrongInputError
from shared.events.codes import ChargeKind, HouseholdType, ShortfallSolution

RENT, HEALTH, ENERGY, WATER = list(ChargeKind)[:4]
YOUNG = (Composition(FIRST, HouseholdType.SINGLE, (Adult(age=19),)),)
DueLine = tuple[ChargeKind, str, int]


def dues(statement: Statement) -> list[DueLine]:
    return [(charge.kind, charge.for_month, charge.due_cents) for charge in statement.charges]


def list_corrections(statement: Statement) -> list[tuple[str, int]]:
    return [(correction.for_month, correction.cents) for correction in statement.corrections]


class TestPeriod:
    def test_six_months_end_on_the_day_before_the_same_day(self) -> None:
        situation = household(charge(ENERGY, 100), right_from=date(2026, 9, 16))
        statuses = [run(situation, month).status for month in ("2026-08", "2026-09", "2027-03", "2027-04")]
        assert statuses == ["no_right", "ok", "ok", "not_in_relief"]

    def test_a_month_without_a_right_is_all_zero_and_one_after_relief_goes_to_the_person(self) -> None:
        situation = household(charge(RENT, 60_000), right_until=date(2026, 9, 30), last_day=date(2026, 8, 31))
        september, october = run(situation, "2026-09"), run(situation, "2026-10")
        assert (september.status, september.remainder_cents, september.charges) == ("not_in_relief", 134_849, ())
        assert october == Statement(month="2026-10", status=october.status)
        assert october.status == "no_right"

    def test_without_months_there_are_no_statements(self) -> None:
        assert compute_statements(household(charge(RENT, 60_000)), load_law(), POLICY, []) == ()


class TestDue:
    def test_rent_goes_by_its_own_days_and_is_not_cut_by_the_right(self) -> None:
        rent = charge(RENT, 60_000, date(2026, 9, 1), until_day=date(2026, 10, 10))
        situation = household(rent, right_from=date(2026, 9, 16))
        assert [dues(run(situation, month)) for month in ("2026-09", "2026-10", "2026-11")] == [
            [(RENT, "2026-09", 60_000)],
            [(RENT, "2026-10", 19_355)],  # 10 of 31 days
            [],
        ]

    def test_advances_are_due_in_full_in_each_month_they_touch(self) -> None:
        energy = charge(ENERGY, 17_200, date(2026, 7, 31), until_day=date(2026, 9, 1))
        months = [dues(run(household(energy), f"2026-{month:02}")) for month in range(7, 11)]
        assert [sum(cents for *_, cents in month) for month in months] == [17_200, 17_200, 17_200, 0]

    def test_the_first_statement_in_which_rent_is_due_asks_the_earlier_parts_too(self) -> None:
        situation = household(
            charge(RENT, 60_000, date(2026, 9, 16), first_due="2026-11"), right_from=date(2026, 9, 16)
        )
        assert dues(run(situation, "2026-10")) == []
        assert dues(run(situation, "2026-11")) == [
            (RENT, "2026-09", 30_000),
            (RENT, "2026-10", 60_000),
            (RENT, "2026-11", 60_000),
        ]

    def test_an_advance_that_is_first_due_later_asks_nothing_for_before(self) -> None:
        situation = household(charge(ENERGY, 17_200, first_due="2026-08"))
        assert [dues(run(situation, month)) for month in ("2026-07", "2026-08")] == [[], [(ENERGY, "2026-08", 17_200)]]

    def test_nothing_is_paid_ahead_for_a_month_without_a_right(self) -> None:
        situation = household(charge(RENT, 60_000), right_until=date(2026, 8, 15), prepay=True)
        july, august = run(situation), run(situation, "2026-08")
        assert ([charge.for_month for charge in july.charges], august.charges) == (["2026-07", "2026-08"], ())

    def test_prepayment_asks_two_months_first_and_nothing_after_the_last(self) -> None:
        situation = household(charge(RENT, 60_000), right_from=date(2026, 9, 16), prepay=True)
        months = [f"2026-{month:02}" for month in range(9, 13)] + [f"2027-{month:02}" for month in range(1, 4)]
        asked_months = [[asked for _, asked, _ in dues(run(situation, month))] for month in months]
        assert asked_months == [months[:2], *([later] for later in months[2:]), []]

    def test_two_advances_of_one_creditor_that_follow_each_other_are_not_both_due(self) -> None:
        old, new = charge(ENERGY, 9_000, until_day=date(2026, 8, 15)), charge(ENERGY, 8_000, date(2026, 8, 16))
        assert dues(run(household(old, new), "2026-08")) == [(ENERGY, "2026-08", 8_000)]

    def test_versions_that_hold_on_the_same_days_without_order_are_refused(self) -> None:
        with pytest.raises(WrongInputError, match="Two charges of kind rent for one creditor hold on the same days"):
            run(household(charge(RENT, 60_000), charge(RENT, 61_000, date(2026, 12, 1))))


class TestShortfall:
    def test_creditors_are_paid_in_order_and_the_last_one_in_part(self) -> None:
        charges = charge(WATER, 2_000), charge(HEALTH, 15_900), charge(RENT, 25_000)
        july = run(household(*charges, compositions=YOUNG))
        assert [(charge.kind, charge.paid_cents, charge.unpaid_cents) for charge in july.charges] == [
            (RENT, 25_000, 0),
            (HEALTH, 8_290, 7_610),
            (WATER, 0, 2_000),
        ]
        assert (july.status, july.shortfall_cents, july.remainder_cents) == ("shortfall", 9_610, 0)
        assert (july.task_for, july.solutions) == ("case_manager", tuple(ShortfallSolution))

    def test_another_priority_pays_another_creditor_first(self) -> None:
        policy = POLICY.model_copy(update={"priority": (HEALTH, RENT)})
        july = run(household(charge(RENT, 40_000), charge(HEALTH, 15_900), compositions=YOUNG), policy=policy)
        assert [(charge.kind, charge.paid_cents) for charge in july.charges] == [(HEALTH, 15_900), (RENT, 17_390)]

    def test_what_cannot_solve_it_is_not_named(self) -> None:
        routed = AllowanceTerms(AllowanceKind.CARE, 1_000, is_routed=True)
        july = run(household(charge(RENT, 200_000), allowances=(routed,)))
        assert july.solutions == tuple(ShortfallSolution)[2:]

    def test_allowances_count_when_routed_and_grants_in_their_month(self) -> None:
        situation = household(
            allowances=(
                AllowanceTerms(AllowanceKind.CARE, 12_900, is_routed=True, from_month="2026-08"),
                AllowanceTerms(AllowanceKind.RENT, 30_000, is_routed=False),
            ),
            grants=(GrantTerms(GrantKind.ADVANCE, 50_000, "2026-08"),),
        )
        statements = [run(situation, month) for month in ("2026-07", "2026-08")]
        assert [statement.available_cents - statement.payable_cents for statement in statements] == [0, 62_900]
        assert [statement.grants_cents for statement in statements] == [0, 50_000]
        assert [statement.routed_allowances_cents for statement in statements] == [0, 12_900]


class TestLateKnowledge:
    RENT_ROSE = (charge(RENT, 60_000), charge(RENT, 62_000, date(2026, 8, 16), known_on=date(2026, 9, 10)))

    def test_a_rent_that_rose_unknown_is_corrected_in_the_next_run_once(self) -> None:
        situation = household(*self.RENT_ROSE)
        months = [run(situation, f"2026-{month:02}") for month in range(7, 12)]
        assert [statement.charges_total_cents for statement in months] == [60_000, 60_000, 60_000, 62_000, 62_000]
        assert [list_corrections(statement) for statement in months] == [
            [],
            [],
            [],
            [("2026-08", 1_032), ("2026-09", 2_000)],
            [],
        ]
        assert months[3].remainder_cents == 134_849 - 62_000 - 3_032

    def test_what_a_creditor_owes_is_set_off_against_it_alone_and_the_rest_waits(self) -> None:
        fell = charge(ENERGY, 4_000, FIRST, known_on=date(2026, 9, 10))
        situation = household(charge(RENT, 60_000), charge(ENERGY, 20_000), fell)
        months = [run(situation, f"2026-{month:02}") for month in range(9, 13)]
        assert [statement.correction_cents for statement in months] == [0, -4_000, -4_000, -4_000]  # of 48,000 too much
        assert all(statement.remainder_cents == 134_849 - 60_000 for statement in months[1:])
        assert [statement.creditor_credit_cents for statement in months] == [0, 44_000, 40_000, 36_000]

    def test_a_credit_of_a_creditor_that_is_due_nothing_is_stated_and_no_cent_of_it_is_the_persons(self) -> None:
        ended = charge(RENT, 0, date(2026, 8, 1), known_on=date(2026, 9, 10))
        situation = household(charge(RENT, 60_000), ended, charge(ENERGY, 9_000))
        october, rules = run(situation, "2026-10"), MonthRules.resolve(load_law(), POLICY, "2026-10")
        assert (october.corrections, october.remainder_cents) == ((), 134_849 - 9_000)
        waiting = [line for line in explain_charges(october, situation, rules) if "paid too much" in line.text]
        assert [(line.cents, line.basis) for line in waiting] == [(0, "Participatiewet art. 56a")] * 2
        assert waiting[1].text == (
            "Rent for 2026-09 to creditor of rent: EUR 600.00 paid too much, "
            "waits until something is due to this creditor or it pays back"
        )

    def test_a_charge_that_was_known_late_is_wholly_a_correction(self) -> None:
        water = charge(WATER, 2_000, first_due="2026-07", known_on=date(2026, 8, 2))
        assert list_corrections(run(household(water), "2026-08")) == []
        assert list_corrections(run(household(water), "2026-09")) == [("2026-07", 2_000), ("2026-08", 2_000)]

    def test_a_correction_is_paid_before_the_month_when_money_is_short(self) -> None:
        rose = charge(RENT, 41_000, FIRST, known_on=date(2026, 7, 10))
        august = run(household(charge(RENT, 31_000), rose, compositions=YOUNG), "2026-08")
        assert [(correction.cents, correction.paid_cents) for correction in august.corrections] == [(10_000, 10_000)]
        assert [(charge.due_cents, charge.paid_cents) for charge in august.charges] == [(41_000, 23_290)]
        assert august.shortfall_cents == 17_710

    def test_what_was_known_on_the_first_run_is_no_correction(self) -> None:
        rent = charge(RENT, 60_000, known_on=date(2026, 9, 16))
        situation = household(rent, right_from=date(2026, 9, 16))
        assert dues(run(situation, "2026-09")) == [(RENT, "2026-09", 60_000)]
        assert list_corrections(run(situation, "2026-10")) == []

    def test_a_run_with_what_was_settled_gives_the_same_as_one_over_all_earlier_months(self) -> None:
        situation = household(*self.RENT_ROSE)
        settled: dict[tuple[str, str], int] = {}
        reserved_cents = 0
        for month in range(7, 13):
            rules = MonthRules.resolve(load_law(), POLICY, f"2026-{month:02}")
            statement = compute_statement(situation, rules, rules.month, settled, reserved_cents)
            assert statement == run(situation, rules.month)
            settled = add_settled(statement, settled)
            reserved_cents += statement.holiday_reserve_cents

    def test_months_that_were_left_to_the_person_do_not_become_corrections(self) -> None:
        rules = MonthRules.resolve(load_law(), POLICY, "2026-08")
        assert compute_statement(household(charge(RENT, 60_000)), rules, "2026-08", {}).corrections == ()


class TestUnpaid:
    SHORT = UnpaidTerms(str(RENT), RENT, "creditor of rent", "2026-07", "2026-07", "2026-08", 30_000)

    def august(self, *charges: ChargeTerms, settled: Settled | None = None, month: str = "2026-08") -> Statement:
        rules = MonthRules.resolve(load_law(), POLICY, month)
        return compute_statement(household(*charges, unpaid=(self.SHORT,)), rules, month, settled)

    def test_what_was_unpaid_is_asked_again_before_the_month_and_short_again_where_money_lacks(self) -> None:
        for rent_cents, paid_cents, short_cents in ((60_000, 30_000, 0), (120_000, 30_000, 15_151)):
            statement = self.august(charge(RENT, rent_cents), charge(ENERGY, 0))
            assert [
                (correction.unpaid_in, correction.cents, correction.paid_cents) for correction in statement.corrections
            ] == [("2026-07", 30_000, paid_cents)]
            assert (
                statement.available_cents - statement.remainder_cents + statement.shortfall_cents == rent_cents + 30_000
            )
            assert statement.shortfall_cents == short_cents
        rules = MonthRules.resolve(load_law(), POLICY, "2026-08")
        texts = [line.text for line in explain_charges(self.august(), household(unpaid=(self.SHORT,)), rules)]
        assert texts == ["Rent for 2026-07 to creditor of rent, unpaid then, paid now"]

    def test_it_is_asked_once_also_when_its_month_was_computed_before_it_was_known(self) -> None:
        rent = charge(RENT, 60_000)
        assert self.august(rent, settled={}, month="2026-07").corrections == ()
        missed = self.august(rent, settled={(str(RENT), "2026-07"): 60_000}, month="2026-09")
        assert list_corrections(missed) == [("2026-07", 30_000)]
        assert self.august(rent, settled=add_settled(missed, {}), month="2026-10").corrections == ()

    def test_it_settles_nothing_of_the_charge_itself(self) -> None:
        rose = charge(RENT, 62_000, FIRST, known_on=date(2026, 8, 10))
        settled = add_settled(self.august(charge(RENT, 60_000)), {(str(RENT), "2026-07"): 60_000})
        september = self.august(charge(RENT, 60_000), rose, settled=settled, month="2026-09")
        assert list_corrections(september) == [("2026-07", 2_000), ("2026-08", 2_000)]

    def test_creditors_share_what_was_granted_in_their_order(self) -> None:
        statement = run(household(*(charge(kind, 90_000) for kind in (HEALTH, RENT)), charge(WATER, 2_000)))
        asked_again = {}
        for cents_max in (46_000, None):
            charges = [charge._replace(key=f"x/{charge.key}/{uuid4()}") for charge in statement.charges]
            unpaid = list_unpaid_charges(
                uuid4(), charges, (), POLICY.pay_order, unpaid_in="2026-07", month="2026-08", cents_max=cents_max
            )
            asked_again[cents_max] = [(terms.kind, terms.amount_cents) for terms in unpaid]
        assert asked_again == {46_000: [(HEALTH, 45_151), (WATER, 849)], None: [(HEALTH, 45_151), (WATER, 2_000)]}


class TestPayments:
    def test_a_couple_has_half_each_unless_it_asks_jointly(self) -> None:
        couple = Composition(FIRST, HouseholdType.COUPLE, (Adult(age=30), Adult(age=30)))
        dates = (date(2026, 7, 20), date(2026, 7, 6), date(2026, 8, 1))
        half = run(household(charge(RENT, 60_001), compositions=(couple,), payment_dates=dates))
        assert [(payment.on.day, payment.payee, payment.cents) for payment in half.payments] == [
            (6, "person", 33_160),
            (6, "partner", 33_160),
            (20, "person", 33_160),
            (20, "partner", 33_159),
        ]
        joint = replace(couple, pay_out=PayOut.JOINT)
        jointly = run(household(charge(RENT, 60_001), compositions=(joint,)))
        assert [(payment.on, payment.payee, payment.cents) for payment in jointly.payments] == [
            (date(2026, 7, 5), "person", 132_639)
        ]

    def test_a_spouse_without_a_right_is_paid_nothing_and_awaits_no_decision_on_parents(self) -> None:
        pending = Adult(age=19, parents_support=ParentsSupport.PENDING, has_right=False)
        couple = Composition(FIRST, HouseholdType.COUPLE, (Adult(age=30), pending))
        july = run(household(compositions=(couple,)))
        assert [(payment.payee, payment.cents) for payment in july.payments] == [("person", 96_321)]
        assert (july.solutions, july.task_for) == ((), None)

    def test_nothing_is_paid_before_the_right(self) -> None:
        assert run(household(right_from=date(2026, 9, 16)), "2026-09").payments[0].on == date(2026, 9, 16)


class TestWording:
    def test_lines_sum_to_what_was_asked_and_income_to_what_was_available(self) -> None:
        late = charge(RENT, 62_000, date(2026, 8, 16), known_on=date(2026, 9, 10))
        situation = household(
            *(charge(RENT, 60_000), late, charge(ENERGY, 9_000), charge(ChargeKind.TV, 900)),
            claims=(ClaimTerms("COA", 5_000),),
            grants=(GrantTerms(GrantKind.ADVANCE, 1_000, "2026-10"),),
        )
        october, rules = run(situation, "2026-10"), MonthRules.resolve(load_law(), POLICY, "2026-10")
        charges, income = explain_charges(october, situation, rules), explain_income(october, situation, rules)
        assert sum(line.cents for line in charges) == october.charges_total_cents + october.correction_cents
        assert sum(line.cents for line in income) == october.available_cents
        assert all(line.text and line.basis for line in (*charges, *income))
        nothing = {line.text: line.basis for line in charges if not line.cents}
        assert nothing == {
            "TV: not withheld, left to the person": "policy gm0637 2007-01-01: packages",
            "Debt to COA: recorded, never withheld": "Participatiewet art. 56a",
        }

    def test_what_falls_short_and_a_norm_that_is_not_entered_yet_are_stated(self) -> None:
        charges = (charge(RENT, 130_000), charge(ENERGY, 9_000), charge(ChargeKind.WATER, 900))
        situation = household(*charges, right_from=date(2026, 12, 1))
        january, rules = run(situation, "2027-01"), MonthRules.resolve(load_law(), POLICY, "2027-01")
        rent, energy, water, norms = explain_charges(january, situation, rules)
        assert not rent.text.endswith("paid")
        assert "EUR 48.49 of it paid" in energy.text
        assert "not paid" in water.text
        assert ("newest known" in norms.text, norms.cents) == (True, 0)

    def test_a_supplement_and_a_changing_norm_have_lines_that_sum_up(self) -> None:
        adult = Adult(born_on=date(2005, 7, 16), parents_support=ParentsSupport.UNABLE)
        situation = household(compositions=(Composition(FIRST, HouseholdType.SINGLE, (adult,)),))
        july, rules = run(situation), MonthRules.resolve(load_law(), POLICY, "2026-07")
        income = explain_income(july, situation, rules)
        assert sum(line.cents for line in income) == july.available_cents
        assert [line.basis.partition(",")[0] for line in income] == [
            "Participatiewet art. 20(1)(a) and 20(2)(a)",
            "Participatiewet art. 20(3)",
            "Participatiewet art. 21(a)",
            "Participatiewet art. 19(3)",
        ]


def test_a_statement_of_an_ordinary_household_takes_microseconds() -> None:
    charges = [charge(kind, cents) for kind, cents in zip(ChargeKind, (60_000, 15_900, 17_200, 2_000), strict=False)]
    situation, rules = household(*charges), MonthRules.resolve(load_law(), POLICY, "2026-08")
    timer = timeit.Timer(lambda: compute_statement(situation, rules, "2026-08"), timer=process_time)
    seconds = min(timer.repeat(number=500, repeat=9)) / 500
    assert seconds < 60e-6  # 12 by itself; the rest is for a busy machine
