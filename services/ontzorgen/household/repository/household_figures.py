"""What the households add up to."""

from typing import Final

from shared.database.transactions import Transaction

_COUNT: Final = """
SELECT count(*), count(ended_on), coalesce(sum(holiday_reserve_cents), 0)::bigint FROM household
WHERE municipality = $1
"""


async def count_households(tx: Transaction) -> tuple[int, int, int]:
    """Return how many households there are, how many of them left relief, and the cents set aside for them."""
    ((started, ended, reserve_cents),) = await (await tx.driver()).fetch(_COUNT, tx.municipality)
    return started, ended, reserve_cents
