"""Computing and writing in a pipeline on one connection: while the server writes a chunk, the next is computed here."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

CHUNK_HOUSEHOLDS: Final = 250
Item = TypeVar("Item")
Chunk = TypeVar("Chunk")


async def compute_and_write(
    items: Sequence[Item], compute: Callable[[Sequence[Item]], Chunk], write: Callable[[Chunk], Awaitable[None]]
) -> None:
    """Compute the items chunk by chunk, in order, and write each chunk while the next is computed."""
    writing: asyncio.Future[None] | None = None
    try:
        for start in range(0, len(items), CHUNK_HOUSEHOLDS):
            chunk = compute(items[start : start + CHUNK_HOUSEHOLDS])
            if writing is not None:
                await writing
            writing = asyncio.ensure_future(write(chunk))
            await asyncio.sleep(0)  # it is sent now, before the next chunk takes the process
        if writing is not None:
            await writing
    except BaseException:
        if writing is not None:
            with contextlib.suppress(Exception):  # the connection is free again before anyone rolls back
                await writing
        raise
