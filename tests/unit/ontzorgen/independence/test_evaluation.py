"""Deciding how relief goes on: on grounds, after a retest, with informed creditors, and no sooner than the law says."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from independence_states import (
    ALONE,
    HOUSEHOLD_ID,
    INFORMED,
    LAST,
    OPENS,
    POLICY,
    RENT,
    TOGETHER,
    build_household,
    build_measurement,
    build_step,
)

from services.ontzorgen.independence.rules.evaluation import (
    EvaluationOutcome,
    IndependenceFile,
    ReliefDecision,
    apply_decision,
    decide_evaluation,
)
from services.ontzorgen.independence.rules.phase_out import InformedCreditor
from shared.errors.refusals import ConflictError, RefusedError
from shared.events import PhaseOutStarted, ReliefExtended
from shared.events.codes import ChargeKind, ExtensionGround, ReliefEndReason, SelfRelianceClass


def build_extension(**changes: Any) -> ReliefDecision:
    grounds = (ExtensionGround.NOT_SELF_RELIANT_AT_RETEST,)
    extension = ReliefDecision(uuid4(), HOUSEHOLD_ID, EvaluationOutcome.EXTEND, date(2027, 3, 1), grounds, 6)
    return replace(extension, **changes)


@pytest.mark.row("art57-extension")
class TestEvaluation:
    def test_an_extension_moves_the_last_day_and_sets_a_review(self) -> None:
        file = IndependenceFile(build_household(), [build_measurement(date(2027, 2, 20))])
        decision, (event,), is_new = decide_evaluation(file, build_extension(), POLICY)
        assert is_new
        assert isinstance(event, ReliefExtended)
        assert (event.last_day, event.review_on) == (date(2027, 9, 15), date(2027, 9, 1))
        assert apply_decision(build_household(), decision).last_day == date(2027, 9, 15)

    @pytest.mark.parametrize(
        ("changes", "household", "tests", "sentence"),
        [
            ({"grounds": ()}, {}, [OPENS], "on grounds"),
            ({"months": 7}, {}, [OPENS], "at most 6 months at once"),
            ({"months": None}, {}, [OPENS], "how many months"),
            ({}, {}, [date(2027, 2, 14)], "measured again since 2027-02-15"),
            ({}, {}, [date(2027, 3, 2)], "measured again"),
            ({"decided_on": date(2027, 3, 16)}, {}, [OPENS], "Relief ended on 2027-03-15"),
            ({}, {"ended_on": date(2027, 2, 28)}, [OPENS], "Relief ended on 2027-02-28"),
            ({}, {"right_until": date(2027, 9, 14)}, [OPENS], "right to assistance ends on 2027-09-14"),
        ],
    )
    def test_an_extension_that_does_not_hold_is_refused_in_a_sentence(
        self, changes: dict[str, Any], household: dict[str, Any], tests: list[date], sentence: str
    ) -> None:
        file = IndependenceFile(build_household(**household), [build_measurement(on) for on in tests])
        with pytest.raises(RefusedError, match=sentence):
            decide_evaluation(file, build_extension(**changes), POLICY)

    def test_the_ground_of_the_retest_must_be_what_the_retest_found(self) -> None:
        file = IndependenceFile(build_household(), [build_measurement(OPENS, SelfRelianceClass.SELF_RELIANT)])
        with pytest.raises(ConflictError, match="another ground"):
            decide_evaluation(file, build_extension(), POLICY)
        decide_evaluation(file, build_extension(grounds=(ExtensionGround.DEBTS,)), POLICY)

    def test_a_decision_sent_twice_is_decided_once(self) -> None:
        file = IndependenceFile(build_household(), [build_measurement(OPENS)])
        request = build_extension()
        decision, _, _ = decide_evaluation(file, request, POLICY)
        again = decide_evaluation(replace(file, decisions=[decision]), request, POLICY)
        assert again == (decision, (), False)

    def test_a_review_keeps_the_extension_and_sets_the_next_review(self) -> None:
        file = IndependenceFile(build_household(last_day=date(2027, 9, 15)), decisions=[build_extension(months=6)])
        review = ReliefDecision(
            uuid4(), HOUSEHOLD_ID, EvaluationOutcome.CONTINUE, date(2027, 6, 1), (ExtensionGround.DEBTS,)
        )
        assert decide_evaluation(file, review, POLICY)[0].review_on == date(2027, 9, 15)
        with pytest.raises(ConflictError, match="not extended"):
            decide_evaluation(IndependenceFile(build_household()), replace(review, decided_on=OPENS), POLICY)

    def test_creditors_are_informed_before_relief_ends_and_anew_after_an_extension(self) -> None:
        end = ReliefDecision(uuid4(), HOUSEHOLD_ID, EvaluationOutcome.END, date(2027, 3, 1))
        informed = InformedCreditor(HOUSEHOLD_ID, "woonstad", date(2027, 2, 20))
        file = IndependenceFile(build_household(), creditors=[RENT])
        with pytest.raises(ConflictError, match="do not know yet: woonstad"):
            decide_evaluation(file, end, POLICY)
        decision, _, _ = decide_evaluation(replace(file, informed=[informed]), end, POLICY)
        assert (decision.last_day, decision.reason) == (LAST, ReliefEndReason.PERIOD_OVER)
        extended = replace(file, informed=[informed], decisions=[build_extension(decided_on=date(2027, 2, 25))])
        assert extended.uninformed == (RENT,)

    def test_assistance_that_stops_ends_relief_without_waiting_for_creditors(self) -> None:
        stopped = ReliefEndReason.ASSISTANCE_STOPPED
        end = ReliefDecision(
            uuid4(), HOUSEHOLD_ID, EvaluationOutcome.END, OPENS, reason=stopped, last_day=date(2027, 2, 28)
        )
        decision, _, _ = decide_evaluation(IndependenceFile(build_household(), creditors=[RENT]), end, POLICY)
        ended = apply_decision(build_household(), decision)
        assert (ended.last_day, ended.end_reason) == (date(2027, 2, 28), stopped)

    def test_letting_go_is_over_only_after_six_months_and_every_step(self) -> None:
        out = ReliefDecision(uuid4(), HOUSEHOLD_ID, EvaluationOutcome.PHASE_OUT, date(2026, 12, 1))
        informed = [InformedCreditor(HOUSEHOLD_ID, "woonstad", date(2026, 12, 2))]
        file = IndependenceFile(build_household(), decisions=[out], informed=informed, creditors=[RENT])
        end = ReliefDecision(uuid4(), HOUSEHOLD_ID, EvaluationOutcome.END, OPENS, reason=ReliefEndReason.PHASED_OUT)
        policy = replace(POLICY, phase_out_steps=(INFORMED, ALONE))
        with pytest.raises(ConflictError, match="six months are the law's"):
            decide_evaluation(file, replace(end, last_day=date(2027, 2, 28)), policy)
        with pytest.raises(ConflictError, match="steps to take: creditors informed, pays alone"):
            decide_evaluation(file, end, policy)
        steps = [build_step(INFORMED, date(2026, 12, 2)), build_step(ALONE, date(2027, 1, 2), ChargeKind.RENT)]
        decision, _, _ = decide_evaluation(replace(file, steps=steps), end, policy)
        assert decision.reason is ReliefEndReason.PHASED_OUT

    def test_the_policys_steps_are_published_and_creditors_always_come_first(self) -> None:
        policy = replace(POLICY, phase_out_steps=(TOGETHER, ALONE))
        request = ReliefDecision(uuid4(), HOUSEHOLD_ID, EvaluationOutcome.PHASE_OUT, OPENS)
        _, (event,), _ = decide_evaluation(IndependenceFile(build_household()), request, policy)
        assert isinstance(event, PhaseOutStarted)
        assert event.steps == (INFORMED, TOGETHER, ALONE)
