"""Every refusal is application/problem+json (RFC 9457): what is wrong and how to mend it, in a sentence.

Input errors come all at once, with status 400. No answer repeats what was sent, since that may be personal, and none
shows where in the code something failed. Anything unexpected is a 500 that names the trace to look for in the logs.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.errors.input_errors import ERRORS_MAX, input_error
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.envelope import EventTooLargeError
from shared.events.guard import PersonalDataFoundError
from shared.http.openapi import PROBLEM_MEDIA_TYPE
from shared.observability.metrics import METHODS
from shared.observability.tracing import current_trace_id

_DETAILS: Final[Mapping[int, str]] = {
    404: "There is nothing at this address: see /v1/openapi.json for what there is.",
    405: "This address does not answer to this method: use one that the Allow header names.",
    413: "The body is too large: send less at a time.",
}
_ADVICE: Final = "The request can not be understood: see /v1/openapi.json for what is expected."


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Raised anywhere in a request to end it: `status` 400-599, `title` in a few words, `detail` in one sentence."""

    def __init__(
        self, status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        trace_id = current_trace_id()
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        instance = {"instance": trace_id} if trace_id else {}
        content = json.dumps({**body, **instance, **self.members}, ensure_ascii=False).encode()
        return Response(content, self.status, headers=self.headers, media_type=PROBLEM_MEDIA_TYPE)


def not_found(what: str) -> Problem:
    """`what` in words, such as "candidate"; the same answer for what belongs to another municipality."""
    return Problem(404, "Not found", f"There is no such {what} in your municipality: check its id.")


def conflict(detail: str, **members: Any) -> Problem:
    return Problem(409, "Conflict", detail, **members)


def refused(detail: str, **members: Any) -> Problem:
    """The input is well-formed but a rule of the domain says no."""
    return Problem(409, "Not allowed by the rules", detail, **members)


def bad_input(field: str, code: str, message: str) -> Problem:
    """One input error found by the service itself; `field` as "body.planned_on"."""
    return input_errors([{"field": field, "code": code, "message": message}])


def input_errors(errors: Sequence[Mapping[str, str]]) -> Problem:
    shown = [dict(error) for error in errors[:ERRORS_MAX]]
    count = "One field is" if len(errors) == 1 else f"{len(errors)} fields are"
    return Problem(400, "Input is not right", f"{count} not right: see errors for each, and send again.", errors=shown)


def unavailable(what: str) -> Problem:
    """Something this service depends on is away; asking again later is right."""
    detail = f"{what} can not be reached now: ask again in a few seconds."
    return Problem(503, "Not available now", detail, headers={"Retry-After": "5"})


def unexpected() -> Problem:
    detail = "Something went wrong here, and it is not your input: ask again, or give the operator this instance."
    return Problem(500, "Unexpected error", detail)


def install_problem_handlers(app: FastAPI) -> None:
    """Let every error of the framework and of the code answer as a problem."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(RequestValidationError, _of_input)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(WrongInputError, _of_wrong_input)
    app.add_exception_handler(ConflictError, _of_conflict)
    app.add_exception_handler(PersonalDataFoundError, _of_personal_data)
    app.add_exception_handler(EventTooLargeError, _of_large_fact)


async def _of_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class
    return error.response()


async def _of_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return input_errors([input_error(details) for details in error.errors()]).response()


async def _of_wrong_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, WrongInputError)  # noqa: S101 - registered for this class
    faults = [{"field": f"body.{fault.field}", "code": fault.code, "message": fault.sentence} for fault in error.faults]
    return input_errors(faults).response()


async def _of_conflict(_: Request, error: Exception) -> Response:
    assert isinstance(error, ConflictError)  # noqa: S101 - registered for this class
    return conflict(str(error), **error.members).response()


async def _of_personal_data(_: Request, error: Exception) -> Response:
    """What was asked would be told to others, and holds what no event may carry: nothing of it is done."""
    assert isinstance(error, PersonalDataFoundError)  # noqa: S101 - registered for this class
    sentence = f"This would tell others {error.kind}: use a code or an id that says nothing about a person."
    return bad_input("body", "personal_data", sentence).response()


async def _of_large_fact(_: Request, error: Exception) -> Response:
    return bad_input("body", "too_much", str(error)).response()


async def _of_framework(request: Request, error: Exception) -> Response:
    """What Starlette raises itself: its own detail may quote the request, so ours stands in its place."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    status, headers = error.status_code, dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    if status == HTTPStatus.BAD_REQUEST and not _is_own_sentence(error):  # bytes that are no text, or no end of nesting
        return input_errors([input_error({"type": "json_invalid"})]).response()
    detail = error.detail if _is_own_sentence(error) else _DETAILS.get(status, _ADVICE)
    return Problem(status, HTTPStatus(status).phrase, detail, headers=headers).response()


def _allowed_methods(request: Request) -> Iterator[str]:
    """Every method of the address; Starlette itself names those of the first route that fits only."""
    for method in sorted(METHODS):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            yield method


def _is_own_sentence(error: HTTPException) -> bool:
    """A service that raises HTTPException itself writes a sentence; the framework writes a phrase."""
    return bool(re.fullmatch(r"[A-Z].*: .*\.", error.detail or ""))
