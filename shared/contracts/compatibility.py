"""Whether a schema may replace the committed one under the same version: both old readers and the old log decide.

Old consumers read what is written from now on, and new code reads a log of years. What is known on both sides must
therefore mean the same to both: nothing removed, nothing narrowed, nothing widened. A new optional field is passed
over by old readers and absent in the old log, so it may come; words for people (titles, descriptions) may change.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.schemas import JsonObject, inlined

_WORDS = frozenset({"title", "description", "examples", "$comment", "deprecated"})
_PAPERS = frozenset({"x-id", "x-time", "x-classification", "x-legal-basis", "x-retention-days"})
_NEW_VERSION = "raise the version and emit both for a while, or take the change back"
_RETIRED = "declare it again, or delete its schema once no reader and no log of it is left"
_WALKED = frozenset({"properties", "required", "items"})


@dataclass(frozen=True)
class Breach:
    """One way in which the generated schema breaks the committed one. `field` is empty for the type as a whole."""

    type: str
    field: str
    change: str
    mending: str = _NEW_VERSION

    def __str__(self) -> str:
        where = f"{self.type}: field '{self.field}'" if self.field else self.type
        return f"{where} {self.change}: {self.mending}."


def breaches(type_name: str, committed: JsonObject, generated: JsonObject) -> list[Breach]:
    """Every breach between two schemas of one type and version; empty when the change is compatible."""
    differences = _schema(inlined(committed), inlined(generated), "")
    return [Breach(type_name, field, change) for field, change in differences]


def all_breaches(committed: Mapping[str, JsonObject], generated: Mapping[str, JsonObject]) -> list[Breach]:
    """Every breach over all types; a type that is gone is one, a new type is none."""
    gone = sorted(committed.keys() - generated.keys())
    found = [Breach(name, "", "is committed and no longer declared", _RETIRED) for name in gone]
    for name in sorted(committed.keys() & generated.keys()):
        found += breaches(name, committed[name], generated[name])
    return found


def _schema(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    old, new = _without_null(old), _without_null(new)
    yield from _rules(old, new, path)
    yield from _items(old, new, path)
    yield from _fields(old, new, path)


def _without_null(schema: JsonObject) -> JsonObject:
    """What may be null or one thing is compared as that thing, marked, so that a new field inside it can be seen."""
    things = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(things) != 1 or len(schema["anyOf"]) == 1:
        return schema
    return {**things[0], **{name: value for name, value in schema.items() if name != "anyOf"}, "or null": True}


def _fields(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    required_before, required_now = set(old.get("required", ())), set(new.get("required", ()))
    for name, schema in old_fields.items():
        field = f"{path}.{name}" if path else name
        if name not in new_fields:
            yield field, "is gone or has another name"
            continue
        if name in required_before - required_now:
            yield field, "was required and is now optional"
        if name in required_now - required_before:
            yield field, "was optional and is now required"
        yield from _schema(schema, new_fields[name], field)
    for name in sorted(required_now - required_before - old_fields.keys()):
        yield f"{path}.{name}" if path else name, "is new and required, and the log does not hold it"
    for name in sorted(required_before - required_now - old_fields.keys()):
        yield f"{path}.{name}" if path else name, "was required and is now optional"


def _items(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    before, now = old.get("items"), new.get("items")
    if isinstance(before, dict) and isinstance(now, dict):
        yield from _schema(before, now, f"{path}[]")
    elif before != now:
        yield path, "has other items"


def _rules(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    """Every keyword that is neither words nor walked into must say the same; one that nobody foresaw too.

    A default of null says no more than no default.
    """
    before, now = _normal(old), _normal(new)
    for keyword in sorted(before.keys() | now.keys()):
        if before.get(keyword) != now.get(keyword):
            yield path, f"changes {keyword} from {_shown(before, keyword)} to {_shown(now, keyword)}"


def _normal(schema: JsonObject) -> JsonObject:
    rules = {name: value for name, value in schema.items() if name not in _WORDS | _PAPERS | _WALKED}
    if "const" in rules:
        rules["enum"] = [rules.pop("const")]
    if rules.get("additionalProperties") is True:
        del rules["additionalProperties"]
    return {name: _unordered(name, value) for name, value in rules.items()}


def _unordered(keyword: str, value: Any) -> Any:
    """Lists whose order says nothing are put in one order; alternatives lose their words first."""
    if keyword in ("anyOf", "oneOf", "allOf"):
        value = [_without_words(option) for option in value]
    if isinstance(value, dict) and keyword != "default":
        return _without_words(value)
    if keyword in ("anyOf", "oneOf", "allOf", "enum", "type") and isinstance(value, list):
        return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _without_words(schema: Any) -> Any:
    """An alternative is compared as a whole: a new field within one is a new shape and not an addition."""
    if not isinstance(schema, dict):
        return schema
    rules = _normal(schema)
    if "required" in schema:
        rules["required"] = sorted(schema["required"])
    if "properties" in schema:
        rules["properties"] = {name: _without_words(field) for name, field in schema["properties"].items()}
    if "items" in schema:
        rules["items"] = _without_words(schema["items"])
    return rules


def _shown(rules: JsonObject, keyword: str) -> str:
    return json.dumps(rules[keyword], ensure_ascii=False, sort_keys=True) if keyword in rules else "nothing"
