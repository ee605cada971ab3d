"""Growing independent by its rules: what is measured, decided on grounds, let go in steps, taught and signalled."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules import coaching, phase_out, signals
from services.ontzorgen.independence.rules import evaluation as onward
from services.ontzorgen.independence.rules import independence as rules
from services.ontzorgen.independence.rules.evaluation import IndependenceFile
from services.ontzorgen.independence.rules.independence import (
    Course,
    Decision,
    IndependencePolicy,
    Measurement,
    Measurer,
    MoneyDecision,
    Onward,
)
from services.ontzorgen.independence.rules.phase_out import Creditor, CreditorTold, Ready, StepTaken
from services.ontzorgen.independence.rules.policy import code_of, independence_of
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.calendar import month_of, next_month
from shared.errors.refusals import ConflictError, RefusedError, WrongInputError
from shared.events import ArrearsSignalled, PhaseOutStarted, ReliefExtended
from shared.events.codes import (
    AgeBand,
    ChargeKind,
    ExtensionGround,
    HouseholdType,
    MeasurementMoment,
    PhaseOutStep,
    ReliefEndReason,
    SelfRelianceClass,
)

HOUSEHOLD = UUID(int=7)
FIRST, LAST = date(2026, 9, 16), date(2027, 3, 15)
OPENS = date(2027, 2, 15)
POLICY = IndependencePolicy()
RENT, ENERGY = Creditor("woonstad", ChargeKind.RENT), Creditor("stroom", ChargeKind.ENERGY)
INFORMED, TOGETHER, ALONE = PhaseOutStep.CREDITORS_INFORMED, PhaseOutStep.PAYS_TOGETHER, PhaseOutStep.PAYS_ALONE
DAYS = st.dates(date(2026, 9, 16), date(2027, 9, 15))


def home(**changes: Any) -> Household:
    made = Household(
        id=HOUSEHOLD,
        person_id=UUID(int=8),
        household_type=HouseholdType.SINGLE,
        age_band=AgeBand.FROM_21,
        has_children=False,
        first_day=FIRST,
        last_day=LAST,
        right_from=FIRST,
        right_until=None,
        next_month="2027-03",
        months_run=6,
        ended_on=None,
    )
    return replace(made, **changes)


def measured(on: date, outcome: SelfRelianceClass = SelfRelianceClass.NOT_SELF_RELIANT, **changes: Any) -> Measurement:
    made = Measurement(uuid4(), HOUSEHOLD, outcome, MeasurementMoment.ON_REQUEST, on, Measurer.BUDGET_COACH, "zrm-2017")
    return replace(made, **changes)


def extension(**changes: Any) -> Decision:
    grounds = (ExtensionGround.NOT_SELF_RELIANT_AT_RETEST,)
    return replace(Decision(uuid4(), HOUSEHOLD, Onward.EXTEND, date(2027, 3, 1), grounds, 6), **changes)


def step(what: PhaseOutStep, on: date, kind: ChargeKind | None = None) -> StepTaken:
    return StepTaken(HOUSEHOLD, what, on, kind)


@pytest.mark.row("self-reliance-categories")
class TestSelfReliance:
    @given(st.lists(st.tuples(DAYS, st.sampled_from(SelfRelianceClass)), unique_by=lambda one: one[0]), DAYS)
    def test_the_class_on_a_day_is_the_latest_measured_by_then(
        self, given_ones: list[tuple[date, SelfRelianceClass]], day: date
    ) -> None:
        known = [measured(on, outcome) for on, outcome in given_ones]
        begun = {on: outcome for on, outcome in given_ones if on <= day}
        assert rules.class_on(known, day) == (begun[max(begun)] if begun else None)

    def test_a_retest_before_its_time_is_a_measurement_on_request(self) -> None:
        early = measured(date(2027, 1, 10), moment=MeasurementMoment.SIX_MONTHS)
        with pytest.raises(WrongInputError, match="begins on 2027-02-16"):
            rules.measure(home(), [], early, POLICY)
        (told,) = rules.measure(home(), [], replace(early, measured_on=date(2027, 2, 16)), POLICY)
        assert (told.outcome, told.moment) == (SelfRelianceClass.NOT_SELF_RELIANT, MeasurementMoment.SIX_MONTHS)

    def test_the_start_is_measured_once_and_the_same_measurement_is_told_once(self) -> None:
        start = measured(FIRST, moment=MeasurementMoment.START)
        assert len(rules.measure(home(), [], start, POLICY)) == 1
        assert rules.measure(home(), [start], start, POLICY) == ()
        with pytest.raises(ConflictError, match="at the start already"):
            rules.measure(home(), [start], replace(start, id=uuid4(), measured_on=date(2026, 9, 20)), POLICY)


@pytest.mark.row("budget-management")
class TestMoney:
    def test_monthly_money_takes_all_whom_the_policy_names(self) -> None:
        drechtsteden = independence_of(policy_in_force("gm0531", date(2026, 9, 1)))
        alone = MoneyDecision(
            uuid4(), HOUSEHOLD, PayoutFrequency.MONTHLY, FIRST, FIRST, (Decider.BUDGET_MANAGER, Decider.PERSON)
        )
        with pytest.raises(WrongInputError, match="not yet by budget coach"):
            rules.decide_money([], alone, drechtsteden)
        assert rules.decide_money([], replace(alone, parties=drechtsteden.money_decided_by), drechtsteden)

    def test_weekly_money_by_class_until_it_is_decided_otherwise(self) -> None:
        policy = independence_of(policy_in_force("gm0531", date(2026, 9, 1)))
        decided = MoneyDecision(uuid4(), HOUSEHOLD, PayoutFrequency.MONTHLY, FIRST, date(2026, 12, 1), tuple(Decider))
        on = [date(2026, 11, 30), date(2026, 12, 1)]
        assert [rules.rhythm_on([decided], day, None, policy) for day in on] == ["weekly", "monthly"]
        assert rules.rhythm_on([], on[0], SelfRelianceClass.SELF_RELIANT, policy) is PayoutFrequency.MONTHLY


@pytest.mark.row("art57-extension")
class TestOnward:
    def test_an_extension_moves_the_last_day_and_sets_a_review(self) -> None:
        file = IndependenceFile(home(), [measured(date(2027, 2, 20))])
        decision, (told,), is_new = onward.decide(file, extension(), POLICY)
        assert is_new
        assert isinstance(told, ReliefExtended)
        assert (told.last_day, told.review_on) == (date(2027, 9, 15), date(2027, 9, 1))
        assert rules.as_decided(home(), decision).last_day == date(2027, 9, 15)

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
        file = IndependenceFile(home(**household), [measured(on) for on in tests])
        with pytest.raises(RefusedError, match=sentence):
            onward.decide(file, extension(**changes), POLICY)

    def test_the_ground_of_the_retest_must_be_what_the_retest_found(self) -> None:
        file = IndependenceFile(home(), [measured(OPENS, SelfRelianceClass.SELF_RELIANT)])
        with pytest.raises(ConflictError, match="another ground"):
            onward.decide(file, extension(), POLICY)
        onward.decide(file, extension(grounds=(ExtensionGround.DEBTS,)), POLICY)

    def test_a_decision_sent_twice_is_decided_once(self) -> None:
        file = IndependenceFile(home(), [measured(OPENS)])
        asked = extension()
        decision, _, _ = onward.decide(file, asked, POLICY)
        again = onward.decide(replace(file, decisions=[decision]), asked, POLICY)
        assert again == (decision, (), False)

    def test_a_review_keeps_the_extension_and_sets_the_next_review(self) -> None:
        file = IndependenceFile(home(last_day=date(2027, 9, 15)), decisions=[extension(months=6)])
        review = Decision(uuid4(), HOUSEHOLD, Onward.CONTINUE, date(2027, 6, 1), (ExtensionGround.DEBTS,))
        assert onward.decide(file, review, POLICY)[0].review_on == date(2027, 9, 15)
        with pytest.raises(ConflictError, match="not extended"):
            onward.decide(IndependenceFile(home()), replace(review, decided_on=OPENS), POLICY)

    def test_creditors_are_told_before_relief_ends_and_told_anew_after_an_extension(self) -> None:
        end = Decision(uuid4(), HOUSEHOLD, Onward.END, date(2027, 3, 1))
        told = CreditorTold(HOUSEHOLD, "woonstad", date(2027, 2, 20))
        file = IndependenceFile(home(), creditors=[RENT])
        with pytest.raises(ConflictError, match="do not know yet: woonstad"):
            onward.decide(file, end, POLICY)
        decided, _, _ = onward.decide(replace(file, told=[told]), end, POLICY)
        assert (decided.last_day, decided.reason) == (LAST, ReliefEndReason.PERIOD_OVER)
        extended = replace(file, told=[told], decisions=[extension(decided_on=date(2027, 2, 25))])
        assert extended.untold == (RENT,)

    def test_assistance_that_stops_ends_relief_without_waiting_for_creditors(self) -> None:
        stopped = ReliefEndReason.ASSISTANCE_STOPPED
        end = Decision(uuid4(), HOUSEHOLD, Onward.END, OPENS, reason=stopped, last_day=date(2027, 2, 28))
        decided, _, _ = onward.decide(IndependenceFile(home(), creditors=[RENT]), end, POLICY)
        ended = rules.as_decided(home(), decided)
        assert (ended.last_day, ended.end_reason) == (date(2027, 2, 28), stopped)

    def test_letting_go_is_over_only_after_six_months_and_every_step(self) -> None:
        out = Decision(uuid4(), HOUSEHOLD, Onward.PHASE_OUT, date(2026, 12, 1))
        told = [CreditorTold(HOUSEHOLD, "woonstad", date(2026, 12, 2))]
        file = IndependenceFile(home(), decisions=[out], told=told, creditors=[RENT])
        end = Decision(uuid4(), HOUSEHOLD, Onward.END, OPENS, reason=ReliefEndReason.PHASED_OUT)
        policy = replace(POLICY, phase_out_steps=(INFORMED, ALONE))
        with pytest.raises(ConflictError, match="six months are the law's"):
            onward.decide(file, replace(end, last_day=date(2027, 2, 28)), policy)
        with pytest.raises(ConflictError, match="steps to take: creditors informed, pays alone"):
            onward.decide(file, end, policy)
        steps = [step(INFORMED, date(2026, 12, 2)), step(ALONE, date(2027, 1, 2), ChargeKind.RENT)]
        decided, _, _ = onward.decide(replace(file, steps=steps), end, policy)
        assert decided.reason is ReliefEndReason.PHASED_OUT


class TestLettingGo:
    READY = Ready((), (), is_monthly=True, kinds=frozenset({ChargeKind.RENT, ChargeKind.ENERGY}))
    STEPS = (INFORMED, PhaseOutStep.MONTHLY_MONEY, TOGETHER, ALONE)

    def test_the_policys_steps_are_told_and_creditors_always_come_first(self) -> None:
        policy = replace(POLICY, phase_out_steps=(TOGETHER, ALONE))
        asked = Decision(uuid4(), HOUSEHOLD, Onward.PHASE_OUT, OPENS)
        _, (told,), _ = onward.decide(IndependenceFile(home()), asked, policy)
        assert isinstance(told, PhaseOutStarted)
        assert told.steps == (INFORMED, TOGETHER, ALONE)

    @pytest.mark.parametrize(
        ("known", "asked", "changes", "sentence"),
        [
            ([], (PhaseOutStep.MONTHLY_MONEY, None), {}, "comes first: creditors informed"),
            ([], (INFORMED, None), {"untold": (RENT,)}, "do not know yet: woonstad"),
            ([INFORMED], (PhaseOutStep.MONTHLY_MONEY, None), {"is_monthly": False}, "decided by three"),
            ([INFORMED], (PhaseOutStep.DIRECT_DEBIT_SET_UP, None), {}, "no such step"),
            ([INFORMED], (TOGETHER, None), {}, "give its kind"),
            ([INFORMED], (TOGETHER, ChargeKind.TV), {}, "no running charge of this kind"),
            ([INFORMED, PhaseOutStep.MONTHLY_MONEY], (ALONE, ChargeKind.RENT), {}, "comes first: pays together"),
        ],
    )
    def test_a_step_out_of_its_order_or_not_prepared_is_refused(
        self,
        known: list[PhaseOutStep],
        asked: tuple[PhaseOutStep, ChargeKind | None],
        changes: dict[str, Any],
        sentence: str,
    ) -> None:
        taken = [step(one, OPENS) for one in known]
        with pytest.raises(RefusedError, match=sentence):
            phase_out.take_step(
                home(), taken, step(asked[0], OPENS, asked[1]), self.STEPS, replace(self.READY, **changes)
            )

    def test_a_charge_paid_alone_is_let_go_from_the_next_month_until_it_is_paid_together_again(self) -> None:
        steps = [
            step(TOGETHER, date(2027, 1, 5), ChargeKind.RENT),
            step(ALONE, date(2027, 2, 10), ChargeKind.RENT),
            step(TOGETHER, date(2027, 4, 1), ChargeKind.RENT),
        ]
        months = ["2027-02", "2027-03", "2027-04", "2027-05"]
        let_go = [sorted(phase_out.kinds_let_go(steps, month)) for month in months]
        assert let_go == [[], ["rent"], ["rent"], []]
        assert phase_out.let_go_months(steps) == {ChargeKind.RENT: (("2027-03", "2027-04"),)}
        assert phase_out.let_go_months(steps[:2]) == {ChargeKind.RENT: (("2027-03", None),)}

    @given(st.lists(st.tuples(DAYS, st.sampled_from((TOGETHER, ALONE)), st.sampled_from(ChargeKind))), DAYS)
    def test_what_is_let_go_in_a_month_never_depends_on_steps_of_that_month_or_later(
        self, taken: list[tuple[date, PhaseOutStep, ChargeKind]], day: date
    ) -> None:
        steps = [step(what, on, kind) for on, what, kind in taken]
        month = next_month(month_of(day))
        before = [one for one in steps if month_of(one.taken_on) < month]
        assert phase_out.kinds_let_go(steps, month) == phase_out.kinds_let_go(before, month)
        runs = phase_out.let_go_months(steps)
        held = {kind for kind, each in runs.items() for first, last in each if first <= month <= (last or month)}
        assert phase_out.kinds_let_go(steps, month) == held

    @pytest.mark.parametrize(("pay_day", "debit_day"), [(1, 2), (20, 21), (28, 1)])
    def test_a_direct_debit_is_suggested_for_the_day_after_the_benefit(self, pay_day: int, debit_day: int) -> None:
        assert phase_out.suggested_debit_day(pay_day) == debit_day


@pytest.mark.row("budget-coaching")
class TestCoaching:
    DEN_HAAG = independence_of(policy_in_force("gm0518", date(2026, 9, 1)))

    def test_the_low_class_has_an_hour_and_a_half_a_month_and_no_appointment_goes_beyond_it(self) -> None:
        held = coaching.start_coaching(HOUSEHOLD, FIRST, self.DEN_HAAG)
        allotted = coaching.allotted_minutes(self.DEN_HAAG, SelfRelianceClass.NOT_SELF_RELIANT)
        talks = [coaching.Session(uuid4(), HOUSEHOLD, date(2026, 10, 5), 50, coaching.Ladder.DO_TOGETHER)]
        month = coaching.coaching_month("2026-10", allotted, [], talks)
        assert (month.allotted_minutes, month.left_minutes) == (90, 40)
        asked = coaching.Appointment(uuid4(), HOUSEHOLD, date(2026, 10, 20), 41)
        with pytest.raises(ConflictError, match="40 of 90 minutes left"):
            coaching.plan_appointment(held, asked, month)
        coaching.plan_appointment(held, replace(asked, minutes=40), month)
        assert coaching.allotted_minutes(self.DEN_HAAG, SelfRelianceClass.SELF_RELIANT) == 0

    def test_a_coach_stops_at_the_maximum_term_and_hands_on(self) -> None:
        drechtsteden = independence_of(policy_in_force("gm0531", date(2026, 9, 1)))
        held = coaching.start_coaching(HOUSEHOLD, FIRST, drechtsteden)
        assert held.last_day == date(2027, 9, 15)
        late = coaching.Session(uuid4(), HOUSEHOLD, date(2027, 9, 16), 30, coaching.Ladder.LET_GO)
        with pytest.raises(WrongInputError, match="or hand on"):
            coaching.hold_session(held, late)
        handed = coaching.hand_on(held, date(2027, 6, 1), rules.HandOver.NEIGHBOURHOOD_TEAM)
        with pytest.raises(ConflictError, match="handed on to the neighbourhood team"):
            coaching.hold_session(handed, replace(late, held_on=date(2027, 6, 2)))


@pytest.mark.row("finance-courses")
class TestCourses:
    def test_a_course_is_completed_when_each_lesson_was_attended_on_whatever_try(self) -> None:
        courses = [Course("omgaan-met-geld", 3, 6, is_obligatory=True)]
        asked = coaching.Enrolment(uuid4(), HOUSEHOLD, "omgaan-met-geld", FIRST)
        enrolment, _ = coaching.enrol([], asked, courses, FIRST)
        assert (enrolment.lessons, enrolment.due_on, enrolment.is_obligatory) == (3, date(2027, 3, 16), True)
        known: list[coaching.Lesson] = []
        for week, (number, is_attended) in enumerate([(1, True), (2, False), (3, True), (2, True)], 1):
            assert enrolment.completed_on is None
            lesson = coaching.Lesson(enrolment.id, number, FIRST + timedelta(weeks=week), is_attended)
            enrolment, is_new = coaching.attend(enrolment, known, lesson)
            assert is_new
            known.append(lesson)
        assert enrolment.completed_on == FIRST + timedelta(weeks=4)
        with pytest.raises(WrongInputError, match="has 3 lessons"):
            coaching.attend(enrolment, known, replace(known[0], lesson_no=4))

    def test_the_courses_are_those_of_the_policy_with_their_refresher(self) -> None:
        courses = independence_of(policy_in_force("gm0531", date(2026, 9, 1))).courses
        assert [(one.code, one.lessons) for one in courses] == [
            ("omgaan-met-geld", 3),
            ("omgaan-met-geld-refresher", 1),
        ]
        zoetermeer = independence_of(policy_in_force("gm0637", date(2026, 9, 1))).courses
        assert [one.code for one in zoetermeer] == ["eurowijzer", "een-goede-start"]
        unknown = coaching.Enrolment(uuid4(), HOUSEHOLD, "yoga", FIRST)
        with pytest.raises(WrongInputError, match="eurowijzer, een-goede-start"):
            coaching.enrol([], unknown, zoetermeer, FIRST)
        with pytest.raises(WrongInputError, match="give their number"):
            coaching.enrol([], replace(unknown, course="eurowijzer"), zoetermeer, FIRST)


class TestProviders:
    def record(self, first: SelfRelianceClass | None, last: SelfRelianceClass | None) -> coaching.ProviderRecord:
        return coaching.ProviderRecord("piezo", first, last, lessons_given=4, lessons_attended=3)

    def test_fewer_than_five_are_not_shown_nor_can_they_be_derived(self) -> None:
        low, high = SelfRelianceClass.NOT_SELF_RELIANT, SelfRelianceClass.LIMITED
        (few,) = coaching.provider_figures([self.record(low, high)] * 4)
        assert (few.households, few.lessons_given) == (None, None)
        (one_behind,) = coaching.provider_figures([*[self.record(low, high)] * 5, self.record(high, low)])
        assert (one_behind.households, one_behind.measured_better, one_behind.measured_worse) == (6, None, None)
        (shown,) = coaching.provider_figures([*[self.record(low, high)] * 5, *[self.record(low, low)] * 6])
        assert (shown.measured_better, shown.measured_same, shown.measured_worse) == (5, 6, 0)
        assert (shown.lessons_given, shown.lessons_attended) == (44, 33)


@pytest.mark.row("early-signal-agreements")
class TestSignals:
    POLICY = independence_of(policy_in_force("gm0779", date(2026, 9, 1)))
    AFTER = signals.ArrearsMessage(HOUSEHOLD, "woonstad", ChargeKind.RENT, 2, date(2027, 5, 1))

    def test_after_the_end_and_within_the_agreed_time_it_is_a_signal(self) -> None:
        kind, (told,) = signals.signal(home(ended_on=LAST), self.AFTER, self.POLICY)
        assert kind is signals.SignalKind.SIGNAL
        assert isinstance(told, ArrearsSignalled)
        assert told.months_in_arrears == 2

    @pytest.mark.parametrize(
        ("changes", "ended_on", "policy", "sentence"),
        [
            ({}, None, {"creditor_first_contact": False}, "let the creditor contact it first"),
            ({"signalled_on": date(2027, 9, 16)}, LAST, {}, "agreed until 2027-09-15"),
            ({"kind": ChargeKind.TV}, LAST, {}, "for energy, rent only"),
            ({}, LAST, {"early_signal_months": 0}, "agreed until 2027-03-15"),
        ],
    )
    def test_a_signal_outside_the_agreement_is_refused_in_a_sentence(
        self, changes: dict[str, Any], ended_on: date | None, policy: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(ConflictError, match=sentence):
            signals.signal(home(ended_on=ended_on), replace(self.AFTER, **changes), replace(self.POLICY, **policy))

    def test_during_relief_a_supplier_that_calls_first_is_a_contact_and_tells_nothing(self) -> None:
        assert signals.signal(home(), self.AFTER, self.POLICY) == (signals.SignalKind.CONTACT, ())

    def test_the_same_news_in_a_month_is_one_message_and_other_news_is_another(self) -> None:
        later = replace(self.AFTER, signalled_on=date(2027, 5, 20))
        assert later.id == self.AFTER.id == uuid5(HOUSEHOLD, "arrears rent woonstad 2027-05 2")
        assert replace(later, months_in_arrears=3).id != later.id


@pytest.mark.parametrize(
    ("name", "code"), [("Een goede start", "een-goede-start"), ("Piëzo", "piezo"), ("EuroWijzer", "eurowijzer")]
)
def test_a_name_in_a_policy_has_a_code(name: str, code: str) -> None:
    assert code_of(name) == code
