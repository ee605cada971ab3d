"""Logs: one JSON line per notable event on standard output, from our code and from the libraries alike.

An event is a snake_case name with keys. Lines carry ids, never names, tokens or bodies: text that looks like a BSN,
an IBAN or an e-mail address is removed, keys of personal data are dropped, and an exception is logged by class and
place, since its message may quote a row.
"""

import logging
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from shared.events.guard import find_personal_data
from shared.observability.tracing import current_trace_id

FRAMES_MAX: Final = 12
TEXT_CHARACTERS_MAX: Final = 2_000
_CUT_CHARACTERS: Final = 320  # so much is searched beyond what is written: an address at the cut is found whole
_MACHINE_KEYS: Final = frozenset({"timestamp", "level", "service", "logger", "trace_id"})
_FORBIDDEN_KEYS: Final = frozenset(
    {"name", "first_name", "last_name", "address", "email", "phone", "bsn", "iban", "income"}
    | {"body", "payload", "data", "token", "authorization", "password", "headers"}
)
_OUR_CODE: Final = ("shared.", "services.", "meedoen.", "aiokafka.")
_QUIET_LIBRARIES: Final = ("aiokafka", "asyncio", "faststream", "httpx", "httpcore", "uvicorn")


def configure_logging(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Make this process write JSON lines; calling again replaces what was configured."""
    output = stream or sys.stdout
    chain = _processors(service)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, *chain, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    foreign: list[Processor] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _keep_first_line]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*foreign, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for library in _QUIET_LIBRARIES:
        logging.getLogger(library).handlers[:] = []
        logging.getLogger(library).propagate = True
    logging.captureWarnings(capture=True)


def _processors(service: str) -> list[Processor]:
    def add_service(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        if trace_id := current_trace_id():
            event["trace_id"] = trace_id
        return event

    return [structlog.processors.TimeStamper(fmt="iso", utc=True), add_service, describe_exception, redact]


def describe_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by `error_type` and `error_at`, and add the message of the error if its class is ours."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__qualname__
        event["error_at"] = _frames(error.__traceback__)
        if f"{type(error).__module__}.".startswith(_OUR_CODE):
            event["error"] = str(error)
    return event


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace personal data by its kind, in the last step before a line is written."""
    return {key: value if key in _MACHINE_KEYS else _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key in _FORBIDDEN_KEYS:
        return "[left out]"
    if isinstance(value, str):
        kind = find_personal_data(value[: TEXT_CHARACTERS_MAX + _CUT_CHARACTERS])
        return f"[left out: {kind}]" if kind else value[:TEXT_CHARACTERS_MAX]
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), part) for inner, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", part) for part in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _clean("", str(value))


def _keep_first_line(_: Any, __: str, event: EventDict) -> EventDict:
    """Keep the first line of a library's message: the rest is mostly the representation of objects."""
    event["event"] = str(event.get("event", "")).partition("\n")[0]
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES_MAX:]
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def _render(_: Any, __: str, event: EventDict) -> str:
    return msgspec.json.encode(dict(event), enc_hook=str).decode()
