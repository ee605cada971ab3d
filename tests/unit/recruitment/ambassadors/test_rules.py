"""Who may be an ambassador and in which pairs, as statements."""

from uuid import uuid4

import pytest
from recruitment_states import JULY, JUNE, build_ambassador
from rule_refusals import list_faults

from services.recruitment.ambassadors.rules import OnRecord, Pair, appoint_ambassador, form_pair, reference_faults
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import LanguageLevel

CONDITIONS = {"dutch_level_min": LanguageLevel.A2, "own_trajectory_required": True}


class TestAppointing:
    def test_a_former_participant_with_enough_dutch_is_appointed(self) -> None:
        ambassador = build_ambassador(dutch_level=LanguageLevel.A2)
        appointed = appoint_ambassador(ambassador, is_neighbourhood_on_record=True, **CONDITIONS)
        assert (appointed.ambassador_id, appointed.neighbourhood) == (ambassador.id, "meerzicht")
        assert appointed.appointed_on == JUNE

    def test_every_condition_that_is_not_met_is_named_at_once(self) -> None:
        ambassador = build_ambassador(dutch_level=LanguageLevel.A1_PLUS, own_trajectory_completed=False)

        with pytest.raises(WrongInputError) as refusal:
            appoint_ambassador(ambassador, is_neighbourhood_on_record=False, **CONDITIONS)

        assert list_faults(refusal) == {
            ("neighbourhood", "unknown"),
            ("own_trajectory_completed", "condition_not_met"),
            ("dutch_level", "condition_not_met"),
        }

    def test_where_the_policy_asks_less_less_is_enough(self) -> None:
        appoint_ambassador(
            build_ambassador(dutch_level=LanguageLevel.A1, own_trajectory_completed=False),
            is_neighbourhood_on_record=True,
            dutch_level_min=LanguageLevel.A1,
            own_trajectory_required=False,
        )


class TestPairs:
    def test_two_ambassadors_without_a_pair_become_one(self) -> None:
        members = (build_ambassador(), build_ambassador())
        pair = Pair(uuid4(), tuple(member.id for member in members), JULY)

        assert {member.pair_id for member in form_pair(pair, members, size_min=2, size_max=3)} == {pair.id}

    def test_nobody_is_in_two_pairs(self) -> None:
        members = (build_ambassador(), build_ambassador(pair_id=uuid4()))
        pair = Pair(uuid4(), tuple(member.id for member in members), JULY)

        with pytest.raises(ConflictError, match="another pair"):
            form_pair(pair, members, size_min=2, size_max=3)

    def test_one_unknown_twice_named_ambassador_is_three_faults(self) -> None:
        stranger = uuid4()

        with pytest.raises(WrongInputError) as refusal:
            form_pair(Pair(uuid4(), (stranger, stranger), JULY), (), size_min=3, size_max=3)

        assert {code for _, code in list_faults(refusal)} == {"unknown", "twice", "wrong_size"}


class TestReferences:
    def test_a_neighbourhood_and_ambassadors_on_record_have_no_fault(self) -> None:
        pair = (uuid4(), uuid4())
        assert reference_faults(pair, OnRecord(neighbourhood=True, ambassador_ids=frozenset(pair))) == []

    def test_the_neighbourhood_and_the_ambassadors_that_are_not_are_each_a_fault(self) -> None:
        faults = reference_faults((uuid4(),), OnRecord(neighbourhood=False))
        assert [(fault.field, fault.code) for fault in faults] == [
            ("neighbourhood", "unknown"),
            ("ambassador_ids", "unknown"),
        ]
