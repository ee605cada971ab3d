"""A process of its own that holds connections to a port: half-sent bodies and slow headers, again when one is closed.

Arguments: port, token. It writes a line once all were begun.
"""

import asyncio
import sys
from contextlib import suppress

HALF_SENT, SLOW = 2_000, 500
STARTED_PER_SECOND = 1_000
PAUSE_SECONDS = 1.0


async def hold_half_sent(port: int, token: str) -> None:
    head = "POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8192\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{head}\r\n".encode() + b'{"text": "' + b"x" * 4_096)
        while await reader.read(65_536):
            pass
    finally:
        writer.close()


async def hold_slow(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"POST /v1/notes HTTP/1.1\r\nX: ")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        writer.close()


async def repeat(number: int, port: int, token: str) -> None:
    await asyncio.sleep(number / STARTED_PER_SECOND)
    while True:
        with suppress(OSError):
            await (hold_slow(port) if number >= HALF_SENT else hold_half_sent(port, token if number % 4 else ""))
        await asyncio.sleep(PAUSE_SECONDS)


async def main() -> None:
    port, token = int(sys.argv[1]), sys.argv[2]
    numbers = range(HALF_SENT + SLOW)
    tasks = [asyncio.create_task(repeat(number, port, token)) for number in numbers]
    await asyncio.sleep(numbers[-1] / STARTED_PER_SECOND + PAUSE_SECONDS)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    await asyncio.gather(*tasks)


asyncio.run(main())
