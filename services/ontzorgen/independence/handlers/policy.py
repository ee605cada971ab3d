"""The policy on growing independent that is in force in a municipality."""

from datetime import date

from services.ontzorgen.independence.rules.policy import IndependencePolicy, derive_independence_policy
from services.ontzorgen.policies.handlers import policy_in_force
from shared.database.transactions import Transaction


def find_policy(day: date, tx: Transaction) -> IndependencePolicy:
    """Return what the municipality of this transaction chose, as in force on a day."""
    return derive_independence_policy(policy_in_force(tx.municipality, day))
