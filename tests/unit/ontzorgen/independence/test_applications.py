"""What is applied for is dated: a change is a new table with its first day, and what was applied for keeps its own."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from services.ontzorgen import policies
from services.ontzorgen.independence.rules.applications import Application, apply
from services.ontzorgen.independence.rules.policy import IndependencePolicy, derive_independence_policy
from services.ontzorgen.policies.rules.guidance import ApplicationKind
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from shared.errors.refusals import ConflictError
from shared.policies import read_policies

DONGEMOND = "gm0779"
SHIPPED = Path(str(policies.__file__)).parent
FROM_2027 = """

[[policy]]
valid_from = 2027-01-01

[policy.applications]
kinds = ["travel"]
decision_weeks = 4
"""


def policy_on(day: date, folder: Path) -> IndependencePolicy:
    text = (SHIPPED / f"{DONGEMOND}.toml").read_text(encoding="utf-8")
    (folder / f"{DONGEMOND}.toml").write_text(text + FROM_2027, encoding="utf-8")
    return derive_independence_policy(read_policies(ReliefPolicy, SHIPPED, folder).in_force(DONGEMOND, day))


def application(kind: ApplicationKind, day: date, number: int = 1) -> Application:
    return Application(UUID(int=number), UUID(int=9), kind, day, person_id=UUID(int=8))


def test_a_change_holds_from_its_first_day_and_what_was_applied_for_keeps_its_own_term(tmp_path: Path) -> None:
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    childcare, is_new = apply([], application(ApplicationKind.CHILDCARE, last), policy_on(last, tmp_path))
    assert (is_new, childcare.decide_by) == (True, date(2027, 2, 25)), "eight weeks"
    with pytest.raises(ConflictError, match="travel is applied for"):
        apply([childcare], application(ApplicationKind.CHILDCARE, first, 2), policy_on(first, tmp_path))
    travel, _ = apply([childcare], application(ApplicationKind.TRAVEL, first, 3), policy_on(first, tmp_path))
    assert travel.decide_by == date(2027, 1, 29), "four weeks"
    again, is_new = apply([childcare, travel], childcare, policy_on(first, tmp_path))
    assert (again.decide_by, is_new) == (date(2027, 2, 25), False)
