"""A process of its own: a service with one route that takes until a file appears. Arguments: folder, port, URL."""

import sys
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy import text

from shared.auth.local_issuer import LocalIssuer
from shared.database.address import DatabaseAddress
from shared.http.requests import DatabaseDep
from shared.service import ServiceDefinition, create_service, serve
from shared.testing import eventually, sample_service

FOLDER = Path(sys.argv[1])
router = APIRouter()


@router.get("/slow")
async def slow(database: DatabaseDep) -> str:
    async with database.transaction("gm0637") as tx:
        (FOLDER / "begun").touch()
        await eventually((FOLDER / "release").exists, deadline_seconds=20)
        await tx.session.execute(text("SELECT 1"))
    return "finished"


settings = sample_service.Settings(
    municipalities=("gm0637",),
    database_url=DatabaseAddress.parse(sys.argv[3]),
    auth_jwks_file=LocalIssuer(FOLDER).jwks_file,
    http_port=int(sys.argv[2]),
    otel_traces_file=FOLDER / "spans.jsonl",
    messaging_enabled=False,
)
serve(create_service(settings, ServiceDefinition("recruitment", "Traag", "Een trage dienst.", router, ())), settings)
