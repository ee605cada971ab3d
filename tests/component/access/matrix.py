"""Every request of the authorisation matrix to one running service, and what is expected of each.

The roles that a route declares say who gets 403. A foreign object has to answer exactly as one that nobody has.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any, Final

import httpx
import requests
from fastapi.routing import iter_route_contexts
from objects import OTHER, OWN, UUID_IN_TEXT
from requests_of import BodyMaker, fields_of, ids_in

from meedoen.docs.pages import print_openapi
from shared.auth.local_issuer import LocalIssuer
from shared.http.implied_errors import find_roles
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

ROLE_SETS: Final = tuple(roles for size in range(len(Role) + 1) for roles in combinations(Role, size))
PAIRS: Final = 1 + len(Role) + len(Role) * (len(Role) - 1) // 2  # nobody, each role, every two
NOT_SERVED: Final = "gm0363"
_MOMENT: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|\+00:00)")
WORDS: Final = {"month": "2026-07", "code": "woonstad"}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    roles: frozenset[str]
    content_type: str
    schema: dict[str, Any] | None
    references: tuple[str, ...]


@dataclass
class Counts:
    """What the requests of one service showed."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"foreign": [], "unknown": []})


class Matrix:
    """Every request to one running service."""

    def __init__(self, service: RunningService, name: str, issuer: LocalIssuer) -> None:
        document = json.loads(print_openapi(name))
        self._service, self._issuer = service, issuer
        self.maker = BodyMaker(document)
        self.operations = tuple(self._read_operations(document))
        self.ids: Mapping[str, Mapping[str, list[str]]] = {OWN: {}, OTHER: {}}
        self.everything: Mapping[str, frozenset[str]] = {}
        self.counts = Counts()
        self._tokens: dict[tuple[tuple[str, ...], str], str] = {}

    def _read_operations(self, document: dict[str, Any]) -> Iterator[Operation]:
        roles = {
            (method.lower(), str(route.path_format).removeprefix("/v1")): frozenset(find_roles(route))
            for route in iter_route_contexts(self._service.app.routes)
            for method in route.methods or ()
        }
        kinds = {name for path in document["paths"] for name in ids_in(path) if name.endswith("_id")}
        for path, item in document["paths"].items():
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {})
                kind, schema = next(((kind, each["schema"]) for kind, each in content.items()), ("", None))
                named = fields_of(self.maker, schema) if kind == "application/json" and schema else set()
                references = [name for name in kinds if name in named or f"{name}s" in named]
                yield Operation(
                    method, path, roles[method, path], kind, schema, tuple({*references, *ids_in(path)} - {*WORDS})
                )

    def authorise(self, roles: tuple[str, ...], municipality: str) -> dict[str, str]:
        key = (roles, municipality)
        if key not in self._tokens:
            self._tokens[key] = self._issuer.token("someone", ",".join(roles) or "nobody", municipality)
        return {"Authorization": f"Bearer {self._tokens[key]}"}

    async def ask(self, operation: Operation, ids: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
        path = operation.path
        for name in ids_in(path):
            path = path.replace(f"{{{name}}}", ids.get(name, WORDS.get(name, "")))
        content: dict[str, Any] = {}
        if operation.content_type == "application/json":
            content["json"] = self.maker.make(operation.schema or {}, ids)
        elif operation.content_type:
            content = {"content": b"<Document/>", "headers": {"content-type": operation.content_type}}
        content["headers"] = {**headers, **content.get("headers", {})}
        self.counts.requests += 1
        response = await self._service.request(operation.method, path, **content)
        self.counts.statuses[response.status_code] += 1
        return response

    async def send(self, prepared: requests.PreparedRequest) -> httpx.Response:
        """Send a request that something else made, as it is."""
        response = await self._service.request(
            str(prepared.method), str(prepared.url), headers=dict(prepared.headers), content=prepared.body or b""
        )
        self.counts.statuses[response.status_code] += 1
        return response

    async def play(self, role_sets: int, round_no: int) -> None:
        for operation in self.operations:
            if not operation.roles:  # open to all: it refuses nobody and says nothing about anybody
                continue
            for roles, municipality in product(ROLE_SETS[:role_sets], (OWN, OTHER, NOT_SERVED, "")):
                headers = self.authorise(roles, municipality)
                is_allowed = bool(operation.roles & {*roles}) and municipality in {OWN, OTHER}
                for objects in self._choose(operation, municipality, round_no):
                    if is_allowed:
                        await self._expect_the_same(operation, objects, municipality, headers)
                    else:
                        await self._expect_forbidden(operation, objects, municipality, headers)

    def _choose(self, operation: Operation, municipality: str, round_no: int) -> Iterator[dict[str, str]]:
        """Yield which of the objects that a request names are whose; one that is nobody's is left out."""
        names = [name for name in operation.references if self._has(name)]
        for kinds in product(("own", "foreign"), repeat=len(names)):
            yield {
                name: self._pick(name, municipality, kind, round_no) for name, kind in zip(names, kinds, strict=True)
            }

    def _has(self, name: str) -> bool:
        return bool(self.ids[OWN].get(name)) and bool(self.ids[OTHER].get(name))

    def _pick(self, name: str, municipality: str, kind: str, round_no: int) -> str:
        own = municipality if municipality in {OWN, OTHER} else OWN
        ids = self.ids[own if kind == "own" else next(iter({OWN, OTHER} - {own}))][name]
        return ids[round_no % len(ids)]

    async def _expect_forbidden(
        self, operation: Operation, ids: Mapping[str, str], municipality: str, headers: Mapping[str, str]
    ) -> None:
        response = await self.ask(operation, self._fill(operation, ids), headers)
        if response.status_code != 403:
            self._blame(operation, municipality, f"answers {response.status_code} and not 403")

    async def _expect_the_same(
        self, operation: Operation, ids: Mapping[str, str], municipality: str, headers: Mapping[str, str]
    ) -> None:
        """Ask with these objects; what is foreign among them is then replaced by what nobody has."""
        filled = self._fill(operation, ids)
        response, seconds = await self._time(operation, filled, headers)
        foreign = {name for name, value in ids.items() if value not in self.ids[municipality][name]}
        self._look_for_leaks(operation, municipality, filled, response)
        if response.status_code in {401, 403} and response.json()["code"] != "role_missing":
            self._blame(operation, municipality, f"answers {response.status_code} to who may call it")
        unknown = {name: str(new_id()) for name in foreign}
        if not foreign:
            return
        again, seconds_again = await self._time(operation, filled | unknown, headers)
        self.counts.seconds["foreign"].append(seconds)
        self.counts.seconds["unknown"].append(seconds_again)
        if _comparable(response, filled) != _comparable(again, filled | unknown):
            self._blame(
                operation,
                municipality,
                f"tells {sorted(foreign)} apart: {response.status_code} {response.text[:160]} / "
                f"{again.status_code} {again.text[:160]}",
            )

    def _fill(self, operation: Operation, ids: Mapping[str, str]) -> dict[str, str]:
        return {name: ids.get(name) or str(new_id()) for name in operation.references}

    async def _time(
        self, operation: Operation, ids: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[httpx.Response, float]:
        began = time.perf_counter()
        response = await self.ask(operation, ids, headers)
        return response, time.perf_counter() - began

    def _look_for_leaks(
        self, operation: Operation, municipality: str, sent: Mapping[str, str], response: httpx.Response
    ) -> None:
        other = OTHER if municipality == OWN else OWN
        shown = {*UUID_IN_TEXT.findall(response.text)} - {*sent.values()}
        if leaked := shown & self.everything[other] - self.everything[municipality]:
            self._blame(operation, municipality, f"shows {len(leaked)} ids of {other}")

    def _blame(self, operation: Operation, municipality: str, sentence: str) -> None:
        self.counts.faults.append(f"{operation.method} {operation.path} as {municipality} {sentence}")


def _comparable(response: httpx.Response, sent: Mapping[str, str]) -> tuple[int, str]:
    """Return what a caller can compare: without the trace, ids and moments that differ in every answer."""
    text = response.text
    for name, value in sent.items():
        text = text.replace(value, f"<{name}>")
    if response.headers["content-type"] == "application/problem+json":
        text = json.dumps({key: value for key, value in json.loads(text).items() if key != "instance"})
    return response.status_code, _MOMENT.sub("<moment>", UUID_IN_TEXT.sub("<id>", text))


async def make_objects(matrix: Matrix) -> None:
    """Make over HTTP what the season lacks: each operation that writes, with objects of one's own, and kept."""
    headers = matrix.authorise(tuple(Role), OWN)
    for operation in matrix.operations:
        if operation.method != "get":
            own = {name: matrix.ids[OWN].get(name, []) for name in operation.references}
            await matrix.ask(operation, {name: ids[0] if ids else str(new_id()) for name, ids in own.items()}, headers)
