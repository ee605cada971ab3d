"""The policy files that ship with intake: the TOML beside this module, checked when it is read."""

from functools import cache
from pathlib import Path

from services.intake.policies.rules import IntakePolicy
from shared.policies import PolicyBook, load_policies


@cache
def load_shipped_policies() -> PolicyBook[IntakePolicy]:
    """Return every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, IntakePolicy)
