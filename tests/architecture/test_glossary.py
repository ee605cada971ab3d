"""The glossary and the code speak one language: its terms stand in the code, and what it says to avoid does not."""

import re
from dataclasses import dataclass
from importlib import import_module

import pytest
from codebase import ROOT, code

from shared.events import catalogue
from shared.service_names import SERVICES

_ENTRY = re.compile(
    r"^### (?P<term>.+)\n\*(?P<dutch>[^*]+)\*\. (?P<meaning>.+)\nCode: (?P<code>.+)\.\nAvoid: (?P<avoid>.+)\.$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Term:
    """One entry of the glossary."""

    name: str
    code: tuple[str, ...]
    avoid: tuple[str, ...]


def terms(page: str) -> list[Term]:
    return [
        Term(found["term"], *(tuple(re.findall(r"`([^`]+)`", found[part])) for part in ("code", "avoid")))
        for found in _ENTRY.finditer(page)
    ]


PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
TERMS = terms(PAGE)


def words_of(name: str) -> str:
    """`FixedChargesDeducted`, `fixed_charges` and `fixed-charges` as `_fixed_charges_`, to look for whole words in."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return f"_{re.sub(r'[^a-z0-9]+', '_', spaced.lower())}_"


def spoken() -> set[str]:
    """Names that others read: events, their fields, tables, their columns, and paths."""
    names = {entry.name for entry in catalogue().values()}
    names |= {field for entry in catalogue().values() for field in entry.model.model_fields}
    for service in SERVICES:
        for source in code():
            if source.service == service and "tables" in (source.layer, source.module.rpartition(".")[2]):
                import_module(source.module)
        metadata = import_module(f"services.{service}.tables").Row.metadata
        names |= {table.name for table in metadata.sorted_tables}
        names |= {column.name for table in metadata.sorted_tables for column in table.columns}
        names |= set(import_module(f"services.{service}.app").openapi_document()["paths"])
    return names


def avoided(names: set[str], known: list[Term]) -> list[str]:
    return [
        f"{name}: not {word}, say {term.name}"
        for name in sorted(names)
        for term in known
        for word in term.avoid
        if f"_{word}_" in words_of(name)
    ]


def test_every_entry_is_whole() -> None:
    assert len(TERMS) == PAGE.count("\n### ")
    assert all(term.code and term.avoid for term in TERMS)
    assert len({term.name for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_its_names_stand_in_the_code(term: Term) -> None:
    text = "\n".join(source.text for source in code())
    assert [name for name in term.code if not re.search(rf"\b{name}\b", text)] == []


def test_no_event_field_table_or_path_uses_a_word_to_avoid() -> None:
    breaches = avoided(spoken(), TERMS)
    assert not breaches, "\n" + "\n".join(breaches)


def test_a_word_to_avoid_is_found_as_a_whole_word() -> None:
    term = Term("newcomer", ("Newcomer",), ("client", "user"))
    assert len(avoided({"ClientRecruited", "user_id", "/v1/clients/{client}"}, [term])) == 3
    assert avoided({"superuser_note", "Newcomer"}, [term]) == []
