"""A household of one adult in Zoetermeer since July 2026, its charges, and its statement of a month."""

from dataclasses import replace
from datetime import date

from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.statement.rules.situation import Adult, ChargeTerms, Composition, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from shared.events.codes import ChargeKind, HouseholdType

FIRST = date(2026, 7, 1)
POLICY = policy_in_force("gm0637", FIRST)


def charge(kind: ChargeKind, cents: int, first: date = date(2026, 1, 1), **changes: object) -> ChargeTerms:
    return replace(ChargeTerms(str(kind), kind, f"creditor of {kind}", cents, first), **changes)


def household(*charges: ChargeTerms, right_from: date = FIRST, **changes: object) -> Situation:
    alone = Composition(right_from, HouseholdType.SINGLE, (Adult(age=30),))
    return replace(Situation(right_from, (alone,), charges=charges), **changes)


def run(situation: Situation, month: str = "2026-07", policy: ReliefPolicy = POLICY) -> Statement:
    (statement,) = compute_statements(situation, load_law(), policy, [month])
    return statement
