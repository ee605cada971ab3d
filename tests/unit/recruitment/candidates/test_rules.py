"""How candidates are registered and withdrawn, and which plan counts, as statements."""

from dataclasses import replace
from datetime import date

import pytest
from recruitment_states import JULY, JUNE, build_candidate
from rule_refusals import list_faults

from services.recruitment.ambassadors.rules import OnRecord
from services.recruitment.candidates.rules import record_signed_plan, register_candidate, withdraw_candidate
from shared.errors.refusals import ConflictError, WrongInputError, require_same_content

ON_RECORD = OnRecord(neighbourhood=True)


class TestRegistering:
    def test_consent_of_a_later_day_than_the_registration_is_refused(self) -> None:
        with pytest.raises(WrongInputError) as refusal:
            register_candidate(build_candidate(recruited_on=JUNE, consent_on=JULY), ON_RECORD)
        assert list_faults(refusal) == {("consent_on", "consent_after_registration")}

    def test_consent_on_the_day_itself_is_in_time(self) -> None:
        recruited = register_candidate(build_candidate(recruited_on=JUNE, consent_on=JUNE), ON_RECORD)
        assert recruited.consent_on == JUNE

    def test_the_same_registration_again_gives_what_is_on_record(self) -> None:
        candidate = build_candidate()
        on_record = replace(candidate, withdrawn_on=JULY)
        assert require_same_content(on_record, candidate) is on_record

    def test_other_content_under_the_same_id_is_refused(self) -> None:
        candidate = build_candidate()
        with pytest.raises(ConflictError, match="other content"):
            require_same_content(candidate, replace(candidate, language="ar"))


class TestWithdrawing:
    def test_withdrawing_twice_on_one_day_is_published_once(self) -> None:
        withdrawn, first = withdraw_candidate(build_candidate(), JULY)
        again, second = withdraw_candidate(withdrawn, JULY)
        assert (len(first), len(second), again) == (1, 0, withdrawn)

    def test_a_second_withdrawal_on_another_day_is_refused(self) -> None:
        withdrawn, _ = withdraw_candidate(build_candidate(), JULY)
        with pytest.raises(ConflictError, match="2026-07-01"):
            withdraw_candidate(withdrawn, date(2026, 7, 2))

    def test_nobody_withdraws_before_being_registered(self) -> None:
        with pytest.raises(WrongInputError) as refusal:
            withdraw_candidate(build_candidate(), JUNE)
        assert list_faults(refusal) == {("withdrawn_on", "before_registration")}


def test_the_first_signed_plan_is_recorded_and_no_later_one() -> None:
    candidate = build_candidate()
    signed = record_signed_plan(candidate, JULY)
    assert signed == replace(candidate, plan_signed_on=JULY)
    assert record_signed_plan(signed, date(2026, 9, 1)) is None
