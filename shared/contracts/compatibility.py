"""Whether a schema may replace the committed one under the same version: it must suit old consumers and old events.

Old consumers read what is published from now on, and new code reads events of years ago. What both schemas describe
must therefore mean the same: nothing removed, nothing narrowed, nothing widened. A new optional field is ignored by old
consumers and absent in old events, so it may be added; text for people (titles, descriptions) may change.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.schemas import JsonObject, inline_definitions

_TEXT_KEYWORDS = frozenset({"title", "description", "examples", "$comment", "deprecated"})
_METADATA = frozenset({"x-id", "x-time", "x-classification", "x-legal-basis", "x-retention-days"})
_NEW_VERSION = "raise the version and publish both for a while, or undo the change"
_RETIRED = "declare it again, or delete its schema once no consumer and no event of it is left"
_WALKED = frozenset({"properties", "required", "items"})


@dataclass(frozen=True)
class Breach:
    """One way in which the generated schema breaks the committed one. `field` is empty for the type as a whole."""

    type: str
    field: str
    change: str
    remedy: str = _NEW_VERSION

    def __str__(self) -> str:
        where = f"{self.type}: field '{self.field}'" if self.field else self.type
        return f"{where} {self.change}: {self.remedy}."


def find_breaches(type_name: str, committed: JsonObject, generated: JsonObject) -> list[Breach]:
    """Return every breach between two schemas of one type and version; empty if the change is compatible."""
    differences = _compare(inline_definitions(committed), inline_definitions(generated), "")
    return [Breach(type_name, field, change) for field, change in differences]


def find_all_breaches(committed: Mapping[str, JsonObject], generated: Mapping[str, JsonObject]) -> list[Breach]:
    """Return every breach of all types; a type that is missing is one, a new type is not."""
    missing = sorted(committed.keys() - generated.keys())
    all_breaches = [Breach(name, "", "is committed and no longer declared", _RETIRED) for name in missing]
    for name in sorted(committed.keys() & generated.keys()):
        all_breaches += find_breaches(name, committed[name], generated[name])
    return all_breaches


def _compare(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    old, new = _without_null(old), _without_null(new)
    yield from _compare_keywords(old, new, path)
    yield from _compare_items(old, new, path)
    yield from _compare_fields(old, new, path)


def _without_null(schema: JsonObject) -> JsonObject:
    """Return the schema of a nullable value with a mark, so that a new field inside it is compared as a field."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) != 1 or len(schema["anyOf"]) == 1:
        return schema
    return {**options[0], **{name: value for name, value in schema.items() if name != "anyOf"}, "or null": True}


def _compare_fields(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    required_before, required_now = set(old.get("required", ())), set(new.get("required", ()))
    for name, schema in old_fields.items():
        field = f"{path}.{name}" if path else name
        if name not in new_fields:
            yield field, "is missing or renamed"
            continue
        if name in required_before - required_now:
            yield field, "was required and is now optional"
        if name in required_now - required_before:
            yield field, "was optional and is now required"
        yield from _compare(schema, new_fields[name], field)
    for name in sorted(required_now - required_before - old_fields.keys()):
        yield f"{path}.{name}" if path else name, "is new and required, and old events do not hold it"
    for name in sorted(required_before - required_now - old_fields.keys()):
        yield f"{path}.{name}" if path else name, "was required and is now optional"


def _compare_items(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    before, now = old.get("items"), new.get("items")
    if isinstance(before, dict) and isinstance(now, dict):
        yield from _compare(before, now, f"{path}[]")
    elif before != now:
        yield path, "has other items"


def _compare_keywords(old: JsonObject, new: JsonObject, path: str) -> Iterator[tuple[str, str]]:
    """Compare every keyword that is neither text nor walked into, unknown keywords too.

    A default of null equals no default.
    """
    before, now = _normalise(old), _normalise(new)
    for keyword in sorted(before.keys() | now.keys()):
        if before.get(keyword) != now.get(keyword):
            yield path, f"changes {keyword} from {_to_text(before, keyword)} to {_to_text(now, keyword)}"


def _normalise(schema: JsonObject) -> JsonObject:
    rules = {name: value for name, value in schema.items() if name not in _TEXT_KEYWORDS | _METADATA | _WALKED}
    if "const" in rules:
        rules["enum"] = [rules.pop("const")]
    if rules.get("additionalProperties") is True:
        del rules["additionalProperties"]
    return {name: _sort_lists(name, value) for name, value in rules.items()}


def _sort_lists(keyword: str, value: Any) -> Any:
    """Sort lists whose order means nothing; alternatives are normalised first."""
    if keyword in ("anyOf", "oneOf", "allOf"):
        value = [_normalise_option(option) for option in value]
    if isinstance(value, dict) and keyword != "default":
        return _normalise_option(value)
    if keyword in ("anyOf", "oneOf", "allOf", "enum", "type") and isinstance(value, list):
        return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _normalise_option(schema: Any) -> Any:
    """Return an alternative to compare as a whole: a new field within one is a new shape and not an addition."""
    if not isinstance(schema, dict):
        return schema
    rules = _normalise(schema)
    if "required" in schema:
        rules["required"] = sorted(schema["required"])
    if "properties" in schema:
        rules["properties"] = {name: _normalise_option(field) for name, field in schema["properties"].items()}
    if "items" in schema:
        rules["items"] = _normalise_option(schema["items"])
    return rules


def _to_text(rules: JsonObject, keyword: str) -> str:
    return json.dumps(rules[keyword], ensure_ascii=False, sort_keys=True) if keyword in rules else "nothing"
