"""Requests to the service over HTTP: every way in which one can fail becomes a sentence.

A change that may have been made is never left in doubt: the sentence says what to repeat, and with which id.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, BinaryIO, Self

import httpx

from meedoen.cli.relief.context import CommandContext
from meedoen.cli.relief.endpoint import find_endpoint
from meedoen.cli.relief.errors import EXIT_FAILED, EXIT_USAGE, RefusedError

CONNECT_SECONDS_MAX = 5.0
# A month's totals, or a bank statement of a hundred thousand entries, take their time.
ANSWER_SECONDS_MAX = 300.0
PREFIX = "/v1"


class ReliefClient:
    """The service at the command's endpoint; close it, or use it as a context manager."""

    def __init__(self, context: CommandContext) -> None:
        self.endpoint = find_endpoint(context)
        self._client = httpx.Client(
            base_url=f"{self.endpoint.address}{PREFIX}",
            headers={"Authorization": f"Bearer {self.endpoint.token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
            trust_env=not self.endpoint.is_local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the answer's document; None if it has none. RefusedError with what was refused and how to fix it."""
        request_fields = None if method == "GET" or body is None else dict(body)
        with self._translate_errors(method, request_fields):
            response = self._client.request(method, path, params=dict(query or {}), json=request_fields)
            return self._read_document(response, request_fields)

    def upload(self, path: str, file: BinaryIO) -> Any:
        """Send a bank's file piece by piece, whatever its size."""
        with self._translate_errors("POST", None):
            response = self._client.post(path, content=file, headers={"Content-Type": "application/xml"})
            return self._read_document(response, None)

    def download(self, path: str, into: BinaryIO) -> None:
        """Write the response body into a file, piece by piece."""
        with self._translate_errors("GET", None), self._client.stream("GET", path) as response:
            if not response.is_success:
                response.read()
                self._read_document(response, None)
            into.writelines(response.iter_bytes())

    def _read_document(self, response: httpx.Response, request_fields: Mapping[str, Any] | None) -> Any:
        try:
            document = json.loads(response.content) if response.content else None
        except ValueError:
            document = None
            if response.is_success:
                raise self._foreign_answer_error(response) from None
        if response.is_success:
            return document
        if not isinstance(document, dict) or "detail" not in document:
            raise self._foreign_answer_error(response)
        raise error_from_problem(document, request_fields)

    @contextlib.contextmanager
    def _translate_errors(self, method: str, request_fields: Mapping[str, Any] | None) -> Iterator[None]:
        address, advice = self.endpoint.address, self.endpoint.advice
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise RefusedError(f"Ontzorgen does not answer at {address}: {advice}.") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise RefusedError(f"{address} is not an address: {advice}.") from None
        except httpx.HTTPError as problem:
            failure = f"Ontzorgen at {address} did not answer ({type(problem).__name__})"
            remedy = (
                "repeat it"
                if method == "GET"
                else f"it is unknown whether the change was made; {repeat_advice(request_fields)}"
            )
            raise RefusedError(f"{failure}: {remedy}.") from None

    def _foreign_answer_error(self, response: httpx.Response) -> RefusedError:
        address, advice = self.endpoint.address, self.endpoint.advice
        return RefusedError(f"{address} answers {response.status_code}, but it is not ontzorgen: {advice}.")


def repeat_advice(request_fields: Mapping[str, Any] | None) -> str:
    """Return how to repeat the request without making the change twice."""
    if request_fields and "id" in request_fields:
        return f"repeat it with --id {request_fields['id']}, so that it is made once"
    return "check first, or simply repeat it: a change that was made already is not made twice"


def error_from_problem(problem: Mapping[str, Any], request_fields: Mapping[str, Any] | None = None) -> RefusedError:
    """Convert a problem of RFC 9457 to sentences: the summary, then what is wrong with each field."""
    status = problem.get("status", 0)
    errors = [error for error in problem.get("errors") or [] if isinstance(error, dict)]
    sentences = [f"{_short_field_name(error.get('field', ''))}: {error.get('message', '')}" for error in errors]
    detail = str(problem["detail"]) if not sentences else "The input is wrong:"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        trace = f" (instance {problem['instance']})" if problem.get("instance") else ""
        detail = f"{detail}{trace}"
        if request_fields is not None:
            sentences.append(f"Nothing was saved; {repeat_advice(request_fields)}.")
    is_input = status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RefusedError(detail, *sentences, exit_code=EXIT_USAGE if is_input else EXIT_FAILED)


def _short_field_name(name: str) -> str:
    """Return `body.amount_cents` as it is called here: without its location."""
    location, _, rest = name.partition(".")
    return rest if location in ("body", "query", "path") and rest else name
