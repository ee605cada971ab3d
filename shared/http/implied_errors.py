"""Which errors an operation can answer, derived from its route in this one place. Descriptions are Dutch.

A route says nothing about its errors by hand: who may call it, its body, its path and its method imply them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi.routing import RouteContext

from shared.http.requests import search_requirement

_WRITES: Final = frozenset({"post", "put", "patch", "delete"})
_TEXT_HEADER: Final = {"schema": {"type": "string"}}
HEADERS_OF: Final[Mapping[str, Mapping[str, Any]]] = {
    "401": {"WWW-Authenticate": {"description": "Hoe zich te melden (RFC 6750)", **_TEXT_HEADER}},
    "403": {"WWW-Authenticate": {"description": "Wat ontbreekt (RFC 6750)", **_TEXT_HEADER}},
    "503": {"Retry-After": {"description": "Na hoeveel seconden opnieuw", "schema": {"type": "integer"}}},
}


def find_implied_errors(method: str, operation: Mapping[str, Any], route: RouteContext) -> dict[str, str]:
    """Return the errors of an operation by status, each with its description."""
    return dict(_imply_by_access(route)) | dict(_imply_by_input(method, operation))


def describe_operation(operation: Mapping[str, Any], route: RouteContext) -> str:
    """Return what all operations of this kind have in common, and who may call this one."""
    return " ".join([f"{operation['summary']}.", *_describe_kind(operation, route)])


def find_roles(route: RouteContext) -> list[str]:
    """Return the roles of which a caller needs one; none if the route is open to all."""
    requirement = search_requirement(route.dependant)
    return [] if requirement is None else sorted(requirement.roles)


def _imply_by_access(route: RouteContext) -> Iterator[tuple[str, str]]:
    if roles := find_roles(route):
        yield "401", "Zonder geldig token"
        yield "403", f"Alleen voor {_join(roles)}, van een gemeente die hier wordt bediend"
        yield "503", "De database of de uitgever van de tokens is er nu niet, of er komt te veel tegelijk binnen"


def _imply_by_input(method: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    parameters = operation.get("parameters", ())
    body = operation.get("requestBody", {}).get("content", {})
    if parameters or body:
        yield "400", "De invoer klopt niet: errors noemt elke fout"
    if method != "put" and any(parameter["in"] == "path" for parameter in parameters):
        yield "404", "Niet bekend in deze gemeente"
    if method in _WRITES:
        yield "409", "Past niet bij wat er is vastgelegd: code zegt waarom"
    elif any(_is_of_time(parameter) for parameter in parameters):
        yield "409", "Er was toen nog geen beleid van de gemeente: code zegt het"
    if body:
        yield "408", "De body kwam te langzaam"
        yield "413", "De body is te groot"
        if "application/json" not in body:
            yield "415", "Een ander mediatype"


def _is_of_time(parameter: Mapping[str, Any]) -> bool:
    """Return whether a parameter is a day or a month, for which there may be no policy."""
    schema = parameter.get("schema", {})
    options = (schema, *schema.get("anyOf", ()))
    return parameter["name"] == "month" or any(option.get("format") == "date" for option in options)


def _describe_kind(operation: Mapping[str, Any], route: RouteContext) -> Iterator[str]:
    if roles := find_roles(route):
        yield f"Voor wie de rol {_join(roles)} heeft."
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if "cursor" in names:
        yield "Per bladzijde: geef next_cursor van het antwoord als cursor voor het vervolg."


def _join(roles: list[str]) -> str:
    return " of ".join(roles)
