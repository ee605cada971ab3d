"""Files of the bank over HTTP, in XML as the bank gave them. Descriptions are Dutch.

A file goes to disk while it comes in, so that its size costs no memory.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast

from fastapi import Request
from pydantic import Field

from services.ontzorgen.bank.handlers.messages import BankFile
from shared.http.requests import Caller, Problem
from shared.http.responses import StateResponse

IN_MEMORY_BYTES_MAX = 64 * 1024
XML_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}
}
_XML_TYPES = ("application/xml", "text/xml")


class CountsResponse(StateResponse):
    """Wat een bestand van de bank heeft opgeleverd; hetzelfde bestand geeft hetzelfde antwoord."""

    counts: dict[str, int] = Field(description="Aantallen en bedragen in eurocenten, per uitkomst")


@asynccontextmanager
async def receive_file(request: Request, caller: Caller) -> AsyncIterator[BankFile]:
    """Write the body to disk and give it with its hash; Problem 415 unless it is XML."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _XML_TYPES:
        raise Problem(
            415,
            "wrong_media_type",
            "Unsupported media type",
            "Send the file as the bank gave it, with content-type application/xml.",
        )
    digest = hashlib.sha256()
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX) as content:
        async for piece in request.stream():
            digest.update(piece)
            content.write(piece)
        yield BankFile(cast("Any", content), digest.hexdigest(), caller.subject)
