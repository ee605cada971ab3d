"""Figures by class of self-reliance: of one municipality, and over all that are served here."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.ontzorgen.independence.repository import class_figures
from services.ontzorgen.independence.rules.class_figures import ClassFigures, count_classes, sum_classes
from shared.database.transactions import Database, Transaction


async def load_figures(on: date, tx: Transaction) -> ClassFigures:
    """Return how many people of this municipality are in which class on a day."""
    return count_classes(tx.municipality, await class_figures.count_people(tx, on))


async def load_all_figures(
    on: date, municipalities: Iterable[str], database: Database
) -> tuple[ClassFigures, Sequence[ClassFigures]]:
    """Return how many people are in which class over all these municipalities, and in each of them."""
    counts = {}
    for municipality in municipalities:
        async with database.transaction(municipality) as tx:
            counts[municipality] = await class_figures.count_people(tx, on)
    return sum_classes(counts)
