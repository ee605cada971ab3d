"""A sample partner's server: it consents to deliveries, checks each signature, and says what it got."""

import json
import time
from collections.abc import Callable
from typing import Any

from meedoen.cli.partner.verification import find_fault

Show = Callable[[str], None]


class SampleReceiver:
    """An ASGI application. A delivery whose signature does not hold is refused; one that came before is said so."""

    def __init__(self, secret: str, show: Show) -> None:
        self._secret = secret
        self._show = show
        self._seen: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body, has_more = b"", True
        while has_more:
            message = await receive()
            body, has_more = body + message.get("body", b""), message.get("more_body", False)
        status, lines = self._answer(scope["method"], headers, body)
        lines = [*lines, (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body"})

    def _answer(self, method: str, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
        if method == "OPTIONS":
            origin = headers.get("webhook-request-origin", "")
            return 200, [(b"webhook-allowed-origin", origin.encode("latin-1")), (b"webhook-allowed-rate", b"*")]
        if fault := find_fault(headers, body, self._secret, int(time.time())):
            self._show(f"REFUSED  {fault}")
            return 401, []
        document = json.loads(body)
        is_repeat = document["id"] in self._seen
        self._seen.add(document["id"])
        self._show(
            f"{document['sequence']:>6}  {document['type']}  {document.get('subject', '-')}  signature holds"
            f"{'  (came before)' if is_repeat else ''}\n        {json.dumps(document['data'], ensure_ascii=False)}"
        )
        return 204, []
