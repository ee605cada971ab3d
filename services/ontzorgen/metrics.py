"""Ontzorgen's own metrics, on a registry that the service's own takes in. Labels are code lists, never ids."""

import collections
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.database.transactions import Database, Transaction

REGISTRY = CollectorRegistry()
GaugeCounts = Mapping[tuple[Gauge, tuple[str, ...]], int]  # by gauge and the values of its labels


class LedgerSum(Collector):
    """A gauge of the ledger's sum: absolute sums added up, so that municipalities cannot cancel each other out."""

    def __init__(self, name: str, documentation: str, *, registry: CollectorRegistry) -> None:
        self._name, self._documentation = name, documentation
        self._cents: dict[str, int] = {}
        registry.register(self)

    def set(self, municipality: str, sum_cents: int) -> None:
        """Keep the sum of one municipality's ledger, as last read."""
        self._cents[municipality] = sum_cents

    def collect(self) -> Iterator[GaugeMetricFamily]:
        sum_cents = sum(abs(cents) for cents in tuple(self._cents.values()))
        yield GaugeMetricFamily(self._name, self._documentation, value=sum_cents)


RUNS_OPEN = Gauge(
    "meedoen_runs_open",
    "Runs of a month that are neither released nor withdrawn, by state",
    ("state",),
    registry=REGISTRY,
)
RUNS_WITHOUT_FILE = Gauge(
    "meedoen_runs_without_file",
    "Released runs with payments, for which no file for the bank was made",
    registry=REGISTRY,
)
RUN_PARTS = Gauge(
    "meedoen_run_parts",
    "Parts of the runs that are computed or booked now: waiting or done",
    ("step", "state"),
    registry=REGISTRY,
)
MONTHS_RUN = Counter("meedoen_months_run", "Months of households run", registry=REGISTRY)
DEDUCTED_CENTS = Counter("meedoen_deducted_cents", "Cents withheld and paid to creditors", registry=REGISTRY)
SHORTFALLS = Counter("meedoen_shortfalls_found", "Months whose benefit did not cover the charges", registry=REGISTRY)
TASKS_RAISED = Counter("meedoen_tasks_raised", "Tasks left for a person, by kind", ("kind",), registry=REGISTRY)
TASKS_OPEN = Gauge("meedoen_tasks_open", "Tasks that nobody completed yet, by kind", ("kind",), registry=REGISTRY)
RELIEF_STARTED = Counter("meedoen_relief_started", "Households that entered relief", registry=REGISTRY)
RELIEF_ENDED = Counter("meedoen_relief_ended", "Households whose relief is over", registry=REGISTRY)
LEDGER_SUM_CENTS = LedgerSum(
    "meedoen_ledger_sum_cents",
    "Sum of every ledger line, absolute, added up over municipalities, after the last run: anything but 0 is wrong",
    registry=REGISTRY,
)
PAYMENTS_EXPORTED = Counter("meedoen_payments_exported", "Payments put into a file for the bank", registry=REGISTRY)
PAYMENTS_REFUSED = Counter(
    "meedoen_payments_refused", "Payments that the bank refused or gave back, by reason", ("reason",), registry=REGISTRY
)
BANK_ENTRIES = Counter(
    "meedoen_bank_entries", "Entries of bank statements, by what they turned out to be", ("outcome",), registry=REGISTRY
)


async def set_gauges(
    database: Database,
    municipalities: Sequence[str],
    counters: Sequence[Callable[[Transaction], Awaitable[GaugeCounts]]],
) -> None:
    """Set gauges to what each capability counts, added up over all municipalities that this process serves.

    Counted in the database whenever metrics are read, so that every process shows the same and a process that died
    leaves no figure behind. What there is none of is counted as 0.
    """
    totals: collections.Counter[tuple[Gauge, tuple[str, ...]]] = collections.Counter()
    async with database.transaction(municipalities[0]) as tx:
        for municipality in municipalities:
            await tx.use_municipality(municipality)
            for count in counters:
                totals.update(await count(tx))
    for (gauge, labels), number in totals.items():
        (gauge.labels(*labels) if labels else gauge).set(number)
