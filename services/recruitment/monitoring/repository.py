"""What recruitment counts. Row-level security keeps each query to the municipality of the transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.database.transactions import Transaction

_FIGURES = """
SELECT count(*) AS candidates, count(withdrawn_on) AS withdrawn, count(plan_signed_on) AS signed_plans,
    (SELECT count(*) FROM ambassador) AS ambassadors,
    (SELECT count(*) FROM outreach) AS outreaches,
    (SELECT coalesce(sum(people_reached), 0) FROM outreach) AS people_reached
FROM candidate
"""
_OUTREACHES_BY_CHANNEL = """
SELECT channel, count(*) AS held, sum(people_reached)::bigint AS people FROM outreach GROUP BY channel
"""
_CANDIDATES_BY_CHANNEL = "SELECT channel, count(*) AS candidates FROM candidate GROUP BY channel"


@dataclass(frozen=True)
class Figures:
    """What recruitment holds of a municipality."""

    ambassadors: int
    outreaches: int
    people_reached: int
    candidates: int
    candidates_by_channel: Mapping[str, int]
    withdrawn: int
    signed_plans: int


async def count_figures(tx: Transaction) -> Figures:
    """Count the figures from the rows themselves."""
    (counts,) = await tx.rows(_FIGURES)
    by_channel = {row["channel"]: row["candidates"] for row in await tx.rows(_CANDIDATES_BY_CHANNEL)}
    return Figures(candidates_by_channel=by_channel, **counts)


async def count_outreaches_by_channel(tx: Transaction) -> Mapping[str, tuple[int, int]]:
    """Count the outreaches and the people reached at them, by channel; a channel without one is left out."""
    return {row["channel"]: (row["held"], row["people"]) for row in await tx.rows(_OUTREACHES_BY_CHANNEL)}
