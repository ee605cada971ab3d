"""Answers for people: tables with amounts in euros, empty columns left out; for programs, JSON as received."""

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
    """Print an answer. `columns` are the columns of a list to show; without them all that are not empty."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif document is None:
        typer.echo("Done.")
    elif isinstance(document, dict) and isinstance(document.get("items"), list):
        _show_list(document["items"], columns, empty)
        _show_object({name: value for name, value in document.items() if name not in ("items", "next_cursor")})
        _show_cursor(document)
    else:
        _show_object(document)


def show_fields(pairs: Mapping[str, Any]) -> None:
    """Print names with their values, one per line."""
    table = Table.grid(padding=(0, 2))
    for name, value in pairs.items():
        table.add_row(_label(name), Text(format_value(name, value)))
    console().print(table)


def show_table(items: Sequence[Mapping[str, Any]], columns: Sequence[str] = (), title: str | None = None) -> None:
    """Print a table of objects with the same fields; what each is mainly about gets columns of its own."""
    items = _spread_first(items)
    names = columns or list(dict.fromkeys(name for item in items for name in item))
    names_shown = [name for name in names if any(item.get(name) not in NOTHING for item in items)]
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in names_shown:
        table.add_column(_label(name), justify="right" if _is_number(items, name) else "left", overflow="fold")
    for item in items:
        table.add_row(*(Text(format_value(name, item.get(name))) for name in names_shown))
    console().print(table)


def format_value(name: str, value: Any) -> str:
    """Return a value for reading: whole cents as euros, None as nothing, and no control character for the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and (name.endswith(CENTS) or name == "cents"):
        return euro_text(value, "en")
    if isinstance(value, Mapping):
        of_cents = name.startswith("cents_by_")
        filled = {key: element for key, element in value.items() if element not in NOTHING}
        return ", ".join(
            f"{_label(key)} {format_value('cents' if of_cents else key, element)}" for key, element in filled.items()
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(format_value(name, element) for element in value)
    return "".join(sign if sign.isprintable() else "?" for sign in str(value))


def console() -> Console:
    """Return a console as wide as the terminal; in a pipe so wide that nothing is folded."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def _show_list(items: Sequence[Any], columns: Sequence[str], empty: str) -> None:
    if not items:
        typer.echo(empty)
    elif all(isinstance(item, dict) for item in items):
        show_table(items, columns)
    else:
        typer.echo("\n".join(format_value("", item) for item in items))


def _spread_first(items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return items that begin with an object with an id, such as a decided proposal, with its fields first."""
    first = next(iter(items[0]), "") if items else ""
    mains = [item.get(first) for item in items]
    if not all(isinstance(main, Mapping) and "id" in main for main in mains) or "id" in (items[0] if items else ()):
        return items
    return [{**item[first], **{name: value for name, value in item.items() if name != first}} for item in items]


def _show_cursor(document: Mapping[str, Any]) -> None:
    if document.get("next_cursor") is not None:
        typer.echo(
            f"There are more: give a higher --limit, or continue from cursor {document['next_cursor']}.", err=True
        )


def _show_object(document: Any) -> None:
    """Print plain values first, then nested ones in tables of their own."""
    if not isinstance(document, dict):
        typer.echo(format_value("", document))
        return
    filled = {name: value for name, value in document.items() if _is_filled(value)}
    below = {name: value for name, value in filled.items() if _needs_own_table(value)}
    plain = {name: value for name, value in filled.items() if name not in below}
    if plain:
        show_fields(plain)
    for name, value in below.items():
        if isinstance(value, list):
            show_table(value, title=_label(name))
        else:
            console().print(Text(f"\n{_label(name)}", style="bold"))
            _show_object(value)


def _is_filled(value: Any) -> bool:
    return any(map(_is_filled, value.values())) if isinstance(value, Mapping) else value not in NOTHING


def _needs_own_table(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(element, dict) for element in value)
    return (
        isinstance(value, dict) and len(value) > 1 and not all(isinstance(element, int) for element in value.values())
    )


def _is_number(items: Sequence[Mapping[str, Any]], name: str) -> bool:
    values = [item.get(name) for item in items if item.get(name) is not None]
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _label(name: str) -> str:
    return "amount" if name == "cents" else name.removesuffix(CENTS).replace("_", " ")
