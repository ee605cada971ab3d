"""What is done with neighbourhoods, one function per command or question."""

from services.recruitment.neighbourhoods import repository
from services.recruitment.neighbourhoods.rules import Neighbourhood
from shared.database.transactions import Transaction


async def put_neighbourhood(neighbourhood: Neighbourhood, tx: Transaction) -> Neighbourhood:
    """Put a neighbourhood on record, or correct it."""
    await repository.put_neighbourhood(tx, neighbourhood)
    return neighbourhood


async def is_on_record(code: str, tx: Transaction) -> bool:
    """Return whether the municipality has a neighbourhood on record."""
    return await repository.has_neighbourhood(tx, code)
