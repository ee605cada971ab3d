"""What the routes of every service share: the caller, the caller's transaction, and problems to raise.

A route parses, authorises, calls one handler in one transaction of the caller's municipality, and responds.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final, TypeVar
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError
from starlette.requests import HTTPConnection

from shared.auth.tokens import Identity, KeysUnavailableError, TokenRefusedError, TokenVerifier
from shared.database.transactions import Database, Transaction
from shared.errors.input_errors import RANDOM_ID_SENTENCE, input_error
from shared.errors.problems import Problem, bad_input, conflict, input_errors, not_found, unavailable
from shared.events.guard import find_personal_data
from shared.http.strict import find_path_fault, find_person_rule, make_strict
from shared.identity import Role
from shared.text_marks import refuse_marks

__all__ = [
    "Body",
    "Caller",
    "DatabaseDep",
    "Problem",
    "Query",
    "TransactionDep",
    "bad_input",
    "conflict",
    "not_found",
    "reject_personal_data",
    "require_found",
    "requires",
    "unavailable",
]

Found = TypeVar("Found")
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2199

_log = structlog.get_logger(__name__)
_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="OpenID Connect-token")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def reject_personal_data(text: str) -> str:
    """Return a text that people type; ValueError if it holds a BSN, IBAN or e-mail address. For `AfterValidator`."""
    if kind := find_personal_data(text):
        raise ValueError(f"This text holds {kind}: leave it out, the record itself says who it is about.")
    return text


class _Request(BaseModel):
    """The base of bodies and queries: strict forms, random ids of persons, and days within the calendar.

    A far day that means "open" is left out instead. A response that has the fields of a body shows what is recorded,
    whatever that is.
    """

    is_text: ClassVar[bool] = False
    rules_of_persons: ClassVar[Mapping[str, Callable[[UUID], bool]]] = {}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler, /) -> CoreSchema:
        schema = handler(source)
        if not cls._is_response():
            make_strict(handler.resolve_ref_schema(schema), cls, is_text=cls.is_text)
        return schema

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        fields = cls.model_fields.items()
        rules = {name: find_person_rule(field.annotation, field.metadata) for name, field in fields}
        cls.rules_of_persons = {name: rule for name, rule in rules.items() if rule is not None}

    @classmethod
    def _is_response(cls) -> bool:
        return bool(cls.model_config.get("from_attributes", False))

    @field_validator("*", mode="after", check_fields=False)
    @classmethod
    def _check_value(cls, value: Any, info: ValidationInfo) -> Any:
        if not cls._is_response():
            values = value if isinstance(value, (tuple, list, frozenset)) else (value,)
            _refuse_far_days(values)
            _refuse_known_ids(values, cls.rules_of_persons.get(info.field_name or ""))
            for text in values:
                if isinstance(text, str):
                    refuse_marks(text)
        return value


def _refuse_far_days(values: Iterable[Any]) -> None:
    if any(isinstance(day, date) and not YEAR_MIN <= day.year <= YEAR_MAX for day in values):
        raise ValueError(
            f"Give a day from {YEAR_MIN} to {YEAR_MAX}: correct its year, or leave out an end that is not known."
        )


def _refuse_known_ids(values: Iterable[Any], is_allowed: Callable[[UUID], bool] | None) -> None:
    if is_allowed is None:
        return
    ids = [each for each in values if isinstance(each, UUID)]
    if not all(is_allowed(each) and find_personal_data(str(each)) is None for each in ids):
        raise PydanticCustomError("random_id", RANDOM_ID_SENTENCE)


class Body(_Request):
    """The base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Query(_Request):
    """The base of query models, for `Annotated[Mine, fastapi.Query()]`: lowerCamelCase keys, unknown ones refused."""

    is_text: ClassVar[bool] = True
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


@dataclass(frozen=True)
class Caller:
    """The caller, authenticated by a token. `subject` is the issuer's id of the person or program, never a name."""

    municipality: str
    roles: frozenset[Role]
    subject: str


@dataclass(frozen=True)
class Access:
    """What `requires` needs of the service, as `app.state.access`."""

    verifier: TokenVerifier
    municipalities: frozenset[str]


