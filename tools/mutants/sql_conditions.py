"""The conditions in a query, and the query without the effect of one of them: what each AND is there for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z_]+|[()]|'(?:[^']|'')*'|\S")
_ENDS = {"ORDER", "GROUP", "LIMIT", "FOR", "RETURNING", "HAVING", "UNION", "LEFT", "JOIN", "INNER", "CROSS", "WHERE"}
_OPENING, _CLOSING = {"(", "CASE"}, {")", "END"}  # what is between these belongs together, whatever words are in it
_ENDS |= {"WINDOW", "OFFSET", "SET", "AS", "EXCEPT", "WHEN", "THEN", "ON"}
# Row-level security repeats these, so that dropping one changes nothing that a test could see.
_TENANT = re.compile(r"(\w+\.)?municipality = (\$1|\w+\.municipality)")


@dataclass(frozen=True)
class Condition:
    """One condition that an AND joins to others, or that stands alone: from where to where it is in the text."""

    start: int
    end: int
    text: str

    @property
    def is_tenant(self) -> bool:
        return _TENANT.fullmatch(self.text) is not None

    @property
    def short(self) -> str:
        return " ".join(self.text.split())


def list_conditions(query: str) -> list[Condition]:
    """Return the conditions of every WHERE, HAVING and ON, inner ones too, in order of appearance."""
    tokens = [(match.group().upper(), match.start(), match.end()) for match in _WORD.finditer(query)]
    conditions = [
        condition
        for index, (word, _, _) in enumerate(tokens)
        if word in {"WHERE", "HAVING"} or (word == "ON" and _joins(tokens, index))
        for condition in _split(query, tokens, index + 1)
    ]
    return [condition for condition in conditions if condition.text.upper() != "TRUE"]


def drop_condition(query: str, condition: Condition) -> str:
    """Return the query in which a condition holds for every row; its parameters keep their types."""
    return f"{query[: condition.start]}(({condition.text}) OR TRUE){query[condition.end :]}"


def _joins(tokens: list[tuple[str, int, int]], index: int) -> bool:
    """Return whether an ON is that of a join, and not of DISTINCT ON or ON CONFLICT."""
    before = tokens[index - 1][0] if index else ""
    after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
    return before != "DISTINCT" and after not in {"CONFLICT", "DELETE", "UPDATE"}


def _split(query: str, tokens: list[tuple[str, int, int]], first: int) -> Iterator[Condition]:
    """Yield the conditions between the ANDs of one clause, which begins with the token `first`."""
    depth, start, is_between, end = 0, None, False, None
    for word, word_start, word_end in tokens[first:]:
        if depth == 0 and (word in _CLOSING or word in _ENDS):
            break
        if depth == 0 and word == "AND" and not is_between:
            if start is not None and end is not None:
                yield Condition(start, end, query[start:end])
            start = None
            continue
        if depth == 0 and word in {"BETWEEN", "AND"}:
            is_between = word == "BETWEEN"
        depth += (word in _OPENING) - (word in _CLOSING)
        start, end = word_start if start is None else start, word_end
    if start is not None and end is not None:
        yield Condition(start, end, query[start:end])
