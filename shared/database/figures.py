"""A service's figures as its database has them: asked at most once per interval, and unknown while it is away."""

import collections
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from shared.database.transactions import Database, Transaction
from shared.observability.gauges import AnsweredGauge, Labels

Figures = Mapping[AnsweredGauge, Mapping[Labels, int]]
CountFigures = Callable[[Transaction], Awaitable[Figures]]
SHARE_OF_TIME_MAX = 0.05


class DatabaseFigures:
    """Sets gauges to what each capability counts, added up over all municipalities that this process serves.

    In between two counts it only looks whether the database is there. A count that took long is repeated later, so
    that counting takes SHARE_OF_TIME_MAX of the time at most, however large the tables grow. An interval of 0 counts
    whenever it is asked.
    """

    def __init__(
        self,
        gauges: Sequence[AnsweredGauge],
        counts: Sequence[CountFigures],
        municipalities: Sequence[str],
        every_seconds: float,
    ) -> None:
        self._gauges = tuple(gauges)
        self._counts = tuple(counts)
        self._municipalities = tuple(municipalities)
        self._every_seconds = every_seconds
        self._due_at_seconds: float | None = None

    async def measure(self, database: Database) -> None:
        """Count if it is time to; without an answer the gauges show nothing, and what the database raises is raised."""
        try:
            async with database.transaction(self._municipalities[0]) as tx:
                began = time.monotonic()
                if self._due_at_seconds is None or began >= self._due_at_seconds:
                    await self._count(tx)
                    took_seconds = time.monotonic() - began
                    rest_seconds = (
                        max(self._every_seconds, took_seconds / SHARE_OF_TIME_MAX) if self._every_seconds else 0
                    )
                    self._due_at_seconds = began + rest_seconds
        except BaseException:
            self._due_at_seconds = None
            for gauge in self._gauges:
                gauge.forget()
            raise

    async def _count(self, tx: Transaction) -> None:
        totals: dict[AnsweredGauge, collections.Counter[Labels]] = {
            gauge: collections.Counter() for gauge in self._gauges
        }
        for municipality in self._municipalities:
            await tx.use_municipality(municipality)
            for count in self._counts:
                for gauge, values in (await count(tx)).items():
                    totals[gauge].update(values)
        for gauge, values in totals.items():
            gauge.answer(values)
