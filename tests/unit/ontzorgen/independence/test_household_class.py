"""A household is as self-reliant as the one of the couple who manages least, of those who were measured."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from independence_states import FIRST, LAST, OPENS, POLICY, build_household, build_measurement

from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.independence.rules.evaluation import (
    EvaluationOutcome,
    IndependenceFile,
    ReliefDecision,
    decide_evaluation,
)
from services.ontzorgen.independence.rules.measurements import Measurement, find_household_class, measure
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.errors.refusals import ConflictError
from shared.events.codes import ExtensionGround, MeasurementMoment, SelfRelianceClass

HOUSEHOLD = build_household()
PARTNER = HouseholdPerson(uuid4(), uuid4(), PersonRole.PARTNER, FIRST)
CHILD = HouseholdPerson(uuid4(), uuid4(), PersonRole.ADULT_CHILD, FIRST)
LOW, LIMITED, HIGH = SelfRelianceClass


def of(who: HouseholdPerson | None, outcome: SelfRelianceClass, on: date = FIRST) -> Measurement:
    return build_measurement(on, outcome, person_id=who.person_id if who else HOUSEHOLD.person_id)


@pytest.mark.row("self-reliance-categories")
class TestHouseholdClass:
    @pytest.mark.parametrize(
        ("measurements", "expected"),
        [
            ([], None),
            ([of(None, HIGH)], HIGH),
            ([of(PARTNER, LIMITED)], LIMITED),
            ([of(None, HIGH), of(PARTNER, LOW)], LOW),
            ([of(None, LOW), of(PARTNER, HIGH)], LOW),
            ([of(None, HIGH), of(CHILD, LOW)], HIGH),
            ([of(CHILD, LOW)], None),
            ([of(None, LOW), of(PARTNER, HIGH), of(None, HIGH, OPENS)], HIGH),
        ],
    )
    def test_the_lowest_of_the_couple_holds_and_adult_children_do_not_count(
        self, measurements: list[Measurement], expected: SelfRelianceClass | None
    ) -> None:
        assert find_household_class(measurements, [PARTNER, CHILD], OPENS) == expected

    def test_a_partner_counts_while_living_there(self) -> None:
        measurements = [of(None, HIGH), of(PARTNER, LOW)]
        left = replace(PARTNER, until_day=date(2026, 12, 31))
        days = (date(2026, 12, 31), date(2027, 1, 1))
        assert [find_household_class(measurements, [left], day) for day in days] == [LOW, HIGH]

    def test_each_is_measured_at_the_start_and_the_event_names_the_person(self) -> None:
        start = replace(of(None, HIGH), moment=MeasurementMoment.START)
        partners = replace(of(PARTNER, LOW), moment=MeasurementMoment.START)
        (event,) = measure(HOUSEHOLD, [start], partners, POLICY)
        assert (event.person_id, event.outcome) == (PARTNER.person_id, LOW)
        with pytest.raises(ConflictError, match="measured at the start already"):
            measure(HOUSEHOLD, [start, partners], replace(partners, id=uuid4(), measured_on=date(2026, 9, 20)), POLICY)

    def test_an_extension_waits_until_both_were_measured_again(self) -> None:
        decision = ReliefDecision(
            uuid4(),
            HOUSEHOLD.id,
            EvaluationOutcome.EXTEND,
            LAST,
            (ExtensionGround.NOT_SELF_RELIANT_AT_RETEST,),
            months=6,
        )
        measurements = [of(None, HIGH), of(PARTNER, LOW), of(CHILD, LOW), of(None, HIGH, OPENS)]
        file = IndependenceFile(HOUSEHOLD, measurements, others=(PARTNER, CHILD))
        with pytest.raises(ConflictError, match="The partner was not measured again"):
            decide_evaluation(file, decision, POLICY)
        able = replace(file, measurements=[*measurements, of(PARTNER, HIGH, OPENS)])
        with pytest.raises(ConflictError, match="give another ground"):
            decide_evaluation(able, decision, POLICY)
        unable = replace(file, measurements=[*measurements, of(PARTNER, LIMITED, OPENS)])
        assert decide_evaluation(unable, decision, POLICY)[2]
