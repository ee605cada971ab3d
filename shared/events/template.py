"""One text for many facts that differ only in some values: for a statement that writes them in the database itself."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.events.base import EventData
from shared.events.envelope import DEFAULT_ORGANISATION_OIN, read_own_event, write_event
from shared.identity import Municipality


class EventTemplate(msgspec.Struct, frozen=True):
    """The text of facts that differ only in id, subject and some fields of their data.

    `pieces` stand before, between and after the values of these, id and subject first. Each value is JSON text.
    """

    event_id: UUID
    topic: str
    pieces: tuple[str, ...]
    trace: str | None = None


def write_template(
    example: EventData,
    fields: Sequence[str],
    *,
    municipality: Municipality,
    traceparent: str | None = None,
    organisation_oin: str = DEFAULT_ORGANISATION_OIN,
) -> EventTemplate:
    """Return the template of facts that are like an example but for id, subject and these fields of their data.

    With its values it is to the byte what `write_event` makes of such a fact. Raises what `write_event` raises for the
    example, and ValueError if such a fact lacks one of the fields or has them in another order.
    """
    written = write_event(
        example, municipality=municipality, traceparent=traceparent, organisation_oin=organisation_oin
    )
    markers = {name: f"value of {name}" for name in ("id", "subject", *fields)}
    data = example.model_copy(update={name: markers[name] for name in fields})
    envelope = msgspec.structs.replace(
        read_own_event(written.payload),
        id=markers["id"],
        subject=markers["subject"],
        data=msgspec.Raw(data.model_dump_json(exclude_none=True, warnings=False)),
    )
    pieces, rest = [], msgspec.json.encode(envelope).decode()
    for name, marker in markers.items():
        piece, separator, rest = rest.partition(f'"{marker}"')
        if not separator:
            raise ValueError(
                f"{example.event_type.name} has no {name} at this place: name fields of its data in their order."
            )
        pieces.append(piece)
    return EventTemplate(written.event_id, written.topic, (*pieces, rest), written.trace)
