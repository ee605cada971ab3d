"""Gauges that show what was answered last, and nothing while there is no answer: what is not known is not 0.

A figure that the database answers is the same in every process, survives a restart, and is exact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Labels = tuple[str, ...]


class AnsweredGauge(Collector):
    """One gauge. `labels` are its labels with the codes of each, or their names if the codes are shown later."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Mapping[str, Iterable[str]] | Sequence[str] = (),
        *,
        registry: CollectorRegistry,
    ) -> None:
        self.name: Final = name
        self.documentation: Final = documentation
        self.label_names: Final = tuple(labels)
        self._zeros: Mapping[Labels, float] = {} if labels else {(): 0.0}
        self._answer: Mapping[Labels, float] | None = None
        if isinstance(labels, Mapping):
            self.show_codes(*labels.values())
        registry.register(self)

    def show_codes(self, *codes: Iterable[str]) -> None:
        """Show 0 for each combination of these codes, the first of the first label, that an answer does not have."""
        self._zeros = dict.fromkeys(product(*(map(str, values) for values in codes)), 0.0)

    def answer(self, values: Mapping[Labels, float]) -> None:
        """Show these values, and 0 for each combination of the known codes that is not among them."""
        self._answer = {**self._zeros, **values}

    def set(self, value: float) -> None:
        """Show the value of a gauge without labels."""
        self._answer = {(): value}

    def forget(self) -> None:
        """Show nothing until there is an answer again."""
        self._answer = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self.name, self.documentation, labels=self.label_names)
        for labels, value in (self._answer or {}).items():
            family.add_metric(labels, value)
        yield family
