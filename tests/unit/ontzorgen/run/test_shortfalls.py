"""What resolves a shortfall: when it pays what was left unpaid, and with which money."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from household_in_relief import HOUSEHOLD

from services.ontzorgen.household.rules.means import GrantForm
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.run.rules.shortfalls import Resolution, choose_month_to_pay, grant_for, resolve_shortfall
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ShortfallSolution

ON = date(2026, 9, 20)
SHORT = HouseholdMonth(HOUSEHOLD.id, Statement("2026-09", StatementStatus.SHORTFALL, shortfall_cents=4_000))
BRIDGING = Resolution(ShortfallSolution.BRIDGING_MONEY, ON, granted_cents=4_000)
RUN = replace(HOUSEHOLD, months_run=1, next_month="2026-10")


class TestResolving:
    def test_it_is_published_with_what_was_short_and_what_solved_it(self) -> None:
        event, is_new = resolve_shortfall(RUN, SHORT, None, BRIDGING)
        assert (event.person_id, event.month, event.shortfall_cents) == (HOUSEHOLD.person_id, "2026-09", 4_000)
        assert (event.solution, event.resolved_on, is_new) == (ShortfallSolution.BRIDGING_MONEY, ON, True)

    def test_the_same_day_again_is_not_new_and_another_day_is_refused(self) -> None:
        first, _ = resolve_shortfall(RUN, SHORT, None, BRIDGING)
        assert resolve_shortfall(RUN, SHORT, ON, BRIDGING) == (first, False)
        with pytest.raises(ConflictError, match="resolved on 2026-09-21 already"):
            resolve_shortfall(RUN, SHORT, date(2026, 9, 21), BRIDGING)

    @pytest.mark.parametrize(
        ("changes", "pays_later"),
        [({}, True), ({"granted_cents": 0}, False), ({"granted_cents": 0, "for_month": "2026-11"}, True)],
    )
    def test_money_or_a_month_pays_later(self, changes: dict[str, object], *, pays_later: bool) -> None:
        assert replace(BRIDGING, **changes).pays_later is pays_later  # type: ignore[arg-type]  # a builder


class TestMonthToPay:
    @pytest.mark.parametrize(
        ("for_month", "is_next_computed", "month"),
        [
            (None, False, "2026-10"),
            (None, True, "2026-11"),
            ("2026-10", False, "2026-10"),
            ("2027-03", False, "2027-03"),
        ],
    )
    def test_it_is_the_month_given_or_the_first_that_is_not_computed(
        self, for_month: str | None, month: str, *, is_next_computed: bool
    ) -> None:
        assert choose_month_to_pay(RUN, for_month, is_next_computed=is_next_computed) == month

    def test_a_month_that_was_computed_pays_nothing_more(self) -> None:
        with pytest.raises(WrongInputError, match="give 2026-11 or a later one"):
            choose_month_to_pay(RUN, "2026-10", is_next_computed=True)

    @pytest.mark.parametrize("right_until", [None, date(2027, 6, 30)])
    def test_after_relief_nothing_is_paid(self, right_until: date | None) -> None:
        with pytest.raises(WrongInputError, match="give 2027-03 or an earlier one"):
            choose_month_to_pay(replace(RUN, right_until=right_until), "2027-04", is_next_computed=False)

    def test_the_last_month_is_that_of_a_right_that_ends_earlier(self) -> None:
        ending = replace(RUN, right_until=date(2026, 11, 10))
        assert choose_month_to_pay(ending, "2026-11", is_next_computed=False) == "2026-11"
        with pytest.raises(WrongInputError, match="The last month of relief is 2026-11"):
            choose_month_to_pay(ending, "2026-12", is_next_computed=False)

    def test_once_every_month_is_computed_relief_must_be_extended_first(self) -> None:
        with pytest.raises(WrongInputError, match="extend relief first"):
            choose_month_to_pay(replace(RUN, next_month="2027-03"), None, is_next_computed=True)


class TestGrant:
    @pytest.mark.parametrize(
        ("solution", "kind"),
        [
            (ShortfallSolution.BRIDGING_MONEY, GrantKind.BRIDGING),
            (ShortfallSolution.SPECIAL_ASSISTANCE, GrantKind.SPECIAL_ASSISTANCE),
            (ShortfallSolution.CASE_MANAGER_DECISION, GrantKind.OTHER),
        ],
    )
    def test_money_is_a_gift_in_the_month_that_pays(self, solution: ShortfallSolution, kind: GrantKind) -> None:
        grant = grant_for(HOUSEHOLD.id, "2026-09", replace(BRIDGING, solution=solution), "2026-10")
        assert grant is not None
        assert (grant.kind, grant.form, grant.amount_cents, grant.month) == (kind, GrantForm.GIFT, 4_000, "2026-10")

    def test_the_same_shortfall_has_the_same_gift(self) -> None:
        ids = {
            grant and grant.id
            for household_id in (HOUSEHOLD.id, UUID(int=9))
            for month in ("2026-09", "2026-10", "2026-09")
            for grant in [grant_for(household_id, month, BRIDGING, "2026-12")]
        }
        assert len(ids) == 4

    def test_a_solution_that_adds_no_money_is_refused_with_an_amount(self) -> None:
        resolution = replace(BRIDGING, solution=ShortfallSolution.ROUTED_ALLOWANCES)
        with pytest.raises(WrongInputError, match="adds no money by itself"):
            grant_for(HOUSEHOLD.id, "2026-09", resolution, "2026-10")
        assert grant_for(HOUSEHOLD.id, "2026-09", replace(resolution, granted_cents=0), "2026-10") is None


def test_in_the_last_month_of_relief_it_is_that_month_that_can_still_pay() -> None:
    last = replace(HOUSEHOLD, next_month="2027-03")
    assert choose_month_to_pay(last, "2027-03", is_next_computed=False) == "2027-03"
    with pytest.raises(WrongInputError, match="give 2027-03 or an earlier one"):
        choose_month_to_pay(last, "2027-04", is_next_computed=False)
    with pytest.raises(WrongInputError, match="extend relief first"):
        choose_month_to_pay(last, None, is_next_computed=True)
