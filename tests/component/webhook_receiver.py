"""A partner's server on a free port of this machine: it consents, records what it gets, and answers as told."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn

Answer = Callable[[dict[str, Any]], int]


@dataclass(frozen=True)
class ReceivedDocument:
    """One delivery: its headers in lower case, the raw body, and the document in it."""

    headers: dict[str, str]
    body: bytes
    document: dict[str, Any]


@dataclass
class Receiver:
    """What a partner's server got so far; `answer` gives the status for a document."""

    answer: Answer = lambda _: 204
    consents_to: str = "*"
    deliveries: list[ReceivedDocument] = field(default_factory=list)
    port: int = 0

    @property
    def sink(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [each.document for each in self.deliveries]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, lines = 200, []
        if scope["method"] == "OPTIONS":
            lines = [(b"webhook-allowed-origin", self.consents_to.encode())]
        else:
            document = json.loads(body)
            status = self.answer(document)
            self.deliveries.append(ReceivedDocument(headers, body, document))
        await send({"type": "http.response.start", "status": status, "headers": [*lines, (b"content-length", b"0")]})
        await send({"type": "http.response.body"})


@contextlib.asynccontextmanager
async def run_receiver(receiver: Receiver) -> AsyncIterator[Receiver]:
    """Run a partner's server on a free port until the end of the block."""
    config = uvicorn.Config(receiver, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    server.config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    receiver.port = server.servers[0].sockets[0].getsockname()[1]
    running = asyncio.create_task(server.main_loop())
    try:
        yield receiver
    finally:
        server.should_exit = True
        await running
        await server.shutdown()
