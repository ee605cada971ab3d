"""The law's tables and each municipality's policy, for the other capabilities."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.ontzorgen.policies.repository import law, relief
from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.policies.rules.relief import ReliefPolicies, ReliefPolicy


@dataclass
class _PolicyFolder:
    """The folder of policy files that this process adds to the shipped ones.

    Set once when the application is built. It is state of the process, as the law is, because handlers of events and
    requests alike ask for a policy, and they are given a transaction and nothing of the application.
    """

    path: Path | None = None


_policy_folder = _PolicyFolder()


def load_law() -> Law:
    """Return the law's dated tables that ship with the code; read once."""
    return law.load_shipped_law()


def load_policies(folder: Path | None = None) -> ReliefPolicies:
    """Return every municipality's policies, with those of a folder if it is given; read once.

    ValueError names the file that is wrong.
    """
    if folder is not None and not folder.is_dir():
        raise ValueError(f"{folder} is not a directory: give a directory of policy files, or none.")
    return relief.load_policies(folder)


def use_folder(folder: Path | None) -> None:
    """Read and check the policies of this process, with those of a folder; ValueError names the file that is wrong."""
    load_policies(folder)
    _policy_folder.path = folder


def ever_gives_start_money(municipality: str) -> bool:
    """Return whether any policy of a municipality, whenever it holds, gives some kind of start money."""
    return any(policy.gives_start_money for policy in relief.load_policies(_policy_folder.path).list_all(municipality))


def policy_in_force(municipality: str, on: date) -> ReliefPolicy:
    """Return the policy in force in a municipality on a day; NoPolicyError if none had begun."""
    return relief.load_policies(_policy_folder.path).in_force(municipality, on)
