"""Asking the service over HTTP: every way in which it can fail becomes a sentence.

A deed that may have been done is never left in doubt: the sentence says what to repeat, and with which id.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, BinaryIO, Self

import httpx

from meedoen.cli.relief.context import Desk
from meedoen.cli.relief.endpoint import find_place
from meedoen.cli.relief.errors import NOT_DONE, WRITTEN_WRONGLY, RefusedError

CONNECT_SECONDS_MAX = 5.0
# A month's totals, or a bank statement of a hundred thousand entries, take their time.
ANSWER_SECONDS_MAX = 300.0
PREFIX = "/v1"


class Service:
    """The service at the desk's place; close it, or use it as a context."""

    def __init__(self, desk: Desk) -> None:
        self.place = find_place(desk)
        self._client = httpx.Client(
            base_url=f"{self.place.address}{PREFIX}",
            headers={"Authorization": f"Bearer {self.place.token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
            trust_env=not self.place.is_local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """The answer's document, None when it has none. RefusedError with what was refused and how to mend it."""
        sent = None if method == "GET" or body is None else dict(body)
        with self._answers(method, sent):
            answer = self._client.request(method, path, params=dict(query or {}), json=sent)
            return self._document(answer, sent)

    def upload(self, path: str, file: BinaryIO) -> Any:
        """Send a bank's file piece by piece, whatever its size."""
        with self._answers("POST", None):
            answer = self._client.post(path, content=file, headers={"Content-Type": "application/xml"})
            return self._document(answer, None)

    def download(self, path: str, into: BinaryIO) -> None:
        """Write what stands there into a file, piece by piece."""
        with self._answers("GET", None), self._client.stream("GET", path) as answer:
            if not answer.is_success:
                answer.read()
                self._document(answer, None)
            into.writelines(answer.iter_bytes())

    def _document(self, answer: httpx.Response, sent: Mapping[str, Any] | None) -> Any:
        try:
            document = json.loads(answer.content) if answer.content else None
        except ValueError:
            document = None
            if answer.is_success:
                raise self._not_ours(answer) from None
        if answer.is_success:
            return document
        if not isinstance(document, dict) or "detail" not in document:
            raise self._not_ours(answer)
        raise refusal(document, sent)

    @contextlib.contextmanager
    def _answers(self, method: str, sent: Mapping[str, Any] | None) -> Iterator[None]:
        address, advice = self.place.address, self.place.advice
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise RefusedError(f"Ontzorgen does not answer at {address}: {advice}.") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise RefusedError(f"{address} is no address: {advice}.") from None
        except httpx.HTTPError as problem:
            what = f"The answer of ontzorgen at {address} did not come ({type(problem).__name__})"
            doubt = "ask again" if method == "GET" else f"so it is not known whether it was done; {again(sent)}"
            raise RefusedError(f"{what}: {doubt}.") from None

    def _not_ours(self, answer: httpx.Response) -> RefusedError:
        address, advice = self.place.address, self.place.advice
        return RefusedError(f"{address} answers {answer.status_code}, and not as ontzorgen does: {advice}.")


def again(sent: Mapping[str, Any] | None) -> str:
    """How to repeat without doing it twice."""
    if sent and "id" in sent:
        return f"repeat it with --id {sent['id']}, and it is done once"
    return "look first, or simply repeat it: what was done already is not done twice"


def refusal(problem: Mapping[str, Any], sent: Mapping[str, Any] | None = None) -> RefusedError:
    """A problem of RFC 9457 as sentences: the whole, then what is wrong with each field."""
    status = problem.get("status", 0)
    errors = [one for one in problem.get("errors") or [] if isinstance(one, dict)]
    sentences = [f"{_field(one.get('field', ''))}: {one.get('message', '')}" for one in errors]
    detail = str(problem["detail"]) if not sentences else "The input is not right:"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        trace = f" (instance {problem['instance']})" if problem.get("instance") else ""
        detail = f"{detail}{trace}"
        if sent is not None:
            sentences.append(f"Nothing of it was kept; {again(sent)}.")
    is_input = status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RefusedError(detail, *sentences, exit_code=WRITTEN_WRONGLY if is_input else NOT_DONE)


def _field(name: str) -> str:
    """`body.amount_cents` as it is written here: without where it stood."""
    place, _, rest = name.partition(".")
    return rest if place in ("body", "query", "path") and rest else name
