"""Weekly or monthly money, and who decides on it together. A decision is added and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.errors.refusals import Fault, refuse_if_any, require_same_content
from shared.events.codes import SelfRelianceClass


@dataclass(frozen=True)
class MoneyDecision:
    """Weekly or monthly money from a day on, and who decided on it together."""

    id: UUID
    household_id: UUID
    rhythm: PayoutFrequency
    decided_on: date
    from_day: date
    parties: tuple[Decider, ...]


def decide_money(decisions: Sequence[MoneyDecision], decision: MoneyDecision, policy: IndependencePolicy) -> bool:
    """Return whether the decision is new; WrongInputError unless all whom the policy names decided together."""
    for earlier in decisions:
        if earlier.id == decision.id:
            require_same_content(earlier, decision)
            return False
    missing = [party for party in policy.money_decided_by if party not in decision.parties]
    faults = []
    if missing:
        names = ", ".join(missing).replace("_", " ")
        sentence = f"This is decided together, and not yet by {names}: record it once all have decided."
        faults.append(Fault("parties", "not_decided_together", sentence))
    if decision.from_day < decision.decided_on:
        sentence = "It cannot begin before it was decided: give a later first day."
        faults.append(Fault("from_day", "before_decided", sentence))
    refuse_if_any(faults)
    return True


def find_frequency(
    decisions: Sequence[MoneyDecision], day: date, measured: SelfRelianceClass | None, policy: IndependencePolicy
) -> PayoutFrequency:
    """Return how often money comes on a day: as decided last, and before any decision as the class has it by policy."""
    in_force = [decision for decision in decisions if decision.from_day <= day]
    if in_force:
        in_force.sort(key=lambda decision: decision.from_day)
        return in_force[-1].rhythm
    return PayoutFrequency.WEEKLY if measured in policy.weekly_classes else PayoutFrequency.MONTHLY
