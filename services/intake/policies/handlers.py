"""How each municipality does the intake, as the other capabilities ask for it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services.intake.policies.repository import POLICIES
from services.intake.policies.rules import IntakePolicy
from shared.policies import find_forward_days_max


def use_folder(folder: Path | None, municipalities: Sequence[str]) -> tuple[str, ...]:
    """Read and check the policies of this process, with those of a folder; ValueError names the file that is wrong.

    Return which of the municipalities served have none of their own.
    """
    return POLICIES.use_folder(folder).list_without_own(municipalities)


def forward_days_max(municipality: str, last_seen: date) -> int:
    """Return how far a day may be after the last one seen without a person's confirmation."""
    return find_forward_days_max(POLICIES.book.list_all(municipality), last_seen)


def policy_in_force(municipality: str, on: date) -> IntakePolicy:
    """Return the policy in force in a municipality on a day."""
    return POLICIES.book.in_force(municipality, on)