class Requirement:
    """A dependency: a caller with one of these roles. Routes bear it, so a body is not read before it is met."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request, _: _Credentials) -> Caller:
        caller = await authorise(request, self)
        check_path(request)
        return caller


def requires(*roles: Role) -> Requirement:
    """Return a dependency, `Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]`: a caller with one of the roles.

    401 for a token that is not valid, 403 for a caller without the role, 503 if the token cannot be verified.
    """
    if not roles:
        raise ValueError("Name at least one role that may call this route.")
    return Requirement(frozenset(roles))


def find_requirement(request: HTTPConnection) -> Requirement | None:
    """Return what the route that matched requires of its caller; None if none matched or it is open to everybody."""
    dependant: Dependant | None = getattr(find_route(request), "dependant", None)
    return None if dependant is None else search_requirement(dependant)


def find_route(request: HTTPConnection) -> Any:
    """Return the route that matched, with the prefixes of the routers that include it; None if none did."""
    scope = request.scope
    return scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")


def search_requirement(dependant: Dependant) -> Requirement | None:
    """Return the requirement among what a route depends on; None if it has none."""
    if isinstance(dependant.call, Requirement):
        return dependant.call
    return next(filter(None, map(search_requirement, dependant.dependencies)), None)


async def authorise(request: Request, requirement: Requirement) -> Caller:
    """Return the caller, once he has a valid token and one of the roles; else raise the 401, 403 or 503 problem."""
    access: Access = request.app.state.access
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None:
        identity = await _authenticate(access.verifier, await _BEARER(request))
        request.state.identity = identity
    if not identity.roles & requirement.roles:
        named = " or ".join(sorted(requirement.roles))
        raise _forbidden("role_missing", f"This needs the role {named}: ask for it at your municipality.")
    if identity.municipality is None:
        raise _forbidden("municipality_missing", "Your token names no municipality: ask the issuer to put it in.")
    if identity.municipality not in access.municipalities:
        raise _forbidden(
            "municipality_not_served", "Your municipality is not served here: use the address of your own partnership."
        )
    caller = Caller(identity.municipality, identity.roles, identity.subject)
    request.state.caller = caller
    return caller


def require_role(caller: Caller, role: Role) -> None:
    """Raise the 403 problem unless a caller has the role that this very item asks for."""
    if role not in caller.roles:
        raise _forbidden("role_missing", f"This needs the role {role}: ask for it at your municipality.")


async def _authenticate(verifier: TokenVerifier, credentials: HTTPAuthorizationCredentials | None) -> Identity:
    if credentials is None:
        raise _unauthorised(
            "token_missing", "There is no token: send it in the Authorization header, after the word Bearer.", ""
        )
    try:
        return await verifier.verify(credentials.credentials)
    except TokenRefusedError as error:
        raise _unauthorised("token_refused", str(error), ', error="invalid_token"') from None
    except KeysUnavailableError as error:
        _log.warning("issuer_keys_unavailable", reason=str(error))
        raise unavailable("The issuer of the tokens") from None


def _unauthorised(code: str, detail: str, error: str) -> Problem:
    description = f', error_description="{detail}"' if error else ""
    header = f'Bearer realm="meedoen"{error}{description}'
    return Problem(401, code, "Not authorised", detail, headers={"WWW-Authenticate": header})


def _forbidden(code: str, detail: str) -> Problem:
    header = f'Bearer realm="meedoen", error="insufficient_scope", error_description="{detail}"'
    return Problem(403, code, "Not allowed", detail, headers={"WWW-Authenticate": header})


def check_path(request: Request) -> None:
    """Raise the 400 problem unless each id, day and number in the path has exactly the form of its type."""
    route = find_route(request)
    faults = [
        input_error({"type": code, "loc": ("path", field.alias)})
        for field in route.dependant.path_params
        if (code := find_path_fault(
            field.field_info.annotation, field.field_info.metadata, str(request.path_params[field.alias])
        ))
    ]  # fmt: skip
    if faults:
        raise input_errors(faults)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(_database)]


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise RuntimeError(
            f"{request.url.path} asks for a transaction before it has a caller: "
            "put a parameter Annotated[Caller, Depends(requires(...))] in front of it."
        )
    async with _database(request).transaction(caller.municipality) as tx:
        yield tx


TransactionDep = Annotated[Transaction, Depends(_transaction, scope="function")]
"""One transaction of the caller's municipality, as the parameter after the caller:

    async def withdraw(candidate_id: UUID, caller: Coordinator, tx: TransactionDep) -> CandidateResponse: ...

It commits when the route has returned and its response is built, before the first byte is sent: a 2xx means committed,
and a commit that fails becomes the response. Any exception rolls it back. It is closed before a streamed body is sent.
"""


def require_found(value: Found | None, name: str) -> Found:
    """Return `value`, or raise the 404 problem that says there is no such `name`, such as "candidate"."""
    if value is None:
        raise not_found(name)
    return value
