"""The rest of a household's file: who lives there, the right, allowances, loans, assets, creditors and the regeldag."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.household.rules.charges import Charge, Mandate, MandateProcedure
from services.ontzorgen.household.rules.composition import CompositionVersion, check
from services.ontzorgen.household.rules.creditors import Creditor, CreditorKind, record_creditor, refuse_same_person
from services.ontzorgen.household.rules.file import months_input, to_situation
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.loans import Loan, Repayment, check_grant, refuse_replacing, repay
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    AssetKind,
    Claim,
    Grant,
    GrantForm,
    PaymentTerms,
    add_item,
    folded,
    over_limit_cents,
    standing,
)
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.regeldag import (
    Regeldag,
    RegeldagItem,
    RegeldagParty,
    RegeldagStep,
    add_step,
    checklist,
)
from services.ontzorgen.household.rules.right import RightVersion, change_right, overpaid
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import Adult, AllowanceKind, Child, ParentsSupport
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, ReliefEndReason

FIRST_DAY, LAST_DAY = date(2026, 9, 16), date(2027, 3, 15)
HOME = Household(
    id=UUID(int=1),
    person_id=UUID(int=2),
    household_type=HouseholdType.COUPLE,
    age_band=AgeBand.MIXED,
    has_children=True,
    first_day=FIRST_DAY,
    last_day=LAST_DAY,
    right_from=FIRST_DAY,
    right_until=None,
    next_month="2026-09",
    months_run=0,
    ended_on=None,
)
LOAN = Grant(
    uuid4(), GrantKind.FURNISHING_CREDIT, GrantForm.LOAN, 250_000, "2026-09", repay_from="2026-12", repay_cents=60_000
)


class TestComposition:
    def lived(self, from_day: date, **changes: object) -> CompositionVersion:
        fields: dict[str, object] = {"kind": HouseholdType.SINGLE, "adults": (Adult(born_on=date(2001, 5, 6)),)}
        return CompositionVersion(uuid4(), from_day, **fields | changes)  # type: ignore[arg-type]  # a builder

    def test_until_something_is_entered_the_plan_tells_who_lives_there(self) -> None:
        (plan,) = to_situation(HouseholdFile(HOME, (), ())).compositions
        assert [one.age for one in plan.adults] == [21, 20]
        assert plan.adults[1].parents_support is ParentsSupport.PENDING
        assert len(plan.children) == 1

    def test_what_is_entered_holds_from_its_day_and_takes_the_plans_place_from_the_first(self) -> None:
        later, exact = self.lived(date(2026, 11, 1)), self.lived(FIRST_DAY)
        entered = [
            to_situation(HouseholdFile(HOME, (), (), found)).compositions for found in ((later,), (later, exact))
        ]
        assert [len(one[0].adults) for one in entered] == [2, 1]
        assert [[one.from_day for one in found] for found in entered] == [[FIRST_DAY, date(2026, 11, 1)]] * 2

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"adults": (Adult(age=30), Adult(age=30))}, "has 1 of them"),
            ({"kind": HouseholdType.COUPLE}, "has 2 of them"),
            ({"kind": HouseholdType.SINGLE_PARENT}, "has a child living in"),
            ({"children": (Child(age=3),)}, "say single_parent"),
            ({"adults": (Adult(),)}, "the norm depends on it"),
            ({"adults": (Adult(born_on=date(2001, 5, 6), age=25),)}, "not both"),
            ({"adults": (Adult(born_on=date(2010, 5, 6)),)}, "is no adult here"),
            ({"kind": HouseholdType.SINGLE_PARENT, "children": (Child(born_on=date(2008, 9, 16)),)}, "is under 18"),
        ],
    )
    def test_a_household_that_can_not_be_is_refused(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(WrongInputError, match=sentence):
            check(self.lived(FIRST_DAY, **changes))


class TestRight:
    def change(self, until: date | None, right_from: date = FIRST_DAY) -> RightVersion:
        return RightVersion(uuid4(), right_from, until, date(2026, 12, 1))

    def test_a_right_that_ends_ends_relief_and_one_that_goes_on_brings_it_back(self) -> None:
        ended, version = change_right(HOME, None, self.change(date(2026, 11, 10)))
        assert (ended.last_day, ended.end_reason) == (date(2026, 11, 10), ReliefEndReason.ASSISTANCE_STOPPED)
        resumed, _ = change_right(ended, version, self.change(None))
        assert (resumed.last_day, resumed.end_reason) == (LAST_DAY, None)

    def test_a_right_that_outlasts_relief_changes_nothing_of_it(self) -> None:
        changed, _ = change_right(HOME, None, self.change(date(2027, 6, 30)))
        assert (changed.last_day, changed.end_reason) == (LAST_DAY, None)

    def test_before_the_first_run_relief_moves_with_the_first_day(self) -> None:
        moved, _ = change_right(HOME, None, self.change(None, date(2026, 10, 1)))
        assert (moved.first_day, moved.last_day, moved.next_month) == (date(2026, 10, 1), date(2027, 3, 31), "2026-10")
        run = replace(HOME, months_run=1, next_month="2026-10")
        with pytest.raises(ConflictError, match="so it stays"):
            change_right(run, None, self.change(None, date(2026, 10, 1)))

    def test_months_that_were_run_beyond_the_right_become_a_task(self) -> None:
        run = replace(HOME, months_run=3, next_month="2026-12")
        told = [overpaid(run, self.change(day)) for day in (date(2026, 11, 30), date(2026, 11, 29), date(2026, 9, 20))]
        assert [task and task.month for task in told] == [None, "2026-11", "2026-09"]

    def test_what_ended_stays_ended_and_what_ends_began(self) -> None:
        with pytest.raises(ConflictError, match="Relief ended on 2026-11-10"):
            change_right(replace(HOME, ended_on=date(2026, 11, 10)), None, self.change(None))
        with pytest.raises(WrongInputError, match="before it begins"):
            change_right(HOME, None, self.change(date(2026, 9, 15)))


class TestMeans:
    def test_only_what_stands_counts_and_nothing_is_replaced_twice(self) -> None:
        first = Allowance(uuid4(), AllowanceKind.CARE, 12_900, is_routed=True)
        second = replace(first, id=uuid4(), amount_cents=13_100, replaces=first.id)
        assert standing([first, second]) == (second,)
        assert add_item([first, second], replace(second, id=uuid4(), replaces=second.id))
        with pytest.raises(ConflictError, match="replaced already"):
            add_item([first, second], replace(second, id=uuid4()))
        assert not add_item([first, second], first)

    @pytest.mark.row("start-liquidity")
    def test_grants_that_are_routed_and_claims_reach_the_month(self) -> None:
        aside = replace(LOAN, id=uuid4(), is_routed=False)
        file = HouseholdFile(
            HOME, (), (), grants=(LOAN, aside), claims=(Claim(uuid4(), "coa", 5_000, 90_000, FIRST_DAY),)
        )
        situation = to_situation(file)
        assert [(one.kind, one.amount_cents) for one in situation.grants] == [(GrantKind.FURNISHING_CREDIT, 250_000)]
        assert [(one.creditor, one.amount_cents) for one in situation.claims] == [("coa", 5_000)]

    def test_of_payment_terms_the_last_that_was_said_of_each_holds(self) -> None:
        dates = PaymentTerms(uuid4(), FIRST_DAY, pay_on=(date(2026, 10, 2),))
        ahead = PaymentTerms(uuid4(), FIRST_DAY, prepay=True)
        held = folded([dates, ahead])
        assert held is not None
        assert (held.prepay, held.pay_on) == (True, (date(2026, 10, 2),))

    @pytest.mark.row("shortage-allowances")
    def test_assets_over_the_limit_of_the_law_are_seen_by_what_was_last_seen_of_each_kind(self) -> None:
        limit_cents = load_law().get_asset_limit(FIRST_DAY).get_limit_cents(HouseholdType.SINGLE)
        seen = [
            Asset(uuid4(), AssetKind.SAVINGS, limit_cents, date(2026, 9, 1)),
            Asset(uuid4(), AssetKind.IND_PENALTY_MONEY, 150_000, date(2026, 9, 10)),
            Asset(uuid4(), AssetKind.SAVINGS, limit_cents - 100_000, date(2026, 9, 12)),
        ]
        found = [over_limit_cents(seen, date(2026, 9, day), limit_cents) for day in (1, 10, 12)]
        assert found == [0, 150_000, 50_000]


@pytest.mark.row("start-liquidity")
class TestLoans:
    def test_the_schedule_repays_the_loan_to_the_cent(self) -> None:
        schedule = Loan(LOAN, ()).schedule
        assert [(one.month, one.amount_cents) for one in schedule][-2:] == [("2027-03", 60_000), ("2027-04", 10_000)]
        assert sum(one.amount_cents for one in schedule) == LOAN.amount_cents

    @given(st.lists(st.integers(1, 200_000), max_size=12))
    def test_what_is_left_never_goes_below_nothing(self, amounts: list[int]) -> None:
        loan = Loan(LOAN, ())
        for amount in amounts:
            asked = Repayment(uuid4(), LOAN.id, FIRST_DAY, amount)
            if amount > loan.left_cents:
                with pytest.raises(ConflictError, match="no more than that"):
                    repay(loan, asked)
                continue
            repayment, is_new = repay(loan, asked)
            loan = replace(loan, repayments=(*loan.repayments, repayment))
            assert is_new
            assert loan.left_cents == repayment.left_cents >= 0
            assert repay(loan, asked) == (repayment, False)

    def test_the_remainder_repays_only_what_the_person_agreed_to(self) -> None:
        asked = Repayment(uuid4(), LOAN.id, date(2026, 12, 1), 60_000, from_remainder=True)
        with pytest.raises(ConflictError, match="had not agreed"):
            repay(Loan(LOAN, ()), asked)
        assert repay(Loan(replace(LOAN, agreed_on=date(2026, 12, 1)), ()), asked)[1]

    def test_a_loan_of_which_something_was_repaid_stays_as_it_is(self) -> None:
        repayment, _ = repay(Loan(LOAN, ()), Repayment(uuid4(), LOAN.id, FIRST_DAY, 1))
        with pytest.raises(ConflictError, match="new loan beside it"):
            refuse_replacing(Loan(LOAN, (repayment,)))

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"kind": GrantKind.FIRST_RENT}, "can be a loan"),
            ({"repay_cents": None}, "with how much a month"),
            ({"form": GrantForm.GIFT}, "is not repaid"),
            ({"repay_cents": 1}, "more than 120 months"),
            ({"repay_from": "2026-08"}, "before it is given"),
        ],
    )
    def test_a_loan_that_makes_no_sense_is_refused(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(WrongInputError, match=sentence):
            check_grant(replace(LOAN, **changes))  # type: ignore[arg-type]  # a builder


@pytest.mark.row("machtigingen")
class TestCreditors:
    ENERGY = Creditor(uuid4(), "stroom", "Stroom BV", CreditorKind.ENERGY, "NL91ABNA0417164300", FIRST_DAY)

    def test_procedures_differ_between_kinds_and_a_creditor_may_have_its_own(self) -> None:
        insurer = replace(self.ENERGY, kind=CreditorKind.HEALTH_INSURER)
        assert self.ENERGY.mandate_procedure is not insurer.mandate_procedure
        own = replace(self.ENERGY, procedure=MandateProcedure.SIGNED_FORM)
        assert own.mandate_procedure is MandateProcedure.SIGNED_FORM

    def test_an_account_that_changed_waits_for_someone_else(self) -> None:
        same, moved = (replace(self.ENERGY, id=uuid4(), iban=iban) for iban in (self.ENERGY.iban, "NL20INGB0001234567"))
        waiting, _ = record_creditor([self.ENERGY], moved)
        found = [record_creditor(known, new)[0] for known, new in (([], moved), ([self.ENERGY], same))]
        assert [one.needs_confirmation for one in (*found, waiting)] == [False, False, True]
        assert record_creditor([self.ENERGY, waiting], replace(waiting, id=uuid4()))[0].needs_confirmation
        with pytest.raises(ConflictError, match="let a colleague"):
            refuse_same_person(Recorder("budget_manager", "a"), Recorder("case_manager", "a"))

    def test_a_charge_without_mandate_is_apart_from_what_may_be_paid(self) -> None:
        rent = Charge(uuid4(), ChargeKind.RENT, "woonstad", None, "huur", 60_000, FIRST_DAY, None)
        power = replace(rent, id=uuid4(), kind=ChargeKind.ENERGY, creditor="stroom")
        mandate = Mandate(uuid4(), ChargeKind.RENT, "woonstad", FIRST_DAY)
        found = months_input(HouseholdFile(HOME, (rent, power), (mandate,)))
        assert [one.key for one in found.situation.charges] == [rent.key]
        assert [one.key for one in found.without_mandate] == [power.key]


@pytest.mark.row("regeldag")
def test_a_regeldag_has_every_item_and_is_complete_when_each_is_done() -> None:
    day = Regeldag(uuid4(), FIRST_DAY)
    steps: list[RegeldagStep] = []
    for item in RegeldagItem:
        assert not checklist(day, steps).is_complete
        step = RegeldagStep(uuid4(), day.id, item, RegeldagParty.SOCIAL_GUIDE, done_on=FIRST_DAY)
        assert add_step(day, steps, step)
        steps += [replace(step, id=uuid4(), done_on=None), step]
    assert checklist(day, steps).is_complete
    with pytest.raises(WrongInputError, match="that day or a later one"):
        add_step(day, steps, replace(steps[0], id=uuid4(), done_on=date(2026, 9, 15)))
