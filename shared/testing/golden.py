"""Golden files: one event per consumer as it is on the wire, for the tests of publisher and consumer.

The publisher's test proves that exactly these bytes are written; the consumer's tests read them. A file is generated
once, from the sample of the event, and may then be edited by hand to hold meaningful values. It is never generated
again: the contract with old consumers stays, and other data is a new version with a file of its own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from shared.events import EventData, catalogue
from shared.events.envelope import write_event
from shared.testing.samples import sample

GOLDEN_FOLDER = Path(__file__).resolve().parents[2] / "tests" / "contract" / "golden"
MUNICIPALITY = "gm0637"
LOGGED_AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
_LOGGED_AT_MS = int(LOGGED_AT.timestamp() * 1000)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class GoldenFile(NamedTuple):
    """The event, its consumer, and the path of the bytes."""

    type: str
    consumer: str
    path: Path


def golden(event_type_name: str, consumer: str) -> bytes:
    """Return the bytes of an event for a consumer, by class name (`PIPSigned`, the newest version) or type.

    FileNotFoundError says how to make the file.
    """
    path = golden_path(_full_type(event_type_name), consumer)
    if not path.exists():
        raise FileNotFoundError(
            f"There is no golden file of {event_type_name} for {consumer}: subscribe {consumer} to it in "
            f"services/{consumer}/app.py and run 'meedoen docs'."
        )
    return path.read_bytes()


def golden_path(event_type: str, consumer: str, folder: Path = GOLDEN_FOLDER) -> Path:
    """Return the path of the file of a CloudEvents type and consumer, whether it exists or not."""
    return folder / event_type / f"{consumer}.json"


def golden_files() -> list[GoldenFile]:
    """Return every golden file."""
    return [GoldenFile(path.parent.name, path.stem, path) for path in sorted(GOLDEN_FOLDER.glob("*/*.json"))]


def missing_golden_files(
    pairs: Iterable[tuple[type[EventData], str]], folder: Path = GOLDEN_FOLDER
) -> dict[Path, bytes]:
    """Return the missing files of (event, consumer) pairs, with their content. Files that exist are never changed."""
    files = {golden_path(event.event_type.type, consumer, folder): event for event, consumer in pairs}
    return {path: _build_payload(event) for path, event in sorted(files.items()) if not path.exists()}


def _build_payload(event: type[EventData]) -> bytes:
    written = write_event(
        sample(event),
        municipality=MUNICIPALITY,
        logged_at=LOGGED_AT,
        event_id=event_id_of(event.event_type.type),
        traceparent=TRACEPARENT,
    )
    return written.payload


def event_id_of(event_type: str) -> UUID:
    """Return a fixed UUID version 7 per type, so that two golden files never look like one event delivered twice."""
    digits = sha256(event_type.encode()).hexdigest()
    return UUID(f"{_LOGGED_AT_MS:012x}7{digits[:3]}8{digits[3:18]}")


def _full_type(name: str) -> str:
    versions = {entry.version: entry.type for entry in catalogue().values() if name in (entry.name, entry.type)}
    if not versions:
        raise KeyError(f"No event is called {name}: take a name from 'meedoen events'.")
    return versions[max(versions)]
