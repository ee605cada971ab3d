"""Queries on rows, and conversion between rows and the states of rules: frozen dataclasses with the same fields.

The key of every table begins with the municipality, so the keys of another tenant are free here and are never seen.
Lock a row before its state is changed: the order of a person's events depends on it.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.inspection import inspect
from sqlmodel import SQLModel

from shared.database.transactions import Transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound=SQLModel)
S = TypeVar("S", bound="DataclassInstance")


async def find(tx: Transaction, row: type[R], *key: Any, lock: bool = False) -> R | None:
    """Return the row under a key (without the municipality), fresh from the database; None if there is none."""
    columns = inspect(row).primary_key
    matches = (column == value for column, value in zip(columns, (tx.municipality, *key), strict=True))
    statement = select(row).where(*matches).execution_options(populate_existing=True)
    return (await tx.session.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()


async def add(tx: Transaction, row: type[R], **values: Any) -> bool:
    """Insert a row; return False if its key exists, also in a transaction that commits at this moment."""
    table = inspect(row).local_table
    statement = insert(row).values(municipality=tx.municipality, **values).on_conflict_do_nothing()
    return (await tx.session.execute(statement.returning(table.c.municipality))).first() is not None


async def add_or_load(tx: Transaction, row: type[R], state: S) -> S | None:
    """Insert a state's row. Return None if it is new, else the state that has its key already."""
    if await add(tx, row, **to_values(state)):
        return None
    names = [column.name for column in inspect(row).primary_key[1:]]
    existing = await find(tx, row, *(getattr(state, name) for name in names))
    assert existing is not None  # noqa: S101 - the insert that it stopped saw this row, and nothing is deleted
    return to_state(type(state), existing)


async def put(tx: Transaction, row: type[R], **values: Any) -> None:
    """Insert a row, or overwrite the one that has its key."""
    key = [column.name for column in inspect(row).primary_key]
    statement = insert(row).values(municipality=tx.municipality, **values)
    await tx.session.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


async def update(tx: Transaction, row: type[R], *key: Any, **values: Any) -> None:
    """Change a row that this transaction has loaded; it is written when the transaction ends."""
    loaded = await tx.session.get_one(row, (tx.municipality, *key))
    for name, value in values.items():
        setattr(loaded, name, value)


async def list_page(tx: Transaction, row: type[R], *, after: Any, limit: int, **values: Any) -> tuple[Sequence[R], Any]:
    """Return at most `limit` rows with these values and a key after `after`, and the key for the next page.

    That is None at the end.
    """
    key = inspect(row).primary_key[-1]
    matches = (getattr(row, name) == value for name, value in values.items())
    statement = select(row).where(*matches).order_by(key).limit(limit + 1)
    result = await tx.session.execute(statement if after is None else statement.where(key > after))
    loaded = result.scalars().all()
    rows = loaded[:limit]
    return rows, getattr(rows[-1], key.name) if len(loaded) > limit else None


def to_state(kind: type[S], row: SQLModel) -> S:
    """Return the state that a row stores; codes become members of their enumerations."""
    state: S = _adapter(kind).validate_python(row.model_dump())
    return state


def to_values(state: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a state as column values."""
    values = ((field.name, getattr(state, field.name)) for field in fields(state))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


@cache
def _adapter(kind: type[S]) -> TypeAdapter[S]:
    return TypeAdapter(kind)
