"""The policy files of notifications: the TOML beside this module, and what the operator's folder adds or replaces."""

from pathlib import Path

from services.notifications.policies.rules import LetterPolicy
from shared.policies import ServicePolicies

POLICIES = ServicePolicies("notifications", Path(__file__).parent, LetterPolicy)
