"""What intake counts, for whoever watches the service."""

from services.intake import metrics
from services.intake.figures import repository
from shared.database.figures import Figures
from shared.database.transactions import Transaction
from shared.events.codes import DeadlineKind


async def count_gauges(tx: Transaction) -> Figures:
    """Count the gauges of a municipality."""
    figures = await repository.count_figures(tx)
    advised = await repository.count_completed_intakes_by_advice(tx)
    return {
        metrics.FILES_OPENED: {(group,): n for group, n in figures.files_by_target_group.items()},
        metrics.INTAKES_COMPLETED: {(route,): n for route, n in advised.items()},
        metrics.PLANS_SIGNED: await repository.count_signed_plans(tx),
        metrics.DEADLINES_MISSED: {(DeadlineKind.PIP.value,): figures.deadlines_missed},
    }
