"""The policy files of ontzorgen: the TOML that ships with it, and what the operator's folder adds or replaces."""

from functools import cache
from pathlib import Path

from services.ontzorgen.policies.rules.relief import ReliefPolicies, ReliefPolicy
from shared import policies
from shared.policies import ServicePolicies, find_service_folder

_SERVICE = "ontzorgen"
_SHIPPED = Path(__file__).parents[1]
POLICIES = ServicePolicies(_SERVICE, _SHIPPED, ReliefPolicy)


def read_policies(*folders: Path) -> ReliefPolicies:
    """Read and check every TOML file; a later folder's file replaces an earlier one's. ValueError names the file."""
    return policies.read_policies(ReliefPolicy, *folders)


@cache
def load_policies(folder: Path | None = None) -> ReliefPolicies:
    """Return every municipality's policies, with those of another folder if it is given; read once."""
    own = None if folder is None else find_service_folder(folder, _SERVICE)
    return read_policies(_SHIPPED, *([own] if own else []))
