"""The law's tables and each municipality's policy, as the other capabilities ask for them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.ontzorgen.policies.repository.law import shipped_law
from services.ontzorgen.policies.repository.relief import load_policies
from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.policies.rules.relief import ReliefPolicy


def load_law() -> Law:
    """Return the law's dated tables that ship with the code; read once."""
    return shipped_law()


@dataclass
class _InUse:
    """Where this process has its own policies, beside those that come with the code."""

    folder: Path | None = None


_in_use = _InUse()


def use_folder(folder: Path | None) -> None:
    """Read and check the policies of this process, with those of a folder; ValueError names the file that is wrong."""
    if folder is not None and not folder.is_dir():
        raise ValueError(f"{folder} is not a directory: give a directory of policy files, or none.")
    load_policies(folder)
    _in_use.folder = folder


def policy_in_force(municipality: str, on: date) -> ReliefPolicy:
    """The policy in force in a municipality on a day."""
    return load_policies(_in_use.folder).of(municipality, on)
