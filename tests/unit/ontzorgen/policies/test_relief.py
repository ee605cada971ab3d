"""The six pilots as policies, each with what sets it apart; and what a policy may not be."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from services.ontzorgen.household.rules.household import start_relief
from services.ontzorgen.independence.rules.phase_out import (
    Creditor,
    DirectDebit,
    Preparation,
    StepTaken,
    select_misaligned,
    take_step,
)
from services.ontzorgen.independence.rules.policy import derive_independence_policy
from services.ontzorgen.policies.handlers import load_law, load_policies, policy_in_force
from services.ontzorgen.policies.repository.relief import read_policies
from services.ontzorgen.policies.rules.relief import BY_LAW, Approval, Decider, GrantKind, ReliefPolicy, Signaller
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import (
    Adult,
    ChargeTerms,
    Composition,
    GrantTerms,
    PayOut,
    Situation,
)
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from services.ontzorgen.statement.rules.wording import explain_charges, explain_income
from shared.errors.refusals import ConflictError
from shared.events import PIPSigned
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, LearningRoute, PhaseOutStep, SelfRelianceClass
from shared.policies import NoPolicyError

FIRST = date(2026, 7, 1)
NOT, LIMITED, RELIANT = SelfRelianceClass
AMOUNTS = (60_000, 15_900, 17_200, 2_000, 2_000, 1_500, 4_000, 500, 900, 22_000, 9_600, 1_700)
CENTS = dict(zip(ChargeKind, AMOUNTS, strict=True))
PILOTS = {
    "pilot-ontzorgen-capelle-aan-den-ijssel": ("gm0502", "gm0542", "gm1892"),
    "pilot-ontzorgen-den-haag": ("gm0518",),
    "pilot-ontzorgen-geertruidenberg": ("gm0779", "gm1719", "gm1959", "gm0826"),
    "pilot-ontzorgen-edam-volendam": ("gm0385", "gm0852", "gm0415"),
    "pilot-ontzorgen-hendrik-ido-ambacht": ("gm0531", "gm0482", "gm0505", "gm0523", "gm0590", "gm0610", "gm0642"),
    "pilot-ontzorgen-zoetermeer": ("gm0637", "gm1621"),
}
FOLDER = Path(str(read_policies.__code__.co_filename)).parents[1]


def household(age: int = 30, **changes: object) -> Situation:
    """Someone with every kind of charge."""
    alone = Composition(FIRST, HouseholdType.SINGLE, (Adult(age=age),))
    charges = tuple(ChargeTerms(kind, kind, f"creditor of {kind}", cents, FIRST) for kind, cents in CENTS.items())
    return replace(Situation(FIRST, (alone,), charges=charges), **changes)


def run(code: str, situation: Situation, *months: str) -> tuple[Statement, ...]:
    return compute_statements(situation, load_law(), policy_in_force(code, FIRST), months or ["2026-07"])


def kinds(statement: Statement) -> set[ChargeKind]:
    return {charge.kind for charge in statement.charges}


def bases(code: str, situation: Situation, statement: Statement) -> set[str]:
    rules = MonthRules.resolve(load_law(), policy_in_force(code, FIRST), statement.month)
    lines = (*explain_charges(statement, situation, rules), *explain_income(statement, situation, rules))
    return {line.basis for line in lines}


@pytest.mark.row("pilot-ontzorgen-capelle-aan-den-ijssel")
class TestCapelle:
    POLICY = policy_in_force("gm0502", FIRST)

    def test_other_charges_are_withheld_by_individual_assessment(self) -> None:
        (july,) = run("gm0502", household())
        assert kinds(july) == set(ChargeKind)
        assert july.left_to_person == ()

    def test_the_first_rent_is_a_gift_and_half_a_year_more_rests_on_article_57(self) -> None:
        gift = GrantTerms(GrantKind.FIRST_RENT, 60_000, "2026-07")
        situation = household(grants=(gift,), last_day=date(2027, 6, 30))
        july, june = run("gm0502", situation, "2026-07", "2027-06")
        assert july.available_cents - june.available_cents == 60_000
        assert "policy gm0502 2020-01-01: first_rent_gift" in bases("gm0502", situation, july)
        assert "Participatiewet art. 57" in bases("gm0502", situation, june)
        assert (june.status, june.charges_total_cents) == ("shortfall", july.charges_total_cents)

    def test_people_are_measured_again_and_let_go_step_by_step(self) -> None:
        assert (self.POLICY.retest_months, self.POLICY.extension_months_max) == (6, 6)
        assert self.POLICY.phase_out_steps[1:] == (PhaseOutStep.PAYS_TOGETHER, PhaseOutStep.PAYS_ALONE)
        assert [(training.name, training.is_obligatory) for training in self.POLICY.trainings] == [("Geldwijzer", True)]


@pytest.mark.row("pilot-ontzorgen-den-haag")
class TestDenHaag:
    POLICY = policy_in_force("gm0518", FIRST)
    MORE = frozenset(map(ChargeKind, ("telephone", "tv", "internet", "liability_insurance", "contents_insurance")))

    @pytest.mark.parametrize(
        ("measured", "extra"), [(NOT, MORE), (LIMITED, MORE), (None, MORE), (RELIANT, frozenset())]
    )
    def test_the_package_follows_self_reliance(
        self, measured: SelfRelianceClass | None, extra: frozenset[ChargeKind]
    ) -> None:
        (july,) = run("gm0518", household(self_reliance=measured))
        assert kinds(july) == {*BY_LAW, *extra}
        assert set(july.left_to_person) == set(ChargeKind) - kinds(july)

    def test_suppliers_give_a_discount_for_those_measured_low(self) -> None:
        (low,), (high,) = (run("gm0518", household(self_reliance=measured)) for measured in (NOT, RELIANT))
        due = {charge.kind: charge.due_cents for charge in low.charges}
        assert (due[ChargeKind.RENT], due[ChargeKind.ENERGY], due[ChargeKind.TV]) == (60_000, 16_340, 1_350)
        assert {charge.kind: charge.due_cents for charge in high.charges}[ChargeKind.ENERGY] == 17_200
        assert "policy gm0518 2020-01-01: discount_percent" in bases("gm0518", household(self_reliance=NOT), low)

    def test_eight_trainings_for_all_and_an_hour_and_a_half_of_coaching_for_the_low(self) -> None:
        assert [training.lessons for training in self.POLICY.trainings] == [8]
        assert self.POLICY.coaching.minutes_per_month == {NOT: 90, LIMITED: 90}


@pytest.mark.row("pilot-ontzorgen-geertruidenberg")
class TestDongemond:
    POLICY = policy_in_force("gm0779", FIRST)

    def test_insurances_are_withheld_too_and_childcare_and_travel_are_no_charge_on_the_benefit(self) -> None:
        (july,) = run("gm0779", household())
        assert kinds(july) == {*BY_LAW, *map(ChargeKind, ("liability_insurance", "contents_insurance"))}
        assert {ChargeKind.CHILDCARE, ChargeKind.TRAVEL} <= set(july.left_to_person)

    def test_the_furnishing_credit_carries_the_charges_of_the_first_two_months(self) -> None:
        (plain,) = run("gm0779", household())
        credit = [
            GrantTerms(GrantKind.FURNISHING_CREDIT, plain.charges_total_cents, f"2026-0{month}") for month in (7, 8)
        ]
        situation = household(grants=tuple(credit))
        july, august, september = run("gm0779", situation, "2026-07", "2026-08", "2026-09")
        assert july.remainder_cents == august.remainder_cents == july.payable_cents
        assert september.remainder_cents == september.payable_cents - plain.charges_total_cents
        assert "policy gm0779 2020-01-01: furnishing_credit_months" in bases("gm0779", situation, july)

    def test_suppliers_call_first_and_people_are_heard(self) -> None:
        policy = self.POLICY
        assert (policy.creditor_first_contact, policy.sounding_board, policy.furnishing_credit_months) == (
            True,
            True,
            2,
        )
        assert policy.phase_out_steps[0] is PhaseOutStep.CREDITORS_INFORMED
        assert policy.early_signal.months > 0
        assert Signaller.ENERGY_COMPANY in policy.early_signal.signalled_by


@pytest.mark.row("pilot-ontzorgen-edam-volendam")
class TestEdamVolendam:
    POLICY = policy_in_force("gm0385", FIRST)

    def test_a_bridging_allowance_pays_charges_a_month_ahead(self) -> None:
        situation = household(grants=(GrantTerms(GrantKind.BRIDGING, 95_100, "2026-07"),))
        july, august, december = run("gm0385", situation, "2026-07", "2026-08", "2026-12")
        assert {charge.for_month for charge in july.charges} == {"2026-07", "2026-08"}
        assert {charge.for_month for charge in august.charges} == {"2026-09"}
        assert (december.charges, july.remainder_cents) == ((), august.remainder_cents)
        reasons = bases("gm0385", situation, july)
        assert {f"policy gm0385 2020-01-01: {key}" for key in ("bridging", "prepay")} <= reasons

    def test_the_young_who_come_out_short_are_topped_up(self) -> None:
        short = household(age=19, prepay=False)
        (july,) = run("gm0385", short)
        top_up = GrantTerms(GrantKind.SUPPLEMENTARY, july.shortfall_cents, "2026-07")
        (topped_up,) = run("gm0385", replace(short, grants=(top_up,)))
        assert (july.status, topped_up.status, topped_up.remainder_cents) == ("shortfall", "ok", 0)
        assert self.POLICY.young_supplementary_assistance

    def test_at_the_end_direct_debits_follow_the_benefit_and_arrears_are_signalled(self) -> None:
        assert PhaseOutStep.DIRECT_DEBIT_SET_UP in self.POLICY.phase_out_steps
        assert self.POLICY.direct_debit_on_benefit_dates
        assert Signaller.HOUSING_ASSOCIATION in self.POLICY.early_signal.signalled_by

    def test_a_direct_debit_outside_the_week_after_the_benefit_is_no_step(self) -> None:
        rent = Creditor("woonstad", ChargeKind.RENT)

        def late(day: int) -> tuple[Creditor, ...]:
            agreed = [
                DirectDebit(uuid4(), uuid4(), rent.creditor, rent.kind, debit_day, FIRST) for debit_day in (20, day)
            ]
            return select_misaligned([rent], agreed, self.POLICY.pay_day)

        assert [day for day in range(1, 29) if not late(day)] == [6, 7, 8, 9, 10, 11, 12]
        assert derive_independence_policy(self.POLICY).debits_follow_benefit
        signed = PIPSigned(
            person_id=uuid4(),
            signed_on=FIRST,
            route=LearningRoute.Z_ROUTE,
            relief_agreed=True,
            household_id=uuid4(),
            household_type=HouseholdType.SINGLE,
            age_band=AgeBand.FROM_21,
            has_children=False,
            assistance_from=FIRST,
        )
        at_home, _ = start_relief(signed, load_law())
        step = StepTaken(at_home.id, PhaseOutStep.DIRECT_DEBIT_SET_UP, FIRST)
        preparation = Preparation((), (), is_monthly=True, kinds=frozenset({rent.kind}), misaligned_debits=late(5))
        with pytest.raises(ConflictError, match="woonstad do not follow the benefit"):
            take_step(at_home, [], step, [step.step], preparation)


@pytest.mark.row("pilot-ontzorgen-hendrik-ido-ambacht")
class TestDrechtsteden:
    POLICY = policy_in_force("gm0531", FIRST)

    def test_every_charge_is_withheld_and_the_rest_is_weekly_money(self) -> None:
        couple = Composition(FIRST, HouseholdType.COUPLE, (Adult(age=30), Adult(age=30)), pay_out=PayOut.JOINT)
        (july,) = run("gm0531", household(compositions=(couple,)))
        assert kinds(july) == set(ChargeKind)
        assert [payment.on.day for payment in july.payments] == [3, 10, 17, 24, 31]
        assert sum(payment.cents for payment in july.payments) == july.remainder_cents > 0

    def test_monthly_money_comes_by_joint_decision_when_someone_is_measured_self_reliant(self) -> None:
        (july,) = run("gm0531", household(self_reliance=RELIANT, charges=()))
        assert [payment.on for payment in july.payments] == [date(2026, 7, 5)]
        assert self.POLICY.payout.decided_by == (Decider.BUDGET_MANAGER, Decider.BUDGET_COACH, Decider.PERSON)

    def test_a_coach_for_up_to_a_year_and_a_refresher_after_six_months(self) -> None:
        assert self.POLICY.coaching.months_max == 12
        assert [(training.lessons, training.refresher_after_months) for training in self.POLICY.trainings] == [(3, 6)]


@pytest.mark.row("pilot-ontzorgen-zoetermeer")
class TestZoetermeer:
    @pytest.mark.parametrize("measured", [None, *SelfRelianceClass])
    def test_only_what_the_law_names_is_withheld(self, measured: SelfRelianceClass | None) -> None:
        (july,) = run("gm0637", household(self_reliance=measured))
        assert kinds(july) == set(BY_LAW)
        assert set(july.left_to_person) == set(ChargeKind) - set(BY_LAW)

    def test_what_has_ended_is_not_left_to_the_person_any_more(self) -> None:
        tv = ChargeTerms("tv", ChargeKind.TV, "ziggo", 2_000, FIRST)
        ended = replace(tv, until_day=date(2026, 7, 31), known_on=date(2026, 7, 10))
        statements = run("gm0637", household(charges=(tv, ended)), "2026-07", "2026-08")
        assert [statement.left_to_person for statement in statements] == [(ChargeKind.TV,), ()]

    def test_several_providers_are_compared(self) -> None:
        assert len(policy_in_force("gm0637", FIRST).guidance_providers) == 5


@pytest.mark.parametrize(("pilot", "codes"), PILOTS.items())
def test_partners_do_as_their_pilot_and_are_known_by_name(pilot: str, codes: Iterable[str]) -> None:
    first, *partners = codes
    assert all(policy_in_force(code, FIRST) == policy_in_force(first, FIRST) for code in partners)
    assert {
        load_policies().find_code(name) for name in tomllib.loads((FOLDER / f"{first}.toml").read_text())["names"]
    } == {first}


def test_names_are_known_in_any_case_and_others_do_as_the_default() -> None:
    assert [load_policies().find_code(name) for name in ("DEN HAAG", "den-haag", " dongemond", "Utrecht")] == [
        *("gm0518", "gm0518", "gm0779"),
        None,
    ]
    assert policy_in_force("gm0344", FIRST) == policy_in_force("default", FIRST)


class TestOwnFolder:
    def test_a_seventh_municipality_is_a_file_and_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "gm9999.toml").write_text(
            'names = ["Nieuwland"]\n[[policy]]\nvalid_from = 2026-01-01\nrun_day = 3\npay_day = 20\nprepay = true\n'
            '[[policy]]\nvalid_from = 2026-09-01\npriority = ["energy"]\n'
        )
        policies = read_policies(FOLDER, tmp_path)
        policy = policies.in_force(policies.find_code("nieuwland") or "", FIRST)
        (july,) = compute_statements(household(), load_law(), policy, ["2026-07"])
        assert {charge.for_month for charge in july.charges} == {"2026-07", "2026-08"}
        later = policies.in_force("gm9999", date(2026, 9, 1))
        assert (later.pay_order[0], later.prepay) == (ChargeKind.ENERGY, False)
        with pytest.raises(NoPolicyError, match="from 2026-01-01 on"):
            policies.in_force("gm9999", date(2025, 12, 31))

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("gm9999", 'packages = {limited = ["rent", "energy", "water"]}', "health_insurance is outside the law"),
            (
                "gm9999",
                'packages = {limited = ["rent", "debts"]}',
                "packages.limited: A package withholds debts, which is outside the law",
            ),
            ("gm9999", "colour = 1", "Extra inputs are not permitted"),
            ("gm9999", "pay_day = 31", "less than or equal to 28"),
            ("gm9999", "run_day = 20", "pay_day comes before run_day"),
            ("gm9999", 'priority = ["rent", "rent"]', "priority names something twice"),
            ("gm9999", "discount_percent = {rent = 100}", "less than or equal to 99"),
            ("gm9999", "approvals = [{from_cents = 5, eyes = 1}]", "must begin at 0 cents"),
            ("zoetermeer", "run_day = 1", "is not a municipality"),
        ],
    )
    def test_a_policy_outside_law_or_bounds_is_refused_with_its_file(
        self, tmp_path: Path, name: str, text: str, sentence: str
    ) -> None:
        (tmp_path / f"{name}.toml").write_text(f"[[policy]]\nvalid_from = 2026-01-01\n{text}\n")
        with pytest.raises(ValueError, match=f"{name}.toml cannot be used") as refused:
            read_policies(FOLDER, tmp_path)
        assert sentence in str(refused.value)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ('same_as = "gm1111"', "must name in same_as a code whose file has tables"),
            ("names = []", "must hold"),
            ('names = ["den haag"]\nsame_as = "gm0518"', "has the name den haag, as .*gm0518.toml has"),
        ],
    )
    def test_a_file_without_tables_of_its_own_is_refused(self, tmp_path: Path, text: str, sentence: str) -> None:
        (tmp_path / "gm9999.toml").write_text(text)
        with pytest.raises(ValueError, match=sentence):
            read_policies(FOLDER, tmp_path)


def test_more_approvers_are_required_above_the_amounts_of_the_policy() -> None:
    policy = ReliefPolicy(
        valid_from=FIRST, approvals=(Approval(from_cents=0, eyes=1), Approval(from_cents=10_000_000, eyes=2))
    )
    assert [policy.count_approvers_required(cents) for cents in (0, 9_999_999, 10_000_000)] == [1, 1, 2]
