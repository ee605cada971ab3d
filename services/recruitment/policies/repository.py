"""The policy files that ship with recruitment: the TOML beside this module, checked when it is read."""

from functools import cache
from pathlib import Path

from services.recruitment.policies.rules import RecruitmentPolicy
from shared.policies import PolicyBook, load_policies


@cache
def load_shipped_policies() -> PolicyBook[RecruitmentPolicy]:
    """Return every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, RecruitmentPolicy)
