"""Whom an answer is about, told by the route itself: its path, and the types of its response model.

A field of type `PersonId` or `HouseholdId`, one marked with `ABOUT_SOMEONE`, and one that a response model names in
`ABOUT` says whom an answer is about. `tests/architecture` has every other route with the reason why nobody is in it.
"""

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.identity import AboutSomeone

SUBJECTS: Final = frozenset({"person_id", "household_id", "ambassador_id", "mother_id"})
# A value may name somebody beside something else, as the holder of an account does.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")

Path = tuple[str, ...]


@dataclass(frozen=True)
class Disclosure:
    """Where the ids of those are whom an answer is about: parameters of the path, and fields of the response."""

    parameters: tuple[str, ...] = ()
    fields: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parameters or self.fields)

    def find_ids(self, parameters: Mapping[str, Any], answer: Any) -> list[UUID]:
        """Return the ids in path and answer, each once, in their order."""
        found = [parameters[name] for name in self.parameters if name in parameters]
        for path in self.fields:
            found += _pick(answer, path)
        texts = (text for value in found for text in _UUID.findall(str(value)))
        return list(dict.fromkeys(UUID(text) for text in texts))


def find_disclosure(path: str, response_model: Any, named_by: str | None = None) -> Disclosure:
    """Return whom the answers of a route are about; empty if nothing in path or response says so."""
    names = _PARAMETER.findall(path)
    return Disclosure(
        tuple(name for name in names if name in SUBJECTS or name == named_by), tuple(_find_fields(response_model))
    )


@cache
def _find_fields(annotation: Any) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(_walk(annotation, ())))


def _walk(annotation: Any, models_above: tuple[type, ...]) -> Iterator[Path]:
    """Yield the paths to ids in a type; a list on the way has no step of its own."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        if any(isinstance(mark, AboutSomeone) for mark in metadata):
            yield ()
        else:
            yield from _walk(inner, models_above)
    elif origin is dict:
        yield from (("*", *path) for path in _walk(get_args(annotation)[1], models_above))
    elif origin in (Union, types.UnionType, list, tuple, set, frozenset):
        for part in get_args(annotation):
            yield from _walk(part, models_above)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in models_above:
        for name, field in annotation.model_fields.items():
            key = field.serialization_alias or field.alias or name
            if _says_whom(annotation, name, field):
                yield (key,)
            else:
                yield from ((key, *path) for path in _walk(field.annotation, (*models_above, annotation)))


def _says_whom(model: type[BaseModel], name: str, field: FieldInfo) -> bool:
    is_marked = any(isinstance(mark, AboutSomeone) for mark in field.metadata)
    return is_marked or name in SUBJECTS or name in getattr(model, "ABOUT", ())


def _pick(value: Any, path: Path) -> Iterator[Any]:
    """Yield what is at a path, through lists; what is absent or null is nobody."""
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _pick(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        first, *rest = path
        for item in value.values() if first == "*" else [value.get(first)]:
            yield from _pick(item, tuple(rest))
