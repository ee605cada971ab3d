"""The body of a request: read only from a caller who may send it, within limits of size, time, depth and memory.

Whatever reads a body, reads it here first, so no route has to think of it: the first read asks for token and role, and
the others count. What is refused is not read on; what is left of it is thrown away for a moment, so that the caller
gets to see the response, and then the connection ends.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from shared.errors.problems import Problem, RefusedBodyError, bad_input
from shared.http.requests import authorise, find_requirement
from shared.settings import ServiceSettings

LEFT_SECONDS_MAX: Final = 2.0
LEFT_BYTES_MAX: Final = 4 * 1024 * 1024
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_OPENING: Final = (b"[", b"{")
_QUOTE: Final = b'"'


class BytesInFlight:
    """The bytes of bodies that all requests of a process hold at one moment."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._held = 0

    def take(self, count: int) -> None:
        """Count bytes in; problem 503 when they are too many together."""
        if self._held + count > self._bytes_max:
            detail = "Too much is being received at this moment: send it again in a few seconds."
            raise RefusedBodyError(Problem(503, "too_busy", "Not available now", detail, headers={"Retry-After": "5"}))
        self._held += count

    def give_back(self, count: int) -> None:
        self._held -= count


@dataclass(frozen=True)
class BodyLimits:
    """What a body may be. `larger` are paths with a limit of their own in bytes; those bodies are kept on disk.

    A body gets `seconds_max`, and more only as long as it keeps coming at `bytes_per_second_min`.
    """

    bytes_max: int
    seconds_max: float
    bytes_per_second_min: int
    depth_max: int
    in_memory: BytesInFlight
    on_disk: BytesInFlight
    larger: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LargerBodies:
    """Paths whose bodies may be larger than others and are kept on disk, and what all of those may be together."""

    bytes_max_by_path: Mapping[str, int]
    bytes_in_flight_max: int


def limit_bodies(settings: ServiceSettings, larger: LargerBodies) -> BodyLimits:
    """Return the limits of bodies that the settings give, with larger ones for some paths."""
    return BodyLimits(
        bytes_max=settings.http_body_bytes_max,
        seconds_max=settings.http_body_seconds_max,
        bytes_per_second_min=settings.http_body_bytes_per_second_min,
        depth_max=settings.http_body_levels_max,
        in_memory=BytesInFlight(settings.http_bytes_in_flight_max),
        on_disk=BytesInFlight(larger.bytes_in_flight_max),
        larger=larger.bytes_max_by_path,
    )


class IncomingBody:
    """The body of one request, as `receive` gives it to the application."""

    def __init__(self, scope: Scope, receive: Receive, limits: BodyLimits) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        self._length = int(length[:20]) if length.isdecimal() else 0
        self.is_complete = not self._length and "transfer-encoding" not in headers
        self._awaits_word = "expect" in headers
        self._scope, self._receive, self._limits = scope, receive, limits
        self._bytes_max = limits.larger.get(scope["path"], limits.bytes_max)
        self._in_flight = limits.on_disk if scope["path"] in limits.larger else limits.in_memory
        self._json = JsonMeter(limits.depth_max) if "json" in headers.get("content-type", "").lower() else None
        self._began_seconds: float | None = None
        self._bytes = 0

    async def receive(self) -> Message:
        """Return the next piece; RefusedBodyError with 401, 403, 408, 413 or 503, or 400 for JSON read in two ways."""
        if self.is_complete:
            return await self._receive()
        if self._began_seconds is None:
            await self._admit()
            self._began_seconds = asyncio.get_running_loop().time()
        message = await self._receive_in_time(self._began_seconds)
        if message["type"] == "http.request":
            self._count(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)
            if self._json is not None:
                self._json.feed(message.get("body", b""), is_last=self.is_complete)
        return message

    async def throw_away(self, seconds_max: float) -> None:
        """Read what is left within this time and keep nothing of it; without time only what has come in already."""
        left_bytes = 0
        if self._awaits_word and not self._bytes:
            return  # it waits for a word before it sends, and to read on would be that word
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds_max):
                while not self.is_complete and left_bytes <= LEFT_BYTES_MAX:
                    message = await self._receive()
                    left_bytes += len(message.get("body", b""))
                    self.is_complete = not message.get("more_body", False)

    def release(self) -> None:
        """Give back what it counted for, at the end of the request."""
        self._in_flight.give_back(self._bytes)
        self._bytes = 0

    async def _admit(self) -> None:
        request = Request(self._scope)
        requirement = find_requirement(request)
        if requirement is not None:
            try:
                await authorise(request, requirement)
            except Problem as problem:
                raise RefusedBodyError(problem) from None
        if self._length > self._bytes_max:
            raise self._build_too_large()

    async def _receive_in_time(self, began_seconds: float) -> Message:
        seconds = self._limits.seconds_max + self._bytes / self._limits.bytes_per_second_min
        try:
            async with asyncio.timeout_at(began_seconds + seconds):
                return await self._receive()
        except TimeoutError:
            detail = "The body came too slowly and was not read on: send it again over a better connection."
            raise RefusedBodyError(Problem(408, "too_slow", "Too slow", detail)) from None

    def _count(self, piece: bytes) -> None:
        if self._bytes + len(piece) > self._bytes_max:
            raise self._build_too_large()
        self._in_flight.take(len(piece))
        self._bytes += len(piece)

    def _build_too_large(self) -> RefusedBodyError:
        detail = f"The body is larger than {self._bytes_max} bytes: send less at a time."
        return RefusedBodyError(Problem(413, "too_large", "Too large", detail))


class JsonMeter:
    """Looks at a JSON text before it is parsed: how deeply it is nested, and whether all would read the same in it.

    A key that comes twice, or another encoding than UTF-8, is read in one way here and in another by a gateway before.
    """

    def __init__(self, depth_max: int) -> None:
        self._depth_max = depth_max
        self._opened = 0
        self._pieces: list[bytes] = []

    def feed(self, piece: bytes, *, is_last: bool) -> None:
        """Take a piece; RefusedBodyError when the whole is nested more deeply than is allowed, or is ambiguous."""
        self._pieces.append(piece)
        self._opened += sum(piece.count(bracket) for bracket in _OPENING)
        if is_last:
            self._check(b"".join(self._pieces))

    def _check(self, text: bytes) -> None:
        if b"\0" in text:  # in UTF-8 nothing of a JSON text holds a zero, and in the others every sign of it does
            raise RefusedBodyError(bad_input("body", "not_utf8", "The body is not JSON in UTF-8: send it so."))
        if self._opened > self._depth_max and self._measure(text) > self._depth_max:
            sentence = f"The body is nested more deeply than {self._depth_max} levels: send it flatter."
            raise RefusedBodyError(bad_input("body", "too_deep", sentence))
        with contextlib.suppress(ValueError, RecursionError):  # no JSON at all: whoever parses it says so
            json.loads(text, object_pairs_hook=_refuse_repeated_keys)

    def _measure(self, text: bytes) -> int:
        depth = deepest = 0
        for match in _BRACKETS.finditer(text):
            token = match.group()
            if token in _OPENING:
                depth += 1
                deepest = max(deepest, depth)
            elif not token.startswith(_QUOTE):
                depth -= 1
        return deepest


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RefusedBodyError(bad_input("body", "repeated_key", "A key comes twice in one object: send it once."))
    return fields
