"""The code base as the architecture tests read it: every Python file with its text, syntax tree and comments."""

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("services", "shared", "meedoen", "demo", "bench")


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the repository, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")

    @property
    def module(self) -> str:
        """Return the dotted name by which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def service(self) -> str | None:
        """Return the service that it belongs to; None if it belongs to none."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "services" and len(parts) > 2 else None

    @property
    def capability(self) -> str | None:
        """Return the capability that it belongs to; None if it belongs to none."""
        parts = self.path.split("/")
        return parts[2] if self.service is not None and len(parts) > 3 and parts[2] != "migrations" else None

    @property
    def layer(self) -> str | None:
        """Return the name under its capability: api, handlers, rules, repository or tables, or an entry of its own."""
        return self.path.split("/")[3].removesuffix(".py") if self.capability is not None else None

    @property
    def is_rules(self) -> bool:
        """Return whether it holds the rules of a capability."""
        return self.layer == "rules"

    @cached_property
    def comments(self) -> Mapping[int, str]:
        """Line number to comment; a # inside a string is not a comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and dotted name of everything imported; a name taken from a module comes with that module's."""
        imports: list[tuple[int, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                imports.extend((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imports.extend((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        return tuple(imports)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is one; `.c` when what comes before the last dot is more than names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}"
    return ""


def _paths() -> Iterator[Path]:
    for folder in (*CODE_FOLDERS, "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def sources() -> tuple[Source, ...]:
    """Return every Python file of the project."""
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in _paths())


def code() -> tuple[Source, ...]:
    """Return every Python file but the tests."""
    return tuple(source for source in sources() if not source.is_test)
