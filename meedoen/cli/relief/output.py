"""Answers for people: tables with amounts in euros, empty columns left out; for programs, JSON as it came."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.money import euro_text

CENTS = "_cents"
NOTHING: tuple[Any, ...] = (None, [], {})
PIPE_WIDTH = 320


def show(document: Any, *, columns: Sequence[str] = (), as_json: bool, empty: str) -> None:
    """`columns` are those of a list that matter; without them all that hold something."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif document is None:
        typer.echo("Done.")
    elif isinstance(document, dict) and isinstance(document.get("items"), list):
        _show_list(document["items"], columns, empty)
        _say_more(document)
    else:
        _show_one(document)


def grid(pairs: Mapping[str, Any]) -> None:
    """Names with their values, one on a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in pairs.items():
        table.add_row(_name(name), Text(in_words(name, value)))
    console().print(table)


def rows(items: Sequence[Mapping[str, Any]], columns: Sequence[str] = (), title: str | None = None) -> None:
    """A table of things with the same fields."""
    names = columns or list(dict.fromkeys(name for item in items for name in item))
    shown = [name for name in names if any(item.get(name) not in NOTHING for item in items)]
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in shown:
        table.add_column(_name(name), justify="right" if _is_number(items, name) else "left", overflow="fold")
    for item in items:
        table.add_row(*(Text(in_words(name, item.get(name))) for name in shown))
    console().print(table)


def in_words(name: str, value: Any) -> str:
    """A value as it is read: whole cents as euros, nothing as nothing, and no sign that a terminal would obey."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and (name.endswith(CENTS) or name == "cents"):
        return euro_text(value, "en")
    if isinstance(value, Mapping):
        of_cents = name.startswith("cents_by_")
        known = {key: one for key, one in value.items() if one not in NOTHING}
        return ", ".join(f"{_name(key)} {in_words('cents' if of_cents else key, one)}" for key, one in known.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(in_words(name, one) for one in value)
    return "".join(sign if sign.isprintable() else "?" for sign in str(value))


def console() -> Console:
    """As wide as the terminal; in a pipe so wide that nothing is folded."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def _show_list(items: Sequence[Any], columns: Sequence[str], empty: str) -> None:
    if not items:
        typer.echo(empty)
    elif all(isinstance(item, dict) for item in items):
        rows(items, columns)
    else:
        typer.echo("\n".join(in_words("", item) for item in items))


def _say_more(document: Mapping[str, Any]) -> None:
    if document.get("next_cursor") is not None:
        typer.echo(f"There is more: ask for a higher limit, or on from cursor {document['next_cursor']}.", err=True)


def _show_one(document: Any) -> None:
    """Plain values first, then what stands below in tables of its own."""
    if not isinstance(document, dict):
        typer.echo(in_words("", document))
        return
    below = {name: value for name, value in document.items() if _is_below(value)}
    plain = {name: value for name, value in document.items() if name not in below and value not in NOTHING}
    if plain:
        grid(plain)
    for name, value in below.items():
        if isinstance(value, list):
            rows(value, title=_name(name))
        else:
            console().print(Text(f"\n{_name(name)}", style="bold"))
            _show_one(value)


def _is_below(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) for one in value)
    return isinstance(value, dict) and len(value) > 1 and not all(isinstance(one, int) for one in value.values())


def _is_number(items: Sequence[Mapping[str, Any]], name: str) -> bool:
    values = [item.get(name) for item in items if item.get(name) is not None]
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _name(name: str) -> str:
    return "amount" if name == "cents" else name.removesuffix(CENTS).replace("_", " ")
