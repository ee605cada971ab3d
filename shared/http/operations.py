"""The endpoints for operators: liveness, readiness, status of the messaging core, and metrics."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from shared.database.transactions import Database
from shared.errors.problems import unavailable
from shared.messaging.runtime import Messaging
from shared.observability.health import Health
from shared.observability.metrics import METRICS_CONTENT_TYPE, exposition

MEASURE_SECONDS_MAX = 3.0

Measure = Callable[[Database], Awaitable[None]]
router = APIRouter(include_in_schema=False)


@router.get("/health/live")
async def live() -> Response:
    return JSONResponse({"status": "live"})


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    health: Health = request.app.state.health
    return JSONResponse(health.report(), 200 if health.ready else 503)


@router.get("/health/status")
async def status(request: Request) -> Response:
    """Return the status of the core: outbox, lag, held events. For people and the local runner, not for probes."""
    messaging: Messaging | None = request.app.state.messaging
    if messaging is None:
        return JSONResponse({})
    try:
        async with asyncio.timeout(MEASURE_SECONDS_MAX):
            return JSONResponse(asdict(await messaging.status()))
    except Exception:  # noqa: BLE001 - the core cannot be counted while its database is away
        raise unavailable("The database") from None


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Count on request, so that an idle service costs nothing; what cannot be counted now is not shown."""
    state = request.app.state
    messaging: Messaging | None = state.messaging
    measure: Measure | None = state.measure
    counts: list[Callable[[], Awaitable[Any]]] = [messaging.measure] if messaging is not None else []
    counts += [partial(measure, state.database)] if measure is not None else []
    for count in counts:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(MEASURE_SECONDS_MAX):
                await count()
    return Response(exposition(request.app.state.registry), media_type=METRICS_CONTENT_TYPE)
