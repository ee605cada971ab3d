"""Loans: how they are repaid, and what is refused."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.household.rules.loans import Loan, Repayment, check_grant, refuse_replacing, repay
from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.policies.rules.relief import GrantKind
from shared.errors.refusals import ConflictError, WrongInputError

LOAN = Grant(
    uuid4(), GrantKind.FURNISHING_CREDIT, GrantForm.LOAN, 250_000, "2026-09", repay_from="2026-12", repay_cents=60_000
)


@pytest.mark.row("start-liquidity")
class TestLoans:
    def test_the_schedule_repays_the_loan_to_the_cent(self) -> None:
        schedule = Loan(LOAN, ()).schedule
        assert [(instalment.month, instalment.amount_cents) for instalment in schedule][-2:] == [
            ("2027-03", 60_000),
            ("2027-04", 10_000),
        ]
        assert sum(instalment.amount_cents for instalment in schedule) == LOAN.amount_cents

    @given(st.lists(st.integers(1, 200_000), max_size=12))
    def test_no_more_is_repaid_than_what_is_left(self, amounts: list[int]) -> None:
        loan = Loan(LOAN, ())
        for amount in amounts:
            request = Repayment(uuid4(), LOAN.id, FIRST_DAY, amount)
            if amount > loan.left_cents:
                with pytest.raises(ConflictError, match="no more than that"):
                    repay(loan, request)
                continue
            repayment, is_new = repay(loan, request)
            loan = replace(loan, repayments=(*loan.repayments, repayment))
            assert is_new
            assert loan.left_cents == repayment.left_cents >= 0
            assert repay(loan, request) == (repayment, False)

    def test_the_remainder_repays_only_what_the_person_agreed_to(self) -> None:
        request = Repayment(uuid4(), LOAN.id, date(2026, 12, 1), 60_000, from_remainder=True)
        with pytest.raises(ConflictError, match="had not agreed"):
            repay(Loan(LOAN, ()), request)
        assert repay(Loan(replace(LOAN, agreed_on=date(2026, 12, 1)), ()), request)[1]

    def test_a_loan_of_which_something_was_repaid_is_not_replaced(self) -> None:
        repayment, _ = repay(Loan(LOAN, ()), Repayment(uuid4(), LOAN.id, FIRST_DAY, 1))
        with pytest.raises(ConflictError, match="new loan beside it"):
            refuse_replacing(Loan(LOAN, (repayment,)))

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"kind": GrantKind.FIRST_RENT}, "can be a loan"),
            ({"repay_cents": None}, "the monthly amount"),
            ({"form": GrantForm.GIFT}, "is not repaid"),
            ({"repay_cents": 1}, "more than 120 months"),
            ({"repay_from": "2026-08"}, "before the loan is given"),
        ],
    )
    def test_a_loan_that_makes_no_sense_is_refused(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(WrongInputError, match=sentence):
            check_grant(replace(LOAN, **changes))  # type: ignore[arg-type]  # a builder
