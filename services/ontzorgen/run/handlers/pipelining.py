"""Work and writing side by side on one connection: while the server writes one chunk, the next is worked on here."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

CHUNK_HOUSEHOLDS: Final = 250
Item = TypeVar("Item")
Made = TypeVar("Made")


async def side_by_side(
    items: Sequence[Item], work: Callable[[Sequence[Item]], Made], write: Callable[[Made], Awaitable[None]]
) -> None:
    """Work on the items chunk by chunk, in order, and write what was made of each, in order."""
    writing: asyncio.Future[None] | None = None
    try:
        for start in range(0, len(items), CHUNK_HOUSEHOLDS):
            made = work(items[start : start + CHUNK_HOUSEHOLDS])
            if writing is not None:
                await writing
            writing = asyncio.ensure_future(write(made))
            await asyncio.sleep(0)  # it is sent now, before the next chunk takes the process
        if writing is not None:
            await writing
    except BaseException:
        if writing is not None:
            with contextlib.suppress(Exception):  # the connection is free again before anyone rolls back
                await writing
        raise
