"""Only the service that publishes an event makes it; everyone else reads it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from meedoen.docs.pages import ROOT, service_names
from shared.events import catalogue

PUBLISHER = {entry.model.__name__: entry.service for entry in catalogue().values()}


def list_constructed_events(source: str) -> Iterator[str]:
    """The events that a module constructs: called by name, or as an attribute of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in PUBLISHER:
                yield name


@pytest.mark.parametrize("service", service_names())
def test_a_service_makes_its_own_events_only(service: str) -> None:
    modules = (ROOT / "services" / service).rglob("*.py")
    foreign = {
        f"{module.relative_to(ROOT)} makes {name}"
        for module in modules
        for name in list_constructed_events(module.read_text("utf-8"))
        if PUBLISHER[name] != service
    }
    assert foreign == set()


@pytest.mark.parametrize("service", service_names())
def test_a_service_makes_each_event_that_the_catalogue_says_it_tells(service: str) -> None:
    constructed = {
        name
        for module in (ROOT / "services" / service).rglob("*.py")
        for name in list_constructed_events(module.read_text("utf-8"))
    }
    assert {name for name, publisher in PUBLISHER.items() if publisher == service} - constructed == set()


def test_a_foreign_event_is_seen_however_it_is_called() -> None:
    assert list(
        list_constructed_events("PIPSigned(route=x)\nevents.DayStarted(date=y)\nPIPSigned.model_validate(z)")
    ) == [
        "PIPSigned",
        "DayStarted",
    ]


def test_each_event_stands_in_the_module_of_its_publisher() -> None:
    for entry in catalogue().values():
        module = Path(entry.model.__module__.replace(".", "/")).name
        assert module.split("_")[0] == entry.service, f"{entry.name} is in {module}"
