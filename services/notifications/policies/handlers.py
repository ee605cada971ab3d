"""How each municipality writes, as the other capabilities ask for it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services.notifications.policies.repository import POLICIES
from services.notifications.policies.rules import LetterPolicy


def use_folder(folder: Path | None, municipalities: Sequence[str]) -> tuple[str, ...]:
    """Read and check the policies of this process, with those of a folder; ValueError names the file that is wrong.

    Return which of the municipalities served have none of their own.
    """
    return POLICIES.use_folder(folder).list_without_own(municipalities)


def policy_in_force(municipality: str, on: date) -> LetterPolicy:
    """Return the policy in force in a municipality on a day."""
    return POLICIES.book.in_force(municipality, on)
