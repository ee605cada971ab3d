"""A process of its own that holds connections to a port: half-sent bodies and slow headers, anew whenever one is closed.

Arguments: port, token. It prints a line once all of them are open, and ends when its input ends.
"""

import asyncio
import sys
from contextlib import suppress

HALF_SENT, SLOW = 2_000, 500
PAUSE_SECONDS = 1.0
opened = 0


async def hold_half_sent(port: int, token: str) -> None:
    head = "POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8192\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    reader, writer = await connect(port)
    try:
        writer.write(f"{head}\r\n".encode() + b'{"text": "' + b"x" * 4_096)
        while await reader.read(65_536):
            pass
    finally:
        writer.close()


async def hold_slow(port: int) -> None:
    _, writer = await connect(port)
    try:
        writer.write(b"POST /v1/notes HTTP/1.1\r\nX: ")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        writer.close()


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    global opened
    streams = await asyncio.open_connection("127.0.0.1", port)
    opened += 1
    return streams


async def repeat(number: int, port: int, token: str) -> None:
    await asyncio.sleep(number / 2_000)
    while True:
        with suppress(OSError):
            await (hold_slow(port) if number >= HALF_SENT else hold_half_sent(port, token if number % 4 else ""))
        await asyncio.sleep(PAUSE_SECONDS)


async def main() -> None:
    port, token = int(sys.argv[1]), sys.argv[2]
    tasks = [asyncio.create_task(repeat(number, port, token)) for number in range(HALF_SENT + SLOW)]
    while opened < HALF_SENT + SLOW:
        await asyncio.sleep(0.05)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


asyncio.run(main())
