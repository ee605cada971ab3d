"""Waiting in tests, in one place: until something holds, or a deadline with a sentence."""

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
    """The first true answer of `check` (plain or async); an AssertionError in it counts as "not yet".

    After the deadline: the check's own AssertionError when it raised one, else an AssertionError naming `what`.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_seconds
    delay = POLL_SECONDS_FIRST
    while True:
        failure: AssertionError | None = None
        answer: Any = None
        try:
            answer = await _answer(check)
        except AssertionError as error:
            failure = error
        if failure is None and answer:
            return answer
        if loop.time() >= end:
            name = what or getattr(check, "__name__", "the check")
            message = f"Within {deadline_seconds} seconds this did not come true: {name} (last answer: {answer!r})."
            raise failure or AssertionError(message)
        await asyncio.sleep(delay)
        delay = min(delay * 2, POLL_SECONDS_MAX)


async def _answer(check: Callable[[], Any]) -> Any:
    answer = check()
    return await answer if inspect.isawaitable(answer) else answer
