"""Start money: each pilot proposes its own, within its limit and on its ground, and a decision gives that or less."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.household.rules.means import GrantForm
from services.ontzorgen.household.rules.start_money import (
    Decision,
    Proposal,
    StartMoneyOutcome,
    build_grant,
    decide_on,
    propose_start_money,
)
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.policies.rules.relief import GrantKind, ReliefPolicy
from services.ontzorgen.statement.rules.situation import (
    Adult,
    ChargeTerms,
    Composition,
    GrantTerms,
    ParentsSupport,
    Situation,
)
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from shared.calendar import month_start
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind, HouseholdType
from shared.identity import Role

HOUSEHOLD = UUID(int=7)
HALF_SEPTEMBER = date(2026, 9, 16)
MONTHLY = {ChargeKind.RENT: 60_000, ChargeKind.HEALTH_INSURANCE: 15_900, ChargeKind.ENERGY: 17_200}
MONTHLY_CENTS = sum(MONTHLY.values())
HALF_CENTS = 30_000 + 7_950 + 17_200  # energy is an advance, due in full
PILOTS = ("gm0502", "gm0779", "gm0385")

LOWERED = StartMoneyOutcome.LOWERED


def household(
    age: int = 30, support: ParentsSupport = ParentsSupport.PENDING, first: date = HALF_SEPTEMBER
) -> Situation:
    alone = Composition(first, HouseholdType.SINGLE, (Adult(age=age, parents_support=support),))
    return Situation(first, (alone,), charges=tuple(ChargeTerms(k, k, f"of {k}", c, first) for k, c in MONTHLY.items()))


def policy(code: str, **changes: object) -> ReliefPolicy:
    shipped = policy_in_force(code, HALF_SEPTEMBER)
    return ReliefPolicy.model_validate(shipped.model_dump(by_alias=True) | changes)


def propose(
    terms: str | ReliefPolicy, situation: Situation, decided: Iterable[tuple[GrantKind, str]] = ()
) -> tuple[Proposal, ...]:
    def policy_of(month: str) -> ReliefPolicy:
        return policy_in_force(terms, month_start(month)) if isinstance(terms, str) else terms

    return propose_start_money(HOUSEHOLD, situation, load_law(), policy_of, set(decided))


def amounts(proposals: Iterable[Proposal]) -> list[tuple[str, str, int]]:
    return [(proposal.kind.value, proposal.month, proposal.amount_cents) for proposal in proposals]


def play(code: str, situation: Situation, *months: str) -> tuple[Statement, ...]:
    """The months of a household whose proposals were all approved."""
    granted = tuple(GrantTerms(one.kind, one.amount_cents, one.month) for one in propose(code, situation))
    played = replace(situation, grants=situation.grants + granted)
    return compute_statements(played, load_law(), policy_in_force(code, HALF_SEPTEMBER), months)


@pytest.mark.row("pilot-ontzorgen-capelle-aan-den-ijssel")
class TestCapelle:
    def test_the_first_rent_and_no_later_one_is_proposed_as_a_gift(self) -> None:
        (gift,) = propose("gm0502", household())
        assert amounts([gift]) == [("first_rent", "2026-09", 30_000)]
        assert (gift.form, gift.limit_cents, gift.decided_by) == (GrantForm.GIFT, 30_000, Role.CASE_MANAGER)
        assert (gift.repay_from, gift.repay_cents) == (None, None)
        assert (gift.article, gift.policy) == (
            "Participatiewet art. 35(1), 48(1)",
            "policy gm0502 2020-01-01: first_rent_gift",
        )

    def test_the_person_keeps_what_the_first_rent_would_have_taken(self) -> None:
        (with_gift,), (without,) = play("gm0502", household(), "2026-09"), play("default", household(), "2026-09")
        assert with_gift.remainder_cents - without.remainder_cents == 30_000

    def test_rent_that_begins_later_is_the_first_rent_of_its_own_month(self) -> None:
        rent = ChargeTerms("rent", ChargeKind.RENT, "woonstad", 60_000, date(2026, 10, 1))
        assert amounts(propose("gm0502", replace(household(), charges=(rent,)))) == [("first_rent", "2026-10", 60_000)]


@pytest.mark.row("pilot-ontzorgen-geertruidenberg")
class TestDongemond:
    def test_the_credit_covers_what_is_asked_for_the_first_two_months(self) -> None:
        loans = propose("gm0779", household())
        assert amounts(loans) == [
            ("furnishing_credit", "2026-09", HALF_CENTS),
            ("furnishing_credit", "2026-10", MONTHLY_CENTS),
        ]
        assert {loan.form for loan in loans} == {GrantForm.LOAN}
        assert [(loan.repay_from, loan.repay_cents) for loan in loans] == [("2026-11", 1_532), ("2026-11", 2_587)]
        assert len({loan.id for loan in loans}) == 2
        assert {loan.article for loan in loans} == {"Participatiewet art. 35(1), 51(1)"}

    def test_two_months_pass_without_a_cent_of_the_benefit_for_charges(self) -> None:
        september, october, november = play("gm0779", household(), "2026-09", "2026-10", "2026-11")
        assert september.remainder_cents == september.payable_cents
        assert october.remainder_cents == october.payable_cents
        assert november.remainder_cents == november.payable_cents - MONTHLY_CENTS
        (plain,) = play("default", household(), "2026-10")
        assert plain.remainder_cents == plain.payable_cents - MONTHLY_CENTS

    def test_a_credit_for_more_months_is_repaid_after_the_last_of_them(self) -> None:
        loans = propose(policy("gm0779", furnishing_credit_months=3), household())
        assert [(loan.month, loan.repay_from) for loan in loans] == [
            (month, "2026-12") for month in ("2026-09", "2026-10", "2026-11")
        ]

    def test_a_municipality_may_make_it_a_gift_and_limit_it(self) -> None:
        terms = {
            "furnishing_credit": {"limit_cents": 50_000, "decided_by": "budget_manager", "article": "Verordening 4"}
        }
        gifts = propose(policy("gm0779", start_money=terms), household())
        assert [(gift.amount_cents, gift.limit_cents, gift.form) for gift in gifts] == [
            (50_000, 50_000, GrantForm.GIFT),
            (50_000, 50_000, GrantForm.GIFT),
        ]
        assert {(gift.decided_by, gift.article, gift.repay_from) for gift in gifts} == {
            (Role.BUDGET_MANAGER, "Verordening 4", None)
        }


@pytest.mark.row("pilot-ontzorgen-edam-volendam")
class TestEdamVolendam:
    def test_the_month_that_is_paid_ahead_is_bridged(self) -> None:
        assert amounts(propose("gm0385", household())) == [("bridging_allowance", "2026-09", MONTHLY_CENTS)]
        september, october = play("gm0385", household(), "2026-09", "2026-10")
        assert {charge.for_month for charge in september.charges} == {"2026-09", "2026-10"}
        assert september.remainder_cents == september.payable_cents - HALF_CENTS
        assert {charge.for_month for charge in october.charges} == {"2026-11"}

    def test_who_is_not_paid_ahead_needs_no_bridge(self) -> None:
        assert propose("gm0385", replace(household(), prepay=False)) == ()
        assert propose(policy("gm0385", prepay=False), household()) == ()

    def test_the_young_are_topped_up_in_every_month_that_would_be_short(self) -> None:
        situation = household(age=19)
        bridge, *topped_up = propose("gm0385", situation)
        assert bridge.kind is GrantKind.BRIDGING
        assert {proposal.kind for proposal in topped_up} == {GrantKind.SUPPLEMENTARY}
        assert [proposal.month for proposal in topped_up] == [f"2026-{month:02}" for month in range(9, 13)] + [
            "2027-01",
            "2027-02",
        ]
        months = [proposal.month for proposal in topped_up]
        assert {(month.shortfall_cents, month.remainder_cents) for month in play("gm0385", situation, *months)} == {
            (0, 0)
        }
        short = compute_statements(situation, load_law(), policy_in_force("default", HALF_SEPTEMBER), months)
        assert all(month.shortfall_cents for month in short)

    def test_what_was_topped_up_by_hand_lowers_what_is_short_once(self) -> None:
        plain = {one.month: one for one in propose("gm0385", household(age=19))}
        typed = GrantTerms(GrantKind.SUPPLEMENTARY, 10_000, "2026-10")
        after = {one.month: one for one in propose("gm0385", replace(household(age=19), grants=(typed,)))}
        assert plain["2026-10"].amount_cents - after["2026-10"].amount_cents == 10_000
        assert plain["2026-10"].limit_cents - after["2026-10"].limit_cents == 10_000

    def test_several_kinds_in_a_month_leave_the_young_short_of_what_they_do_not_cover(self) -> None:
        both = policy("gm0385", first_rent_gift=True)
        rent, bridge, topped_up, *_ = propose(both, household(age=19))
        assert [rent.kind, bridge.kind, topped_up.kind] == [
            GrantKind.FIRST_RENT,
            GrantKind.BRIDGING,
            GrantKind.SUPPLEMENTARY,
        ]
        (september,) = compute_statements(household(age=19), load_law(), both, ["2026-09"])
        assert topped_up.amount_cents == september.shortfall_cents - rent.amount_cents - bridge.amount_cents

    def test_the_age_counts_on_the_day_on_which_the_right_begins(self) -> None:
        grown = Composition(date(2024, 1, 1), HouseholdType.SINGLE, (Adult(born_on=date(2005, 9, 16)),))
        young = replace(grown, adults=(Adult(born_on=date(2005, 9, 17), parents_support=ParentsSupport.UNABLE),))
        dear = ChargeTerms("rent", ChargeKind.RENT, "dear", 900_000, HALF_SEPTEMBER)
        found = [
            propose("gm0385", replace(household(), compositions=(composition,), charges=(dear,), prepay=False))
            for composition in (grown, young)
        ]
        assert [[one.month for one in proposals] for proposals in found] == [[], ["2026-09"]]

    def test_a_right_that_ends_ends_what_is_proposed(self) -> None:
        ended = replace(household(age=19), right_until=date(2026, 10, 20), prepay=False)
        assert [one.month for one in propose("gm0385", ended)] == ["2026-09", "2026-10"]

    @pytest.mark.parametrize(
        ("age", "support", "limit_cents"),
        [
            (19, ParentsSupport.ABLE, None),  # their parents pay
            (19, ParentsSupport.PENDING, 101_559),  # 95 % of 1,419.46 less 95 % of 350.42
            (19, ParentsSupport.UNABLE, 29_146),  # the norm is raised already by 762.24
            (21, ParentsSupport.PENDING, None),
        ],
    )
    def test_the_young_have_at_most_what_someone_of_21_has(
        self, age: int, support: ParentsSupport, limit_cents: int | None
    ) -> None:
        situation = household(age, support, date(2026, 9, 1))
        dear = ChargeTerms("tv", ChargeKind.RENT, "dear", 200_000, date(2026, 10, 1), date(2026, 10, 31))
        proposals = propose("gm0385", replace(situation, charges=(*situation.charges, dear), prepay=False))
        found = {one.month: one for one in proposals if one.kind is GrantKind.SUPPLEMENTARY}.get("2026-10")
        assert (found and (found.amount_cents, found.limit_cents)) == (limit_cents and (limit_cents, limit_cents))

    def test_before_the_norm_of_the_young_was_raised_the_ground_was_article_12(self) -> None:
        early = household(19, first=date(2025, 8, 1))
        assert propose("gm0385", early)[0].article == "Participatiewet art. 35(1), 56a"
        last = [proposal.article for proposal in propose("gm0385", early) if proposal.kind is GrantKind.SUPPLEMENTARY]
        assert last == ["Participatiewet art. 12"] * 5 + ["Participatiewet art. 35(1)"] * (len(last) - 5)


class TestProposing:
    @pytest.mark.parametrize("code", ["gm0637", "gm0518", "gm0531", "default"])
    def test_other_municipalities_propose_nothing(self, code: str) -> None:
        assert propose(code, household(age=19)) == ()

    @pytest.mark.parametrize("code", PILOTS)
    def test_nothing_is_proposed_without_charges(self, code: str) -> None:
        assert propose(code, replace(household(), charges=())) == ()

    @pytest.mark.parametrize("code", PILOTS)
    def test_the_same_is_proposed_once_under_one_id_and_never_again_once_decided(self, code: str) -> None:
        before = propose(code, household())
        cheaper = tuple(replace(charge, amount_cents=charge.amount_cents // 2) for charge in household().charges)
        after = propose(code, replace(household(), charges=cheaper))
        assert [proposal.id for proposal in before] == [proposal.id for proposal in after]
        assert all(new.amount_cents < old.amount_cents for old, new in zip(before, after, strict=True))
        assert propose(code, household(), [(proposal.kind, proposal.month) for proposal in before]) == ()

    def test_what_was_granted_by_hand_is_taken_off(self) -> None:
        typed = GrantTerms(GrantKind.FIRST_RENT, 10_000, "2026-09")
        (rest,) = propose("gm0502", replace(household(), grants=(typed,)))
        assert (rest.amount_cents, rest.limit_cents) == (20_000, 20_000)

    def test_a_cent_is_proposed_and_nothing_is_not(self) -> None:
        for typed_cents, amounts_left in ((29_999, [1]), (30_000, []), (30_001, [])):
            typed = GrantTerms(GrantKind.FIRST_RENT, typed_cents, "2026-09")
            proposals = propose("gm0502", replace(household(), grants=(typed,)))
            assert [one.amount_cents for one in proposals] == amounts_left

    def test_a_bridge_may_be_lent_and_is_repaid_from_the_next_month_on(self) -> None:
        terms = {"bridging_allowance": {"is_loan": True, "repay_months": 10}}
        (loan,) = propose(policy("gm0385", start_money=terms), household())
        assert (loan.form, loan.repay_from, loan.repay_cents) == (GrantForm.LOAN, "2026-10", MONTHLY_CENTS // 10)

    def test_no_charge_is_covered_twice_where_a_policy_has_several_kinds(self) -> None:
        all_of_it = policy("gm0779", first_rent_gift=True, bridging=True, prepay=True)
        assert amounts(propose(all_of_it, household())) == [
            ("first_rent", "2026-09", 30_000),
            ("furnishing_credit", "2026-09", HALF_CENTS - 30_000 + MONTHLY_CENTS),
        ]

    def test_a_policy_does_not_lend_what_is_always_a_gift(self) -> None:
        with pytest.raises(ValueError, match="first_rent cannot be a loan"):
            policy("gm0502", start_money={"first_rent": {"is_loan": True}})


def decision(outcome: StartMoneyOutcome = StartMoneyOutcome.APPROVED, **changes: object) -> Decision:
    return replace(Decision(UUID(int=1), HOUSEHOLD, outcome, date(2026, 9, 20)), **changes)  # type: ignore[arg-type]  # fields by name


class TestDeciding:
    GIFT = Proposal(
        UUID(int=3),
        GrantKind.FIRST_RENT,
        GrantForm.GIFT,
        30_000,
        40_000,
        "2026-09",
        "Participatiewet art. 35(1), 48(1)",
        "policy gm0502 2020-01-01: first_rent_gift",
        Role.CASE_MANAGER,
    )
    LOAN = replace(
        GIFT,
        kind=GrantKind.FURNISHING_CREDIT,
        form=GrantForm.LOAN,
        month="2026-10",
        amount_cents=93_100,
        limit_cents=93_100,
        repay_from="2026-11",
        repay_cents=2_587,
    )

    @pytest.mark.parametrize(
        ("made", "cents"),
        [
            (decision(), 30_000),
            (decision(amount_cents=40_000), 40_000),
            (decision(amount_cents=30_000), 30_000),
            (decision(StartMoneyOutcome.LOWERED, amount_cents=12_345, reason="a deposit was paid"), 12_345),
            (decision(StartMoneyOutcome.LOWERED, amount_cents=1, reason="a cent is a cent"), 1),
            (decision(StartMoneyOutcome.DECLINED, reason="the landlord waits"), 0),
        ],
    )
    def test_it_is_approved_lowered_or_declined(self, made: Decision, cents: int) -> None:
        assert decide_on(self.GIFT, None, made, first_payable="2026-09") == (cents, True)

    @pytest.mark.parametrize(
        ("made", "field", "sentence"),
        [
            (decision(amount_cents=40_001), "amount_cents", "At most 40000 cents"),
            (decision(amount_cents=29_999), "amount_cents", "give lowered as outcome"),
            (decision(StartMoneyOutcome.LOWERED, amount_cents=10_000), "reason", "Say why"),
            (
                decision(StartMoneyOutcome.LOWERED, amount_cents=30_000, reason="x"),
                "amount_cents",
                "below the 30000 cents",
            ),
            (decision(StartMoneyOutcome.LOWERED, reason="x"), "amount_cents", "below the 30000 cents"),
            (decision(StartMoneyOutcome.LOWERED, amount_cents=0, reason="x"), "amount_cents", "or decline"),
            (decision(StartMoneyOutcome.DECLINED), "reason", "Say why"),
            (decision(StartMoneyOutcome.DECLINED, amount_cents=5, reason="x"), "amount_cents", "has no amount"),
            (decision(agreed_on=date(2026, 9, 1)), "agreed_on", "A gift is not repaid"),
        ],
    )
    def test_a_wrong_decision_is_refused_with_what_to_do(self, made: Decision, field: str, sentence: str) -> None:
        with pytest.raises(WrongInputError) as refused:
            decide_on(self.GIFT, None, made, first_payable="2026-09")
        assert [(fault.field, sentence in fault.sentence) for fault in refused.value.faults] == [(field, True)]

    def test_a_month_that_was_run_is_only_declined(self) -> None:
        with pytest.raises(ConflictError, match="A run of 2026-09 was made without this money"):
            decide_on(self.GIFT, None, decision(), first_payable="2026-10")
        declined = decision(StartMoneyOutcome.DECLINED, reason="too late")
        assert decide_on(self.GIFT, None, declined, first_payable="2026-10") == (0, True)

    def test_it_is_decided_once(self) -> None:
        assert decide_on(self.GIFT, decision(), decision(), first_payable="2026-12") == (30_000, False)
        with pytest.raises(ConflictError, match="decided on 2026-09-20 already"):
            decide_on(self.GIFT, decision(), decision(id=UUID(int=2)), first_payable="2026-09")
        with pytest.raises(ConflictError, match="other content"):
            decide_on(self.GIFT, decision(), decision(amount_cents=40_000), first_payable="2026-09")

    def test_what_is_not_proposed_any_more_is_not_decided_on(self) -> None:
        with pytest.raises(ConflictError, match="Nothing is proposed here any more"):
            decide_on(replace(self.GIFT, amount_cents=0), None, decision(), first_payable="2026-09")

    def test_a_loan_is_granted_with_its_repayment_and_the_consent_to_it(self) -> None:
        agreed = decision(
            StartMoneyOutcome.LOWERED, amount_cents=50_000, reason="less furniture", agreed_on=date(2026, 9, 19)
        )
        grant = build_grant(self.LOAN, agreed, 50_000)
        assert (grant.kind, grant.form, grant.amount_cents) == (GrantKind.FURNISHING_CREDIT, GrantForm.LOAN, 50_000)
        assert (grant.month, grant.repay_from, grant.repay_cents) == ("2026-10", "2026-11", 2_587)
        assert (grant.agreed_on, grant.is_routed) == (date(2026, 9, 19), True)
        assert isinstance(grant.id, UUID)
        assert build_grant(self.LOAN, agreed, 50_000).id == grant.id != self.LOAN.id
