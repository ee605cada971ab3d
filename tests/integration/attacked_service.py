"""A process of its own: a service with one route that takes a body, to be attacked. Arguments: folder, port."""

import sys
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from shared.auth.local_issuer import LocalIssuer
from shared.http.requests import Body, Caller, requires
from shared.identity import Role
from shared.service import ServiceDefinition, create_service, serve
from shared.testing import sample_service

router = APIRouter()


class NoteRequest(Body):
    text: str = Field(max_length=100_000)


@router.post("/notes", status_code=201)
async def take_note(body: NoteRequest, _: Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]) -> int:
    return len(body.text)


settings = sample_service.settings(LocalIssuer(Path(sys.argv[1])).jwks_file, http_port=int(sys.argv[2]))
definition = ServiceDefinition("recruitment", "Doelwit", "Een verzonnen dienst.", router, ())
serve(create_service(settings, definition), settings)
