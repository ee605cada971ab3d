"""The glossary and the code use one language: its terms are in the code, and the words that it bans are not.

Tables and columns are those of the migrated databases, so that one made by SQL alone is checked too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import asyncpg
import pytest
from codebase import ROOT, code

from shared.database.migrations import ServiceDatabase
from shared.events import catalogue
from shared.service_names import SERVICES
from shared.testing.databases import TestDatabases

_ENTRY = re.compile(
    r"^### (?P<term>.+)\n\*(?P<dutch>[^*]+)\*\. (?P<meaning>.+)\nCode: (?P<code>.+)\.\nAvoid: (?P<avoid>.+)\.$",
    re.MULTILINE,
)


_COLUMNS = """
SELECT c.relname AS table_name, a.attname AS column_name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
"""

# Names that break the rule and stay, with the reason.
_EXEMPT = {
    "steady_bill": "databases have this table since 0.2.0; a rename would stop the old processes in a rolling upgrade",
    "bill_id": "the key of that table, in the tables that refer to it",
}


@dataclass(frozen=True)
class Term:
    """One entry of the glossary."""

    name: str
    code: tuple[str, ...]
    avoid: tuple[str, ...]


def read_terms(page: str) -> list[Term]:
    return [
        Term(entry["term"], *(tuple(re.findall(r"`([^`]+)`", entry[part])) for part in ("code", "avoid")))
        for entry in _ENTRY.finditer(page)
    ]


PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
TERMS = read_terms(PAGE)


def join_words(name: str) -> str:
    """`FixedChargesDeducted`, `fixed_charges` and `fixed-charges` as `_fixed_charges_`, to search for words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return f"_{re.sub(r'[^a-z0-9]+', '_', spaced.lower())}_"


def list_contract_names() -> set[str]:
    """Return the names that others read: events, their fields, and paths."""
    names = {entry.name for entry in catalogue().values()}
    names |= {field for entry in catalogue().values() for field in entry.model.model_fields}
    for service in SERVICES:
        names |= set(import_module(f"services.{service}.app").openapi_document()["paths"])
    return names


async def list_table_names(url: str) -> set[str]:
    """Return the names of all tables and columns in a database."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_COLUMNS)
    finally:
        await connection.close()
    return {name for row in rows for name in (row["table_name"], row["column_name"])}


def find_banned_words(names: set[str], terms: list[Term]) -> list[str]:
    return [
        f"{name}: not {word}, say {term.name}"
        for name in sorted(names)
        for term in terms
        for word in term.avoid
        if f"_{word}_" in join_words(name)
    ]


def test_every_entry_is_complete() -> None:
    assert len(TERMS) == PAGE.count("\n### ")
    assert all(term.code and term.avoid for term in TERMS)
    assert len({term.name for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_its_names_are_in_the_code(term: Term) -> None:
    text = "\n".join(source.text for source in code())
    assert [name for name in term.code if not re.search(rf"\b{name}\b", text)] == []


def test_no_event_field_or_path_uses_a_banned_word() -> None:
    breaches = find_banned_words(list_contract_names(), TERMS)
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_table_or_column_uses_a_banned_word(databases: TestDatabases, service: str) -> None:
    name, database = databases.copy(service)
    try:
        names = await list_table_names(database.owner_url)
    finally:
        databases.drop(name)
    assert {"municipality", "access_log"} <= names
    breaches = find_banned_words(names - _EXEMPT.keys(), TERMS)
    assert not breaches, "\n" + "\n".join(breaches)


async def test_each_exempt_name_is_still_there(databases: TestDatabases) -> None:
    name, database = databases.copy("ontzorgen")
    try:
        assert _EXEMPT.keys() <= await list_table_names(database.owner_url)
    finally:
        databases.drop(name)


async def test_a_table_made_by_sql_is_checked(service_database: Callable[[str], ServiceDatabase]) -> None:
    database = service_database("intake")
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("CREATE TABLE client_visit (bill_cents integer)")
    finally:
        await connection.close()
    assert {"client_visit", "bill_cents"} <= await list_table_names(database.owner_url)


def test_a_banned_word_is_found_as_a_whole_word() -> None:
    term = Term("newcomer", ("Newcomer",), ("client", "user"))
    assert len(find_banned_words({"ClientRecruited", "user_id", "/v1/clients/{client}"}, [term])) == 3
    assert find_banned_words({"superuser_note", "Newcomer"}, [term]) == []
