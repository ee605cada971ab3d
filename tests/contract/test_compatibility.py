"""The comparer of schemas against a corpus of mutants of the real ones, each with a verdict known beforehand."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from shared.contracts.compatibility import find_all_breaches, find_breaches
from shared.contracts.schemas import build_schema, inline_definitions, schemas
from shared.events import EventData, PIPSigned, catalogue
from shared.testing.samples import sample

Schema = dict[str, Any]
Mutation = Callable[[Schema], None]


REMEDY = "raise the version and publish both for a while, or undo the change."


class Mutant(NamedTuple):
    """A change of a real schema; `field` is named in the sentence when it breaks something."""

    name: str
    type: str
    committed: Schema
    generated: Schema
    breaks: bool
    field: str


def corpus() -> Iterator[Mutant]:
    for type_name, schema in schemas().items():
        for path, field, mutation_name, mutation, breaks in _mutations(schema):
            mutated = copy.deepcopy(schema)
            mutation(_at(mutated, path))
            yield Mutant(f"{type_name}: {mutation_name} {field}", type_name, schema, mutated, breaks, field)


def _at(schema: Schema, path: tuple[str, ...]) -> Schema:
    for step in path:
        schema = schema[step]
    return schema


def _mutations(schema: Schema) -> Iterator[tuple[tuple[str, ...], str, str, Mutation, bool]]:
    for place in ((), *(("$defs", name) for name in schema.get("$defs", {}))):
        node = _at(schema, place)
        yield from ((place, "", name, change, breaks) for name, change, breaks in _of_any(node))
        if "enum" in node:
            yield from ((place, "", name, change, True) for name, change in _of_codes(node))
        for field, inner in node.get("properties", {}).items():
            yield from ((place, field, name, change, breaks) for name, change, breaks in _of_field(node, field))
            at = (*place, "properties", field)
            yield from ((at, field, name, change, breaks) for name, change, breaks in _of_any(inner))
            yield from ((at, field, name, change, True) for name, change in _of_rules(inner))
    yield from (((), "", name, change, breaks) for name, change, breaks in _of_type())


def _of_any(node: Schema) -> Iterator[tuple[str, Mutation, bool]]:
    """Words may change anywhere; a keyword that nobody foresaw may not."""
    yield "another description", lambda s: s.update(description="Said better."), False
    yield "another title", lambda s: s.update(title="Another"), False
    yield "no title", lambda s: _drop(s, "title"), False
    yield "another example", lambda s: s.update(examples=["other"]), False
    yield "a comment", lambda s: s.update({"$comment": "why"}), False
    yield "deprecated", lambda s: s.update(deprecated=True), False
    yield "a condition", lambda s: s.update({"not": {"const": "x"}}), True
    if node.get("default", 0) is None:
        yield "without saying that it may be absent", lambda s: _drop(s, "default"), False
    for keyword in node.keys() & {"enum", "anyOf"}:
        yield f"{keyword} in another order", lambda s, k=keyword: s[k].reverse(), False  # type: ignore[misc] # a lambda keeps its keyword
    if node.get("type") == "object":
        new = {"type": "string", "format": "date"}
        yield "a new optional field", lambda s: s["properties"].update(new_on=new), False
        yield "a new field that may be null", lambda s: s["properties"].update(n={"anyOf": [new, _NULL]}), False
        yield "fields in another order", _reverse_fields, False
        yield "openness said aloud", lambda s: s.update(additionalProperties=True), False
        yield "closed", lambda s: s.update(additionalProperties=False), True


def _of_codes(node: Schema) -> Iterator[tuple[str, Mutation]]:
    yield "a new code", lambda s: s["enum"].append("new_code")
    yield "another code", lambda s: s["enum"].__setitem__(0, "another")
    yield "any text instead of codes", lambda s: _drop(s, "enum")
    if len(node["enum"]) > 1:
        yield "a code less", lambda s: s["enum"].pop()


def _of_field(node: Schema, field: str) -> Iterator[tuple[str, Mutation, bool]]:
    yield "gone", lambda s: _rename(s, field, None), True
    yield "renamed", lambda s: _rename(s, field, f"{field}_too"), True
    yield "with a new required one beside", lambda s: _require(s, f"{field}_beside"), True
    if field in node.get("required", ()):
        yield "now optional", lambda s: s["required"].remove(field), True
        yield "required in another order", lambda s: s["required"].reverse(), False
    else:
        yield "now required", lambda s: s.setdefault("required", []).append(field), True


def _of_rules(inner: Schema) -> Iterator[tuple[str, Mutation]]:
    for keyword in inner.keys() & {"type", "format", "pattern", "anyOf", "items", "$ref"}:
        yield f"without {keyword}", lambda s, k=keyword: _drop(s, k)  # type: ignore[misc] # a lambda keeps its keyword
    for keyword in inner.keys() & {"minimum", "maximum", "minItems", "maxItems"}:
        yield f"{keyword} one up", lambda s, k=keyword: s.update({k: s[k] + 1})  # type: ignore[misc] # the same
        yield f"{keyword} one down", lambda s, k=keyword: s.update({k: s[k] - 1})  # type: ignore[misc] # the same
        yield f"without {keyword}", lambda s, k=keyword: _drop(s, k)  # type: ignore[misc] # the same
    if "type" in inner:
        yield "of another type", lambda s: s.update(type="number" if s["type"] != "number" else "string")
        yield "of two types", lambda s: s.update(type=[s["type"], "null"])
    if inner.get("type") == "string":
        yield "in another format", lambda s: s.update(format="uri")
        yield "in a wider pattern", lambda s: s.update(pattern=".*")
        yield "with a length", lambda s: s.update(maxLength=3)
    if inner.get("type") == "array":
        yield "with other items", lambda s: s.update(items={"type": "integer"})
        yield "without repeats", lambda s: s.update(uniqueItems=True)
    if "anyOf" in inner:
        yield "never null", lambda s: s.update(s.pop("anyOf")[0])
        yield "or a number", lambda s: s["anyOf"].append({"type": "integer"})
        yield "with another default", lambda s: s.update(default="x")


def _of_type() -> Iterator[tuple[str, Mutation, bool]]:
    yield "on another topic", lambda s: s.update({"x-topic": "elsewhere"}), True
    yield "under another key", lambda s: s.update({"x-key": "other_id"}), True
    yield "at another address", lambda s: s.update({"$id": "https://elsewhere.example/x.json"}), True
    yield "on another legal basis", lambda s: s.update({"x-legal-basis": "another"}), False
    yield "kept for longer", lambda s: s.update({"x-retention-days": 10_000}), False
    yield "without definitions", _inline, False
    yield "with definitions of other names", _rename_definitions, False


_NULL: Schema = {"type": "null"}


def _drop(schema: Schema, keyword: str) -> None:
    schema.pop(keyword, None)


def _reverse_fields(schema: Schema) -> None:
    schema["properties"] = dict(reversed(schema["properties"].items()))


def _rename(schema: Schema, field: str, name: str | None) -> None:
    inner = schema["properties"].pop(field)
    required = [one for one in schema.get("required", ()) if one != field]
    if name is not None:
        schema["properties"][name] = inner
        required += [name] if field in schema.get("required", ()) else []
    schema["required"] = required


def _require(schema: Schema, field: str) -> None:
    schema["properties"][field] = {"type": "boolean"}
    schema["required"] = [*schema.get("required", ()), field]


def _inline(schema: Schema) -> None:
    flat = inline_definitions(schema)
    schema.clear()
    schema.update(flat)


def _rename_definitions(schema: Schema) -> None:
    schema["$defs"] = {f"{name}Renamed": node for name, node in schema.get("$defs", {}).items()}
    _point_elsewhere(schema)


def _point_elsewhere(node: Any) -> None:
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _point_elsewhere(value)
    if isinstance(node, dict) and "$ref" in node:
        node["$ref"] += "Renamed"


CORPUS = list(corpus())


def test_the_corpus_is_large_and_has_both_verdicts() -> None:
    assert sum(mutant.breaks for mutant in CORPUS) >= 100
    assert sum(not mutant.breaks for mutant in CORPUS) >= 100
    assert len({mutant.name.partition(": ")[2].partition(" ")[0] for mutant in CORPUS}) >= 10


def test_every_breaking_mutant_is_caught_and_its_sentence_says_where_and_how_to_fix_it() -> None:
    missed = [mutant.name for mutant in CORPUS if mutant.breaks and not _list_breaches(mutant)]
    assert missed == []
    for mutant in (mutant for mutant in CORPUS if mutant.breaks):
        sentences = _list_breaches(mutant)
        assert all(sentence.startswith(mutant.type) for sentence in sentences)
        assert all(sentence.endswith(REMEDY) for sentence in sentences)
        assert any(mutant.field in sentence for sentence in sentences), (mutant.name, sentences)


def test_no_compatible_mutant_is_refused() -> None:
    refused = {mutant.name: _list_breaches(mutant) for mutant in CORPUS if not mutant.breaks and _list_breaches(mutant)}
    assert refused == {}


def test_a_verdict_does_not_depend_on_which_side_is_older() -> None:
    """Old consumers read new events and new code reads old ones: but for additions, the question is the same."""
    additions = ("a new optional", "a new field", "gone")
    for mutant in CORPUS:
        if not any(word in mutant.name for word in additions):
            assert bool(find_breaches(mutant.type, mutant.generated, mutant.committed)) is mutant.breaks, mutant.name


def test_what_is_called_compatible_is_read_by_both_sides() -> None:
    facts = {
        name: sample(entry.model).model_dump(mode="json", exclude_none=True) for name, entry in catalogue().items()
    }
    for mutant in random.Random(1).sample([mutant for mutant in CORPUS if not mutant.breaks], 100):
        for schema in (mutant.committed, mutant.generated):
            assert Draft202012Validator(schema).is_valid(facts[mutant.type]), mutant.name


def _list_breaches(mutant: Mutant) -> list[str]:
    return [str(breach) for breach in find_breaches(mutant.type, mutant.committed, mutant.generated)]


class TestSentences:
    def test_a_breach_names_type_field_change_and_remedy(self) -> None:
        committed = build_schema(PIPSigned.event_type)
        generated = copy.deepcopy(committed)
        generated["required"].remove("route")
        (breach,) = find_breaches("pip", committed, generated)
        assert str(breach) == f"pip: field 'route' was required and is now optional: {REMEDY}"

    def test_a_missing_type_is_a_breach_and_a_new_one_is_not(self) -> None:
        committed = {"a": build_schema(PIPSigned.event_type)}
        (breach,) = find_all_breaches(committed, {})
        assert str(breach).startswith("a is committed and no longer declared: declare it again, or delete its schema")
        assert find_all_breaches({}, committed) == []


DAY, CODE = {"type": "string", "format": "date"}, {"type": "string", "enum": ["a"]}
INNER = {"type": "object", "properties": {"on": DAY}, "required": ["on"]}
WIDER = {**INNER, "properties": {"on": DAY, "until": DAY}}


@pytest.mark.parametrize(
    ("committed", "generated", "breaks"),
    [
        ({"anyOf": [INNER, _NULL]}, {"anyOf": [_NULL, WIDER]}, False),
        ({"anyOf": [INNER, _NULL]}, {"anyOf": [{**WIDER, "required": ["on", "until"]}, _NULL]}, True),
        (INNER, {**INNER, "required": ["on", "not_described"]}, True),
        ({**INNER, "required": ["on", "not_described"]}, INNER, True),
        ({"anyOf": [DAY, CODE]}, {"anyOf": [{**CODE, "title": "Code"}, {**DAY, "description": "Day"}]}, False),
        ({"anyOf": [DAY, CODE]}, {"anyOf": [DAY, {**CODE, "enum": ["a", "b"]}]}, True),
        ({"anyOf": [DAY, INNER]}, {"anyOf": [DAY, WIDER]}, True),
        ({"const": "a"}, {"enum": ["a"]}, False),
        ({"const": "a"}, {"const": "b"}, True),
        ({"type": "array", "items": INNER}, {"type": "array", "items": WIDER}, False),
        ({"type": "array", "items": INNER}, {"type": "array", "prefixItems": [INNER]}, True),
        ({"type": "object", "additionalProperties": DAY}, {"type": "object", "additionalProperties": CODE}, True),
        ({"type": "object", "additionalProperties": DAY}, {"additionalProperties": {**DAY, "title": "D"}}, True),
        ({"additionalProperties": DAY}, {"additionalProperties": {**DAY, "title": "D"}}, False),
        ({"default": None}, {}, False),
        ({"default": "a"}, {"default": "b"}, True),
    ],
)
def test_shapes_that_no_event_has_yet_are_judged_too(committed: Schema, generated: Schema, *, breaks: bool) -> None:
    documents = [{"type": "object", "properties": {"field": schema}} for schema in (committed, generated)]
    assert bool(find_breaches("later", *documents)) is breaks


class TestModels:
    """The verdict on schemas holds for the models that read and write them."""

    def test_an_optional_field_is_compatible_and_both_models_read_both_facts(self) -> None:
        class Later(PIPSigned):
            note_code: str | None = Field(default=None, pattern="^[a-z]+$", description="Later")

        assert find_breaches("pip", PIPSigned.model_json_schema(), Later.model_json_schema()) == []
        old = sample(PIPSigned).model_dump_json()
        assert Later.model_validate_json(old).note_code is None
        new = Later.model_validate_json(old).model_copy(update={"note_code": "x"}).model_dump_json()
        assert PIPSigned.model_validate_json(new) == sample(PIPSigned)

    def test_a_required_field_breaks_old_events(self) -> None:
        class Later(PIPSigned):
            note_code: str = Field(pattern="^[a-z]+$", description="Later")

        (breach,) = find_breaches("pip", PIPSigned.model_json_schema(), Later.model_json_schema())
        assert (breach.field, breach.change) == ("note_code", "is new and required, and old events do not hold it")

    def test_data_that_contains_itself_is_refused(self) -> None:
        class Endless(EventData):
            inner: "Endless | None" = None

        with pytest.raises(ValueError, match="Endless contains itself: the data of an event must be finite"):
            inline_definitions(Endless.model_json_schema())
