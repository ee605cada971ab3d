"""Asking the service over HTTP: every way in which it can fail becomes a sentence.

A deed that may have been done is never left in doubt: the sentence says what to repeat, and with which id.
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
    """The service at the desk's place; close it, or use it as a context."""

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
        """The answer's document, None when it has none. RefusedError with what was refused and how to mend it."""
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
        """Write what stands there into a file, piece by piece."""
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
            raise RefusedError(f"{address} is no address: {advice}.") from None
        except httpx.HTTPError as problem:
            what = f"The answer of ontzorgen at {address} did not come ({type(problem).__name__})"
            advice_to_person = (
                "ask again"
                if method == "GET"
                else f"so it is not known whether it was done; {repeat_advice(request_fields)}"
            )
            raise RefusedError(f"{what}: {advice_to_person}.") from None

    def _foreign_answer_error(self, response: httpx.Response) -> RefusedError:
        address, advice = self.endpoint.address, self.endpoint.advice
        return RefusedError(f"{address} answers {response.status_code}, and not as ontzorgen does: {advice}.")


def repeat_advice(request_fields: Mapping[str, Any] | None) -> str:
    """How to repeat without doing it twice."""
    if request_fields and "id" in request_fields:
        return f"repeat it with --id {request_fields['id']}, and it is done once"
    return "look first, or simply repeat it: what was done already is not done twice"


def error_from_problem(problem: Mapping[str, Any], request_fields: Mapping[str, Any] | None = None) -> RefusedError:
    """A problem of RFC 9457 as sentences: the whole, then what is wrong with each field."""
    status = problem.get("status", 0)
    errors = [error for error in problem.get("errors") or [] if isinstance(error, dict)]
    sentences = [f"{_short_field_name(error.get('field', ''))}: {error.get('message', '')}" for error in errors]
    detail = str(problem["detail"]) if not sentences else "The input is not right:"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        trace = f" (instance {problem['instance']})" if problem.get("instance") else ""
        detail = f"{detail}{trace}"
        if request_fields is not None:
            sentences.append(f"Nothing of it was kept; {repeat_advice(request_fields)}.")
    is_input = status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RefusedError(detail, *sentences, exit_code=EXIT_USAGE if is_input else EXIT_FAILED)


def _short_field_name(name: str) -> str:
    """`body.amount_cents` as it is written here: without where it stood."""
    location, _, rest = name.partition(".")
    return rest if location in ("body", "query", "path") and rest else name
