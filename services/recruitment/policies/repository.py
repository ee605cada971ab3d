"""The policy files of recruitment: the TOML beside this module, and what the operator's folder adds or replaces."""

from pathlib import Path

from services.recruitment.policies.rules import RecruitmentPolicy
from shared.policies import ServicePolicies

POLICIES = ServicePolicies("recruitment", Path(__file__).parent, RecruitmentPolicy)
