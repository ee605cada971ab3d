"""Queries on neighbourhoods. Row-level security keeps each of them to the municipality of the transaction."""

from services.recruitment.neighbourhoods.rules import Neighbourhood
from services.recruitment.neighbourhoods.tables import NeighbourhoodRow
from shared.database import rows
from shared.database.transactions import Transaction


async def put_neighbourhood(tx: Transaction, neighbourhood: Neighbourhood) -> None:
    """Save a neighbourhood, over what was on record of it."""
    await rows.put(tx, NeighbourhoodRow, **rows.to_values(neighbourhood))


async def has_neighbourhood(tx: Transaction, code: str) -> bool:
    """Return whether a neighbourhood is on record."""
    return await rows.find(tx, NeighbourhoodRow, code) is not None


async def list_neighbourhoods(tx: Transaction, after: str | None, limit: int) -> tuple[list[Neighbourhood], str | None]:
    """Return some neighbourhoods by code, and the code to go on after."""
    page, next_code = await rows.list_page(tx, NeighbourhoodRow, after=after, limit=limit)
    return [rows.to_state(Neighbourhood, row) for row in page], next_code
