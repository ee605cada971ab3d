"""The generated pages: schemas, catalogue, AsyncAPI, OpenAPI, tables, coverage, and missing golden files.

`write_docs` writes them, or with check compares them with what is committed. A schema that would break old consumers
or old events is never overwritten: the sentence says what broke and how to fix it. Existing golden files are never
changed. A service is a folder under `services/` with migrations.
"""

import importlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.table import Table

from meedoen.docs.explanations import render_explanations
from meedoen.docs.refusals import render_refusals
from meedoen.docs.row_coverage import coverage_page
from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.compatibility import find_all_breaches
from shared.contracts.pages import insert_table, render_catalogue, render_metrics_table, render_service_table
from shared.contracts.schemas import JsonObject, schemas
from shared.events import EventData, catalogue

ROOT = Path(__file__).resolve().parents[2]
_WIDTH = 160


class UnknownServiceError(LookupError):
    """No service has that name; the sentence lists the services."""


@dataclass(frozen=True)
class ServiceContract:
    """The contract of one service: the events it consumes and publishes, its HTTP interface, and its metrics."""

    name: str
    subscriptions: tuple[type[EventData], ...]
    published: tuple[type[EventData], ...]
    module: ModuleType
    metrics: tuple[tuple[str, str, str], ...] = ()

    def openapi(self) -> JsonObject:
        document: JsonObject = self.module.openapi_document()
        return document

    def asyncapi(self) -> JsonObject:
        return asyncapi_document(self.name, self.subscriptions, self.published)


def service_names(root: Path = ROOT) -> tuple[str, ...]:
    """Return the services of this repository, by their folders."""
    return tuple(sorted(path.parents[1].name for path in (root / "services").glob("*/migrations/env.py")))


def load_contract(service: str) -> ServiceContract:
    """Load the contract of a service from its `app.py`; UnknownServiceError if there is no such service."""
    if service not in service_names():
        raise UnknownServiceError(f"There is no service '{service}': choose from {', '.join(service_names())}.")
    module = importlib.import_module(f"services.{service}.app")
    consumed = tuple(dict.fromkeys(subscription.event for subscription in module.SUBSCRIPTIONS))
    return ServiceContract(service, consumed, _published_by(service), module, tuple(_metrics(service)))


def _published_by(service: str) -> tuple[type[EventData], ...]:
    return tuple(entry.model for entry in catalogue().values() if entry.service == service)


def load_contracts() -> tuple[ServiceContract, ...]:
    """Load the contract of every service."""
    return tuple(load_contract(name) for name in service_names())


def consumers_by_type() -> dict[str, list[str]]:
    """Return the services that consume each type, from their subscription tables."""
    consumers: dict[str, list[str]] = {}
    for contract in load_contracts():
        for event in contract.subscriptions:
            consumers.setdefault(event.event_type.type, []).append(contract.name)
    return consumers


def print_openapi(service: str) -> str:
    """Return the OpenAPI document of a service as text."""
    return _as_text(load_contract(service).openapi())


def print_asyncapi(service: str) -> str:
    """Return the AsyncAPI document of a service as text."""
    return _as_text(load_contract(service).asyncapi())


def print_events(*, as_json: bool = False) -> str:
    """Return every event type as a table, or as a JSON list for programs."""
    consumers = consumers_by_type()
    rows = [
        {
            "type": name,
            "name": entry.name,
            "meaning": entry.meaning,
            "service": entry.service,
            "consumers": consumers.get(name, []),
            "topic": entry.topic.name,
            "key": entry.topic.key_field,
            "classification": entry.classification,
            "retention_days": entry.retention_days,
            "dataschema": entry.dataschema,
        }
        for name, entry in catalogue().items()
    ]
    return _as_text(rows) if as_json else _as_table(rows)


def write_docs(*, check: bool = False, root: Path = ROOT) -> int:
    """Write every generated page, or compare: 1 with the list of stale pages and what to do, else 0."""
    if problems := _breaking_changes(root):
        print("\n".join(problems))
        return 1
    pages = generated_pages(root)
    stale = {path: text for path, text in pages.items() if not path.exists() or path.read_bytes() != text}
    removed = list(_stale_contracts(set(pages), root))
    if not check:
        for path, text in stale.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        for path in removed:
            path.unlink()
        print(f"{len(stale)} of {len(pages)} generated pages were written, {len(removed)} removed.")
        return 0
    for path in sorted([*stale, *removed]):
        print(f"{path.relative_to(root)} does not match the code.")
    if stale or removed:
        print("Run 'make docs' and commit what it writes.")
    return 1 if stale or removed else 0


def generated_pages(root: Path = ROOT) -> dict[Path, bytes]:
    """Return every generated page by its path, with the golden files that are missing."""
    from shared.testing.golden import missing_golden_files  # in the repository, not in what is installed

    docs, services = root / "docs", load_contracts()
    pages = {docs / "events" / "schemas" / f"{name}.json": _as_text(schema) for name, schema in schemas().items()}
    pages[docs / "events" / "catalogue.md"] = render_catalogue(consumers_by_type())
    pages[docs / "coverage.md"] = coverage_page(root)
    pages[docs / "refusals.md"] = render_refusals(root)
    pages[docs / "explanations.md"] = render_explanations()
    for service in services:
        pages[docs / "asyncapi" / f"{service.name}.json"] = _as_text(service.asyncapi())
        pages[docs / "openapi" / f"{service.name}.json"] = _as_text(service.openapi())
    tables = {service.name: _service_tables(service) for service in services}
    for readme in (root / "services").glob("*/README.md"):
        name = readme.parent.name
        table = tables.get(name, render_service_table((), _published_by(name)))
        pages[readme] = insert_table(readme.read_text("utf-8"), table)
    pairs = ((event, service.name) for service in services for event in service.subscriptions)
    return {path: text.encode() for path, text in sorted(pages.items())} | missing_golden_files(
        pairs, root / "tests" / "contract" / "golden"
    )


def _service_tables(service: ServiceContract) -> str:
    events = render_service_table(service.subscriptions, service.published)
    return f"{events}\n\n{render_metrics_table(service.metrics)}"


def _metrics(service: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name as Prometheus shows it, kind and meaning of each metric in the `metrics.py` of the service."""
    registry: CollectorRegistry = importlib.import_module(f"services.{service}.metrics").REGISTRY
    for family in registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name, family.type, family.documentation


def _breaking_changes(root: Path) -> list[str]:
    folder = root / "docs" / "events" / "schemas"
    committed = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    return [str(breach) for breach in find_all_breaches(committed, schemas())]


def _stale_contracts(pages: set[Path], root: Path) -> Iterator[Path]:
    """Yield pages of services that no longer exist. A schema that is no longer declared is a breach instead."""
    for folder in (root / "docs" / "asyncapi", root / "docs" / "openapi"):
        yield from (path for path in folder.glob("*.json") if path not in pages)


def _as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _as_table(rows: list[dict[str, Any]]) -> str:
    table = Table("type", "published by", "consumed by", "meaning", title=f"{len(rows)} events")
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(row["type"], row["service"], ", ".join(row["consumers"]) or "-", row["meaning"])
    text = io.StringIO()
    Console(file=text, width=_WIDTH).print(table)
    return text.getvalue()
