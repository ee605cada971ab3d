"""Every query of both dashboards returns what is true, on a real Prometheus, after a known load."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from panel_truths import TRUTHS, WINDOW_SECONDS, Truth, Values
from watched_run import ROOT, Prometheus, WatchedRun

BOARDS = ROOT / "deploy" / "grafana" / "dashboards"


def panels(board: str) -> list[dict[str, Any]]:
    read: dict[str, Any] = json.loads((BOARDS / f"{board}.json").read_text("utf-8"))
    return [panel for panel in read["panels"] if panel.get("targets")]


def list_queries() -> list[tuple[str, str, int, str]]:
    """Board, title, place among its truths and expression of each query; two panels of one title share their truths."""
    found, seen = [], {}
    for board in TRUTHS:
        for panel in panels(board):
            for target in panel["targets"]:
                place = seen.get((board, panel["title"]), 0)
                seen[board, panel["title"]] = place + 1
                found.append((board, panel["title"], place, target["expr"]))
    return found


def make_whole(expression: str) -> str:
    """Return the expression for every service, over the whole run instead of its last minutes."""
    return re.sub(r"\[\d+[smhd]\]", f"[{WINDOW_SECONDS:.0f}s]", expression.replace("$service", ".*"))


def compare(asked: Values, true: Values, truth: Truth) -> list[str]:
    """Return a sentence for each value that differs from the truth by more than its share."""
    sentences = [] if asked or truth.may_be_empty else ["It shows nothing at all."]
    for labels in asked.keys() | true.keys():
        shown, is_true = asked.get(labels, 0.0), true.get(labels, 0.0)
        if abs(shown - is_true) > truth.share_max * abs(is_true) + 1e-9:
            sentences.append(f"{dict(labels)} shows {shown}, and {is_true} is true.")
    return sentences


@pytest.mark.parametrize(
    ("board", "title", "place", "expression"), list_queries(), ids=lambda value: str(value)[:40].replace(" ", "_")
)
async def test_a_panel_shows_what_is_true(
    watched: tuple[WatchedRun, Prometheus], board: str, title: str, place: int, expression: str
) -> None:
    run, prometheus = watched
    truth = TRUTHS[board][title][place]
    asked = prometheus.query(make_whole(expression))
    breaches = compare(asked, await truth.ask(run), truth)
    assert not breaches, "\n".join([make_whole(expression), *breaches])


def test_every_panel_has_its_truths_and_every_truth_its_panel() -> None:
    queries: dict[tuple[str, str], int] = {}
    for board, title, _, _ in list_queries():
        queries[board, title] = queries.get((board, title), 0) + 1
    assert queries == {
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
    assert {path.stem for path in Path(BOARDS).glob("*.json")} == set(TRUTHS)
