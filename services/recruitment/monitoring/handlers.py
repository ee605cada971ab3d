"""What recruitment counts, for whoever watches the service."""

from services.recruitment import metrics
from services.recruitment.monitoring import repository
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def count_gauges(tx: Transaction) -> Figures:
    """Count the gauges of a municipality."""
    figures = await repository.count_figures(tx)
    outreaches = await repository.count_outreaches_by_channel(tx)
    return {
        metrics.AMBASSADORS_APPOINTED: {(): figures.ambassadors},
        metrics.OUTREACHES_HELD: {(channel,): held for channel, (held, _) in outreaches.items()},
        metrics.PEOPLE_REACHED: {(channel,): people for channel, (_, people) in outreaches.items()},
        metrics.CANDIDATES_REGISTERED: {(channel,): n for channel, n in figures.candidates_by_channel.items()},
        metrics.CANDIDATES_WITHDRAWN: {(): figures.withdrawn},
        metrics.PLANS_CREDITED: {(): figures.signed_plans},
    }
