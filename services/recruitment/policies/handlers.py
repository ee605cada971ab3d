"""How each municipality recruits, as the other capabilities ask for it."""

from datetime import date

from services.recruitment.policies.repository import load_shipped_policies
from services.recruitment.policies.rules import RecruitmentPolicy


def check_policies() -> None:
    """Read every policy file, so that a wrong one stops the start; ValueError names the file."""
    load_shipped_policies()


def policy_in_force(municipality: str, on: date) -> RecruitmentPolicy:
    """Return the policy in force in a municipality on a day."""
    return load_shipped_policies().in_force(municipality, on)
