"""The queries of the dashboards' panels, and how what they show is compared with what is true."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from panel_truths import TRUTHS, WINDOW_SECONDS, Truth, Values
from watched_run import ROOT, Prometheus, WatchedRun

BOARDS = ROOT / "deploy" / "grafana" / "dashboards"


@dataclass(frozen=True)
class Query:
    """A query of a panel; `place` is that among the truths of its title, which two panels may share."""

    board: str
    title: str
    place: int
    expression: str

    @property
    def truth(self) -> Truth:
        return TRUTHS[self.board][self.title][self.place]

    @property
    def whole(self) -> str:
        """The expression for every service, over the whole run instead of its last minutes."""
        return re.sub(r"\[\d+[smhd]\]", f"[{WINDOW_SECONDS:.0f}s]", self.expression.replace("$service", ".*"))


def list_queries() -> list[Query]:
    """Return every query of every panel of the boards."""
    found: list[Query] = []
    for board in TRUTHS:
        places: dict[str, int] = {}
        for panel in json.loads((BOARDS / f"{board}.json").read_text("utf-8"))["panels"]:
            title = panel["title"]
            for target in panel.get("targets", []):
                found.append(Query(board, title, places.setdefault(title, 0), target["expr"]))
                places[title] += 1
    return found


def compare(asked: Values, true: Values, truth: Truth) -> list[str]:
    """Return a sentence for each value that differs from the truth by more than its share."""
    sentences = [] if asked or truth.may_be_empty else ["It shows nothing at all."]
    for labels in asked.keys() | true.keys():
        shown, is_true = asked.get(labels, 0.0), true.get(labels, 0.0)
        if abs(shown - is_true) > truth.share_max * abs(is_true) + 1e-9:
            sentences.append(f"{dict(labels)} shows {shown}, and {is_true} is true.")
    return sentences


async def list_breaches(
    queries: Iterable[Query], run: WatchedRun, prometheus: Prometheus, seen_filled: set[Query]
) -> list[str]:
    """Return a sentence for each value that is not true, and note the queries for which something else than 0 is."""
    sentences = []
    for query in queries:
        asked = prometheus.query(query.whole)
        true = await query.truth.ask(run)
        if any(true.values()):
            seen_filled.add(query)
        sentences += [f"{query.title}: {breach} ({query.whole})" for breach in compare(asked, true, query.truth)]
    return sentences
