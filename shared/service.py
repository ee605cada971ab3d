"""The application of every service, in one call: its API below /v1, health, metrics, messaging, startup and shutdown.

Building the application does no I/O. Startup never fails because a dependency is away: the service starts red and turns
green once it can work. Shutdown drains: no new requests, no new events, current work is finished, committed events are
published, then the connections close.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse

from shared.auth.keys import KEYS_UNUSABLE
from shared.auth.tokens import token_verifier
from shared.database.access_log import AccessLog
from shared.database.transactions import Database
from shared.errors.problems import install_problem_handlers
from shared.http import operations
from shared.http.access_log import router as access_log_router
from shared.http.api_page import render_api_page
from shared.http.bodies import LargerBodies, limit_bodies
from shared.http.disclosing import Discloser
from shared.http.figures import Figures
from shared.http.middleware import Edge, EdgeOptions
from shared.http.openapi import adr_openapi
from shared.http.requests import Access
from shared.memory import freeze_gc
from shared.messaging import Subscription
from shared.messaging.metrics import CoreMetrics
from shared.messaging.runtime import Messaging
from shared.observability.health import DatabaseProbe, Health, NotReadyError, Probe
from shared.observability.metrics import HttpMetrics, new_registry
from shared.observability.without_policy import report_without_policy
from shared.settings import ServiceSettings, SettingsError

API_PREFIX = "/v1"
DOCUMENT_PATH = f"{API_PREFIX}/openapi.json"
PAGE_PATH = "/docs"
START_RETRY_SECONDS = 2.0
_CONTACT = {"name": "Meedoen", "url": "https://meedoen.example", "email": "api@meedoen.example"}
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}
_log = structlog.get_logger("meedoen.service")

Stopper = Callable[[], Awaitable[None]]
ExtraStartup = Callable[[Database, Any], Awaitable[Stopper | None]]


@dataclass(frozen=True)
class ServiceDefinition:
    """What differs between services. `description` and `tags` (each with what it is about) are Dutch, for the document.

    `hooks` are what its transactions offer to handlers (see `Transaction.hooks`). `forward_days_max` says how far a day
    may be after the last one seen, by municipality and that last day. `people_query` finds the people of households
    ($1): the access log names both.
    """

    name: str
    title: str
    description: str
    router: APIRouter
    subscriptions: Sequence[Subscription]
    tags: Mapping[str, str] = field(default_factory=dict)
    version: str = "1.0.0"
    hooks: object | None = None
    forward_days_max: Callable[[str, date], int] | None = None
    people_query: str | None = None


def api_document(definition: ServiceDefinition) -> dict[str, Any]:
    """Return the OpenAPI document of the service by the NLGov API Design Rules; no I/O and no settings."""
    app = FastAPI(
        title=definition.title,
        version=definition.version,
        description=definition.description,
        contact=_CONTACT,
        servers=[{"url": API_PREFIX}],
        openapi_tags=[{"name": name, "description": about} for name, about in definition.tags.items()],
        telemetry=_NO_TELEMETRY,
    )
    app.include_router(definition.router)
    app.include_router(access_log_router)
    logging.getLogger("fastapi").addFilter(_is_not_about_email)
    return adr_openapi(app)


def _is_not_about_email(record: logging.LogRecord) -> bool:
    """Filter FastAPI's hint to install an e-mail validator; the only address in a document is our own."""
    return "email-validator" not in record.getMessage()


def create_service(
    settings: ServiceSettings,
    definition: ServiceDefinition,
    *,
    extra_startup: ExtraStartup | None = None,
    larger_bodies: LargerBodies | None = None,
    measure: operations.Measure | None = None,
    probes: Mapping[str, Probe] | None = None,
    without_policy: Sequence[str] = (),
) -> FastAPI:
    """Build the application of one service; `extra_startup(database, app)` may return what stops it again.

    `larger_bodies` gives paths a limit of their own; `measure` sets gauges whenever metrics are scraped.
    `probes` are of what the service itself depends on besides database and broker: red makes it not ready.
    `without_policy` are the municipalities served that follow the default: it is reported at start-up and counted.
    """
    registry = new_registry()
    registry.register(KEYS_UNUSABLE)
    http_metrics = HttpMetrics(registry)
    database = _open_database(settings, definition)
    core_metrics = CoreMetrics(registry)
    messaging = _build_messaging(settings, definition, database, core_metrics) if settings.messaging_enabled else None
    access_log = AccessLog(
        database, people_query=definition.people_query, retention_days=settings.access_log_retention_days
    )
    lifecycle = _Lifecycle(
        settings, database, messaging, access_log, http_metrics, extra_startup, without_policy, probes or {}
    )
    http_metrics.without_policy.set(len(without_policy))
    app = _build_bare_app(definition, lifecycle)
    app.state.database = database
    own_count = partial(measure, database) if measure is not None else None
    app.state.figures = Figures(registry, messaging, own_count, settings.metrics_seconds_min)
    app.state.registry = registry
    app.state.health = lifecycle.health
    app.state.access_log = access_log
    app.state.access = Access(token_verifier(settings), frozenset(settings.municipalities))
    bodies = limit_bodies(settings, larger_bodies or LargerBodies({}, 0))
    options = EdgeOptions(definition.version, DOCUMENT_PATH, http_metrics, bodies, Discloser(lifecycle.access_log))
    app.add_middleware(Edge, options=options)
    install_problem_handlers(app)
    app.include_router(operations.router)
    app.include_router(_document_router(definition, has_page=settings.docs_page_enabled))
    app.include_router(definition.router, prefix=API_PREFIX)
    app.include_router(access_log_router, prefix=API_PREFIX)
    return app


