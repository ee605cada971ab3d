"""docs/refusals.md: every code that a problem or input error of the services may bear, read from where it is raised.

A code stands beside its sentence in the source, as a text: one that is composed is refused, since it could change
unnoticed.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.service_names import SERVICES

# What is called, the place of its code among the arguments, and the status of the response.
_RAISED: Final = {
    "ConflictError": (0, "409"),
    "ForeignFileError": (0, "409"),
    "NoPolicyError": (0, "409"),
    "conflict": (0, "409"),
    "Problem": (1, ""),
    "_unauthorised": (0, "401"),
    "_forbidden": (0, "403"),
    "Fault": (1, "400"),
    "bad_input": (1, "400"),
    "BankFileError": (0, "400"),
    "_build_refusal": (-2, "400"),
    "_build_missing_refusal": (-2, "400"),
}
# They hand on a code that stands where they are called.
_HAND_ON: Final = frozenset(_RAISED) | {"__init__", "_answer_conflict", "_answer_framework"}
_LEAD: Final = """# The codes of refusals

Every problem that a service answers with has a `code` beside its sentence, and so has every input error in `errors`.
Programs decide by the code: it keeps its meaning, while sentences may be improved. New codes may come. Errors in the
form of a field (`missing`, `int_type`, `string_too_long` and the like) bear the names that
[pydantic](https://docs.pydantic.dev) has for them. `{}` stands for a value. This page is generated from the source.
"""


@dataclass(frozen=True, order=True)
class RaisedCode:
    """One place where a code is given: `where` is a service or `every service`; `code` is empty when it is composed."""

    status: str
    code: str
    where: str
    sentence: str
    place: str


def find_codes(root: Path) -> list[RaisedCode]:
    """Return every place in the services and what they share that gives a code."""
    found = []
    for folder, where in (("shared", "every service"), *((f"services/{name}", name) for name in SERVICES)):
        for path in sorted((root / folder).rglob("*.py")):
            if "testing" not in path.parts:
                found += [*_read_file(path, path.relative_to(root), where)]
    return sorted(found)


def render_refusals(root: Path) -> str:
    """Return the page; ValueError for a code that is composed, since it could change unnoticed."""
    codes = find_codes(root)
    if composed := [raised.place for raised in codes if not raised.code]:
        raise ValueError(f"The code at {', '.join(composed)} is composed: give it as a text beside its sentence.")
    rows: dict[tuple[str, str], tuple[set[str], list[str]]] = {}
    for raised in codes:
        services, sentences = rows.setdefault((raised.status, raised.code), (set(), []))
        services.add(raised.where)
        if raised.sentence and raised.sentence not in sentences:
            sentences.append(raised.sentence)
    lines = [_LEAD, "| status | code | who | what it says |", "|---|---|---|---|"]
    for (status, code), (services, sentences) in rows.items():
        text = " / ".join(sentences).replace("|", "\\|")
        lines.append(f"| {status} | `{code}` | {', '.join(sorted(services))} | {text} |")
    return "\n".join(lines) + "\n"


def _read_file(path: Path, place: Path, where: str) -> Iterator[RaisedCode]:
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.name not in _HAND_ON:
            for call in _calls_in(function):
                name = call.func.id if isinstance(call.func, ast.Name) else ""
                at, status = _RAISED.get(name, (0, ""))
                if name in _RAISED and len(call.args) > abs(at):
                    yield from _read_call(call, at, status, where, f"{place}:{call.lineno}", function)


def _calls_in(function: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of a function, but not those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.Call):
            yield node
        yield from _calls_in(node)


def _read_call(call: ast.Call, at: int, status: str, where: str, place: str, function: ast.AST) -> Iterator[RaisedCode]:
    code, first = call.args[at], call.args[0]
    status = status or (str(first.value) if isinstance(first, ast.Constant) else "")
    sentence = _write_template(call.args[-1], function)
    text = code.value if isinstance(code, ast.Constant) and isinstance(code.value, str) else ""
    yield RaisedCode(status, text, where, sentence, place)


def _write_template(node: ast.expr, function: ast.AST) -> str:
    """Return a sentence with {} for each value; that of a variable as last assigned, else nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Name):
        given = [
            (each.lineno, each.value)
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and [getattr(target, "id", "") for target in each.targets] == [node.id]
        ]
        earlier = [value for line, value in sorted(given, key=lambda each: each[0]) if line <= node.lineno]
        return _write_template(earlier[-1], function) if earlier else ""
    return ""
