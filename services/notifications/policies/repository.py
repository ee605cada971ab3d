"""The policy files that ship with notifications: the TOML beside this module, checked when it is read."""

from functools import cache
from pathlib import Path

from services.notifications.policies.rules import LetterPolicy
from shared.policies import PolicyBook, load_policies


@cache
def load_shipped_policies() -> PolicyBook[LetterPolicy]:
    """Return every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, LetterPolicy)