def _build_messaging(
    settings: ServiceSettings, definition: ServiceDefinition, database: Database, metrics: CoreMetrics
) -> Messaging:
    return Messaging(
        settings, database, definition.subscriptions, metrics, forward_days_max=definition.forward_days_max
    )


def _open_database(settings: ServiceSettings, definition: ServiceDefinition) -> Database:
    return Database(
        settings.database_url,
        service=settings.service,
        organisation_oin=settings.organisation_oin,
        pool_size_max=settings.database_connections_max,
        hooks=definition.hooks,
    )


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Run one service in this process until SIGTERM or SIGINT. Raises SettingsError."""
    from shared.http.server import run_server
    from shared.observability.logs import configure_logging
    from shared.observability.tracing import TracingError, configure_tracing, shutdown_tracing

    configure_logging(settings.service, settings.log_level)
    try:
        configure_tracing(
            settings.service, otlp_endpoint=settings.otel_exporter_otlp_endpoint, traces_file=settings.otel_traces_file
        )
    except TracingError as error:
        raise SettingsError(str(error)) from None
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn drains on it and raises it again afterwards
    freeze_gc()
    run_server(app, settings)
    shutdown_tracing()


def _build_bare_app(definition: ServiceDefinition, lifecycle: "_Lifecycle") -> FastAPI:
    """Return an application without routes: our own pages and telemetry take the place of the framework's."""
    return FastAPI(
        title=definition.title,
        version=definition.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifecycle.run,
        telemetry=_NO_TELEMETRY,
    )


class _Lifecycle:
    """Startup and shutdown of one service, in the order that loses nothing."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        messaging: Messaging | None,
        access_log: AccessLog,
        metrics: HttpMetrics,
        extra_startup: ExtraStartup | None,
        without_policy: Sequence[str],
        own_probes: Mapping[str, Probe],
    ) -> None:
        self._settings = settings
        self._database = database
        self._messaging = messaging
        self.access_log = access_log
        self._extra_startup = extra_startup
        self._without_policy = without_policy
        self._stop_extra: Stopper | None = None
        self._started = False
        self._probe = DatabaseProbe(
            partial(database.connect, purpose="-health"), timeout_seconds=settings.health_timeout_seconds
        )
        probes: dict[str, Probe] = {"startup": self._probe_startup, "database": self._probe}
        if messaging is not None:
            probes["broker"] = self._probe_broker
        probes |= own_probes
        self.health = Health(
            probes, settings.health_check_seconds, settings.health_timeout_seconds, metrics.dependency_up
        )

    @contextlib.asynccontextmanager
    async def run(self, app: FastAPI) -> AsyncIterator[None]:
        self.health.start()
        self.access_log.start()
        if self._messaging is not None:
            await self._messaging.start()
        extra = asyncio.create_task(self._start_extra(app))
        _log.info("service_started", service=self._settings.service)
        report_without_policy(self._settings.service, self._without_policy)
        try:
            yield
        finally:
            extra.cancel()
            await asyncio.gather(extra, return_exceptions=True)
            await self._stop()

    async def _start_extra(self, app: FastAPI) -> None:
        """Start what the service itself needs, retried as long as the database is away."""
        while self._extra_startup is not None and not self._started:
            try:
                self._stop_extra = await self._extra_startup(self._database, app)
                self._started = True
            except Exception as error:  # noqa: BLE001 - what is away now may be back later
                _log.warning("service_not_yet_started", exc_info=error)
                await asyncio.sleep(START_RETRY_SECONDS)
        self._started = True

    async def _stop(self) -> None:
        """Stop everything; requests have ended by then, as the server waits for them first."""
        async with contextlib.AsyncExitStack() as steps:  # last in, first out, each step also when another fails
            steps.push_async_callback(self._database.close)
            steps.push_async_callback(self.access_log.stop)
            steps.callback(self._probe.drop)
            steps.push_async_callback(self.health.stop)
            if self._messaging is not None:
                steps.push_async_callback(self._messaging.stop)
            if self._stop_extra is not None:
                steps.push_async_callback(self._stop_extra)
        _log.info("service_stopped", service=self._settings.service)

    async def _probe_startup(self) -> None:
        if not self._started:
            raise NotReadyError("not fully started yet")

    async def _probe_broker(self) -> None:
        if self._messaging is None or not await self._messaging.broker_answers(self._settings.health_timeout_seconds):
            raise NotReadyError("no broker answers")


def _document_router(definition: ServiceDefinition, *, has_page: bool) -> APIRouter:
    """Serve document and page, each built on the first request: that costs more than the rest of the startup."""
    router = APIRouter(include_in_schema=False)
    document = cache(partial(api_document, definition))
    content = cache(lambda: JSONResponse(document()).body)

    @router.get(DOCUMENT_PATH)
    async def read_document() -> Response:
        return Response(content(), media_type="application/json")

    if has_page:
        page = cache(lambda: render_api_page(document(), definition.name).encode())

        @router.get(PAGE_PATH)
        async def read_page() -> Response:
            return HTMLResponse(page())

    return router
