"""What the routes of every service share: the caller, the caller's transaction, and problems to raise.

A route parses, authorises, calls one handler in one transaction of the caller's municipality, and responds.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, TypeVar

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, field_validator
from pydantic.alias_generators import to_camel

from shared.auth.tokens import Identity, KeysUnavailableError, TokenRefusedError, TokenVerifier
from shared.database.transactions import Database, Transaction
from shared.errors.problems import Problem, bad_input, conflict, not_found, refused, unavailable
from shared.events.guard import find_personal_data
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
    "refused",
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
    """The base of bodies and queries: days within the calendar. A far day that means "open" is left out instead.

    A response that has the fields of a body shows what is recorded, whatever that is.
    """

    @field_validator("*", mode="after", check_fields=False)
    @classmethod
    def _within_the_calendar(cls, value: Any) -> Any:
        is_response = cls.model_config.get("from_attributes", False)
        days = value if isinstance(value, tuple) else (value,)
        if not is_response and any(isinstance(day, date) and not YEAR_MIN <= day.year <= YEAR_MAX for day in days):
            raise ValueError(
                f"Give a day from {YEAR_MIN} to {YEAR_MAX}: correct its year, or leave out an end that is not known."
            )
        return value

    @field_validator("*", mode="after", check_fields=False)
    @classmethod
    def _without_marks(cls, value: Any) -> Any:
        if not cls.model_config.get("from_attributes", False):
            texts = value if isinstance(value, (tuple, list, frozenset)) else (value,)
            for text in texts:
                if isinstance(text, str):
                    refuse_marks(text)
        return value


class Body(_Request):
    """The base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Query(_Request):
    """The base of query models, for `Annotated[Mine, fastapi.Query()]`: lowerCamelCase keys, unknown ones refused."""

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


def requires(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency, `Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]`: a caller with one of the roles.

    401 for a token that is not valid, 403 for a caller without the role, 503 if the token cannot be verified.
    """
    if not roles:
        raise ValueError("Name at least one role that may call this route.")
    allowed = frozenset(roles)

    async def authorise(request: Request, credentials: _Credentials) -> Caller:
        access: Access = request.app.state.access
        identity = await _authenticate(access.verifier, credentials)
        if not identity.roles & allowed:
            raise _forbidden(f"This needs the role {' or '.join(sorted(allowed))}: ask for it at your municipality.")
        if identity.municipality is None:
            raise _forbidden("Your token names no municipality: ask the issuer to put it in.")
        if identity.municipality not in access.municipalities:
            raise _forbidden("Your municipality is not served here: use the address of your own partnership.")
        caller = Caller(identity.municipality, identity.roles, identity.subject)
        request.state.caller = caller
        return caller

    return authorise


def require_role(caller: Caller, role: Role) -> None:
    """Raise the 403 problem unless a caller has the role that this very item asks for."""
    if role not in caller.roles:
        raise _forbidden(f"This needs the role {role}: ask for it at your municipality.")


async def _authenticate(verifier: TokenVerifier, credentials: HTTPAuthorizationCredentials | None) -> Identity:
    if credentials is None:
        raise _unauthorised("There is no token: send it in the Authorization header, after the word Bearer.", "")
    try:
        return await verifier.verify(credentials.credentials)
    except TokenRefusedError as error:
        raise _unauthorised(str(error), ', error="invalid_token"') from None
    except KeysUnavailableError as error:
        _log.warning("issuer_keys_unavailable", reason=str(error))
        raise unavailable("The issuer of the tokens") from None


def _unauthorised(detail: str, error: str) -> Problem:
    description = f', error_description="{detail}"' if error else ""
    header = f'Bearer realm="meedoen"{error}{description}'
    return Problem(401, "Not authorised", detail, headers={"WWW-Authenticate": header})


def _forbidden(detail: str) -> Problem:
    header = f'Bearer realm="meedoen", error="insufficient_scope", error_description="{detail}"'
    return Problem(403, "Not allowed", detail, headers={"WWW-Authenticate": header})


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
