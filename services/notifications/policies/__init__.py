"""How each municipality writes: read from the TOML beside this file, checked, and kept."""

from datetime import date
from functools import cache
from pathlib import Path

from pydantic import Field

from services.notifications.templates import LANGUAGES
from shared.policies import DatedPolicy, PolicyBook, load_policies

_ADDRESS = r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[a-z]{2,}$"


class LetterPolicy(DatedPolicy):
    """Who writes, where answers go, and what is sent to someone whose language we do not have."""

    municipality_name: str = Field(min_length=1, max_length=80, description="Stands below every message")
    sender_email: str = Field(pattern=_ADDRESS, description="From")
    help_email: str = Field(pattern=_ADDRESS, description="Where people ask their questions")
    case_manager_email: str = Field(pattern=_ADDRESS, description="Mailbox of the case managers")
    fallback_languages: tuple[str, ...] = Field(min_length=1, description="Together, for a language we do not have")


@cache
def book() -> PolicyBook[LetterPolicy]:
    """Every municipality's policies; read once."""
    policies = load_policies(Path(__file__).parent, LetterPolicy)
    entries = (entry for of_one in policies.entries.values() for entry in of_one)
    if unknown := sorted({language for entry in entries for language in entry.fallback_languages} - set(LANGUAGES)):
        raise ValueError(f"There are no templates in {', '.join(unknown)}: choose from {', '.join(LANGUAGES)}.")
    return policies


def policy_in_force(municipality: str, on: date) -> LetterPolicy:
    """The policy in force in a municipality on a day."""
    return book().of(municipality, on)
