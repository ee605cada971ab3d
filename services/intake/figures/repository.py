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
_COMPLETED_BY_ADVICE = """
SELECT advised_route AS code, count(*) FROM newcomer
JOIN broad_intake ON broad_intake.municipality = newcomer.municipality AND broad_intake.person_id = newcomer.id
WHERE newcomer.intake_completed_on IS NOT NULL GROUP BY 1
"""
_SIGNED_PLANS = """
SELECT route, relief_agreed::text AS relief, count(*) FROM plan WHERE signed_on IS NOT NULL GROUP BY 1, 2
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


async def count_completed_intakes_by_advice(tx: Transaction) -> Mapping[str, int]:
    """Count the completed intakes by the route that was advised; a route without one is left out."""
    return await _count_by_code(tx, _COMPLETED_BY_ADVICE)


async def count_signed_plans(tx: Transaction) -> Mapping[tuple[str, ...], int]:
    """Count the signed plans by route and whether relief is agreed, as `true` or `false`."""
    return {(row["route"], row["relief"]): row["count"] for row in await tx.rows(_SIGNED_PLANS)}


async def _count_by_code(tx: Transaction, statement: str) -> Mapping[str, int]:
    return {row["code"]: row["count"] for row in await tx.rows(statement)}
