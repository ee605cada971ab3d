"""Every query of both dashboards returns what is true, on a real Prometheus, after a known load and known faults."""

from collections import Counter
from pathlib import Path

import pytest
from faults import FAULTS
from panel_truths import TRUTHS, Truth, Values
from panels import BOARDS, Query, compare, list_breaches, list_queries
from watched_run import Prometheus, WatchedRun

NEVER_FILLED = {
    "Candidates who withdrew": "the one of the chain goes on to relief",
    "Households whose relief ended": "the chain ends in a month of relief",
    "Municipalities without a policy of their own": "both have one",
    "Retries, by reason": "every event of the chain finds what it needs",
    "Deliveries: retried in the past hour, set aside now": "no delivery of the chain is tried again",
    "Issuer's keys that were left out, by reason": "the local issuer has one key, which is good",
    "Files purged from the spool": "files stay for days, however a run is played forward",
}


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: f"{query.title[:40]}-{query.place}")
async def test_a_panel_shows_what_is_true(
    watched: tuple[WatchedRun, Prometheus], seen_filled: set[Query], query: Query
) -> None:
    run, prometheus = watched
    breaches = await list_breaches([query], run, prometheus, seen_filled)
    assert not breaches, "\n".join(breaches)


def test_every_panel_was_compared_with_something_else_than_0(
    watched: tuple[WatchedRun, Prometheus], seen_filled: set[Query], request: pytest.FixtureRequest
) -> None:
    """A gauge that is never set agrees with a table that is never filled."""
    if sum(item.path.parent == Path(__file__).parent for item in request.session.items) < len(FAULTS) + len(
        list_queries()
    ):
        pytest.skip("It needs all of this folder, with the faults that fill panels.")
    assert {query.title for query in list_queries() if query not in seen_filled} == NEVER_FILLED.keys()


def test_every_panel_has_its_truths_and_every_truth_its_panel() -> None:
    assert Counter((query.board, query.title) for query in list_queries()) == {
        (board, title): len(truths) for board, of_board in TRUTHS.items() for title, truths in of_board.items()
    }


@pytest.mark.parametrize(
    ("asked", "share_max", "breaches"),
    [
        ({frozenset(): 917.85}, 0.0, 0),
        ({frozenset(): 925.17}, 0.0, 1),
        ({frozenset(): 925.17}, 0.1, 0),
        ({}, 0.1, 2),
        ({frozenset(): 917.85, frozenset({("kind", "more")}): 1.0}, 0.0, 1),
    ],
)
def test_a_wrong_value_one_too_many_and_an_empty_panel_are_found(
    asked: Values, share_max: float, breaches: int
) -> None:
    async def ask(_: WatchedRun) -> Values:
        return {}

    assert len(compare(asked, {frozenset(): 917.85}, Truth(ask, share_max))) == breaches


def test_the_boards_are_where_the_test_looks() -> None:
    assert {path.stem for path in BOARDS.glob("*.json")} == set(TRUTHS)
