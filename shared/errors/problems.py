"""Every error response is application/problem+json (RFC 9457): what is wrong and how to fix it, in a sentence.

All input errors are returned at once, with status 400. No response repeats what was sent, since that may be personal,
and none shows where in the code something failed. An unexpected error is a 500 with the trace id to find in the logs.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from shared.errors.input_errors import ERRORS_MAX, input_error
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.envelope import EventTooLargeError
from shared.events.guard import PersonalDataFoundError
from shared.observability.metrics import METHODS
from shared.observability.tracing import current_trace_id

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_DETAILS: Final[Mapping[int, str]] = {
    404: "There is nothing at this address: see /v1/openapi.json for the addresses.",
    405: "This address does not support this method: use one of the Allow header.",
}
_CODES: Final[Mapping[int, str]] = {404: "no_such_address", 405: "no_such_method"}
_ADVICE: Final = "The request cannot be understood: see /v1/openapi.json for what is expected."


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Raised anywhere in a request to end it: `status` 400-599, `title` in a few words, `detail` in one sentence.

    `code` says which problem it is, for programs; docs/refusals.md lists them, and none changes its meaning.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        trace_id = current_trace_id()
        body = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        instance = {"instance": trace_id} if trace_id else {}
        content = json.dumps({**body, **instance, **self.members}, ensure_ascii=False).encode()
        return Response(content, self.status, headers=self.headers, media_type=PROBLEM_MEDIA_TYPE)


class RefusedBodyError(HTTPException):
    """A problem that comes up while the framework reads a body: that hands on an HTTPException alone."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail, problem.headers)
        self.problem = problem


def not_found(name: str) -> Problem:
    """Return the problem that there is no such thing, such as "candidate", also if it is of another municipality."""
    return Problem(404, "unknown", "Not found", f"There is no such {name} in your municipality: check its id.")


def conflict(code: str, detail: str, **members: Any) -> Problem:
    return Problem(409, code, "Conflict", detail, **members)


def bad_input(field: str, code: str, message: str) -> Problem:
    """Return the problem of one input error that the service itself detects; `field` as "body.planned_on"."""
    return input_errors([{"field": field, "code": code, "message": message}])


def input_errors(errors: Sequence[Mapping[str, str]]) -> Problem:
    listed = [dict(error) for error in errors[:ERRORS_MAX]]
    count = "One field is" if len(errors) == 1 else f"{len(errors)} fields are"
    detail = f"{count} not right: see errors for each, and send again."
    return Problem(400, "wrong_input", "Input is not right", detail, errors=listed)


def unavailable(name: str) -> Problem:
    """Return the problem that a dependency of this service is away; retrying later is right."""
    detail = f"{name} cannot be reached now: try again in a few seconds."
    return Problem(503, "dependency_away", "Not available now", detail, headers={"Retry-After": "5"})


def unexpected() -> Problem:
    detail = "Something went wrong here, and it is not your input: try again, or give the operator this instance."
    return Problem(500, "unexpected", "Unexpected error", detail)


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the framework and of the code a problem response."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_input)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RefusedBodyError, _answer_refused_body)
    app.add_exception_handler(ClientDisconnect, _answer_broken_off)
    app.add_exception_handler(WrongInputError, _answer_wrong_input)
    app.add_exception_handler(ConflictError, _answer_conflict)
    app.add_exception_handler(PersonalDataFoundError, _answer_personal_data)
    app.add_exception_handler(EventTooLargeError, _answer_large_event)


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class
    return error.response()


async def _answer_refused_body(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedBodyError)  # noqa: S101 - registered for this class
    return error.problem.response()


async def _answer_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return input_errors([input_error(details) for details in error.errors()]).response()


async def _answer_broken_off(_: Request, error: Exception) -> Response:
    """Answer a caller who left in the middle of a body, for the log and the figures: nobody else will read it."""
    assert isinstance(error, ClientDisconnect)  # noqa: S101 - registered for this class
    return Problem(400, "broken_off", "Broken off", "The body broke off before its end: send it again.").response()


async def _answer_wrong_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, WrongInputError)  # noqa: S101 - registered for this class
    faults = [{"field": f"body.{fault.field}", "code": fault.code, "message": fault.sentence} for fault in error.faults]
    return input_errors(faults).response()


async def _answer_conflict(_: Request, error: Exception) -> Response:
    assert isinstance(error, ConflictError)  # noqa: S101 - registered for this class
    return conflict(error.code, str(error), **error.members).response()


async def _answer_personal_data(_: Request, error: Exception) -> Response:
    """Refuse a command whose event would carry personal data: nothing of the command is done."""
    assert isinstance(error, PersonalDataFoundError)  # noqa: S101 - registered for this class
    sentence = f"This would publish {error.kind}: use a code or an id that says nothing about a person."
    return bad_input("body", "personal_data", sentence).response()


async def _answer_large_event(_: Request, error: Exception) -> Response:
    return bad_input("body", "too_much", str(error)).response()


async def _answer_framework(request: Request, error: Exception) -> Response:
    """Answer what Starlette raises itself, with our detail: its own may quote the request."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    status, headers = error.status_code, dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    if status == HTTPStatus.BAD_REQUEST and not _is_sentence(error):  # bytes that are not text, or endless nesting
        return input_errors([input_error({"type": "json_invalid"})]).response()
    detail = error.detail if _is_sentence(error) else _DETAILS.get(status, _ADVICE)
    return Problem(
        status, _CODES.get(status, "not_understood"), HTTPStatus(status).phrase, detail, headers=headers
    ).response()


def _allowed_methods(request: Request) -> Iterator[str]:
    """Yield every method of the address; Starlette itself names only those of the first route that matches."""
    for method in sorted(METHODS):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            yield method


def _is_sentence(error: HTTPException) -> bool:
    """Return whether the detail is a sentence, as services write; the framework writes a phrase."""
    return bool(re.fullmatch(r"[A-Z].*: .*\.", error.detail or ""))
