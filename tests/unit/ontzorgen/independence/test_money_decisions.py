"""Weekly or monthly money: who decides on it together, and how often it comes on a day."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from independence_states import FIRST, HOUSEHOLD_ID, load_policy

from services.ontzorgen.independence.rules.money_decisions import MoneyDecision, decide_money, find_frequency
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.errors.refusals import WrongInputError
from shared.events.codes import SelfRelianceClass


@pytest.mark.row("budget-management")
class TestMoney:
    def test_monthly_money_takes_all_whom_the_policy_names(self) -> None:
        drechtsteden = load_policy("gm0531")
        parties = (Decider.BUDGET_MANAGER, Decider.PERSON)
        decision = MoneyDecision(uuid4(), HOUSEHOLD_ID, PayoutFrequency.MONTHLY, FIRST, FIRST, parties)
        with pytest.raises(WrongInputError, match="not yet by budget coach"):
            decide_money([], decision, drechtsteden)
        assert decide_money([], replace(decision, parties=drechtsteden.money_decided_by), drechtsteden)

    def test_weekly_money_by_class_until_it_is_decided_otherwise(self) -> None:
        policy = load_policy("gm0531")
        decision = MoneyDecision(
            uuid4(), HOUSEHOLD_ID, PayoutFrequency.MONTHLY, FIRST, date(2026, 12, 1), tuple(Decider)
        )
        days = [date(2026, 11, 30), date(2026, 12, 1)]
        assert [find_frequency([decision], day, None, policy) for day in days] == ["weekly", "monthly"]
        assert find_frequency([], days[0], SelfRelianceClass.SELF_RELIANT, policy) is PayoutFrequency.MONTHLY
