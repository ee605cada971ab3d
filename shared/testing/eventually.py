"""Waiting in tests, in one place: until a check holds, or a deadline with a sentence."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
POLL_SECONDS_FIRST = 0.005
POLL_SECONDS_MAX = 0.2


@overload
async def eventually(
    check: Callable[[], Awaitable[T | None]], deadline_seconds: float = ..., *, what: str | None = ...
) -> T: ...


@overload
async def eventually(check: Callable[[], T | None], deadline_seconds: float = ..., *, what: str | None = ...) -> T: ...


async def eventually(check: Callable[[], Any], deadline_seconds: float = 10.0, *, what: str | None = None) -> Any:
    """Return the first true result of `check` (plain or async); an AssertionError in it means "not yet".

    After the deadline: the AssertionError of the check if it raised one, else an AssertionError that names `what`.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_seconds
    delay = POLL_SECONDS_FIRST
    while True:
        failure: AssertionError | None = None
        result: Any = None
        try:
            result = await _call(check)
        except AssertionError as error:
            failure = error
        if failure is None and result:
            return result
        if loop.time() >= end:
            name = what or getattr(check, "__name__", "the check")
            message = f"Within {deadline_seconds} seconds this did not become true: {name} (last result: {result!r})."
            raise failure or AssertionError(message)
        await asyncio.sleep(delay)
        delay = min(delay * 2, POLL_SECONDS_MAX)


async def _call(check: Callable[[], Any]) -> Any:
    result = check()
    return await result if inspect.isawaitable(result) else result
