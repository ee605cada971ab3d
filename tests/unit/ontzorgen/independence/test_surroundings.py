"""What is followed around a household: applications, coaches, paid guides, and the sounding board's questions."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from independence_states import FIRST, HOUSEHOLD_ID, POLICY, load_policy

from services.ontzorgen.independence.rules.applications import Application, ApplicationOutcome, apply, decide
from services.ontzorgen.independence.rules.coaches import Coach, check_assignment, require_same_coach
from services.ontzorgen.independence.rules.mother_pay import MotherPayment, compute_amount_cents, pay
from services.ontzorgen.independence.rules.neighbourhood_mothers import Engagement, MotherEngagement
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.independence.rules.sounding_board import (
    BoardAction,
    BoardQuestion,
    SoundingBoardMeeting,
    check_action,
    check_meeting,
    finish_action,
)
from services.ontzorgen.policies.rules.guidance import ApplicationKind
from shared.errors.refusals import ConflictError, RefusedError, WrongInputError

DONGEMOND, CAPELLE = load_policy("gm0779"), load_policy("gm0502")
CHILDCARE = Application(uuid4(), HOUSEHOLD_ID, ApplicationKind.CHILDCARE, FIRST, uuid4())
MOTHER_ID = uuid4()


@pytest.mark.row("pilot-ontzorgen-geertruidenberg")
class TestApplications:
    def test_it_must_be_decided_within_eight_weeks_and_one_of_a_kind_waits_at_a_time(self) -> None:
        applied, is_new = apply([], CHILDCARE, DONGEMOND)
        assert (applied.decide_by, is_new) == (date(2026, 11, 11), True)
        assert apply([applied], CHILDCARE, DONGEMOND) == (applied, False)
        with pytest.raises(ConflictError, match="waits for its decision"):
            apply([applied], replace(CHILDCARE, id=uuid4()), DONGEMOND)
        assert apply([applied], replace(CHILDCARE, id=uuid4(), person_id=uuid4()), DONGEMOND)[1], "of another person"
        refused = decide(applied, ApplicationOutcome.REFUSED, date(2026, 10, 1))
        assert apply([refused], replace(CHILDCARE, id=uuid4()), DONGEMOND)[1]

    def test_it_is_decided_once_and_not_before_it_was_asked(self) -> None:
        applied, _ = apply([], CHILDCARE, DONGEMOND)
        with pytest.raises(WrongInputError, match=f"applied for on {FIRST}"):
            decide(applied, ApplicationOutcome.GRANTED, date(2026, 9, 15))
        granted = decide(applied, ApplicationOutcome.GRANTED, FIRST)
        assert decide(granted, ApplicationOutcome.GRANTED, FIRST) == granted
        with pytest.raises(ConflictError, match="decided on 2026-09-16 already"):
            decide(granted, ApplicationOutcome.REFUSED, FIRST)

    def test_elsewhere_nothing_is_applied_for(self) -> None:
        with pytest.raises(ConflictError, match="nothing is applied for"):
            apply([], CHILDCARE, POLICY)


@pytest.mark.row("budget-coaching")
def test_a_coach_has_a_limit_and_a_term() -> None:
    coach = Coach(uuid4(), 2, FIRST, date(2026, 12, 31))
    check_assignment(coach, 1, FIRST)
    with pytest.raises(ConflictError, match="has 2 of 2 people: choose another coach"):
        check_assignment(coach, 2, FIRST)
    with pytest.raises(WrongInputError, match="until 2026-12-31"):
        check_assignment(coach, 0, date(2027, 1, 1))
    assert require_same_coach(coach, replace(coach, caseload_max=3)) == coach
    with pytest.raises(ConflictError, match="other content"):
        require_same_coach(coach, replace(coach, provider="piezo"))


@pytest.mark.row("buurtmoeders")
class TestPay:
    PAYMENT = MotherPayment(uuid4(), MOTHER_ID, "2026-10", date(2026, 11, 2))

    @staticmethod
    def work(on: date, minutes: int) -> MotherEngagement:
        return MotherEngagement(uuid4(), MOTHER_ID, Engagement.INTAKE, on, minutes)

    @pytest.mark.parametrize(
        ("minutes", "fee_cents", "amount_cents"),
        [(60, 1_500, 1_500), (90, 1_501, 2_252), (1, 1_500, 25), (1, 1_529, 25)],
    )
    def test_minutes_times_the_fee_is_rounded_once(self, minutes: int, fee_cents: int, amount_cents: int) -> None:
        assert compute_amount_cents(minutes, fee_cents) == amount_cents

    def test_all_work_until_the_end_of_the_month_is_paid_and_later_work_is_not(self) -> None:
        late, now, later = (self.work(day, 50) for day in (date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 1)))
        payment, paid = pay(self.PAYMENT, [late, now, later], CAPELLE)
        assert (paid, payment.minutes, payment.amount_cents) == ([late, now], 100, 2_500)

    @pytest.mark.parametrize(
        ("payment", "policy", "minutes", "sentence"),
        [
            (PAYMENT, POLICY, 50, "has no fee"),
            (replace(PAYMENT, paid_on=date(2026, 10, 31)), CAPELLE, 50, "pay it after that"),
            (PAYMENT, CAPELLE, 0, "is paid already"),
        ],
    )
    def test_without_fee_before_the_end_and_for_nothing_nobody_is_paid(
        self, payment: MotherPayment, policy: IndependencePolicy, minutes: int, sentence: str
    ) -> None:
        unpaid = [self.work(date(2026, 10, 5), minutes)] if minutes else []
        with pytest.raises(RefusedError, match=sentence):
            pay(payment, unpaid, policy)


@pytest.mark.row("klankbordgroep-dongemond")
class TestBoard:
    MEETING = SoundingBoardMeeting(uuid4(), FIRST, 9, 6, 1, feels_relieved=5, feels_not_relieved=4)
    ACTION = BoardAction(uuid4(), MEETING.id, BoardQuestion.RELIEVES, "uitleg", FIRST, date(2026, 10, 1))

    def test_no_question_has_more_answers_than_people(self) -> None:
        check_meeting(self.MEETING, DONGEMOND)
        with pytest.raises(WrongInputError, match="More judged than took part"):
            check_meeting(replace(self.MEETING, feels_relieved=6), DONGEMOND)

    def test_an_action_is_about_an_answer_then_done_then_reported_back(self) -> None:
        check_action(self.MEETING, self.ACTION)
        with pytest.raises(WrongInputError, match="Nobody answered this question"):
            check_action(self.MEETING, replace(self.ACTION, question=BoardQuestion.DONE_WELL))
        with pytest.raises(WrongInputError, match="The meeting was on"):
            check_action(self.MEETING, replace(self.ACTION, decided_on=date(2026, 9, 1)))
        done = finish_action(self.ACTION, date(2026, 9, 20), None)
        reported = finish_action(done, date(2026, 9, 20), date(2026, 9, 30))
        assert (done.reported_on, reported.reported_on) == (None, date(2026, 9, 30))
        with pytest.raises(WrongInputError, match="correct the days"):
            finish_action(done, date(2026, 9, 20), date(2026, 9, 19))
        with pytest.raises(ConflictError, match="done on 2026-09-20 already"):
            finish_action(reported, date(2026, 9, 21), date(2026, 9, 30))
