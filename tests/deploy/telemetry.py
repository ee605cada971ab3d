"""What the code tells an operator: every metric with its labels, and every log event, read from the code itself."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from shared.auth.keys import KEYS_UNUSABLE
from shared.messaging.metrics import CoreMetrics
from shared.observability.gauges import AnsweredGauge
from shared.observability.metrics import HttpMetrics, new_registry
from shared.service_names import SERVICES

ROOT = Path(__file__).resolve().parents[2]
EVERYONE = "every service"
# Added by Prometheus itself, or the labels of a target.
TARGET_LABELS = frozenset({"job", "instance", "service", "le"})
PROMETHEUS_OWN = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate", "severity"})}

_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
_LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
_LOGGERS = {"_LOG", "_log", "log", "LOG"}
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^}]*)\}")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_WORDS_OF_PROMQL = re.compile(r"\b(?:and|or|unless|offset|bool|by|without|on|ignoring|inf|nan)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Metric:
    """One metric as it stands in the code; `names` are the series that Prometheus sees."""

    service: str
    name: str
    kind: str
    labels: tuple[str, ...]
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.name + suffix for suffix in _SUFFIXES.get(self.kind, ("",)))


def metrics() -> list[Metric]:
    """Every metric of the code, the core's and the frame's first."""
    common = CollectorRegistry()
    CoreMetrics(common)
    HttpMetrics(common)
    common.register(KEYS_UNUSABLE)
    found = list(_metrics_in(common, EVERYONE))
    for service in SERVICES:
        found.extend(_metrics_in(import_module(f"services.{service}.metrics").REGISTRY, service))
    return found


def _metrics_in(registry: CollectorRegistry, service: str) -> Iterator[Metric]:
    collectors: list[Any] = list(registry._collector_to_names)
    for collector in collectors:
        if isinstance(collector, MetricWrapperBase):
            labels = tuple(collector._labelnames)
            yield Metric(service, collector._name, str(collector._type), labels, collector._documentation)
        elif isinstance(collector, AnsweredGauge):
            yield Metric(service, collector.name, "gauge", collector.label_names, collector.documentation)


def series_at_start() -> set[str]:
    """Every series that a process shows before anything has happened in it."""
    registry = CollectorRegistry()
    CoreMetrics(registry)
    HttpMetrics(registry)
    registry.register(KEYS_UNUSABLE)
    registries = [registry]
    for service in SERVICES:
        import_module(f"services.{service}.app")
        registries.append(import_module(f"services.{service}.metrics").REGISTRY)
    return {sample.name for found in registries for family in found.collect() for sample in family.samples}


def series() -> dict[str, frozenset[str]]:
    """Every series that may be asked for, with its labels: ours, the process's own, and Prometheus's."""
    ours = {name: frozenset(metric.labels) for metric in metrics() for name in metric.names}
    process = {family.name: family for family in new_registry().collect()}
    own = {sample.name: frozenset[str]() for family in process.values() for sample in family.samples}
    return ours | own | PROMETHEUS_OWN


def asked_series(expression: str) -> Iterator[tuple[str, set[str]]]:
    """(series, labels it is selected or grouped by) of a PromQL expression, as far as the text tells."""
    text = re.sub(r'"[^"]*"', '""', expression)
    grouped = {label.strip() for found in _GROUPING.findall(text) for label in found.split(",") if label.strip()}
    selected = {name: set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels)) for name, labels in _SELECTOR.findall(text)}
    bare = _GROUPING.sub(" ", re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text))
    bare = _WORDS_OF_PROMQL.sub(" ", re.sub(r"\b\d[\w.]*", " ", bare))
    for name in re.findall(r"\b([a-zA-Z_:][\w:]*)\b(?!\s*\()", bare):
        yield name, selected.get(name, set()) | grouped


def expression_breaches(expression: str, known: dict[str, frozenset[str]]) -> Iterator[str]:
    """Series that no code tells, and labels that none of the expression's series has."""
    asked = list(asked_series(expression))
    for name, _ in asked:
        if name not in known:
            yield f"no code tells {name}"
    having = TARGET_LABELS.union(*(known.get(name, frozenset()) for name, _ in asked))
    for label in sorted({label for _, labels in asked for label in labels} - having):
        yield f"nothing asked for has a label {label}"


def log_events() -> dict[str, list[str]]:
    """Every log event of the code, with the files that write it."""
    found: dict[str, list[str]] = {}
    for folder in ("shared", "services", "meedoen"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name in _events_in(ast.parse(path.read_text("utf-8"))):
                found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


def _events_in(tree: ast.Module) -> Iterator[str]:
    """Yield the first argument of each call on a logger, also where the level was chosen before (`log(...)`)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function, name = node.func, node.args[0].value
            is_logger = (
                isinstance(function, ast.Attribute)
                and function.attr in _LEVELS
                and isinstance(function.value, ast.Name)
                and function.value.id in _LOGGERS
            )
            is_chosen = isinstance(function, ast.Name) and function.id == "log"
            if isinstance(name, str) and (is_logger or is_chosen):
                yield name
