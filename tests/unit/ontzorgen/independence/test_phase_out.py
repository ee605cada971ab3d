"""Letting go in steps: in the policy's order, each prepared, and with what the person pays alone as its outcome."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from independence_states import (
    ALONE,
    ENERGY,
    FIRST,
    HOUSEHOLD_ID,
    INFORMED,
    OPENS,
    POLICY,
    RENT,
    TOGETHER,
    build_household,
    build_step,
)

from services.ontzorgen.independence.rules.phase_out import (
    DirectDebit,
    Preparation,
    list_kinds_let_go,
    list_months_let_go,
    prepare_steps,
    require_begun,
    require_own_creditor,
    take_step,
)
from shared.calendar import month_of, next_month
from shared.errors.refusals import ConflictError, RefusedError, WrongInputError
from shared.events.codes import ChargeKind, PhaseOutStep

DAYS = st.dates(FIRST, date(2027, 9, 15))
RENT_DEBIT = DirectDebit(uuid4(), HOUSEHOLD_ID, RENT.creditor, RENT.kind, 6, OPENS)


class TestSteps:
    PREPARATION = Preparation((), (), is_monthly=True, kinds=frozenset({ChargeKind.RENT, ChargeKind.ENERGY}))
    STEPS = (INFORMED, PhaseOutStep.MONTHLY_MONEY, TOGETHER, ALONE)

    @pytest.mark.parametrize(
        ("taken", "step", "changes", "sentence"),
        [
            ([], (PhaseOutStep.MONTHLY_MONEY, None), {}, "comes first: creditors informed"),
            ([], (INFORMED, None), {"uninformed": (RENT,)}, "do not know yet: woonstad"),
            ([INFORMED], (PhaseOutStep.MONTHLY_MONEY, None), {"is_monthly": False}, "decided by three"),
            ([INFORMED], (PhaseOutStep.DIRECT_DEBIT_SET_UP, None), {}, "no such step"),
            ([INFORMED], (TOGETHER, None), {}, "give its kind"),
            ([INFORMED], (TOGETHER, ChargeKind.TV), {}, "no running charge of this kind"),
            ([INFORMED, PhaseOutStep.MONTHLY_MONEY], (ALONE, ChargeKind.RENT), {}, "comes first: pays together"),
        ],
    )
    def test_a_step_out_of_its_order_or_not_prepared_is_refused(
        self,
        taken: list[PhaseOutStep],
        step: tuple[PhaseOutStep, ChargeKind | None],
        changes: dict[str, Any],
        sentence: str,
    ) -> None:
        steps = [build_step(earlier, OPENS) for earlier in taken]
        preparation = replace(self.PREPARATION, **changes)
        with pytest.raises(RefusedError, match=sentence):
            take_step(build_household(), steps, build_step(step[0], OPENS, step[1]), self.STEPS, preparation)

    def test_no_step_is_taken_before_letting_go_was_decided_on(self) -> None:
        with pytest.raises(ConflictError, match="has not begun"):
            require_begun(None, OPENS)
        with pytest.raises(WrongInputError, match="began on 2027-02-15"):
            require_begun(OPENS, date(2027, 2, 14))
        require_begun(OPENS, OPENS)


class TestPreparation:
    def test_what_lacks_a_direct_debit_is_found_and_its_day_counts_only_where_the_policy_says_so(self) -> None:
        late = replace(RENT_DEBIT, day_of_month=20)
        preparation = prepare_steps([RENT, ENERGY], (ENERGY,), [late], replace(POLICY, pay_day=5), is_monthly=False)
        kinds = frozenset({RENT.kind, ENERGY.kind})
        assert preparation == Preparation((ENERGY,), (ENERGY,), is_monthly=False, kinds=kinds)
        policy = replace(POLICY, pay_day=5, debits_follow_benefit=True)
        assert prepare_steps([RENT], [], [late], policy, is_monthly=True).misaligned_debits == (RENT,)
        assert prepare_steps([RENT], [], [late, RENT_DEBIT], policy, is_monthly=True).misaligned_debits == ()

    def test_a_creditor_that_the_household_does_not_owe_is_refused(self) -> None:
        require_own_creditor([RENT, ENERGY], "stroom")
        with pytest.raises(WrongInputError, match="no running charge of this creditor"):
            require_own_creditor([RENT], "stroom")


class TestLettingGo:
    def test_a_charge_paid_alone_is_let_go_from_the_next_month_until_it_is_paid_together_again(self) -> None:
        steps = [
            build_step(TOGETHER, date(2027, 1, 5), ChargeKind.RENT),
            build_step(ALONE, date(2027, 2, 10), ChargeKind.RENT),
            build_step(TOGETHER, date(2027, 4, 1), ChargeKind.RENT),
        ]
        months = ["2027-02", "2027-03", "2027-04", "2027-05"]
        let_go = [sorted(list_kinds_let_go(steps, month)) for month in months]
        assert let_go == [[], ["rent"], ["rent"], []]
        assert list_months_let_go(steps) == {ChargeKind.RENT: (("2027-03", "2027-04"),)}
        assert list_months_let_go(steps[:2]) == {ChargeKind.RENT: (("2027-03", None),)}

    @given(st.lists(st.tuples(DAYS, st.sampled_from((TOGETHER, ALONE)), st.sampled_from(ChargeKind))), DAYS)
    def test_what_is_let_go_in_a_month_never_depends_on_steps_of_that_month_or_later(
        self, taken: list[tuple[date, PhaseOutStep, ChargeKind]], day: date
    ) -> None:
        steps = [build_step(step, on, kind) for on, step, kind in taken]
        month = next_month(month_of(day))
        before = [step for step in steps if month_of(step.taken_on) < month]
        assert list_kinds_let_go(steps, month) == list_kinds_let_go(before, month)
        kinds = {
            kind
            for kind, ranges in list_months_let_go(steps).items()
            for first, last in ranges
            if first <= month <= (last or month)
        }
        assert list_kinds_let_go(steps, month) == kinds
