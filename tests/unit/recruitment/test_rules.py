"""The rules of recruitment, as statements."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recruitment import domain
from services.recruitment.domain import Ambassador, Candidate, DutchLevel, Known, Outreach, Pair
from shared.errors.refusals import ConflictError, WrongInputError, repeated
from shared.events import AmbassadorCredited
from shared.events.codes import OutreachChannel, TargetGroup

JUNE = date(2026, 6, 1)
JULY = date(2026, 7, 1)
CONDITIONS = {"dutch_level_min": DutchLevel.A2, "own_trajectory_required": True}


def an_ambassador(**known: object) -> Ambassador:
    made = Ambassador(uuid4(), "meerzicht", JUNE, DutchLevel.B1, own_trajectory_completed=True, languages=("ar",))
    return replace(made, **known)


def a_candidate(*ambassadors: UUID, **known: object) -> Candidate:
    made = Candidate(uuid4(), TargetGroup.VOLUNTARY, "ti", OutreachChannel.MARKET, "meerzicht", ambassadors, JULY, JUNE)
    return replace(made, **known)


def codes(refusal: pytest.ExceptionInfo[WrongInputError]) -> set[tuple[str, str]]:
    return {(fault.field, fault.code) for fault in refusal.value.faults}


class TestAppointing:
    def test_a_former_participant_with_enough_dutch_is_appointed(self) -> None:
        asked = an_ambassador(dutch_level=DutchLevel.A2)

        ambassador, told = domain.appoint(asked, Known(neighbourhood=True), **CONDITIONS)

        assert ambassador == asked
        assert (told.ambassador_id, told.neighbourhood, told.appointed_on) == (asked.id, "meerzicht", JUNE)

    def test_every_condition_that_is_not_met_is_named_at_once(self) -> None:
        asked = an_ambassador(dutch_level=DutchLevel.A1_PLUS, own_trajectory_completed=False)

        with pytest.raises(WrongInputError) as refusal:
            domain.appoint(asked, Known(neighbourhood=False), **CONDITIONS)

        assert codes(refusal) == {
            ("neighbourhood", "unknown"),
            ("own_trajectory_completed", "condition_not_met"),
            ("dutch_level", "condition_not_met"),
        }

    def test_where_the_policy_asks_less_less_is_enough(self) -> None:
        asked = an_ambassador(dutch_level=DutchLevel.A1, own_trajectory_completed=False)
        domain.appoint(asked, Known(neighbourhood=True), dutch_level_min=DutchLevel.A1, own_trajectory_required=False)


class TestPairs:
    def test_two_ambassadors_without_a_pair_become_one(self) -> None:
        members = (an_ambassador(), an_ambassador())
        pair = Pair(uuid4(), tuple(member.id for member in members), JULY)

        assert {one.pair_id for one in domain.form_pair(pair, members, size_min=2, size_max=3)} == {pair.id}

    def test_nobody_is_in_two_pairs(self) -> None:
        members = (an_ambassador(), an_ambassador(pair_id=uuid4()))
        pair = Pair(uuid4(), tuple(member.id for member in members), JULY)

        with pytest.raises(ConflictError, match="another pair"):
            domain.form_pair(pair, members, size_min=2, size_max=3)

    def test_one_unknown_twice_named_ambassador_is_three_faults(self) -> None:
        stranger = uuid4()

        with pytest.raises(WrongInputError) as refusal:
            domain.form_pair(Pair(uuid4(), (stranger, stranger), JULY), (), size_min=3, size_max=3)

        assert {code for _, code in codes(refusal)} == {"unknown", "twice", "wrong_size"}


class TestOutreach:
    def test_nobody_goes_alone_where_pairs_are_the_rule(self) -> None:
        ambassador = uuid4()
        alone = Outreach(uuid4(), OutreachChannel.SCHOOL, "meerzicht", (ambassador,), 14, JULY)

        with pytest.raises(WrongInputError) as refusal:
            domain.hold_outreach(alone, Known(True, {ambassador}), ambassadors_min=2)
        assert codes(refusal) == {("ambassador_ids", "works_in_pairs")}

        _, told = domain.hold_outreach(alone, Known(True, {ambassador}), ambassadors_min=1)
        assert told.people_reached == 14


class TestRegistering:
    def test_consent_of_a_later_day_than_the_registration_is_refused(self) -> None:
        with pytest.raises(WrongInputError) as refusal:
            domain.register(a_candidate(recruited_on=JUNE, consent_on=JULY), Known(neighbourhood=True))
        assert codes(refusal) == {("consent_on", "consent_after_registration")}

    def test_consent_on_the_day_itself_is_in_time(self) -> None:
        _, told = domain.register(a_candidate(recruited_on=JUNE, consent_on=JUNE), Known(neighbourhood=True))
        assert told.consent_on == JUNE

    def test_the_same_registration_again_gives_what_is_on_record(self) -> None:
        asked = a_candidate()
        on_record = replace(asked, withdrawn_on=JULY)
        assert repeated(on_record, asked) is on_record

    def test_other_content_under_the_same_id_is_refused(self) -> None:
        asked = a_candidate()
        with pytest.raises(ConflictError, match="other content"):
            repeated(asked, replace(asked, language="ar"))


class TestWithdrawing:
    def test_withdrawing_twice_on_one_day_is_told_once(self) -> None:
        withdrawn, first = domain.withdraw(a_candidate(), JULY)
        again, second = domain.withdraw(withdrawn, JULY)
        assert (len(first), len(second), again) == (1, 0, withdrawn)

    def test_a_second_withdrawal_on_another_day_is_refused(self) -> None:
        withdrawn, _ = domain.withdraw(a_candidate(), JULY)
        with pytest.raises(ConflictError, match="2026-07-01"):
            domain.withdraw(withdrawn, date(2026, 7, 2))

    def test_nobody_withdraws_before_being_registered(self) -> None:
        with pytest.raises(WrongInputError) as refusal:
            domain.withdraw(a_candidate(), JUNE)
        assert codes(refusal) == {("withdrawn_on", "before_registration")}


class TestCrediting:
    def test_a_signed_plan_counts_once_for_each_who_brought_the_person(self) -> None:
        pair = (uuid4(), uuid4())
        candidate = a_candidate(*pair)

        counted, told = domain.credit(candidate, JULY)
        again, nothing = domain.credit(counted, date(2026, 9, 1))

        assert told == tuple(
            AmbassadorCredited(ambassador_id=one, person_id=candidate.id, credited_on=JULY) for one in pair
        )
        assert (again, nothing) == (counted, ())

    @given(st.integers(0, 500), st.integers(1, 60))
    def test_personal_targets_add_up_to_the_groups_and_differ_by_one_at_most(self, group: int, count: int) -> None:
        shares = list(domain.personal_targets(group, [UUID(int=place) for place in range(count)]).values())
        assert sum(shares) == group
        assert max(shares) - min(shares) <= 1
        assert shares == sorted(shares, reverse=True)

    def test_zoetermeers_75_plans_are_three_or_four_for_each_of_23(self) -> None:
        shares = list(domain.personal_targets(75, [uuid4() for _ in range(23)]).values())
        assert (shares.count(4), shares.count(3)) == (6, 17)

    def test_without_ambassadors_there_is_no_target_to_share(self) -> None:
        assert domain.personal_targets(75, []) == {}
