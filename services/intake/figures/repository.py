"""What intake counts. Row-level security keeps each query to the municipality of the transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.database.transactions import Transaction

_FIGURES = """
SELECT count(*) AS files, count(closed_on) AS closed, count(intake_completed_on) AS intakes_completed,
    count(plan_signed_on) AS signed_plans, count(pip_missed_on) AS deadlines_missed,
    (SELECT count(*) FROM plan WHERE signed_on IS NOT NULL AND relief_agreed) AS relief_agreed
FROM newcomer
"""
_FILES_BY_TARGET_GROUP = "SELECT target_group AS code, count(*) FROM newcomer GROUP BY target_group"
_INTAKES_BY_ROUTE = """
SELECT decided_route AS code, count(*) FROM broad_intake WHERE decided_route IS NOT NULL GROUP BY decided_route
"""
_PLANS_BY_ROUTE = "SELECT route AS code, count(*) FROM plan WHERE signed_on IS NOT NULL GROUP BY route"


@dataclass(frozen=True)
class Figures:
    """What intake holds of a municipality."""

    files: int
    files_by_target_group: Mapping[str, int]
    closed: int
    intakes_completed: int
    intakes_by_route: Mapping[str, int]
    signed_plans: int
    plans_by_route: Mapping[str, int]
    relief_agreed: int
    deadlines_missed: int


async def count_figures(tx: Transaction) -> Figures:
    """Count the figures from the rows themselves."""
    (counts,) = await tx.rows(_FIGURES)
    return Figures(
        files_by_target_group=await _count_by_code(tx, _FILES_BY_TARGET_GROUP),
        intakes_by_route=await _count_by_code(tx, _INTAKES_BY_ROUTE),
        plans_by_route=await _count_by_code(tx, _PLANS_BY_ROUTE),
        **counts,
    )


async def _count_by_code(tx: Transaction, statement: str) -> Mapping[str, int]:
    return {row["code"]: row["count"] for row in await tx.rows(statement)}
