"""The generated pages: schemas, catalogue, AsyncAPI, OpenAPI, tables, rows shown, and golden files still lacking.

`write_docs` writes them, or with check compares them with what is committed. A schema that would break old readers
or the old log is never written over: the sentence says what broke and how to mend it. Existing golden files are
left as they are. A service is a folder under `services/` with an `app.py`.
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

from meedoen.docs.row_coverage import coverage_page
from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.compatibility import all_breaches
from shared.contracts.pages import catalogue_page, metrics_table, service_table, with_table
from shared.contracts.schemas import JsonObject, schemas
from shared.events import EventData, catalogue

ROOT = Path(__file__).resolve().parents[2]
_WIDTH = 160


class UnknownServiceError(LookupError):
    """No service has that name; the sentence lists those that there are."""


@dataclass(frozen=True)
class ServiceContract:
    """What one service promises: the facts it receives and tells, its HTTP interface, and what it counts."""

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
    """The services of this repository, by their folders."""
    return tuple(sorted(path.parents[1].name for path in (root / "services").glob("*/migrations/env.py")))


def contract_of(service: str) -> ServiceContract:
    """A service's contract, read from its `app.py`; UnknownServiceError when there is none of that name."""
    if service not in service_names():
        raise UnknownServiceError(f"There is no service '{service}': choose from {', '.join(service_names())}.")
    module = importlib.import_module(f"services.{service}.app")
    consumed = tuple(dict.fromkeys(subscription.event for subscription in module.SUBSCRIPTIONS))
    published = tuple(entry.model for entry in catalogue().values() if entry.service == service)
    return ServiceContract(service, consumed, published, module, tuple(_metrics(service)))


def contracts() -> tuple[ServiceContract, ...]:
    """Every service's contract."""
    return tuple(contract_of(name) for name in service_names())


def consumers_by_type() -> dict[str, list[str]]:
    """The services that listen to each type, from their subscription tables."""
    consumers: dict[str, list[str]] = {}
    for contract in contracts():
        for event in contract.subscriptions:
            consumers.setdefault(event.event_type.type, []).append(contract.name)
    return consumers


def print_openapi(service: str) -> str:
    """A service's OpenAPI document as text."""
    return _as_text(contract_of(service).openapi())


def print_asyncapi(service: str) -> str:
    """A service's AsyncAPI document as text."""
    return _as_text(contract_of(service).asyncapi())


def print_events(*, as_json: bool = False) -> str:
    """Every event type as a table, or as a JSON list for programs."""
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
    """Write every generated page, or compare: 1 with the list of stale pages and what mends them, else 0."""
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
        print(f"{path.relative_to(root)} is not what the code gives.")
    if stale or removed:
        print("Run 'make docs' and commit what it writes.")
    return 1 if stale or removed else 0


def generated_pages(root: Path = ROOT) -> dict[Path, bytes]:
    """Every generated page by its place, golden files that are lacking included."""
    from shared.testing.golden import missing_golden_files  # in the repository, not in what is installed

    docs, services = root / "docs", contracts()
    pages = {docs / "events" / "schemas" / f"{name}.json": _as_text(schema) for name, schema in schemas().items()}
    pages[docs / "events" / "catalogue.md"] = catalogue_page(consumers_by_type())
    pages[docs / "coverage.md"] = coverage_page(root)
    for service in services:
        pages[docs / "asyncapi" / f"{service.name}.json"] = _as_text(service.asyncapi())
        pages[docs / "openapi" / f"{service.name}.json"] = _as_text(service.openapi())
        readme = root / "services" / service.name / "README.md"
        if readme.exists():
            tables = service_table(service.subscriptions, service.published) + "\n\n" + metrics_table(service.metrics)
            pages[readme] = with_table(readme.read_text("utf-8"), tables)
    pairs = ((event, service.name) for service in services for event in service.subscriptions)
    return {path: text.encode() for path, text in sorted(pages.items())} | missing_golden_files(
        pairs, root / "tests" / "contract" / "golden"
    )


def _metrics(service: str) -> Iterator[tuple[str, str, str]]:
    """Name as Prometheus shows it, kind and meaning of each metric that the service names in its `metrics.py`."""
    registry: CollectorRegistry = importlib.import_module(f"services.{service}.metrics").REGISTRY
    for family in registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name, family.type, family.documentation


def _breaking_changes(root: Path) -> list[str]:
    folder = root / "docs" / "events" / "schemas"
    committed = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    return [str(breach) for breach in all_breaches(committed, schemas())]


def _stale_contracts(pages: set[Path], root: Path) -> Iterator[Path]:
    """Pages of services that are no more. Schemas are never left over: one that is no longer declared is a breach."""
    for folder in (root / "docs" / "asyncapi", root / "docs" / "openapi"):
        yield from (path for path in folder.glob("*.json") if path not in pages)


def _as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _as_table(rows: list[dict[str, Any]]) -> str:
    table = Table("type", "told by", "heard by", "meaning", title=f"{len(rows)} events")
    for row in rows:
        table.add_row(row["type"], row["service"], ", ".join(row["consumers"]) or "-", row["meaning"])
    text = io.StringIO()
    Console(file=text, width=_WIDTH).print(table)
    return text.getvalue()
