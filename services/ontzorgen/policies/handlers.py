"""The law's tables and each municipality's policy, for the other capabilities."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services.ontzorgen.policies.repository import law, relief
from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.policies.rules.relief import ReliefPolicies, ReliefPolicy
from shared.policies import find_forward_days_max


def load_law() -> Law:
    """Return the law's dated tables that ship with the code; read once."""
    return law.load_shipped_law()


def load_policies(folder: Path | None = None) -> ReliefPolicies:
    """Return every municipality's policies, with those of a folder if it is given; read once.

    ValueError names the file that is wrong.
    """
    return relief.load_policies(folder)


def use_folder(folder: Path | None, municipalities: Sequence[str] = ()) -> tuple[str, ...]:
    """Read and check the policies of this process, with those of a folder; ValueError names the file that is wrong.

    Return which of the municipalities served have none of their own.
    """
    return relief.POLICIES.use_folder(folder).list_without_own(municipalities)


def ever_gives_start_money(municipality: str) -> bool:
    """Return whether any policy of a municipality, whenever it holds, gives some kind of start money."""
    return any(policy.gives_start_money for policy in relief.POLICIES.book.list_all(municipality))


def forward_days_max(municipality: str, last_seen: date) -> int:
    """Return how far a day may be after the last one seen without a person's confirmation."""
    return find_forward_days_max(relief.POLICIES.book.list_all(municipality), last_seen)


def find_municipality_name(municipality: str) -> str | None:
    """Return what people call a municipality; None if no policy file names it."""
    return relief.POLICIES.book.find_name(municipality)


def policy_in_force(municipality: str, on: date) -> ReliefPolicy:
    """Return the policy in force in a municipality on a day; NoPolicyError if none had begun."""
    return relief.POLICIES.book.in_force(municipality, on)
