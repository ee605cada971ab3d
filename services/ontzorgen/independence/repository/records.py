"""What the queries of every noun of growing independent share: states in and out, in the order of recording."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.inspection import inspect
from sqlmodel import SQLModel

from shared.database import rows
from shared.database.transactions import Transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

State = TypeVar("State", bound="DataclassInstance")


async def add(tx: Transaction, row: type[SQLModel], state: "DataclassInstance") -> bool:
    """Add a state; False when its key is in use."""
    return await rows.add(tx, row, **rows.to_values(state))


async def save(tx: Transaction, row: type[SQLModel], state: "DataclassInstance", *key: Any) -> None:
    """Write back a state whose row this transaction has locked with `find`."""
    await rows.update(tx, row, *key, **rows.to_values(state))


async def find(tx: Transaction, row: type[SQLModel], kind: type[State], *key: Any, lock: bool = False) -> State | None:
    """Return the state with a key; None if there is none."""
    record = await rows.find(tx, row, *key, lock=lock)
    return None if record is None else rows.to_state(kind, record)


async def list_states(tx: Transaction, row: type[SQLModel], kind: type[State], **values: Any) -> list[State]:
    """Return the states with these values, in the order of recording."""
    matches = [getattr(row, name) == value for name, value in values.items()]
    return [rows.to_state(kind, record) for record in await _select_ordered(tx, row, *matches)]


async def list_by_household(
    tx: Transaction, row: Any, kind: type[State], household_ids: Sequence[UUID]
) -> dict[UUID, list[State]]:
    """Return the states of these households by household, in the order of recording."""
    by_household: dict[UUID, list[State]] = {}
    for record in await _select_ordered(tx, row, row.household_id.in_(household_ids)):
        by_household.setdefault(record.household_id, []).append(rows.to_state(kind, record))
    return by_household


async def list_page(
    tx: Transaction, row: type[SQLModel], kind: type[State], after: UUID | None, limit: int, **values: Any
) -> tuple[list[State], UUID | None]:
    """Return states with these values by id from the one after `after` on, and the id to continue after."""
    records, next_id = await rows.list_page(tx, row, after=after, limit=limit, **values)
    return [rows.to_state(kind, record) for record in records], next_id


async def _select_ordered(tx: Transaction, row: Any, *matches: Any) -> Sequence[Any]:
    order = [row.place] if hasattr(row, "place") else list(inspect(row).primary_key)
    query = select(row).where(*matches).order_by(*order).execution_options(populate_existing=True)
    return (await tx.session.execute(query)).scalars().all()
