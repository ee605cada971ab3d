"""Creditors that report arrears: a signal after relief, a contact during it, and each piece of news once."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid5

import pytest
from independence_states import HOUSEHOLD_ID, LAST, build_household, load_policy

from services.ontzorgen.independence.rules.arrears_signals import (
    ArrearsMessage,
    SignalKind,
    build_task,
    find_call_by,
    record_message,
    signal_arrears,
)
from services.ontzorgen.tasks.rules import TaskKind
from shared.errors.refusals import ConflictError
from shared.events import ArrearsSignalled
from shared.events.codes import ChargeKind
from shared.identity import Role

POLICY = load_policy("gm0779")
AFTER = ArrearsMessage(HOUSEHOLD_ID, "woonstad", ChargeKind.RENT, 2, date(2027, 5, 1))


@pytest.mark.row("early-signal-agreements")
class TestSignals:
    def test_after_the_end_and_within_the_agreed_time_it_is_a_signal(self) -> None:
        kind, (event,) = signal_arrears(build_household(ended_on=LAST), AFTER, POLICY)
        assert kind is SignalKind.SIGNAL
        assert isinstance(event, ArrearsSignalled)
        assert event.months_in_arrears == 2

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
        message = replace(AFTER, **changes)
        with pytest.raises(ConflictError, match=sentence):
            signal_arrears(build_household(ended_on=ended_on), message, replace(POLICY, **policy))

    def test_during_relief_a_supplier_that_calls_first_is_a_contact_and_publishes_nothing(self) -> None:
        assert signal_arrears(build_household(), AFTER, POLICY) == (SignalKind.CONTACT, ())

    def test_a_creditor_that_calls_first_is_heard_where_the_policy_agreed_to_nothing(self) -> None:
        policy = replace(POLICY, creditor_first_contact=False, early_signal_kinds=frozenset())
        assert signal_arrears(build_household(), AFTER, policy, calls_first=True) == (SignalKind.CONTACT, ())
        kind, _ = signal_arrears(build_household(ended_on=LAST), AFTER, policy, calls_first=True)
        assert kind is SignalKind.SIGNAL
        late = replace(AFTER, signalled_on=date(2028, 1, 1))
        with pytest.raises(ConflictError, match="agreed until"):
            signal_arrears(build_household(ended_on=LAST), late, policy, calls_first=True)

    def test_it_is_called_back_by_a_day_and_others_are_not_waited_for(self) -> None:
        message = record_message(AFTER, SignalKind.CONTACT)
        policy = replace(POLICY, creditor_contact_days=3)
        call_by = find_call_by(message, policy, calls_first=True)
        assert build_task(message, call_by).due_on == date(2027, 5, 4)
        assert build_task(message, find_call_by(message, policy, calls_first=False)).due_on is None

    def test_the_same_news_in_a_month_is_one_message_and_other_news_is_another(self) -> None:
        later = replace(AFTER, signalled_on=date(2027, 5, 20))
        assert later.id == AFTER.id == uuid5(HOUSEHOLD_ID, "arrears rent woonstad 2027-05 2")
        assert replace(later, months_in_arrears=3).id != later.id

    def test_a_signal_is_the_case_managers_task_and_a_contact_the_budget_managers(self) -> None:
        signal, contact = [build_task(record_message(AFTER, kind)) for kind in SignalKind]
        assert (signal.kind, signal.for_role) == (TaskKind.ARREARS_SIGNALLED, Role.CASE_MANAGER)
        assert (contact.kind, contact.for_role) == (TaskKind.CREDITOR_CONTACT, Role.BUDGET_MANAGER)
        assert signal.id == uuid5(AFTER.id, "task")
