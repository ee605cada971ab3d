"""The endpoints for operators: liveness, readiness, status of the messaging core, and metrics."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from shared.database.transactions import Database
from shared.errors.problems import unavailable
from shared.http.figures import Figures
from shared.observability.health import Health
from shared.observability.metrics import METRICS_CONTENT_TYPE

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
    figures: Figures = request.app.state.figures
    try:
        return JSONResponse(await figures.status.get_fresh())
    except Exception:  # noqa: BLE001 - the core cannot be counted while its database is away
        raise unavailable("The database") from None


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Count on request, so that an idle service costs nothing; what cannot be counted now is not shown."""
    figures: Figures = request.app.state.figures
    return Response(await figures.metrics.get_recent(), media_type=METRICS_CONTENT_TYPE)
