"""The policy files of intake: the TOML beside this module, and what the operator's folder adds or replaces."""

from pathlib import Path

from services.intake.policies.rules import IntakePolicy
from shared.policies import ServicePolicies

POLICIES = ServicePolicies("intake", Path(__file__).parent, IntakePolicy)
