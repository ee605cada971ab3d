"""One trace from the HTTP request through outbox and Kafka to the last effect (W3C trace context).

The context is always propagated, so that logs and events have trace ids. Spans are recorded only when configured: to a
collector (OTEL_EXPORTER_OTLP_ENDPOINT) or, one JSON document per line, to a file (OTEL_TRACES_FILE). Without either
the SDK is not even imported and a span costs two random numbers. Spans carry ids and codes, never text of people:
an exception is recorded by its class alone.
"""

import contextlib
import importlib
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

AttributeValue = str | int | float | bool
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?![0-9a-f])")
_RANDOM: Final = random.SystemRandom()
_provider: "TracerProvider | None" = None


class TracingError(RuntimeError):
    """Tracing is configured and cannot start; the sentence says how to fix it."""


def configure_tracing(service: str, *, otlp_endpoint: str | None = None, traces_file: Path | None = None) -> None:
    """Record the spans of this process from now on; without a destination the context is only propagated.

    One process is one service: calling again replaces what was configured. Raises TracingError.
    """
    global _provider  # noqa: PLW0603 - spans begin far from any wiring, and one process has one recorder
    shutdown_tracing()
    if otlp_endpoint is None and traces_file is None:
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(
        resource=Resource({"service.name": service, "service.namespace": "meedoen"}), shutdown_on_exit=False
    )
    if otlp_endpoint is not None:
        provider.add_span_processor(_otlp_processor(otlp_endpoint))
    if traces_file is not None:
        provider.add_span_processor(_file_processor(traces_file))
    _provider = provider


def shutdown_tracing() -> None:
    """Export the pending spans and stop recording."""
    global _provider  # noqa: PLW0603 - see configure_tracing
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def current_traceparent() -> str | None:
    """Return the W3C `traceparent` of the current span; None outside every span."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def current_trace_id() -> str | None:
    """Return the current trace id as 32 hexadecimal digits; None outside every span."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


@contextlib.contextmanager
def span_from(
    traceparent: str | None,
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    **attributes: AttributeValue,
) -> Iterator[Span]:
    """Begin a span that continues `traceparent`; without one it continues the current span, or begins a trace.

    A malformed `traceparent` is ignored, as W3C trace context prescribes.
    """
    parent = _parse_traceparent(traceparent) or _none_if_invalid(trace.get_current_span().get_span_context())
    span = _start(name, kind, parent, attributes)
    token = otel_context.attach(trace.set_span_in_context(span))
    try:
        yield span
    except BaseException as error:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        otel_context.detach(token)
        span.end()


def _start(name: str, kind: SpanKind, parent: SpanContext | None, attributes: Mapping[str, AttributeValue]) -> Span:
    if _provider is None:
        return NonRecordingSpan(_child_context(parent))
    holder = trace.set_span_in_context(NonRecordingSpan(parent)) if parent else otel_context.Context()
    return _provider.get_tracer("meedoen").start_span(name, context=holder, kind=kind, attributes=dict(attributes))


def _child_context(parent: SpanContext | None) -> SpanContext:
    return SpanContext(
        trace_id=parent.trace_id if parent else _RANDOM.getrandbits(128) or 1,
        span_id=_RANDOM.getrandbits(64) or 1,
        is_remote=False,
        trace_flags=parent.trace_flags if parent else TraceFlags(TraceFlags.SAMPLED),
    )


def _parse_traceparent(traceparent: str | None) -> SpanContext | None:
    match = _TRACEPARENT.match(traceparent) if traceparent else None
    if match is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    return _none_if_invalid(SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags)))


def _none_if_invalid(context: SpanContext) -> SpanContext | None:
    return context if context.is_valid else None


def _otlp_processor(endpoint: str) -> "SpanProcessor":
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    try:
        exporter = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise TracingError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set but the exporter is not installed: "
            "install opentelemetry-exporter-otlp-proto-http or unset it."
        ) from error
    return BatchSpanProcessor(exporter.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))


def _file_processor(path: Path) -> "SpanProcessor":
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from shared.observability.trace_file import JsonLinesExporter

    return SimpleSpanProcessor(JsonLinesExporter(path))
