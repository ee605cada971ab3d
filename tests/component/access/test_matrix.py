"""Who may do what, everywhere: operations x roles x municipalities x own, foreign and unknown objects.

What is expected follows from the roles that routes declare. A foreign object answers exactly as one that nobody has,
in about the same time. MEEDOEN_MATRIX_REQUESTS sets how many requests there are at least, over all services.
"""

import os
import statistics
from collections.abc import Callable
from typing import Any, Final

import pytest
import structlog
from matrix import PAIRS, ROLE_SETS
from objects import OTHER

from meedoen.docs.pages import service_names
from shared.database.transactions import Database
from shared.http.requests import Requirement
from shared.identity import Role

REQUESTS_MIN: Final = int(os.environ.get("MEEDOEN_MATRIX_REQUESTS", "20000"))
FEW: Final = 50_000
OPERATIONS: Final = 152  # of the four services together
TIME_RATIO_MAX: Final = 2.0
Opener = Callable[[str], Any]  # a matrix over one service, as an asynchronous context
_log = structlog.get_logger(__name__)
pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("name", service_names())
async def test_nobody_gets_or_learns_what_is_not_theirs(name: str, open_matrix: Opener) -> None:
    async with open_matrix(name) as matrix:
        wanted = REQUESTS_MIN * len(matrix.operations) / OPERATIONS
        round_no = 0
        while matrix.counts.requests < wanted:
            await matrix.play(PAIRS if REQUESTS_MIN <= FEW else len(ROLE_SETS), round_no)
            round_no += 1
        counts = matrix.counts
        medians = {kind: statistics.median(seconds) for kind, seconds in counts.seconds.items()}
        _log.warning(
            "matrix_played", service=name, requests=counts.requests, statuses=dict(counts.statuses), medians=medians
        )
        assert counts.faults == []
        assert {401, 500, 503}.isdisjoint(counts.statuses)
        assert counts.statuses[404] > 0
        assert max(medians.values()) <= TIME_RATIO_MAX * min(medians.values())


async def test_a_transaction_of_another_municipality_is_seen(
    open_matrix: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it on purpose: whoever asks gets the rows of one municipality."""
    async with open_matrix("recruitment") as matrix:
        honest = Database.transaction
        monkeypatch.setattr(Database, "transaction", lambda database, _: honest(database, OTHER))
        await matrix.play(PAIRS, 0)
        faults = " ".join(matrix.counts.faults)
        assert "get /candidates/{person_id} as gm0637 tells ['person_id'] apart" in faults
        assert "get /candidates as gm0637 shows" in faults


async def test_a_role_that_gets_in_is_seen(open_matrix: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it on purpose: one more role may do what only another was meant to."""
    async with open_matrix("notifications") as matrix:
        (reader,) = {each.roles for each in matrix.operations if each.path == "/people/{person_id}/contact"}
        wider = frozenset(Role)
        honest = Requirement.__call__

        async def let_in(requirement: Requirement, request: Any, credentials: Any) -> Any:
            monkeypatch.setattr(requirement, "roles", wider)
            return await honest(requirement, request, credentials)

        monkeypatch.setattr(Requirement, "__call__", let_in)
        await matrix.play(PAIRS, 0)
        assert reader < wider
        assert any("/people/{person_id}/contact as gm0637 answers" in fault for fault in matrix.counts.faults)
